//! Reads the shell commands of a `RUN`, as far as they can be known without running them.
//!
//! What is read is what POSIX calls lists of simple commands: words, assignments and redirections, joined by `&&`, `||`,
//! `;` and `|`. All else is [`Unreadable`], with the reason, because a rewrite must be right and not likely.
//!
//! The reader is our own: `yash-syntax` is under the GPL, `conch-parser` knows no places of words and had its last
//! release in 2019, and `brush-parser` reads bash, which is not what `sh` makes of the same text.

mod commands;
mod words;

use std::fmt::{Display, Formatter};
use std::ops::Range;

use super::dockerfile::Instruction;
use commands::Reader;

/// The commands of a `RUN` in the shell form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    /// What stands before the commands: `--mount=...` and the like.
    pub options: Vec<String>,
    /// The commands in order.
    pub commands: Vec<Command>,
}

/// One program that is run, with its arguments.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Command {
    /// What stands between it and the one before.
    pub joint: Option<Joint>,
    /// Variables for this command; without words, for all that follow.
    pub assignments: Vec<Assignment>,
    /// The program and its arguments.
    pub words: Vec<Word>,
    /// Where it reads and writes.
    pub redirections: Vec<Redirection>,
}

/// How a command follows another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Joint {
    /// `&&`
    And,
    /// `||`
    Or,
    /// `;`
    Sequence,
    /// `|`
    Pipe,
}

/// `NAME=value` before a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// The variable.
    pub name: String,
    /// The whole word, with the name.
    pub word: Word,
}

/// `>file`, `2>&1` and the like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redirection {
    /// The operator, with the number before it.
    pub operator: String,
    /// The file, or the number of another one.
    pub target: Word,
}

/// One word, as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Word {
    /// As it stands in the joined lines, with quotes and escapes.
    pub typed: String,
    /// What the program gets; `None` where variables, patterns or other commands decide that.
    pub value: Option<String>,
    /// The commands of its `$(...)`.
    pub inner: Vec<Command>,
    /// Where it stands in the Dockerfile.
    pub span: Range<usize>,
}

/// Why the commands of a `RUN` are not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable(String);

impl Unreadable {
    fn new(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }
}

impl Display for Unreadable {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Reads the commands of a `RUN` for a shell of which [`is_posix`] holds.
pub fn read(run: &Instruction) -> Result<Script, Unreadable> {
    let (options, start) = options(&run.arguments)?;
    if serde_json::from_str::<Vec<String>>(&run.arguments[start..]).is_ok() {
        return Err(Unreadable::new("it is in the exec form"));
    }
    let commands = Reader::new(run, start).script()?;
    Ok(Script { options, commands })
}

/// Whether a `SHELL` reads what is read here in the same way: its words, as in `["/bin/bash", "-o", "pipefail", "-c"]`.
pub fn is_posix(shell: &[String]) -> bool {
    const SHELLS: &[&str] = &["ash", "bash", "dash", "ksh", "sh"];
    let name = shell.first().and_then(|program| program.rsplit('/').next());
    // The commands follow `-c`, which may stand among other letters: `-euxc`.
    let takes_commands = shell
        .last()
        .is_some_and(|last| last.starts_with('-') && !last.starts_with("--") && last.ends_with('c'));
    name.is_some_and(|name| SHELLS.contains(&name)) && takes_commands
}

/// The options before the commands, and where the commands begin.
fn options(arguments: &str) -> Result<(Vec<String>, usize), Unreadable> {
    let mut options = Vec::new();
    let mut rest = arguments;
    while rest.starts_with("--") {
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        let option = &rest[..end];
        if option.contains(['"', '\'', '\\', '`', '$']) || option == "--" {
            return Err(Unreadable::new(format!("its option {option} is quoted or not literal")));
        }
        options.push(option.to_owned());
        rest = rest[end..].trim_start();
    }
    Ok((options, arguments.len() - rest.len()))
}

impl Command {
    /// The words whose values are known, up to the first one that is not.
    pub fn known_words(&self) -> impl Iterator<Item = &str> {
        self.words.iter().map_while(|word| word.value.as_deref())
    }
}

#[cfg(test)]
mod tests;
