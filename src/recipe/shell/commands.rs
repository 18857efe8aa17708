//! Splits a script into simple commands.

use super::{Assignment, Command, Joint, Redirection, Unreadable, Word};
use crate::recipe::dockerfile::Instruction;

/// Words that begin something else than a simple command.
const RESERVED: &[&str] = &[
    "!", "[[", "case", "coproc", "do", "done", "elif", "else", "esac", "fi", "for", "function", "if", "in",
    "select", "then", "time", "until", "while", "{", "}",
];

/// The redirections that are read, the longer ones first.
const REDIRECTIONS: &[&str] = &[">>", ">&", "<&", ">|", ">", "<"];

/// Reads the arguments of a `RUN` from front to back.
pub(super) struct Reader<'a> {
    pub(super) run: &'a Instruction,
    pub(super) at: usize,
    /// How many `$(` are open.
    depth: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(run: &'a Instruction, at: usize) -> Self {
        Self { run, at, depth: 0 }
    }

    /// All commands up to the end.
    pub(super) fn script(mut self) -> Result<Vec<Command>, Unreadable> {
        let commands = self.list()?;
        match self.peek() {
            None => Ok(commands),
            Some(_) => Err(Unreadable::new("a parenthesis closes what was not opened")),
        }
    }

    /// The commands of a `$(...)`, whose opening has been taken.
    pub(super) fn substitution(&mut self) -> Result<Vec<Command>, Unreadable> {
        const DEEPEST: usize = 8;
        if self.depth == DEEPEST {
            return Err(Unreadable::new("its $(...) are nested too deeply"));
        }
        self.depth += 1;
        let commands = self.list()?;
        self.depth -= 1;
        if self.take(")") { Ok(commands) } else { Err(Unreadable::new("a $( has no end")) }
    }

    /// Commands up to the end or to a closing parenthesis.
    fn list(&mut self) -> Result<Vec<Command>, Unreadable> {
        let mut commands = Vec::new();
        let mut joint = None;
        loop {
            let command = self.command()?;
            if !command.is_empty() {
                commands.push(Command { joint, ..command });
            } else if self.peek() == Some('(') {
                return Err(Unreadable::new("it has a subshell"));
            } else if joint != Some(Joint::Sequence) || !self.is_at_end() {
                return Err(Unreadable::new("there is no command where one has to be"));
            }
            if self.is_at_end() {
                return Ok(commands);
            }
            joint = Some(self.joint()?);
        }
    }

    fn is_at_end(&self) -> bool {
        self.peek().is_none_or(|letter| letter == ')')
    }

    fn joint(&mut self) -> Result<Joint, Unreadable> {
        const JOINTS: &[(&str, Joint)] =
            &[("&&", Joint::And), ("||", Joint::Or), (";", Joint::Sequence), ("|", Joint::Pipe)];
        for refused in [";;", "|&"] {
            if self.rest().starts_with(refused) {
                return Err(Unreadable::new(format!("it has {refused}")));
            }
        }
        let found = JOINTS.iter().find(|(text, _)| self.take(text));
        // All else that ends a command begins something of its own.
        found.map(|(_, joint)| *joint).ok_or_else(|| {
            Unreadable::new(match self.peek() {
                Some('(') => "it has a function",
                _ => "a command of it runs in the background",
            })
        })
    }

    /// One command, perhaps without any words.
    fn command(&mut self) -> Result<Command, Unreadable> {
        let mut command = Command::default();
        loop {
            self.skip_blanks();
            if let Some(operator) = self.redirection()? {
                self.skip_blanks();
                let target = self.word()?.ok_or_else(|| Unreadable::new("a redirection names no file"))?;
                command.redirections.push(Redirection { operator, target });
            } else if let Some(word) = self.word()? {
                command.push(word)?;
            } else {
                return Ok(command);
            }
        }
    }

    fn redirection(&mut self) -> Result<Option<String>, Unreadable> {
        let rest = self.rest();
        let digits = rest.len() - rest.trim_start_matches(|letter: char| letter.is_ascii_digit()).len();
        let after = &rest[digits..];
        if after.starts_with("<<") {
            return Err(Unreadable::new("it has a heredoc"));
        }
        if ["<>", "<(", ">(", "&>"].iter().any(|odd| after.starts_with(odd)) {
            return Err(Unreadable::new(format!("it has {}", &after[..2])));
        }
        let Some(operator) = REDIRECTIONS.iter().find(|operator| after.starts_with(**operator)) else {
            return Ok(None);
        };
        let length = digits + operator.len();
        let operator = rest[..length].to_owned();
        self.at += length;
        Ok(Some(operator))
    }

    /// Moves behind blanks, and behind a comment, which reaches to the end as the lines are joined.
    fn skip_blanks(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches([' ', '\t']).len();
        if self.peek() == Some('#') {
            self.at = self.run.arguments.len();
        }
    }

    pub(super) fn rest(&self) -> &'a str {
        &self.run.arguments[self.at..]
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(super) fn next(&mut self) -> Option<char> {
        let letter = self.peek()?;
        self.at += letter.len_utf8();
        Some(letter)
    }

    /// Takes `text` if it comes next.
    pub(super) fn take(&mut self, text: &str) -> bool {
        let found = self.rest().starts_with(text);
        self.at += if found { text.len() } else { 0 };
        found
    }
}

impl Command {
    fn is_empty(&self) -> bool {
        self.words.is_empty() && self.assignments.is_empty() && self.redirections.is_empty()
    }

    /// Takes the next word for what it is in its place.
    fn push(&mut self, word: Word) -> Result<(), Unreadable> {
        if self.words.is_empty() {
            if let Some(name) = assigned(&word.typed) {
                let name = name.to_owned();
                self.assignments.push(Assignment { name, word });
                return Ok(());
            }
            if RESERVED.contains(&word.typed.as_str()) {
                return Err(Unreadable::new(format!("it has `{}`", word.typed)));
            }
        }
        self.words.push(word);
        Ok(())
    }
}

/// The name of `NAME=value`.
fn assigned(word: &str) -> Option<&str> {
    let (name, _) = word.split_once('=')?;
    let is_name = name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
        && name.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '_');
    is_name.then_some(name)
}
