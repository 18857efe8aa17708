//! How the reference CLI's words may be spelled: its parser takes more than clap does.
//!
//! - `--workspaceFolder` is `--workspace-folder`.
//! - A switch may be followed by `true` or `false`, as editors pass them.
//! - A value that is empty, as scripts with an unset variable pass it, counts as not given.
//! - Flags of a verb may stand before it.
//! - `--version` may stand anywhere, and nothing else counts then.

use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};

use clap::{Arg, ArgAction, Command};

/// Rewrites a command line, the program's name first, so that clap understands it.
///
/// Nothing from the first plain word of `exec` on is touched: it belongs to the command.
pub(super) fn normalize(root: &Command, words: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let mut words: VecDeque<OsString> = words.into_iter().collect();
    let mut result: Vec<OsString> = words.pop_front().into_iter().collect();
    // Flags that nobody knows yet, because their verb is still to come.
    let mut early = Vec::new();
    let mut current = root;
    while let Some(word) = words.pop_front() {
        if word == "--" {
            result.push(word);
            break;
        }
        let Some(flag) = long_flag(&word) else {
            let verb = word.to_str().and_then(|name| current.find_subcommand(name));
            let is_plain = !is_short_flag(&word);
            result.push(word);
            if verb.is_none() && is_plain && takes_a_command(current) {
                break;
            }
            current = verb.unwrap_or(current);
            if !current.has_subcommands() {
                early.drain(..).rev().for_each(|word| words.push_front(word));
            }
            continue;
        };
        if flag == "version" {
            return result.into_iter().take(1).chain([format!("--{flag}").into()]).collect();
        }
        match find_argument(root, current, &flag) {
            None if current.has_subcommands() => {
                let has_value = flag.contains('=') || words.front().is_none_or(is_flag);
                early.push(format!("--{flag}").into());
                early.extend(if has_value { None } else { words.pop_front() });
            }
            argument => result.extend(rewritten(&flag, argument, &mut words)),
        }
    }
    result.extend(early);
    result.extend(words);
    result
}

/// The words for a flag, with the value that follows it; none where it counts as not given.
fn rewritten(flag: &str, argument: Option<&Arg>, words: &mut VecDeque<OsString>) -> Vec<OsString> {
    let word = OsString::from(format!("--{flag}"));
    let Some(argument) = argument else { return vec![word] };
    if matches!(argument.get_action(), ArgAction::SetTrue) {
        let value = words.front().filter(|next| *next == "true" || *next == "false").cloned();
        words.drain(..usize::from(value.is_some()));
        return switch(flag, value.as_deref().and_then(OsStr::to_str)).into_iter().collect();
    }
    let may_be_left_out =
        matches!(argument.get_action(), ArgAction::Set) && argument.get_possible_values().is_empty();
    if let Some((_, value)) = flag.split_once('=') {
        return if value.is_empty() && may_be_left_out { Vec::new() } else { vec![word] };
    }
    let value = if argument.get_action().takes_values() { words.pop_front() } else { None };
    match value {
        Some(value) if value.is_empty() && may_be_left_out => Vec::new(),
        value => std::iter::once(word).chain(value).collect(),
    }
}

/// `--workspaceFolder=x` becomes `workspace-folder=x`; `None` for anything but a long flag.
fn long_flag(word: &OsStr) -> Option<String> {
    let flag = word.to_str()?.strip_prefix("--").filter(|flag| !flag.is_empty())?;
    Some(kebab_case(flag))
}

fn is_flag(word: &OsString) -> bool {
    word.to_str().is_some_and(|text| text.starts_with('-'))
}

/// The word for a switch with the value that followed it or that it carries after `=`; none for `false`.
fn switch(flag: &str, next: Option<&str>) -> Option<OsString> {
    let (name, own) = flag.split_once('=').map_or((flag, None), |(name, value)| (name, Some(value)));
    match own.or(next) {
        Some("false") => None,
        Some("true") | None => Some(format!("--{name}").into()),
        Some(_) => Some(format!("--{flag}").into()),
    }
}

