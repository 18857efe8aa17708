//! Cuts the tar archive of any tool into blocks, so that it is read as our own are.

use std::io::{ErrorKind, Read};

use super::header::{self, Token};
use super::{Block, PIECE, Part, RECORD, SMALL, damaged};
use crate::error::Result;

/// The blocks of an archive.
pub struct Cut<R> {
    input: R,
    /// What has been read of the next block.
    begun: Vec<u8>,
    /// The content that is under way: how much of how much has come.
    content: Option<(u64, u64)>,
    has_ended: bool,
}

impl<R: Read> Cut<R> {
    /// Cuts an archive that is not compressed.
    pub fn new(input: R) -> Self {
        Self { input, begun: Vec::new(), content: None, has_ended: false }
    }

    /// The input, of which all blocks that were handed out have been read.
    pub(super) fn input(&mut self) -> &mut R {
        &mut self.input
    }

    fn block(&mut self) -> Result<Option<Block>> {
        if let Some((offset, total)) = self.content {
            return self.piece(offset, total).map(Some);
        }
        while !self.has_ended && self.begun.len() < PIECE {
            if self.entry()? {
                break;
            }
        }
        let bytes = std::mem::take(&mut self.begun);
        Ok((!bytes.is_empty()).then_some(Block { part: Part::Entries, bytes }))
    }

    /// Takes the next entry in; `true` when it is the last one of the block, as its content follows.
    fn entry(&mut self) -> Result<bool> {
        let at = self.begun.len();
        let mut needed = RECORD;
        loop {
            if !self.fill(at + needed)? {
                self.has_ended = true;
                return Ok(true);
            }
            match header::decode(&self.begun[at..])? {
                Token::Needs(more) => needed = more,
                Token::Comment { .. } => return Ok(false),
                Token::End => {
                    self.has_ended = true;
                    return Ok(true);
                }
                Token::Entry(head) => return self.content(head.entry.stored()),
            }
        }
    }

    /// Takes small content in; a large one is left to follow.
    fn content(&mut self, stored: u64) -> Result<bool> {
        if stored > SMALL as u64 {
            self.content = Some((0, stored));
            return Ok(true);
        }
        let end = self.begun.len() + (stored as usize).next_multiple_of(RECORD);
        if self.fill(end)? { Ok(false) } else { Err(damaged("the archive ends within a file")) }
    }

    fn piece(&mut self, offset: u64, total: u64) -> Result<Block> {
        let length = (total - offset).min(PIECE as u64);
        self.content = (offset + length < total).then_some((offset + length, total));
        if !self.fill((length as usize).next_multiple_of(RECORD))? {
            return Err(damaged("the archive ends within a file"));
        }
        let bytes = std::mem::take(&mut self.begun);
        Ok(Block { part: Part::Content { offset, length: length as u32, total }, bytes })
    }

    /// Reads until there are `length` bytes; `false` when the archive ends right here.
    fn fill(&mut self, length: usize) -> Result<bool> {
        let begun = self.begun.len();
        self.begun.resize(length.max(begun), 0);
        let mut at = begun;
        while at < length {
            match self.input.read(&mut self.begun[at..length]) {
                Ok(0) if at == begun => {
                    self.begun.truncate(begun);
                    return Ok(false);
                }
                Ok(0) => return Err(damaged("the archive is cut off")),
                Ok(count) => at += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(damaged("the archive cannot be read").because(error)),
            }
        }
        Ok(true)
    }
}

impl<R: Read> Iterator for Cut<R> {
    type Item = Result<Block>;

    fn next(&mut self) -> Option<Self::Item> {
        let block = self.block();
        // After a failure nothing that follows can be understood.
        if block.is_err() {
            self.has_ended = true;
            self.begun.clear();
            self.content = None;
        }
        block.transpose()
    }
}
