//! Lists of packages in a layer of their own, which grow old.

use super::early::{is_apt, is_apt_install, plain, span_of};
use super::{Finding, Remedy, View};
use crate::Result;
use crate::recipe::dockerfile::{Edits, Instruction};
use crate::recipe::shell::{self, Joint, Script};

/// Joins a `RUN apt-get update` with the `RUN` behind it that installs packages.
pub(super) fn improve(view: &View<'_>) -> Result<(Vec<Finding>, String)> {
    let mut edits = Edits::default();
    let mut findings = Vec::new();
    for (at, pair) in view.source.instructions.windows(2).enumerate() {
        let Some(update) = joinable(view, pair) else { continue };
        edits.insert(pair[0].span.start, update.0);
        edits.remove(pair[0].span.start..update.1);
        findings.push(Finding {
            rule: "devc/stale-lists",
            line: view.line(at),
            what: "the lists of packages are a layer of their own".to_owned(),
            why:
                "When only the install changes, it works with old lists, and asks for packages that are gone."
                    .to_owned(),
            remedy: Remedy::Written(None),
        });
    }
    Ok((findings, edits.apply(view.source.text)))
}

/// The beginning of both instructions as one, and where the commands of the second begin.
fn joinable(view: &View<'_>, pair: &[Instruction]) -> Option<(String, usize)> {
    let [first, second] = pair else { return None };
    let (lists, packages) = (readable(first)?, readable(second)?);
    let [update] = lists.commands.as_slice() else { return None };
    let words = plain(update)?;
    let updates = is_apt(&words) && words.contains(&"update");
    let installs = packages.commands.iter().position(is_apt_install) == Some(0);
    let (here, there) = (span_of(update)?, span_of(packages.commands.first()?)?);
    let is_apart = view.is_strange() || view.has_comment(first.span.start..there.start);
    (updates && installs && !is_apart).then(|| (format!("RUN {} && ", &view.source.text[here]), there.start))
}

/// The commands of a `RUN` that do nothing after one of them has failed.
fn readable(run: &Instruction) -> Option<Script> {
    let script = shell::read(run).ok().filter(|_| run.keyword == "run")?;
    let is_chain =
        script.commands.iter().all(|command| command.joint.is_none_or(|joint| joint == Joint::And));
    (script.options.is_empty() && is_chain).then_some(script)
}
