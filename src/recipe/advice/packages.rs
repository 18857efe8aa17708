//! What Debian's packages leave in an image.

use super::{Finding, Remedy};
use crate::recipe::dockerfile::{Instruction, Source};
use crate::recipe::shell::{self, Command};

const LISTS: &str = "/var/lib/apt/lists";

/// What each `RUN` that installs packages could do without.
pub(super) fn findings(source: &Source<'_>) -> Vec<Finding> {
    let runs = source.instructions.iter().filter(|instruction| instruction.keyword == "run");
    runs.flat_map(|run| of_run(source, run)).collect()
}

fn of_run(source: &Source<'_>, run: &Instruction) -> Vec<Finding> {
    let Ok(script) = shell::read(run) else { return Vec::new() };
    let installs: Vec<&Command> = script.commands.iter().filter(|command| is_install(command)).collect();
    let Some(first) = installs.first().and_then(|command| command.words.first()) else { return Vec::new() };
    let finding = |rule, what: &str, why: &str, advice: &str| Finding {
        rule,
        line: source.line_of(first.span.start),
        what: what.to_owned(),
        why: why.to_owned(),
        remedy: Remedy::Advised(advice.to_owned()),
    };
    let mut findings = Vec::new();
    // What is said in a file of settings is not seen, so the word is asked for as hadolint does.
    if installs.iter().any(|install| !mentions(install, "--no-install-recommends")) {
        findings.push(finding(
            "DL3015",
            "apt-get installs what packages recommend, too",
            "Recommended packages are fetched and unpacked in each build, and few images need them.",
            "Add --no-install-recommends, and name what is missing then.",
        ));
    }
    let is_mounted = script.options.iter().any(|option| option.contains(LISTS));
    let is_removed =
        script.commands.iter().any(|command| command.words.iter().any(|word| word.typed.contains(LISTS)));
    if !is_mounted && !is_removed {
        findings.push(finding(
            "DL3009",
            "the lists of packages stay in the image",
            "They are some 20 MB (an estimate) that each pull of the image fetches.",
            "End the RUN with `&& rm -rf /var/lib/apt/lists/*`, or mount a cache there.",
        ));
    }
    findings
}

fn is_install(command: &Command) -> bool {
    let mut words = command.known_words();
    words.next().is_some_and(|program| matches!(program, "apt-get" | "apt"))
        && words.find(|word| !word.starts_with('-')) == Some("install")
}

fn mentions(command: &Command, flag: &str) -> bool {
    command.words.iter().any(|word| word.typed == flag)
}
