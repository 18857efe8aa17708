//! `docs/cli.md`: the reference of all verbs and flags, made from the command line itself.
//!
//! `DEVC_UPDATE_DOCS=1 cargo test --test it reference` writes it anew.

use std::fmt::Write;

use clap::{Arg, Command, CommandFactory};
use devc::cli::Cli;

use crate::repository;

const PATH: &str = "docs/cli.md";

/// Everything below this line is generated.
const MARK: &str =
    "<!-- Made from the command line by tests/it/reference.rs: run with DEVC_UPDATE_DOCS=1 to renew. -->\n";

#[test]
#[expect(clippy::disallowed_methods, reason = "a test is no part of the program")]
fn the_reference_is_up_to_date() {
    let path = repository().join(PATH);
    let old = std::fs::read_to_string(&path).unwrap();
    let (written_by_hand, _) = old.split_once(MARK).expect("the mark is there");
    let new = format!("{written_by_hand}{MARK}{}", render());
    if old == new {
        return;
    }
    if std::env::var_os("DEVC_UPDATE_DOCS").is_some() {
        std::fs::write(&path, new).unwrap();
        return;
    }
    panic!("{PATH} is stale: run `DEVC_UPDATE_DOCS=1 cargo test --test it reference`");
}

#[test]
fn every_kind_of_error_is_explained() {
    let text = std::fs::read_to_string(repository().join(PATH)).unwrap();
    let errors = std::fs::read_to_string(repository().join("src/error.rs")).unwrap();
    let kinds: Vec<&str> = errors.split("=> \"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert!(kinds.len() >= 10, "{kinds:?}");
    for kind in kinds {
        assert!(text.contains(&format!("| `{kind}` |")), "{PATH} does not explain {kind}");
    }
}

fn render() -> String {
    let mut command = Cli::command();
    command.build();
    let mut text = String::new();
    let verbs = verbs(&command);
    text.push_str("\n## Verbs\n\n| verb | |\n|---|---|\n");
    for (name, verb) in &verbs {
        let anchor = name.replace(' ', "-");
        writeln!(text, "| [`{name}`](#{anchor}) | {} |", about(verb)).unwrap();
    }
    for (name, verb) in verbs {
        render_verb(&mut text, &name, verb);
    }
    text.push_str("\n## Output of every verb\n\n");
    text.push_str("These flags stand before or after the verb.\n");
    render_flags(&mut text, &flags(&command, |flag| flag.is_global_set()));
    text
}

/// What can be typed, such as `devc features package`. Most groups of verbs do nothing by themselves.
fn verbs(command: &Command) -> Vec<(String, &Command)> {
    let below = command.get_subcommands().filter(|verb| verb.get_name() != "help");
    let named = below.flat_map(|verb| match verb.has_subcommands() {
        true if verb.is_subcommand_required_set() => verbs(verb),
        true => std::iter::once((verb.get_name().to_owned(), verb)).chain(verbs(verb)).collect(),
        false => vec![(verb.get_name().to_owned(), verb)],
    });
    named.map(|(name, verb)| (format!("{} {name}", command.get_name()), verb)).collect()
}

fn render_verb(text: &mut String, name: &str, verb: &Command) {
    let usage = verb.clone().render_usage().to_string();
    let usage = usage.trim_start_matches("Usage: ");
    write!(text, "\n## {name}\n\n{}.\n\n```\n{usage}\n```\n", about(verb)).unwrap();
    let aliases: Vec<&str> = verb.get_visible_aliases().collect();
    if !aliases.is_empty() {
        write!(text, "\nAlso: `devc {}`.\n", aliases.join("`, `devc ")).unwrap();
    }
    let flags = flags(verb, |flag| !flag.is_global_set());
    let mut headings: Vec<Option<&str>> = Vec::new();
    for flag in &flags {
        if !headings.contains(&flag.get_help_heading()) {
            headings.push(flag.get_help_heading());
        }
    }
    // The verb's own flags come first, as in its help.
    headings.sort_by_key(Option::is_some);
    for heading in headings {
        if let Some(heading) = heading {
            write!(text, "\n**{heading}**\n").unwrap();
        }
        let group: Vec<&Arg> =
            flags.iter().filter(|flag| flag.get_help_heading() == heading).copied().collect();
        render_flags(text, &group);
    }
    if let Some(after) = verb.get_after_help() {
        render_after_help(text, &after.to_string());
    }
}

/// Examples as code, and what follows them as text.
fn render_after_help(text: &mut String, after: &str) {
    let (examples, rest) = after.split_once("\n\n").unwrap_or((after, ""));
    let examples: Vec<String> = examples.lines().skip(1).map(|line| example(line.trim_start())).collect();
    write!(text, "\n**Examples**\n\n```console\n{}\n```\n", examples.join("\n")).unwrap();
    if !rest.is_empty() {
        write!(text, "\n{rest}\n").unwrap();
    }
}

/// A command, and as a comment what it does, which stands two or more blanks behind it.
fn example(line: &str) -> String {
    match line.split_once("  ") {
        Some((command, meaning)) => format!("$ {command:<40} # {}", meaning.trim_start()),
        None => format!("$ {line}"),
    }
}

fn flags(command: &Command, wanted: impl Fn(&Arg) -> bool) -> Vec<&Arg> {
    let is_own = |flag: &&Arg| !["help", "version"].contains(&flag.get_id().as_str());
    command
        .get_arguments()
        .filter(|flag| !flag.is_hide_set())
        .filter(is_own)
        .filter(|flag| wanted(flag))
        .collect()
}

fn render_flags(text: &mut String, flags: &[&Arg]) {
    text.push_str("\n| flag | |\n|---|---|\n");
    for flag in flags {
        let help = flag.get_help().map(ToString::to_string).unwrap_or_default();
        let facts = facts(flag).join("; ");
        let facts = if facts.is_empty() { String::new() } else { format!(" ({facts})") };
        writeln!(text, "| `{}` | {}{} |", spelling(flag), cell(&help), cell(&facts)).unwrap();
    }
}

/// `-u, --user <USER>`.
fn spelling(flag: &Arg) -> String {
    let shown = flag.to_string();
    match (flag.get_short(), flag.is_positional()) {
        (Some(short), false) => format!("-{short}, {shown}"),
        _ => shown,
    }
    .replace('|', "\\|")
}

fn facts(flag: &Arg) -> Vec<String> {
    let mut facts = Vec::new();
    let values: Vec<String> = flag
        .get_possible_values()
        .iter()
        .filter(|value| !value.is_hide_set())
        .map(|value| format!("`{}`", value.get_name()))
        .collect();
    let takes_values = flag.get_action().takes_values();
    if takes_values && !values.is_empty() {
        facts.push(values.join(", "));
    }
    let defaults: Vec<String> =
        flag.get_default_values().iter().map(|value| format!("`{}`", value.to_string_lossy())).collect();
    if takes_values && !defaults.is_empty() {
        facts.push(format!("default: {}", defaults.join(", ")));
    }
    if let Some(variable) = flag.get_env() {
        facts.push(format!("variable: `{}`", variable.to_string_lossy()));
    }
    facts
}

/// What stands in a cell must not end it.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

fn about(command: &Command) -> String {
    command.get_about().map(ToString::to_string).unwrap_or_default()
}
