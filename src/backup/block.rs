//! Parts of an archive that can be made and read by themselves, at the same time as others.
//!
//! A block holds whole entries. Only the last of them may lack its content: that follows in blocks of its own, cut into
//! pieces.

use super::digest::{self, Digest};
use super::header::{self, Token};
use super::{Entry, PIECE, RECORD, damaged};
use crate::error::{Error, Result};

/// A part of an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// What it holds.
    pub part: Part,
    /// Its bytes: whole records.
    pub bytes: Vec<u8>,
}

/// What a block holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Entries.
    Entries,
    /// A piece of the content of the entry that began last.
    Content {
        /// Where the piece begins in the stored content.
        offset: u64,
        /// How long it is, without what fills the last record.
        length: u32,
        /// How long the stored content is.
        total: u64,
    },
}

/// A block under way, with what has to be known of it besides.
#[derive(Default)]
pub struct Filling {
    bytes: Vec<u8>,
    /// The paths of the entries that it is about.
    pub paths: Vec<Vec<u8>>,
    /// The digests of headers and contents, in their order.
    pub digests: Vec<u8>,
}

impl Filling {
    /// Appends an entry with all of its stored content.
    pub fn entry(&mut self, entry: &Entry, content: &[u8]) {
        let digest = (!content.is_empty()).then(|| digest::of(content));
        self.header(entry, digest.as_ref());
        self.digests.extend(digest.iter().flatten());
        self.bytes.extend_from_slice(content);
        self.fill();
    }

    /// Appends an entry whose content follows in other blocks. It has to be the last.
    pub fn begin(&mut self, entry: &Entry) {
        self.header(entry, None);
    }

    /// Appends a comment.
    pub fn comment(&mut self, text: &[u8]) {
        self.bytes.extend_from_slice(&header::encode_comment(text));
    }

    /// Appends the end of the archive.
    pub fn end(&mut self) {
        self.bytes.resize(self.bytes.len() + 2 * RECORD, 0);
    }

    /// How many bytes it has by now.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether it has any.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The block.
    pub fn finish(self) -> (Block, Vec<Vec<u8>>, Vec<u8>) {
        (Block { part: Part::Entries, bytes: self.bytes }, self.paths, self.digests)
    }

    fn header(&mut self, entry: &Entry, content: Option<&Digest>) {
        let bytes = header::encode(entry, content);
        self.digests.extend(digest::of(&bytes));
        self.bytes.extend_from_slice(&bytes);
        self.paths.push(entry.path.clone());
    }

    fn fill(&mut self) {
        self.bytes.resize(self.bytes.len().next_multiple_of(RECORD), 0);
    }
}

impl Block {
    /// A piece of content, filled up to whole records.
    pub fn piece(mut bytes: Vec<u8>, offset: u64, total: u64) -> Self {
        let length = bytes.len().min(PIECE) as u32;
        bytes.resize(bytes.len().next_multiple_of(RECORD), 0);
        Self { part: Part::Content { offset, length, total }, bytes }
    }
}

/// What stands in a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// An entry; its stored content is this part of the block and has this digest.
    Entry(Entry, std::ops::Range<usize>, Option<Digest>),
    /// An entry whose content follows.
    Begin(Entry),
    /// A comment.
    Comment(Vec<u8>),
    /// The end of the archive.
    End,
}

/// Something in an archive that is not as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// What is wrong.
    pub what: String,
    /// The paths of the entries that it hits, as far as they are known.
    pub paths: Vec<Vec<u8>>,
}

/// What was read of a block of entries.
#[derive(Debug, Default)]
pub struct Contents {
    /// What stands in it, up to the first thing that cannot be understood.
    pub items: Vec<Item>,
    /// The digests of headers and contents.
    pub digests: Vec<u8>,
    /// What is wrong with it.
    pub damages: Vec<Damage>,
}

impl Contents {
    /// Reads a block of entries, and holds each content against its digest.
    pub fn of(bytes: &[u8]) -> Self {
        let mut contents = Self::default();
        if let Err(error) = contents.read(bytes) {
            let last = contents.items.iter().rev().find_map(|item| match item {
                Item::Entry(entry, ..) | Item::Begin(entry) => Some(entry.name()),
                _ => None,
            });
            let place = last.map_or_else(String::new, |name| format!(" (after {name:?})"));
            contents.damages.push(Damage { what: format!("{}{place}", reason(&error)), paths: Vec::new() });
        }
        contents
    }

    fn read(&mut self, bytes: &[u8]) -> Result<()> {
        let mut at = 0;
        while at < bytes.len() {
            match header::decode(&bytes[at..])? {
                Token::Needs(_) => return Err(damaged("a header is cut off")),
                Token::End => {
                    self.items.push(Item::End);
                    return Ok(());
                }
                Token::Comment { text, length } => {
                    self.items.push(Item::Comment(text));
                    at += length;
                }
                Token::Entry(head) => {
                    self.digests.extend(digest::of(&bytes[at..at + head.length]));
                    at += head.length;
                    at += self.entry(head.entry, head.digest, &bytes[at..], at)?;
                }
            }
        }
        Ok(())
    }

    /// Takes an entry whose content begins with `rest`; returns how many bytes that takes.
    fn entry(&mut self, entry: Entry, expected: Option<Digest>, rest: &[u8], at: usize) -> Result<usize> {
        let stored = usize::try_from(entry.stored()).unwrap_or(usize::MAX);
        if stored > 0 && rest.is_empty() {
            self.items.push(Item::Begin(entry));
            return Ok(0);
        }
        let content = rest
            .get(..stored)
            .ok_or_else(|| damaged(format!("the content of {:?} is cut off", entry.name())))?;
        let digest = (!content.is_empty()).then(|| digest::of(content));
        self.digests.extend(digest.iter().flatten());
        if digest.is_some() && expected.is_some() && expected != digest {
            let what = "its content has another digest than it says".to_owned();
            self.damages.push(Damage { what, paths: vec![entry.path.clone()] });
        }
        self.items.push(Item::Entry(entry, at..at + stored, digest));
        Ok(stored.next_multiple_of(RECORD).min(rest.len()))
    }
}

/// An error in one line.
pub(super) fn reason(error: &Error) -> String {
    std::iter::once(error.summary().to_owned()).chain(error.reasons()).collect::<Vec<_>>().join(": ")
}
