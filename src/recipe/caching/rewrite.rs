//! Goes through the `RUN`s and writes down what becomes of each.

use std::collections::BTreeSet;

use super::command::{Recognized, is, recognize};
use super::ground::Ground;
use super::lent::{Lending, Lent, PLATFORM};
use super::mention::Mentions;
use super::{Cached, Outcome, Step};
use crate::recipe::dockerfile::Edits;
use crate::recipe::dockerfile::{Instruction, Source};
use crate::recipe::shell::{self, Command, Script, Word};
use crate::stack::{Table, Tables};

/// A Dockerfile on its way to another one.
pub(super) struct Rewrite<'a> {
    source: &'a Source<'a>,
    tables: &'a Tables,
    lending: Lending,
    mentions: Mentions<'a>,
    edits: Edits,
    /// The stages that were told their platform.
    told: BTreeSet<usize>,
    steps: Vec<Step>,
    added: BTreeSet<String>,
    uses_fast_apt: bool,
}

impl<'a> Rewrite<'a> {
    pub(super) fn new(source: &'a Source<'a>, tables: &'a Tables, lending: Lending) -> Self {
        Self {
            source,
            tables,
            lending,
            mentions: Mentions::of(source),
            edits: Edits::default(),
            told: BTreeSet::new(),
            steps: Vec::new(),
            added: BTreeSet::new(),
            uses_fast_apt: false,
        }
    }

    pub(super) fn finish(self) -> Cached {
        Cached {
            text: self.edits.apply(self.source.text),
            steps: self.steps,
            // A text that holds another one goes first.
            added: self.added.into_iter().rev().collect(),
            uses_fast_apt: self.uses_fast_apt,
        }
    }

    /// Leaves a whole instruction alone.
    pub(super) fn leave(&mut self, instruction: &Instruction, reason: String) {
        let line = self.source.line_of(instruction.span.start);
        let command = shortened(&instruction.arguments);
        self.steps.push(Step { line, command, outcome: Outcome::LeftAlone(reason) });
    }

