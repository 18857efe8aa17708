//! Gives the installs of a user's own Dockerfile caches that outlive the build, without a trace in the image.
//!
//! Two things together do that for one command of a `RUN`, and for nothing else:
//!
//! * a cache mount below `/dev`, which is a fresh tmpfs in each `RUN`, so that not even an empty folder stays;
//! * a variable before the command that points the tool there, if its user can write there.
//!
//! For apt there is no variable, but the script that Features use too ([`super::fast_apt`]).
//!
//! Which commands, variables and caches there are stands in the tables of [`crate::stack`]. What an image may need of a
//! cache stays where it is, and so does each line of which not all is known: it is left alone, with the reason.

mod command;
mod ground;
mod lent;
mod mention;
mod rewrite;

use std::collections::BTreeMap;

use super::dockerfile::{Variables, lex, scan};
use super::shell::Command;
use crate::Result;
use crate::stack::Tables;
use ground::grounds;
use lent::Lending;
use rewrite::Rewrite;

/// The frontend that knows cache mounts and named contexts.
const NEEDED_FRONTEND: (u32, u32) = (1, 4);

/// What is known about a build besides its Dockerfile.
#[derive(Clone, Debug, Default)]
pub struct Setting {
    /// The stage that is built; the last one without.
    pub target: Option<String>,
    /// The values that it brings along.
    pub variables: Variables,
    /// The `SHELL`s of base images that have one, by the image's name.
    pub shells: BTreeMap<String, Vec<String>>,
    /// The users of base images that have one, by the image's name.
    pub users: BTreeMap<String, String>,
}

/// A Dockerfile with caches.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Cached {
    /// The Dockerfile to build instead.
    pub text: String,
    /// What became of each command that installs something, and of each `RUN` without one.
    pub steps: Vec<Step>,
    /// The texts that were added to instructions. Hide them where instructions are shown.
    pub added: Vec<String>,
    /// Whether the build needs what [`super::fast_apt`] needs.
    pub uses_fast_apt: bool,
}

/// What became of a part of a `RUN`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Its line in the Dockerfile, from 1.
    pub line: usize,
    /// The command, or the beginning of the instruction.
    pub command: String,
    /// What was done.
    pub outcome: Outcome,
}

/// What was done with a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was given this.
    Changed(String),
    /// It is as it was, for this reason.
    LeftAlone(String),
}

/// Whether a command fetches packages.
pub fn is_install(command: &Command, tables: &Tables) -> bool {
    command::recognize(command, tables).is_some()
}

/// Gives each install of a Dockerfile the caches that it can have.
pub fn with_caches(text: &str, tables: &Tables, setting: &Setting) -> Result<Cached> {
    rewritten(text, tables, setting, Lending::Unseen)
}

/// Writes caches into a Dockerfile for people: plain mounts at the places where the tools of root look for them.
///
/// The folder of a cache stays in the image, empty; nothing else of it does.
pub fn with_written_caches(text: &str, tables: &Tables) -> Result<Cached> {
    rewritten(text, tables, &Setting::default(), Lending::Written)
}

fn rewritten(text: &str, tables: &Tables, setting: &Setting, lending: Lending) -> Result<Cached> {
    let source = lex(text)?;
    let facts = scan(text, &setting.variables, setting.target.as_deref())?;
    let refusal = facts.syntax().and_then(|syntax| syntax.refusal(NEEDED_FRONTEND));
    let mut rewrite = Rewrite::new(&source, &facts, tables, lending);
    for (instruction, ground) in grounds(&source, &facts, setting) {
        match (instruction.keyword.as_str(), &refusal) {
            ("run", Some(reason)) => rewrite.leave(instruction, reason.clone()),
            ("run", None) => rewrite.run(instruction, &ground),
            ("onbuild", _) => rewrite.leave(instruction, "it runs in other builds".to_owned()),
            _ => {}
        }
    }
    Ok(rewrite.finish())
}

#[cfg(test)]
mod tests;