fn takes_a_command(command: &Command) -> bool {
    command.get_positionals().any(Arg::is_trailing_var_arg_set)
}

fn is_short_flag(word: &OsStr) -> bool {
    word.to_str().is_some_and(|text| text.starts_with('-') && text.len() > 1)
}

fn find_argument<'a>(root: &'a Command, current: &'a Command, flag: &str) -> Option<&'a Arg> {
    let name = flag.split('=').next().unwrap_or(flag);
    let mut arguments = current.get_arguments().chain(root.get_arguments());
    arguments.find(|argument| argument.get_long() == Some(name))
}

/// `workspaceFolder=x` becomes `workspace-folder=x`; what follows the `=` stays.
fn kebab_case(flag: &str) -> String {
    let (name, value) = flag.split_at(flag.find('=').unwrap_or(flag.len()));
    let mut result = String::with_capacity(flag.len() + 4);
    for letter in name.chars() {
        if letter.is_ascii_uppercase() {
            result.push('-');
        }
        result.push(letter.to_ascii_lowercase());
    }
    result + value
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::cli::Cli;

    fn check(typed: &str, meant: &str) {
        let words = |text: &str| text.split(' ').map(OsString::from).collect::<Vec<_>>();
        assert_eq!(normalize(&Cli::command(), words(typed)), words(meant), "{typed}");
    }

    #[test]
    fn a_switch_takes_a_bare_true_or_false_as_editors_pass_it() {
        check("devc up --prebuild false --skip-post-create", "devc up --skip-post-create");
        check("devc up --prebuild true", "devc up --prebuild");
        check("devc up --prebuild=false --prebuild=true", "devc up --prebuild");
        check("devc up --mount-workspace-git-root false", "devc up --mount-workspace-git-root false");
    }

    #[test]
    fn a_value_that_looks_like_a_switch_value_stays_a_value() {
        check("devc up --workspace-folder true --prebuild", "devc up --workspace-folder true --prebuild");
    }

    #[test]
    fn camel_case_spellings_work() {
        check("devc up --workspaceFolder /X --idLabel a=B", "devc up --workspace-folder /X --id-label a=B");
        check("devc up --workspaceFolder=/X", "devc up --workspace-folder=/X");
    }

    #[test]
    fn the_command_of_exec_is_left_alone() {
        check(
            "devc exec --workspaceFolder . env --fooBar true",
            "devc exec --workspace-folder . env --fooBar true",
        );
        check("devc exec --log-level debug -- x --y true", "devc exec --log-level debug -- x --y true");
        check("devc exec -u root x --fooBar", "devc exec -u root x --fooBar");
        check("devc open . -- --newWindow true", "devc open . -- --newWindow true");
    }

    #[test]
    fn an_empty_value_counts_as_not_given_where_any_text_would_do() {
        check("devc up --config= --prebuild", "devc up --prebuild");
        check("devc up --config  --prebuild", "devc up --prebuild");
        check("devc up --log-level= --id-label=", "devc up --log-level= --id-label=");
        check("devc up --config==", "devc up --config==");
        check("devc up --config", "devc up --config");
    }

    #[test]
    fn the_version_may_be_asked_for_anywhere() {
        check("devc up --config x --version --prebuild", "devc --version");
        check("devc exec ls --version", "devc exec ls --version");
        check("devc up --id-label a=b --version", "devc --version");
    }

    #[test]
    fn flags_of_a_verb_may_stand_before_it() {
        check("devc --workspace-folder . up --prebuild", "devc up --workspace-folder . --prebuild");
        check("devc --log-level debug --config=x build", "devc --log-level debug build --config=x");
        check("devc --workspaceFolder . exec ls -l", "devc exec --workspace-folder . ls -l");
        check("devc --nonsense up", "devc --nonsense up");
    }
}
