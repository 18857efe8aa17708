//! What Debian's packages leave in an image.

use super::early::{is_apt_install, span_of};
use super::{Finding, Remedy, View};
use crate::Result;
use crate::recipe::dockerfile::{Edits, Instruction};
use crate::recipe::shell::{self, Command, Joint, Script};

pub(super) const LISTS_RULE: &str = "DL3009";

const LISTS: &str = "/var/lib/apt/lists";
const REMOVAL: &str = " && rm -rf /var/lib/apt/lists/*";

/// Tells of `RUN`s that install what nobody asked for.
pub(super) fn advise(view: &View<'_>) -> Result<(Vec<Finding>, String)> {
    // What is said in a file of settings is not seen, so the word is asked for as hadolint does.
    let is_greedy = |install: &&Command| !mentions(install, "--no-install-recommends");
    let greedy = installing(view).into_iter().filter_map(|(_, script)| {
        let install = script.commands.iter().filter(|command| is_apt_install(command)).find(is_greedy)?;
        span_of(install).map(|span| span.start)
    });
    let findings = greedy.map(|at| Finding {
        rule: "DL3015",
        line: view.source.line_of(at),
        what: "apt-get installs what packages recommend, too".to_owned(),
        why: "Recommended packages are fetched and unpacked in each build, and few images need them."
            .to_owned(),
        remedy: Remedy::Advised("Add --no-install-recommends, and name what is missing then.".to_owned()),
    });
    Ok((findings.collect(), view.source.text.to_owned()))
}

/// Offers to remove the lists of packages in the `RUN` that has fetched them.
pub(super) fn improve(view: &View<'_>) -> Result<(Vec<Finding>, String)> {
    let mut edits = Edits::default();
    let mut findings = Vec::new();
    let runs = installing(view);
    let all_update = runs.iter().all(|(_, script)| updates_first(script));
    for (run, script) in &runs {
        if keeps_or_removes_lists(script) {
            continue;
        }
        let end = end_of_chain(script).filter(|_| all_update && !view.is_strange());
        let accepted = view.accepts(LISTS_RULE);
        if let Some(end) = end.filter(|_| accepted) {
            edits.insert(end, REMOVAL);
        }
        findings.push(lists_finding(view.source.line_of(run.span.start), end.is_some(), accepted));
    }
    Ok((findings, edits.apply(view.source.text)))
}

fn lists_finding(line: usize, is_edit: bool, accepted: bool) -> Finding {
    let remedy = match is_edit {
        true => Remedy::Offered {
            edit: format!("`{}` at the end of the RUN", REMOVAL.trim_start()),
            effect: "The image has no lists: later installs need an `apt-get update`".to_owned(),
            accepted,
        },
        false => Remedy::Advised(
            "Run `apt-get update` wherever packages are installed, and remove /var/lib/apt/lists/* in the same RUN."
                .to_owned(),
        ),
    };
    Finding {
        rule: LISTS_RULE,
        line,
        what: "the lists of packages stay in the image".to_owned(),
        why: "They are some 20 MB (an estimate) that each pull of the image fetches.".to_owned(),
        remedy,
    }
}

/// The `RUN`s that install packages.
fn installing<'a>(view: &'a View<'_>) -> Vec<(&'a Instruction, Script)> {
    let runs = view.source.instructions.iter().filter(|instruction| instruction.keyword == "run");
    let read = runs.filter_map(|run| Some((run, shell::read(run).ok()?)));
    read.filter(|(_, script)| script.commands.iter().any(is_apt_install)).collect()
}

/// Whether a `RUN` fetches the lists before it installs.
fn updates_first(script: &Script) -> bool {
    let updates = |command: &Command| command.known_words().any(|word| word == "update");
    let update = script.commands.iter().position(updates);
    update.is_some() && update < script.commands.iter().position(is_apt_install)
}

fn keeps_or_removes_lists(script: &Script) -> bool {
    let is_removed =
        script.commands.iter().any(|command| command.words.iter().any(|word| word.typed.contains(LISTS)));
    is_removed || script.options.iter().any(|option| option.contains(LISTS))
}

/// Where a command can be added that runs when all others have succeeded.
fn end_of_chain(script: &Script) -> Option<usize> {
    let is_chain =
        script.commands.iter().all(|command| command.joint.is_none_or(|joint| joint == Joint::And));
    Some(span_of(script.commands.last()?)?.end).filter(|_| is_chain)
}

fn mentions(command: &Command, flag: &str) -> bool {
    command.words.iter().any(|word| word.typed == flag)
}
