//! Goes through the `RUN`s and writes down what becomes of each.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::command::{Recognized, is, recognize};
use super::ground::Ground;
use super::lent::{Lending, Lent, PLATFORM};
use super::mention::Mentions;
use super::{Cached, Outcome, Step};
use crate::recipe::dockerfile::{DockerfileFacts, Edits, Instruction, Source};
use crate::recipe::shell::{self, Command, Script, Word};
use crate::stack::{Table, Tables};

/// A Dockerfile on its way to another one.
pub(super) struct Rewrite<'a> {
    source: &'a Source<'a>,
    facts: &'a DockerfileFacts,
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
    pub(super) fn new(
        source: &'a Source<'a>,
        facts: &'a DockerfileFacts,
        tables: &'a Tables,
        lending: Lending,
    ) -> Self {
        Self {
            source,
            facts,
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
        // A text that holds another one goes first.
        let mut added: Vec<String> = self.added.into_iter().collect();
        added.sort_by_key(|text| Reverse(text.len()));
        Cached {
            text: self.edits.apply(self.source.text),
            steps: self.steps,
            added,
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
        let is_plain_sudo = found.runner == Some("sudo") && found.place == 1;
        let is_understood = is_plain_sudo && table.reuse.through_fast_apt && self.lending == Lending::Unseen;
        if let Some(runner) = found.runner.filter(|_| !is_understood) {
            return Err(format!("it runs through {runner}, which may hide variables from it"));
        }
        if let Some(refusal) = table.reuse.refusal.as_ref().filter(|_| !self.is_set_aside(table, ground)) {
            return Err(refusal.clone());
        }
        let words: Vec<&str> = command.known_words().collect();
        if self.lending == Lending::Written && table.reuse.asks.iter().any(|pattern| is(pattern, &words)) {
            return Err("it only asks what there is".to_owned());
        }
        if let Some(mention) = self.mentions.find(table) {
            return Err(format!("line {} has plans of its own with {}", mention.line, mention.text));
        }
        let dropped: Vec<&Word> = command.words.iter().filter(|word| is_dropped(word, table)).collect();
        let program = command.words.get(found.place).ok_or("it has no program")?;
        if !dropped.iter().chain([&program]).all(|word| self.is_in_one_piece(word)) {
            return Err("a word of it goes on in the next line".to_owned());
        }
        let lent = Lent::by(table, ground, self.lending, is_plain_sudo)?;
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

    /// Whether an image gets nothing of what the commands of `table` have fetched in this stage.
    fn is_set_aside(&self, table: &Table, ground: &Ground) -> bool {
        let is_for_one_build = self.lending == Lending::Unseen && ground.user.is_none();
        let set_aside = table.reuse.set_aside.as_ref().filter(|_| is_for_one_build);
        set_aside.is_some_and(|set_aside| self.facts.hands_on_only(ground.stage, &set_aside.results))
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
    if script.commands.iter().any(changes_splitting) {
        return Err("it changes IFS, by which the shell splits words".to_owned());
    }
    Ok(script)
}

fn changes_splitting(command: &Command) -> bool {
    let words = command.words.iter().chain(command.assignments.iter().map(|assignment| &assignment.word));
    words.into_iter().any(|word| word.typed.starts_with("IFS"))
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
