//! Installs that come after the source, and could come before it.

use std::ops::Range;

use super::early::{Group, Reach, split};
use super::{Build, Finding, Remedy, line};
use crate::recipe::dockerfile::{Instruction, Source};
use crate::recipe::shell;

const RULE: &str = "devc/source-before-install";
const WHY: &str =
    "Each edit of a source file repeats the install: what comes after a COPY is built again when it changes.";

/// A `COPY` of everything, and the `RUN` behind it.
struct Place {
    copy: usize,
    run: usize,
}

/// Finds such installs, and writes the Dockerfile in which those come first of which that is proven.
pub(super) fn improve(source: &Source<'_>, build: &Build<'_>) -> (Vec<Finding>, String) {
    let mut findings = Vec::new();
    let mut improved = source.text.to_owned();
    // From the last one on, so that the places of the others stay.
    for place in places(source).into_iter().rev() {
        let installs = fetches(&source.instructions[place.run], build);
        if installs == 0 {
            continue;
        }
        let remedy = match reordered(source, &place, build) {
            Ok((text, remedy)) => {
                improved.replace_range(place.span(source), &text);
                remedy
            }
            Err(reason) => Remedy::Advised(format!(
                "Copy manifests and lockfiles, install, and copy the rest then. devc does not do it, because {reason}."
            )),
        };
        findings.push(Finding {
            rule: RULE,
            line: line(source, place.run),
            what: "packages are installed after the source was copied".to_owned(),
            why: WHY.to_owned(),
            remedy,
        });
    }
    (findings, improved)
}

impl Place {
    fn span(&self, source: &Source<'_>) -> Range<usize> {
        source.instructions[self.copy].span.start..source.instructions[self.run].span.end
    }
}

fn places(source: &Source<'_>) -> Vec<Place> {
    let pairs = source.instructions.windows(2).enumerate();
    let is_place = |pair: &[Instruction]| copies_all(&pair[0]) && pair[1].keyword == "run";
    pairs.filter(|(_, pair)| is_place(pair)).map(|(copy, _)| Place { copy, run: copy + 1 }).collect()
}

/// Whether an instruction copies the whole context.
pub(super) fn copies_all(instruction: &Instruction) -> bool {
    let mut words = instruction.arguments.split_whitespace().filter(|word| !word.starts_with("--"));
    let from_context = !instruction.arguments.contains("--from=");
    matches!(instruction.keyword.as_str(), "copy" | "add")
        && from_context
        && matches!(words.next(), Some("." | "./"))
        && words.count() == 1
}

/// How many commands of a `RUN` fetch packages, as far as it can be read.
fn fetches(run: &Instruction, build: &Build<'_>) -> usize {
    let Ok(script) = shell::read(run) else { return 0 };
    script.commands.iter().filter(|command| crate::recipe::caching::is_install(command, build.tables)).count()
}

/// The text that takes the place of both instructions, or why there is none.
fn reordered(source: &Source<'_>, place: &Place, build: &Build<'_>) -> Result<(String, Remedy), String> {
    let copy = &source.instructions[place.copy];
    let run = &source.instructions[place.run];
    let reach = Reach::of(source, place.copy, build)?;
    let split = split(run, &reach)?;
    let text = |group: &Group| source.text[group.span.clone()].trim_end().to_owned();
    if source.text[place.span(source)].lines().any(|line| line.trim_start().starts_with('#')) {
        return Err("a comment stands among the lines".to_owned());
    }
    let copied = source.text[copy.span.clone()].trim_end();
    let mut lines = Vec::new();
    lines.extend(split.system.as_ref().map(|group| format!("RUN {}", text(group))));
    if let Some(group) = &split.install {
        lines.push(format!("COPY {} ./", split.files.join(" ")));
        lines.push(format!("RUN {}", text(group)));
    }
    lines.push(copied.to_owned());
    lines.extend(split.rest.as_ref().map(|group| format!("RUN {}", text(group))));
    let count = |group: &Option<Group>| group.as_ref().map_or(0, |group| group.commands);
    let remedy = Remedy::Written {
        repeats: count(&split.system) + count(&split.install) + count(&split.rest),
        repeats_then: count(&split.rest),
    };
    let end = if source.text[run.span.clone()].contains("\r\n") { "\r\n" } else { "\n" };
    Ok((lines.join(end) + end, remedy))
}