    /// Gives the commands of a `RUN` what they can have.
    pub(super) fn run(&mut self, run: &Instruction, ground: &Ground) {
        let script = match readable(run, ground) {
            Ok(script) => script,
            Err(reason) => return self.leave(run, reason),
        };
        let installs: Vec<(&Command, Recognized<'a>)> = script
            .commands
            .iter()
            .filter_map(|command| Some((command, recognize(command, self.tables)?)))
            .collect();
        if installs.is_empty() {
            return self.leave(run, "it fetches no packages, as far as devc knows".to_owned());
        }
        let mut mounts = Vec::new();
        for (command, recognized) in installs {
            let outcome = match self.lend(command, &recognized, ground) {
                Ok(lent) => {
                    mounts.extend(lent.mounts);
                    Outcome::Changed(lent.meaning)
                }
                Err(reason) => Outcome::LeftAlone(reason),
            };
            self.note(command, outcome);
        }
        let mut seen = BTreeSet::new();
        mounts.retain(|mount: &String| seen.insert(mount.clone()));
        match self.lending {
            _ if mounts.is_empty() => {}
            Lending::Unseen => self.mount(run, &mounts),
            Lending::Written => self.write_mounts(run, &mounts, ground),
        }
    }

    /// Changes one command, or tells why not.
    fn lend(&mut self, command: &Command, found: &Recognized<'_>, ground: &Ground) -> Result<Lent, String> {
        let table = found.table;
        if let Some(runner) = found.runner {
            return Err(format!("it runs through {runner}, which may hide variables from it"));
        }
        if let Some(refusal) = &table.reuse.refusal {
            return Err(refusal.clone());
        }
        let words: Vec<&str> = command.known_words().collect();
        if self.lending == Lending::Written && table.reuse.asks.iter().any(|pattern| is(pattern, &words)) {
            return Err("it only asks what there is".to_owned());
        }
        if let Some(mention) = self.mentions.find(table) {
            return Err(format!("line {} has plans of its own with {}", mention.line, mention.text));
        }
        if let Some(user) = &ground.user {
            return Err(format!("it runs as {user}, and the caches belong to root"));
        }
        let dropped: Vec<&Word> = command.words.iter().filter(|word| is_dropped(word, table)).collect();
        let program = command.words.first().ok_or("it has no program")?;
        if !dropped.iter().chain([&program]).all(|word| self.is_in_one_piece(word)) {
            return Err("a word of it goes on in the next line".to_owned());
        }
        let lent = Lent::by(table, ground, self.lending).ok_or("what it fetches stays in the image")?;
        for word in dropped {
            self.edits.remove(self.with_blank_before(word));
        }
        if !lent.prefix.is_empty() {
            self.edits.insert(program.span.start, format!("{} ", lent.prefix));
            self.added.insert(lent.prefix.clone());
            self.uses_fast_apt |= table.reuse.through_fast_apt;
        }
        if !lent.options.is_empty() {
            self.edits.insert(program.span.end, format!(" {}", lent.options));
        }
        Ok(lent)
    }

    fn mount(&mut self, run: &Instruction, mounts: &[String]) {
        let options = mounts.join(" ");
        self.edits.insert(run.keyword_end(), format!(" {options}"));
        self.added.insert(options);
    }

    /// Adds the mounts as people write them: a line for each.
    fn write_mounts(&mut self, run: &Instruction, mounts: &[String], ground: &Ground) {
        let line_end = if self.source.text.contains("\r\n") { "\r\n" } else { "\n" };
        let names_platform = mounts.iter().any(|mount| mount.contains(&format!("${PLATFORM}")));
        if names_platform && !ground.knows_platform && self.told.insert(ground.stage) {
            self.edits.insert(run.span.start, format!("ARG {PLATFORM}{line_end}"));
        }
        let escape = self.source.directives.escape;
        let lines: Vec<String> =
            mounts.iter().map(|mount| format!(" {mount} {escape}{line_end}   ")).collect();
        self.edits.insert(run.keyword_end(), lines.concat());
    }

    /// Where a word is, with the blank that sets it apart.
    fn with_blank_before(&self, word: &Word) -> std::ops::Range<usize> {
        let blank = usize::from(self.source.text[..word.span.start].ends_with(' '));
        word.span.start - blank..word.span.end
    }

    fn note(&mut self, command: &Command, outcome: Outcome) {
        let line = command.words.first().map_or(0, |word| self.source.line_of(word.span.start));
        let words: Vec<&str> = command.words.iter().map(|word| word.typed.as_str()).collect();
        self.steps.push(Step { line, command: shortened(&words.join(" ")), outcome });
    }

    fn is_in_one_piece(&self, word: &Word) -> bool {
        self.source.text[word.span.clone()] == word.typed
    }
}

/// The commands of a `RUN` that can be changed, or why it cannot.
fn readable(run: &Instruction, ground: &Ground) -> Result<Script, String> {
    if let Some(reason) = &ground.strange {
        return Err(reason.clone());
    }
    let script = shell::read(run).map_err(|unreadable| unreadable.to_string())?;
    let mounts = || script.options.iter().filter(|option| option.starts_with("--mount="));
    if mounts().any(|mount| mount.contains("type=cache")) {
        return Err("it has a cache mount already".to_owned());
    }
    if mounts().any(|mount| mount.contains("=/dev")) {
        return Err("it mounts something at /dev, where devc would".to_owned());
    }
    Ok(script)
}

fn is_dropped(word: &Word, table: &Table) -> bool {
    word.value.as_ref().is_some_and(|value| table.reuse.drops.contains(value))
}

/// The beginning of a command.
fn shortened(text: &str) -> String {
    const LONGEST: usize = 48;
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match words.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &words[..end]),
        None => words,
    }
}
