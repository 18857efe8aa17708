//! Installs that come after the source, and could come before it.

use std::ops::Range;

use super::early::{Group, Reach, Split, split};
use super::saving::{Saving, took};
use super::{Finding, Remedy, View};
use crate::Result;
use crate::recipe::dockerfile::{Edits, Instruction};
use crate::recipe::shell;

const RULE: &str = "devc/source-before-install";
const WHY: &str =
    "Each edit of a source file repeats the install: what comes after a COPY is built again when it changes.";

/// A `COPY` of everything, and the `RUN`s behind it.
struct Place {
    copy: usize,
    runs: Range<usize>,
}

/// A `COPY` and as many of the `RUN`s behind it as have something that can come before it.
struct Reordered {
    span: Range<usize>,
    text: String,
    saving: Saving,
}

/// Finds such installs, and writes the Dockerfile in which those come first of which that is proven.
pub(super) fn improve(view: &View<'_>) -> Result<(Vec<Finding>, String)> {
    let mut findings = Vec::new();
    let mut edits = Edits::default();
    for place in places(view) {
        let Some(install) = place.runs.clone().find(|run| fetches(view, *run)) else { continue };
        let remedy = match reordered(view, &place) {
            Ok(Reordered { span, text, saving }) => {
                edits.insert(span.start, text);
                edits.remove(span);
                Remedy::Written(Some(saving))
            }
            Err(reason) => Remedy::Advised(format!(
                "Copy manifests and lockfiles, install, and copy the rest then. devc does not do it, because {reason}."
            )),
        };
        findings.push(Finding {
            rule: RULE,
            line: view.line(install),
            what: "packages are installed after the source was copied".to_owned(),
            why: WHY.to_owned(),
            remedy,
        });
    }
    Ok((findings, edits.apply(view.source.text)))
}

fn places(view: &View<'_>) -> Vec<Place> {
    let instructions = &view.source.instructions;
    let copies = instructions.iter().enumerate().filter(|(_, instruction)| copies_all(instruction));
    let place = |(copy, _)| {
        let runs = instructions[copy + 1..].iter().take_while(|instruction| instruction.keyword == "run");
        Place { copy, runs: copy + 1..copy + 1 + runs.count() }
    };
    copies.map(place).collect()
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

/// Whether a `RUN` fetches packages, as far as it can be read.
fn fetches(view: &View<'_>, run: usize) -> bool {
    let Ok(script) = shell::read(&view.source.instructions[run]) else { return false };
    script.commands.iter().any(|command| crate::recipe::caching::is_install(command, view.build.tables))
}

/// The text that takes the place of the instructions, or why there is none.
fn reordered(view: &View<'_>, place: &Place) -> Result<Reordered, String> {
    let instructions = &view.source.instructions;
    let splits = splits(view, place)?;
    let runs = &instructions[place.runs.start..place.runs.start + splits.len()];
    let end = runs.last().map_or(0, |run| run.span.end);
    let span = instructions[place.copy].span.start..end;
    if view.has_comment(span.clone()) {
        return Err("a comment stands among the lines".to_owned());
    }
    let rest = splits.last().and_then(|split| split.rest.as_ref());
    let count = |group: Option<&Group>| group.map_or(0, |group| group.commands);
    let early = splits.iter().map(|split| count(split.system.as_ref()) + count(split.install.as_ref()));
    let saving = Saving {
        repeats: early.sum::<usize>() + count(rest),
        repeats_then: count(rest),
        measured: took(runs.iter(), view.build.measured, rest.is_some()),
    };
    Ok(Reordered { text: written(view, place, &splits, span.clone()), span, saving })
}

/// The `RUN`s from the first one on, up to one of which something must stay behind the source.
fn splits(view: &View<'_>, place: &Place) -> Result<Vec<Split>, String> {
    let reach = Reach::of(view, place.copy)?;
    let mut splits = Vec::new();
    for run in place.runs.clone() {
        match split(&view.source.instructions[run], &reach) {
            Ok(split) => splits.push(split),
            Err(reason) if splits.is_empty() => return Err(reason),
            Err(_) => break,
        }
        if splits.last().is_some_and(|split| split.rest.is_some()) {
            break;
        }
    }
    Ok(splits)
}

fn written(view: &View<'_>, place: &Place, splits: &[Split], span: Range<usize>) -> String {
    let text = |group: &Group| view.source.text[group.span.clone()].trim_end().to_owned();
    let mut lines = Vec::new();
    let mut copied: Vec<&Vec<String>> = Vec::new();
    for split in splits {
        lines.extend(split.system.as_ref().map(|group| format!("RUN {}", text(group))));
        if !split.files.is_empty() && !copied.contains(&&split.files) {
            lines.push(format!("COPY {} ./", split.files.join(" ")));
            copied.push(&split.files);
        }
        lines.extend(split.install.as_ref().map(|group| format!("RUN {}", text(group))));
    }
    lines.push(view.source.text[view.source.instructions[place.copy].span.clone()].trim_end().to_owned());
    let rest = splits.last().and_then(|split| split.rest.as_ref());
    lines.extend(rest.map(|group| format!("RUN {}", text(group))));
    let end = if view.source.text[span].contains("\r\n") { "\r\n" } else { "\n" };
    lines.join(end) + end
}
