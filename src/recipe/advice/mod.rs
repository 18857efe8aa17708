//! Advice on a Dockerfile that its owner wants better: what makes its builds slow, and what to write instead. Pure.
//!
//! An edit is made only where it is proven that the image stays the same but for the order of its layers. What is not
//! proven is said and left to the owner.

mod context;
mod early;
mod order;
mod packages;

use super::docker_ignore::DockerIgnore;
use super::dockerfile::{Source, lex};
use crate::Result;
use crate::stack::{Repository, Stack, Tables};

/// What is known of a build: its Dockerfile, and the repository that is its context.
pub struct Build<'a> {
    /// The Dockerfile.
    pub dockerfile: &'a str,
    /// What the build does not see.
    pub ignored: &'a DockerIgnore,
    /// The files of the context.
    pub repository: &'a dyn Repository,
    /// What the context is made of.
    pub stacks: &'a [Stack<'a>],
    /// What ecosystems are like.
    pub tables: &'a Tables,
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
    /// The improved Dockerfile has it.
    Written {
        /// How many of its commands an edit of the source repeats, as it is.
        repeats: usize,
        /// And in the improved Dockerfile.
        repeats_then: usize,
    },
    /// The owner decides: what to do.
    Advised(String),
}

/// What there is to say about a Dockerfile.
#[derive(Debug, PartialEq, Eq)]
pub struct Advice {
    /// What could be better, by line.
    pub findings: Vec<Finding>,
    /// The Dockerfile with all that is proven.
    pub improved: String,
}

/// Looks for what could be better.
pub fn advise(build: &Build<'_>) -> Result<Advice> {
    let source = lex(build.dockerfile)?;
    let (mut findings, improved) = order::improve(&source, build);
    findings.extend(packages::findings(&source));
    findings.extend(context::findings(&source, build));
    findings.sort_by_key(|finding| (finding.line, finding.rule));
    Ok(Advice { findings, improved })
}

/// The line of an instruction, from 1.
fn line(source: &Source<'_>, at: usize) -> usize {
    source.line_of(source.instructions[at].span.start)
}

#[cfg(test)]
mod tests;
