//! Splits a Dockerfile into instructions, each with the place of its parts in the text.
//!
//! The rules are those of BuildKit's parser (`frontend/dockerfile/parser/parser.go`): comments inside an
//! instruction, empty continuation lines, either escape character, heredocs, CRLF and a byte order mark.

use std::ops::Range;

use super::heredoc;
use super::syntax::Directives;
use crate::{Error, ErrorKind, Result};

/// A Dockerfile as a list of instructions.
#[derive(Debug)]
pub struct Source<'a> {
    /// The text, as it was given.
    pub text: &'a str,
    /// What the comments at the top say.
    pub directives: Directives,
    /// All instructions in order.
    pub instructions: Vec<Instruction>,
    /// Where the last line ends with an escape that nothing follows.
    dangling: Option<usize>,
}

/// One instruction with its continuation lines joined.
#[derive(Debug)]
pub struct Instruction {
    /// The first word in lower case.
    pub keyword: String,
    /// What follows the first word: without comments, line ends and heredoc bodies.
    pub arguments: String,
    /// From the first word to the end of the last line, with its line end and with heredoc bodies.
    pub span: Range<usize>,
    /// Where the first word ends in `joined`.
    word_end: usize,
    /// Where `arguments` begins in `joined`.
    arguments_start: usize,
    joined: Joined,
}

/// Physical lines joined to a logical one, and where each piece of it came from.
#[derive(Debug, Default)]
struct Joined {
    text: String,
    pieces: Vec<Piece>,
}

#[derive(Debug)]
struct Piece {
    in_joined: usize,
    in_source: usize,
}

impl Joined {
    fn push(&mut self, text: &str, in_source: usize) {
        self.pieces.push(Piece { in_joined: self.text.len(), in_source });
        self.text.push_str(text);
    }

    /// Where the byte at `offset` is in the source.
    fn source_at(&self, offset: usize) -> usize {
        let index = self.pieces.partition_point(|piece| piece.in_joined <= offset).saturating_sub(1);
        self.pieces.get(index).map_or(0, |piece| piece.in_source + offset - piece.in_joined)
    }

    /// The place in the source just after the first `length` bytes, before an escape that follows them.
    fn source_end(&self, length: usize) -> usize {
        self.source_at(length.saturating_sub(1)) + length.min(1)
    }
}

impl Instruction {
    /// The place in the source just after the first word.
    pub fn keyword_end(&self) -> usize {
        self.joined.source_end(self.word_end)
    }

    /// The place in the source just after the first `length` bytes of `arguments`.
    pub fn argument_end(&self, length: usize) -> usize {
        self.joined.source_end(self.arguments_start + length)
    }

    /// Where a part of `arguments` is in the source, with all that stands between its pieces.
    pub fn argument_span(&self, part: Range<usize>) -> Range<usize> {
        self.joined.source_at(self.arguments_start + part.start)..self.argument_end(part.end)
    }
}

impl Source<'_> {
    /// The text with a line end at its end, to which instructions can be appended.
    pub fn closed_text(&self) -> String {
        let mut text = self.text[..self.dangling.unwrap_or(self.text.len())].to_owned();
        if !text.ends_with('\n') {
            text.push('\n');
        }
        text
    }

    /// The number of the line with the place `at`, from 1.
    pub fn line_of(&self, at: usize) -> usize {
        self.text[..at].matches('\n').count() + 1
    }

    /// An error about the place `at`, counted in characters from 1.
    pub fn error_at(&self, at: usize, what: impl std::fmt::Display) -> Error {
        error_at(self.text, at, what)
    }
}

fn error_at(text: &str, at: usize, what: impl std::fmt::Display) -> Error {
    let before = &text[..at];
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |start| start.chars().count()) + 1;
    Error::new(ErrorKind::Config, format!("Error parsing Dockerfile: line {line}, column {column}: {what}"))
}

/// Splits `text` into instructions.
pub fn lex(text: &str) -> Result<Source<'_>> {
    let directives = Directives::read(text).map_err(|(at, what)| error_at(text, at, what))?;
    let mut lexer = Lexer { text, at: byte_order_mark(text), escape: directives.escape, dangling: None };
    let mut instructions = Vec::new();
    while let Some(instruction) = lexer.instruction()? {
        instructions.push(instruction);
    }
    Ok(Source { text, directives, instructions, dangling: lexer.dangling })
}

