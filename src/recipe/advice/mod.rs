//! Advice on a Dockerfile that its owner wants better: what makes its builds slow, and what to write instead. Pure.
//!
//! An edit is made only where it is proven that the image stays the same but for the order of its layers. What makes
//! another image is offered, and made where its rule is accepted by name. All else is said and left to the owner.

mod add;
mod cache_mounts;
mod context;
mod early;
mod lists;
mod order;
mod packages;
mod saving;
mod stages;

use super::docker_ignore::DockerIgnore;
use super::dockerfile::{Source, lex};
use crate::Result;
use crate::stack::{Repository, Stack, Tables};

pub use saving::{Measured, Saving};

/// The rules whose edits make another image.
pub const OFFERED: [&str; 4] = [packages::LISTS_RULE, cache_mounts::RULE, stages::RULE, context::RULE];

/// Each edit can make room for others; so many rounds are more than any file is known to need.
const MOST_ROUNDS: usize = 16;

/// The rules about the Dockerfile. Those that move instructions come before those that add to them.
const RULES: [Rule; 7] = [
    add::improve,
    lists::improve,
    order::improve,
    stages::improve,
    packages::improve,
    cache_mounts::improve,
    packages::advise,
];

/// Looks at a Dockerfile: what it finds, and the text with its edits.
type Rule = fn(&View<'_>) -> Result<(Vec<Finding>, String)>;

/// What is known of a build: its Dockerfile, and the repository that is its context.
pub struct Build<'a> {
    /// The Dockerfile.
    pub dockerfile: &'a str,
    /// The `.dockerignore` in force.
    pub ignore_file: &'a str,
    /// The files of the context.
    pub repository: &'a dyn Repository,
    /// What the context is made of.
    pub stacks: &'a [Stack<'a>],
    /// What ecosystems are like.
    pub tables: &'a Tables,
    /// Those of the [`OFFERED`] rules that may make another image.
    pub accepted: &'a [String],
    /// How long instructions took when they were built.
    pub measured: &'a [Measured],
}

/// What the rules look at.
struct View<'a> {
    source: &'a Source<'a>,
    ignored: &'a DockerIgnore,
    build: &'a Build<'a>,
}

/// Something that could be better.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Its name: hadolint's, where hadolint has the same rule.
    pub rule: &'static str,
    /// Its line in the Dockerfile, from 1.
    pub line: usize,
    /// What is there.
    pub what: String,
    /// Why that is slow or large.
    pub why: String,
    /// What happens about it.
    pub remedy: Remedy,
}

/// What happens about a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// The image stays the same, so the improved Dockerfile has it.
    Written(Option<Saving>),
    /// The image becomes another one, so the improved files have it only where it is accepted.
    Offered {
        /// What is written.
        edit: String,
        /// What becomes different in the image.
        effect: String,
        /// Whether its rule is accepted.
        accepted: bool,
    },
    /// The owner decides: what to do.
    Advised(String),
}

/// What there is to say about a Dockerfile.
#[derive(Debug, PartialEq, Eq)]
pub struct Advice {
    /// What could be better, by line.
    pub findings: Vec<Finding>,
    /// The Dockerfile with all that is proven or accepted.
    pub improved: String,
    /// The `.dockerignore`, likewise.
    pub ignore_file: String,
}

/// Looks for what could be better.
pub fn advise(build: &Build<'_>) -> Result<Advice> {
    let source = lex(build.dockerfile)?;
    let ignored = DockerIgnore::parse(build.ignore_file)?;
    let (mut findings, ignore_file) = context::improve(&View { source: &source, ignored: &ignored, build });
    let ignored = DockerIgnore::parse(&ignore_file)?;
    let view = View { source: &source, ignored: &ignored, build };
    for rule in RULES {
        findings.extend(rule(&view)?.0);
    }
    findings.sort_by_key(|finding| (finding.line, finding.rule));
    Ok(Advice { findings, improved: improved(build, &ignored)?, ignore_file })
}

/// The Dockerfile in which no rule has anything left to edit.
fn improved(build: &Build<'_>, ignored: &DockerIgnore) -> Result<String> {
    let mut improved = build.dockerfile.to_owned();
    for _ in 0..MOST_ROUNDS {
        let before = improved.clone();
        for rule in RULES {
            let source = lex(&improved)?;
            improved = rule(&View { source: &source, ignored, build })?.1;
        }
        if improved == before {
            break;
        }
    }
    Ok(improved)
}

impl View<'_> {
    /// The line of an instruction, from 1.
    fn line(&self, at: usize) -> usize {
        self.source.line_of(self.source.instructions[at].span.start)
    }

    fn accepts(&self, rule: &str) -> bool {
        self.build.accepted.iter().any(|accepted| accepted == rule)
    }

    /// Whether commands may mean something else than they say: another shell, or a trigger for other builds.
    fn is_strange(&self) -> bool {
        let strange = |keyword: &str| matches!(keyword, "shell" | "onbuild");
        self.source.instructions.iter().any(|instruction| strange(&instruction.keyword))
    }

    /// Whether a comment stands between two places.
    fn has_comment(&self, place: std::ops::Range<usize>) -> bool {
        self.source.text[place].lines().any(|line| line.trim_start().starts_with('#'))
    }
}

#[cfg(test)]
mod property_tests;
#[cfg(test)]
mod tests;
