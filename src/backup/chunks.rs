//! An archive in chunks, most of which are the same again after a change.

use std::collections::VecDeque;
use std::io::Read;

use fastcdc::v2020::FastCDC;

use super::cut::Cut;
use super::header::{self, Token};
use super::packs::LARGEST_CHUNK;
use super::{Block, Part, RECORD, damaged};
use crate::error::Result;

/// Shorter entries share a chunk: the index would grow by more than what smaller chunks save.
const SHORT_ENTRY: usize = 8 << 10;

/// How long the chunks of long content are, at least and usually.
const SMALLEST_CHUNK: usize = 4 << 10;
const USUAL_CHUNK: usize = 16 << 10;

/// The chunks of an archive that is not compressed; together they are all of its bytes.
///
/// They begin and end with entries, because a change in a package cache is a few small files: what is new is these, and
/// nothing of their neighbours. Long content is cut where it says so itself.
pub(super) struct Chunks<R> {
    blocks: Cut<R>,
    /// What has been read, from the first chunk that is not yet handed out on.
    bytes: Vec<u8>,
    /// How much of it has been handed out.
    done: usize,
    /// How long the next chunks are.
    lengths: VecDeque<usize>,
}

impl<R: Read> Chunks<R> {
    pub(super) fn new(input: R) -> Self {
        Self { blocks: Cut::new(input), bytes: Vec::new(), done: 0, lengths: VecDeque::new() }
    }

    /// Reads on, and says where to cut; `false` at the end.
    fn read(&mut self) -> Result<bool> {
        self.bytes.drain(..std::mem::take(&mut self.done));
        let left = self.bytes.len();
        match self.blocks.next().transpose()? {
            Some(Block { part: Part::Entries, bytes }) => {
                self.bytes.extend(bytes);
                self.lengths.extend(with_entries(&self.bytes)?);
            }
            Some(Block { part: Part::Content { offset, length, total }, bytes }) => {
                let begin = if offset == 0 { left } else { 0 };
                self.bytes.extend(bytes);
                self.lengths.extend((begin > 0).then_some(begin));
                self.lengths.extend(with_content(&self.bytes[begin..]));
                // The last one ends only where the piece does.
                if offset + u64::from(length) < total {
                    self.lengths.pop_back();
                }
            }
            None => {
                // Some tools fill an archive up.
                let more = self.blocks.input().read_to_end(&mut self.bytes);
                more.map_err(|error| damaged("the archive cannot be read").because(error))?;
                self.lengths.extend(with_content(&self.bytes));
                return Ok(!self.bytes.is_empty());
            }
        }
        Ok(true)
    }
}

impl<R: Read> Iterator for Chunks<R> {
    type Item = Result<Vec<u8>>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(length) = self.lengths.pop_front() {
                let begin = self.done;
                self.done += length;
                return Some(Ok(self.bytes[begin..self.done].to_vec()));
            }
            match self.read() {
                Ok(true) => {}
                Ok(false) => return None,
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

/// How long the chunks of whole entries are. What is left behind them belongs to a chunk with what follows.
fn with_entries(bytes: &[u8]) -> Result<Vec<usize>> {
    let mut lengths = Vec::new();
    let (mut chunk, mut entry) = (0, 0);
    while entry < bytes.len() {
        let end = (entry + length_of_entry(&bytes[entry..])?).min(bytes.len());
        if end - entry >= SHORT_ENTRY {
            lengths.extend((entry > chunk).then_some(entry - chunk));
            lengths.extend(match end - entry {
                length @ ..=LARGEST_CHUNK => vec![length],
                _ => with_content(&bytes[entry..end]).collect(),
            });
            chunk = end;
        } else if end - chunk >= SHORT_ENTRY {
            lengths.push(end - chunk);
            chunk = end;
        }
        entry = end;
    }
    Ok(lengths)
}

/// How many bytes an entry takes with its content, or a comment, or the end of the archive.
fn length_of_entry(bytes: &[u8]) -> Result<usize> {
    Ok(match header::decode(bytes)? {
        Token::Entry(head) => {
            let content = usize::try_from(head.entry.stored()).unwrap_or(usize::MAX);
            head.length.saturating_add(content.checked_next_multiple_of(RECORD).unwrap_or(usize::MAX))
        }
        Token::Comment { length, .. } => length,
        Token::End | Token::Needs(_) => bytes.len(),
    })
}

/// How long the chunks are that content is cut into by FastCDC: their ends depend on what is around them.
fn with_content(bytes: &[u8]) -> impl Iterator<Item = usize> {
    let chunks = FastCDC::new(bytes, SMALLEST_CHUNK, USUAL_CHUNK, LARGEST_CHUNK);
    chunks.map(|chunk| chunk.length)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::testing::{archive, noise};
    use super::*;

    fn chunks(archive: &[u8]) -> Vec<Vec<u8>> {
        Chunks::new(archive).collect::<Result<_>>().unwrap()
    }

    #[test]
    fn a_changed_file_leaves_its_neighbours_alone() {
        let mut files: Vec<Vec<u8>> =
            (0..200).map(|seed| noise(seed, seed as usize * 997 % 40_000)).collect();
        let before = chunks(&archive(&files));
        files[100] = noise(1_000, 20_000);
        let after = chunks(&archive(&files));
        let new: usize = after.iter().filter(|chunk| !before.contains(chunk)).map(Vec::len).sum();
        assert!((20_000..20_000 + 2 * SHORT_ENTRY).contains(&new), "{new}");
    }

    #[test]
    fn long_content_is_cut_the_same_way_from_wherever_it_is_read() {
        let content = noise(1, 5 << 20);
        let whole: Vec<usize> = with_content(&content).collect();
        let cut: Vec<usize> = chunks(&archive(std::slice::from_ref(&content))).iter().map(Vec::len).collect();
        assert_eq!(cut[1..whole.len()], whole[..whole.len() - 1]);
    }

    proptest! {
        #[test]
        fn together_they_are_the_archive(sizes in prop::collection::vec(0..200_000_usize, 0..40), large in 0..5_000_000_usize) {
            let mut files: Vec<Vec<u8>> = sizes.into_iter().map(|size| vec![7; size]).collect();
            files.push(noise(1, large));
            let archive = archive(&files);
            let chunks = chunks(&archive);
            prop_assert!(chunks.iter().all(|chunk| (1..=LARGEST_CHUNK).contains(&chunk.len())));
            prop_assert!(chunks.concat() == archive);
        }
    }
}