/// How many bytes a byte order mark takes at the start of `text`.
pub fn byte_order_mark(text: &str) -> usize {
    if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 }
}

/// One physical line.
#[derive(Clone, Copy)]
struct Line<'a> {
    start: usize,
    /// Without the line end.
    text: &'a str,
}

impl Line<'_> {
    fn is_comment(&self) -> bool {
        self.text.trim_start().starts_with('#')
    }

    fn is_blank(&self) -> bool {
        self.text.trim_start().is_empty()
    }
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    escape: char,
    dangling: Option<usize>,
}

impl<'a> Lexer<'a> {
    fn line(&mut self) -> Option<Line<'a>> {
        let start = self.at;
        let rest = self.text.get(start..).filter(|rest| !rest.is_empty())?;
        let whole = rest.split_inclusive('\n').next()?;
        self.at += whole.len();
        Some(Line { start, text: whole.trim_end_matches(['\r', '\n']) })
    }

    fn instruction(&mut self) -> Result<Option<Instruction>> {
        while let Some(line) = self.line() {
            if line.is_blank() || line.is_comment() {
                continue;
            }
            let joined = self.join(line);
            if joined.text.trim().is_empty() {
                continue;
            }
            return self.finish(line, joined).map(Some);
        }
        Ok(None)
    }

    /// Joins `first` and the lines that continue it.
    fn join(&mut self, first: Line<'a>) -> Joined {
        let mut joined = Joined::default();
        let indent = first.text.len() - first.text.trim_start().len();
        let first = Line { start: first.start + indent, text: &first.text[indent..] };
        let mut open = self.append(&mut joined, first);
        while let Some(escape_at) = open {
            let Some(next) = self.line() else {
                self.dangling = Some(escape_at);
                break;
            };
            if !next.is_comment() && !next.is_blank() {
                open = self.append(&mut joined, next);
            }
        }
        joined
    }

    /// Appends a line and returns where its escape is, if it goes on in the next line.
    fn append(&self, joined: &mut Joined, line: Line<'a>) -> Option<usize> {
        match continued(line.text, self.escape) {
            Some(length) => {
                joined.push(&line.text[..length], line.start);
                Some(line.start + length)
            }
            None => {
                joined.push(line.text, line.start);
                None
            }
        }
    }

    fn finish(&mut self, first: Line<'a>, joined: Joined) -> Result<Instruction> {
        let word_start = joined.text.len() - joined.text.trim_start().len();
        let word = joined.text[word_start..].split(char::is_whitespace).next().unwrap_or_default();
        let keyword = word.to_ascii_lowercase();
        let word_end = word_start + word.len();
        let rest = &joined.text[word_end..];
        let arguments_start = word_end + rest.len() - rest.trim_start().len();
        let arguments = rest.trim().to_owned();
        let start = joined.source_at(word_start);
        for marker in heredoc::markers(&keyword, &arguments) {
            self.skip_heredoc(&marker).ok_or_else(|| {
                error_at(self.text, first.start, format!("the heredoc {} has no end", marker.name))
            })?;
        }
        Ok(Instruction { keyword, arguments, span: start..self.at, word_end, arguments_start, joined })
    }

    /// Moves behind the heredoc's last line. A doubtful marker without one is none.
    fn skip_heredoc(&mut self, marker: &heredoc::Marker) -> Option<()> {
        let before = self.at;
        while let Some(line) = self.line() {
            if marker.ends_at(line.text) {
                return Some(());
            }
        }
        self.at = before;
        marker.doubtful.then_some(())
    }
}

/// How much of a line comes before the escape that continues it.
///
/// An escape that is itself escaped does not count, as in BuildKit's `lineContinuationRegex`.
fn continued(line: &str, escape: char) -> Option<usize> {
    let trimmed = line.trim_end_matches([' ', '\t']);
    let before = trimmed.strip_suffix(escape)?;
    (!before.ends_with(escape)).then_some(before.len())
}
