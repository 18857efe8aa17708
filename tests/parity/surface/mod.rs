//! The command line of the reference beside ours: every command, every flag. What is not the same has its reason in
//! [`verdicts`]; whatever the reference's help shows and ours lacks fails.

mod help;
mod verdicts;

use std::fmt::Write;

use clap::{ArgAction, CommandFactory};
use devc::cli::Cli;

use crate::place::Place;
use crate::tool::Tool;
use help::{Flag, Page, Takes};
use verdicts::{Verdict, verdict};

/// Flags that the reference takes although its help does not show them.
const HIDDEN: [(&str, &[&str]); 6] = [
    (
        "up",
        &[
            "skip-feature-auto-mapping",
            "omit-config-remote-env-from-metadata",
            "experimental-lockfile",
            "experimental-frozen-lockfile",
            "omit-syntax-directive",
        ],
    ),
    (
        "build",
        &[
            "skip-feature-auto-mapping",
            "skip-persisting-customizations-from-features",
            "experimental-lockfile",
            "experimental-frozen-lockfile",
            "omit-syntax-directive",
        ],
    ),
    ("exec", &["skip-feature-auto-mapping"]),
    ("run-user-commands", &["skip-feature-auto-mapping"]),
    ("read-configuration", &["skip-feature-auto-mapping"]),
    ("upgrade", &["feature", "target-version"]),
];

/// The fault that no reason excuses.
const MISSING_FLAG: &str = "missing";

/// The tables of `docs/compatibility.md` about flags. Fails for a flag that is missing, or that differs without a reason.
pub(crate) fn tables() -> String {
    let place = Place::empty("help");
    let root = devc_root();
    let mut mistakes = Vec::new();
    let mut text = String::new();
    let commands = commands(&place);
    for (name, flags) in &commands {
        match find(&root, name) {
            Some(command) => text.push_str(&table(name, flags, command, &mut mistakes)),
            None => mistakes.push(format!("devc has no {name}")),
        }
    }
    mistakes.extend(verdicts::stale(&commands));
    assert!(mistakes.is_empty(), "{}", mistakes.join("\n"));
    text.trim_end().to_owned() + "\n"
}

/// The commands of the reference that do something, with their flags, in the order of its help.
fn commands(place: &Place) -> Vec<(String, Vec<Flag>)> {
    let mut found = Vec::new();
    let mut pages = vec![String::new()];
    while !pages.is_empty() {
        let name = pages.remove(0);
        let page = Page::parse(&place.run(Tool::Reference, &format!("{name} --help")).stdout);
        let prefix = if name.is_empty() { String::new() } else { format!("{name} ") };
        if page.commands.is_empty() {
            let hidden = hidden(place, &name);
            found.push((name, [page.flags, hidden].concat()));
        }
        pages.extend(page.commands.iter().map(|command| format!("{prefix}{command}")));
    }
    found
}

/// The hidden flags of a command, after asking the reference whether it knows them.
fn hidden(place: &Place, command: &str) -> Vec<Flag> {
    let names = HIDDEN.iter().find(|(name, _)| *name == command).map_or(&[][..], |(_, names)| *names);
    if names.is_empty() {
        return Vec::new();
    }
    let words: Vec<String> = names.iter().map(|name| format!("--{name}=true")).collect();
    let ran = place.run(Tool::Reference, &format!("{command} {} --nonsense", words.join(" ")));
    let last = ran.stderr.trim_end().lines().last().unwrap_or_default();
    assert_eq!(last, "Unknown argument: nonsense", "{ran}");
    names.iter().map(|name| Flag::hidden(name)).collect()
}

fn devc_root() -> clap::Command {
    let mut root = Cli::command();
    root.build();
    root
}

fn find<'a>(root: &'a clap::Command, name: &str) -> Option<&'a clap::Command> {
    name.split(' ').try_fold(root, |command, word| command.find_subcommand(word))
}

/// One command: which of the reference's flags are the same, and what is to be said about the others.
fn table(name: &str, flags: &[Flag], command: &clap::Command, mistakes: &mut Vec<String>) -> String {
    let mut same = Vec::new();
    let mut rows = String::new();
    for flag in flags {
        let faults = faults(flag, command);
        let verdict = verdict(name, &flag.name).filter(|_| faults != [MISSING_FLAG]);
        match verdict {
            Some((Verdict::Same, _)) => same.push(format!("`--{}`", flag.name)),
            Some((verdict, reason)) => {
                writeln!(rows, "| `--{}` | {} | {reason} |", flag.name, verdict.name()).expect("a text");
            }
            None if faults.is_empty() => same.push(format!("`--{}`", flag.name)),
            None => mistakes
                .extend(faults.into_iter().map(|fault| format!("devc {name} --{}: {fault}", flag.name))),
        }
    }
    let own = own_flags(command)
        .into_iter()
        .filter(|own| own != "help")
        .filter(|own| flags.iter().all(|flag| flag.name != *own));
    let own: Vec<String> = own.map(|flag| format!("`--{flag}`")).collect();
    let mut text = format!("### `{name}`\n\n| flag | | because |\n|---|---|---|\n");
    writeln!(text, "| {} | same | |", same.join(" ")).expect("a text");
    text.push_str(&rows);
    if !own.is_empty() {
        writeln!(text, "| {} | only here | |", own.join(" ")).expect("a text");
    }
    text + "\n"
}

/// The flags of a command of `devc` that its help shows.
fn own_flags(command: &clap::Command) -> Vec<String> {
    let shown = command.get_arguments().filter(|argument| !argument.is_hide_set());
    shown.filter_map(|argument| argument.get_long()).map(str::to_owned).collect()
}

/// How our flag is not the reference's.
fn faults(flag: &Flag, command: &clap::Command) -> Vec<String> {
    let Some(own) = command.get_arguments().find(|own| own.get_long() == Some(&flag.name)) else {
        return vec![MISSING_FLAG.to_owned()];
    };
    let mut faults = Vec::new();
    let mut check = |is_fine: bool, fault: String| {
        if !is_fine {
            faults.push(fault);
        }
    };
    let takes_values = own.get_action().takes_values();
    let values = own.get_possible_values();
    let values: Vec<&str> = values.iter().map(clap::builder::PossibleValue::get_name).collect();
    let is_switch = !takes_values || values == ["true", "false"];
    match flag.takes {
        Takes::Unknown => {}
        Takes::Switch => check(is_switch, "should be a switch".to_owned()),
        Takes::Value => check(takes_values, "should take a value".to_owned()),
        Takes::List => {
            check(matches!(own.get_action(), ArgAction::Append), "should be repeatable".to_owned());
        }
    }
    for short in &flag.shorts {
        check(own.get_short() == Some(*short), format!("should also be -{short}"));
    }
    for choice in &flag.choices {
        check(values.contains(&choice.as_str()), format!("should take {choice:?}"));
    }
    check(flag.is_required == own.is_required_set(), format!("is it required? {}", flag.is_required));
    let defaults = own.get_default_values();
    let default = defaults.first().and_then(|value| value.to_str());
    if let Some(wanted) = &flag.default {
        check(default.unwrap_or("false") == wanted, format!("should be {wanted:?} by default"));
    }
    faults
}
