//! Recognizes the commands that fetch packages.

use crate::recipe::shell::Command;
use crate::stack::{Table, Tables};

/// Programs that run another one, which may not see its variables.
const RUNNERS: &[&str] = &["command", "doas", "env", "exec", "gosu", "nice", "su", "sudo", "xargs"];

/// A command that fetches packages.
pub(super) struct Recognized<'a> {
    pub(super) table: &'a Table,
    /// Where its program stands among the words.
    pub(super) place: usize,
    /// The program that runs it in its place.
    pub(super) runner: Option<&'static str>,
}

/// What is known of a command; `None` where no table names it.
pub(super) fn recognize<'a>(command: &Command, tables: &'a Tables) -> Option<Recognized<'a>> {
    let words: Vec<&str> = command.known_words().collect();
    let table_of = |words: &[&str]| {
        let names_it = |table: &&Table| table.reuse.commands.iter().any(|pattern| is(pattern, words));
        tables.iter().find(names_it)
    };
    if let Some(table) = table_of(&words) {
        return Some(Recognized { table, place: 0, runner: None });
    }
    let runner = RUNNERS.iter().copied().find(|runner| words.first() == Some(runner))?;
    let (place, table) = (1..words.len()).find_map(|start| Some((start, table_of(&words[start..])?)))?;
    Some(Recognized { table, place, runner: Some(runner) })
}

/// Whether `words` are the command that `pattern` names: `pip install` is `/opt/bin/pip3 -q install x` too.
pub(super) fn is(pattern: &str, words: &[&str]) -> bool {
    let mut pattern = pattern.split(' ');
    let mut words = words.iter();
    let program = words.next().and_then(|word| word.rsplit('/').next());
    let is_version = |letter: char| letter.is_ascii_digit() || letter == '.';
    let same_program = program.map(|name| name.trim_end_matches(is_version)) == pattern.next();
    same_program
        && pattern.all(|wanted| match wanted.starts_with('-') {
            true => words.next() == Some(&wanted),
            false => words.find(|word| !word.starts_with('-')) == Some(&wanted),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, words: &str, expected: bool) {
        assert_eq!(is(pattern, &words.split(' ').collect::<Vec<_>>()), expected, "{words}");
    }

    #[test]
    fn a_command_is_its_program_and_its_words() {
        check("pip install", "pip install x", true);
        check("pip install", "/opt/bin/pip3.12 -q install x", true);
        check("python -m pip install", "python3 -m pip --quiet install", true);
        check("npm ci", "npm ci", true);
    }

    #[test]
    fn what_only_looks_like_it_is_none() {
        check("pip install", "pip freeze install", false);
        check("pip install", "pipx install x", false);
        check("pip install", "pip", false);
        check("python -m pip install", "python -c pip install", false);
        check("npm ci", "npm --prefix web ci", false);
    }
}
