//! Finds out whether a Dockerfile has plans of its own with a cache.

use super::command::is;
use super::lent::movable;
use crate::recipe::dockerfile::{Instruction, Source};
use crate::recipe::shell::{self, Command, Script, Word};
use crate::stack::Table;

/// All that a Dockerfile says, by instruction.
pub(super) struct Mentions<'a> {
    said: Vec<Said<'a>>,
}

struct Said<'a> {
    line: usize,
    text: &'a str,
    script: Option<Script>,
}

/// A plan that was found.
pub(super) struct Mention {
    pub(super) line: usize,
    pub(super) text: String,
}

impl<'a> Mentions<'a> {
    pub(super) fn of(source: &Source<'a>) -> Self {
        let script = |one: &Instruction| (one.keyword == "run").then(|| shell::read(one).ok()).flatten();
        let said = |one: &Instruction| Said {
            line: source.line_of(one.span.start),
            text: &source.text[one.span.clone()],
            script: script(one),
        };
        Self { said: source.instructions.iter().map(said).collect() }
    }

    /// The first place that names a cache of `table`, other than to empty it.
    pub(super) fn find(&self, table: &Table) -> Option<Mention> {
        let wanted = wanted(table);
        self.said.iter().find_map(|said| {
            let text = said.about(table).to_lowercase();
            let found = wanted.iter().find(|wanted| names(&text, &wanted.to_lowercase()))?;
            Some(Mention { line: said.line, text: found.clone() })
        })
    }
}

impl Said<'_> {
    /// Its text without the commands that only empty caches.
    fn about(&self, table: &Table) -> String {
        let Some(script) = &self.script else { return self.text.to_owned() };
        let clears = |command: &&Command| {
            let words: Vec<&str> = command.known_words().collect();
            words.first() == Some(&"rm") || table.reuse.clears.iter().any(|pattern| is(pattern, &words))
        };
        let lasting = script.commands.iter().filter(|command| !clears(command));
        let words = lasting.flat_map(typed).chain(script.options.iter().map(String::as_str));
        words.collect::<Vec<_>>().join(" ")
    }
}

fn typed(command: &Command) -> impl Iterator<Item = &str> {
    let assignments = command.assignments.iter().map(|one| &one.word);
    let targets = command.redirections.iter().map(|one| &one.target);
    assignments
        .chain(&command.words)
        .chain(targets)
        .map(|word: &Word| word.value.as_deref().unwrap_or(&word.typed))
}

/// The variables and folders of the caches, and what else the table names.
fn wanted(table: &Table) -> Vec<String> {
    let caches = table.caches.iter().filter_map(movable);
    let names = caches.flat_map(|(cache, variable)| [variable, cache.path.trim_start_matches("~/")]);
    names.map(str::to_owned).chain(table.reuse.mentions.iter().cloned()).collect()
}

/// Whether `text` has `name` as a name of its own: `.npm` is in `/root/.npm/x`, and not in `/root/.npmrc`.
fn names(text: &str, name: &str) -> bool {
    let continues = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '-';
    text.match_indices(name).any(|(at, _)| {
        let (before, after) = (text[..at].chars().next_back(), text[at + name.len()..].chars().next());
        !before.is_some_and(continues) && !after.is_some_and(continues)
    })
}
