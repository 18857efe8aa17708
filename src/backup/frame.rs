//! Blocks as zstd frames, each behind a small index that says what is in it.
//!
//! The index is a skippable frame, which every zstd passes over. It makes three things possible: blocks are decompressed
//! at the same time; damage stays within a block; and what it hits has a name, as the index lists the block's paths.

use std::io::{self, Read};

use super::digest::{self, Digest};
use super::{Block, Damage, LARGEST_BLOCK, PIECE, Part, RECORD, codec, damaged};
use crate::error::Result;

/// Begins a skippable frame of ours, and its payload.
const MAGIC: [u8; 4] = [0x5d, 0x2a, 0x4d, 0x18];
const MARK: [u8; 4] = *b"devc";

/// Bytes of a payload before the paths, and of the check after them.
const FIXED: usize = 72;
const CHECK: usize = 8;

/// An index is never larger.
const LARGEST_INDEX: usize = 8 << 20;

/// What is known of a frame before it is read.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Index {
    part: Part,
    compressed: u32,
    length: u32,
    digest: Digest,
    paths: Vec<Vec<u8>>,
}

/// A frame as it was found.
#[derive(Debug)]
pub struct Frame {
    index: Index,
    bytes: Vec<u8>,
}

/// Compresses a block, and puts an index before it.
pub fn encode(block: &Block, paths: &[Vec<u8>]) -> Result<Vec<u8>> {
    let frame = codec::zstd(&block.bytes)?;
    let index = Index {
        part: block.part,
        compressed: frame.len() as u32,
        length: block.bytes.len() as u32,
        digest: digest::of(&frame),
        paths: paths.to_vec(),
    };
    let mut bytes = index.encode()?;
    bytes.extend_from_slice(&frame);
    Ok(bytes)
}

impl Index {
    fn encode(&self) -> Result<Vec<u8>> {
        let (kind, offset, length, total) = match self.part {
            Part::Entries => (0_u32, 0, 0, 0),
            Part::Content { offset, length, total } => (1, offset, length, total),
        };
        let mut payload = MARK.to_vec();
        payload.extend(kind.to_le_bytes());
        payload.extend(self.compressed.to_le_bytes());
        payload.extend(self.length.to_le_bytes());
        payload.extend(offset.to_le_bytes());
        payload.extend(total.to_le_bytes());
        payload.extend(length.to_le_bytes());
        let paths = self.paths.join(&0);
        payload.extend((paths.len() as u32).to_le_bytes());
        payload.extend(self.digest);
        payload.extend(codec::zstd(&paths)?);
        payload.extend_from_slice(&digest::of(&payload)[..CHECK]);
        Ok([&MAGIC[..], &(payload.len() as u32).to_le_bytes(), &payload].concat())
    }

    /// `None` when the payload is not what was written.
    fn decode(payload: &[u8]) -> Option<Self> {
        let (checked, check) = payload.split_at_checked(payload.len().checked_sub(CHECK)?)?;
        if check != &digest::of(checked)[..CHECK] {
            return None;
        }
        let short = |at: usize| Some(u32::from_le_bytes(checked.get(at..at + 4)?.try_into().ok()?));
        let long = |at: usize| Some(u64::from_le_bytes(checked.get(at..at + 8)?.try_into().ok()?));
        let part = match short(4)? {
            0 => Part::Entries,
            1 => Part::Content { offset: long(16)?, length: short(32)?, total: long(24)? },
            _ => return None,
        };
        let length = usize::try_from(short(36)?).ok().filter(|length| *length <= LARGEST_INDEX)?;
        let (paths, true) = codec::unzstd(checked.get(FIXED..)?, length) else { return None };
        let (compressed, length) = (short(8)?, short(12)?);
        let is_bounded = |size: u32| size as usize <= LARGEST_BLOCK;
        let fits = is_bounded(length) && is_bounded(compressed) && part.fits(length);
        // Each entry takes a record at least; a few bytes could claim millions of paths.
        if !fits || paths.iter().filter(|byte| **byte == 0).count() > length as usize / RECORD {
            return None;
        }
        let digest = checked.get(40..FIXED)?.try_into().ok()?;
        let paths = paths.split(|byte| *byte == 0).map(<[u8]>::to_vec).collect();
        Some(Self { part, compressed, length, digest, paths })
    }
}

impl Part {
    /// Whether a block of `length` bytes can hold it: a piece is as long as its place in the content says.
    fn fits(self, length: u32) -> bool {
        let Self::Content { offset, length: piece, total } = self else { return true };
        let left = total.saturating_sub(offset);
        let is_in_place = offset.is_multiple_of(PIECE as u64) && left > 0;
        is_in_place && u64::from(piece) == left.min(PIECE as u64) && piece <= length
    }
}

impl Frame {
    /// Reads the block. A damaged one is given as far as it can be read, with what is wrong.
    pub fn open(self) -> (Block, Option<Damage>) {
        let (bytes, is_whole) = codec::unzstd(&self.bytes, self.index.length as usize);
        let is_sound = is_whole && digest::of(&self.bytes) == self.index.digest;
        let what = "a block has another digest than it says".to_owned();
        let damage = (!is_sound).then_some(Damage { what, paths: self.index.paths });
        (Block { part: self.index.part, bytes }, damage)
    }
}

/// How many bytes tell what a stream is.
pub const BEGIN: usize = 12;

/// Whether a stream that begins so is one of ours, even if a part of its beginning is damaged.
pub fn is_framed(begin: [u8; BEGIN]) -> bool {
    begin.starts_with(&MAGIC) || begin.ends_with(&MARK)
}

/// The frames of a backup.
pub struct Frames<R> {
    input: R,
    /// What has been read and not been used.
    ahead: Vec<u8>,
    position: u64,
}

impl<R: Read> Frames<R> {
    /// Reads from a stream of which `begin` has been read already.
    pub fn new(begin: [u8; BEGIN], input: R) -> Self {
        Self { input, ahead: begin.to_vec(), position: 0 }
    }

    /// The next frame, or what is wrong with the place where it should be.
    fn frame(&mut self) -> Result<Option<Result<Frame, Damage>>> {
        if self.need(8)? == 0 {
            return Ok(None);
        }
        let Some(index) = self.index()? else { return self.search().map(|damage| Some(Err(damage))) };
        let length = index.compressed as usize;
        if self.need(length)? < length {
            self.take(self.ahead.len());
            return Ok(Some(Err(Damage { what: "the backup is cut off".to_owned(), paths: index.paths })));
        }
        let bytes = self.take(length);
        Ok(Some(Ok(Frame { index, bytes })))
    }

    /// Takes the index that stands here, if a sound one does.
    fn index(&mut self) -> Result<Option<Index>> {
        let Some(length) = self.payload_length() else { return Ok(None) };
        if self.need(8 + length)? < 8 + length {
            return Ok(None);
        }
        let index = Index::decode(&self.ahead[8..8 + length]);
        if index.is_some() {
            self.take(8 + length);
        }
        Ok(index)
    }

    fn payload_length(&self) -> Option<usize> {
        let length = self.ahead.strip_prefix(&MAGIC)?.first_chunk()?;
        usize::try_from(u32::from_le_bytes(*length)).ok().filter(|length| *length <= LARGEST_INDEX)
    }

    /// Passes over everything up to the next sound index. A frame behind a damaged index still tells what is in it.
    fn search(&mut self) -> Result<Damage> {
        let begin = self.position;
        let mut lost = self.take(1);
        loop {
            let at =
                self.ahead.windows(MAGIC.len()).position(|bytes| bytes == MAGIC).unwrap_or(self.ahead.len());
            let kept = at.min(self.ahead.len());
            if kept == self.ahead.len() {
                // The mark may stand across the end of what has been read.
                let certain = kept.saturating_sub(MAGIC.len() - 1);
                keep(&mut lost, &self.take(certain));
                let before = self.ahead.len();
                if self.need(before + (1 << 16))? == before {
                    keep(&mut lost, &self.take(before));
                    break;
                }
                continue;
            }
            keep(&mut lost, &self.take(kept));
            if self.stands_at_index()? {
                break;
            }
            keep(&mut lost, &self.take(1));
        }
        let what = format!("the index of a block is damaged ({} bytes at {begin})", self.position - begin);
        Ok(Damage { what, paths: paths_in(&lost) })
    }

    fn stands_at_index(&mut self) -> Result<bool> {
        let Some(length) = self.payload_length() else { return Ok(false) };
        Ok(self.need(8 + length)? >= 8 + length && Index::decode(&self.ahead[8..8 + length]).is_some())
    }

    /// Reads ahead until there are `length` bytes or the stream ends; returns how many there are.
    fn need(&mut self, length: usize) -> Result<usize> {
        if self.ahead.len() < length {
            let missing = (length - self.ahead.len()) as u64;
            let read = self.input.by_ref().take(missing).read_to_end(&mut self.ahead);
            read.map_err(|error: io::Error| damaged("the backup cannot be read").because(error))?;
        }
        Ok(self.ahead.len())
    }

    fn take(&mut self, length: usize) -> Vec<u8> {
        let rest = self.ahead.split_off(length.min(self.ahead.len()));
        let taken = std::mem::replace(&mut self.ahead, rest);
        self.position += taken.len() as u64;
        taken
    }
}

impl<R: Read> Iterator for Frames<R> {
    type Item = Result<Result<Frame, Damage>>;

    fn next(&mut self) -> Option<Self::Item> {
        self.frame().transpose()
    }
}

/// Remembers what was passed over, as long as it can be one block.
fn keep(lost: &mut Vec<u8>, bytes: &[u8]) {
    if lost.len() + bytes.len() <= LARGEST_BLOCK {
        lost.extend_from_slice(bytes);
    }
}

/// The paths of entries in the frames that can be found in these bytes, as far as they can be one block: a few bytes could
/// hold thousands of large ones.
fn paths_in(lost: &[u8]) -> Vec<Vec<u8>> {
    const FRAME: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
    let places = lost.windows(FRAME.len()).enumerate().filter(|(_, bytes)| *bytes == FRAME).map(|(at, _)| at);
    let (mut paths, mut room) = (Vec::new(), LARGEST_BLOCK);
    for place in places {
        let (bytes, _) = codec::unzstd(&lost[place..], room);
        room -= bytes.len();
        let contents = super::block::Contents::of(&bytes);
        paths.extend(contents.items.into_iter().filter_map(|item| match item {
            super::Item::Entry(entry, ..) | super::Item::Begin(entry) => Some(entry.path),
            _ => None,
        }));
    }
    paths
}

#[cfg(test)]
#[path = "frame_tests.rs"]
mod tests;
