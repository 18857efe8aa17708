//! An archive as chunks that lie in packs: what somebody has of it already is not sent again.
//!
//! A chunk is a few kilobytes and ends where its content says so; a pack is as many chunks as are worth a request. The
//! index says what is in each pack and how the archive is put together.

use std::collections::VecDeque;
use std::io::{self, Read};
use std::ops::Range;

use super::digest::Digest;
use super::{codec, damaged};
use crate::error::Result;

/// A pack is full when it holds this many bytes; its last chunk may lead beyond. Several are in memory at any time.
pub(super) const FULL_PACK: usize = 2 << 20;
/// The longest chunk.
pub(super) const LARGEST_CHUNK: usize = 64 << 10;
/// No index is longer; this is one of about 100 GiB.
const LARGEST_INDEX: u64 = 512 << 20;
/// How many packs a reader holds: an archive goes back and forth between a few.
const HELD: usize = 4;

/// A part of an archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Chunk {
    pub(super) digest: Digest,
    pub(super) length: u32,
}

/// Chunks that follow each other, in a pack and in the archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) pack: u32,
    pub(super) first: u32,
    pub(super) count: u32,
}

/// An archive in packs. `B` is how a pack is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packs<B> {
    pub(super) blobs: Vec<B>,
    /// What is in each of them.
    pub(super) chunks: Vec<Vec<Chunk>>,
    /// The archive.
    pub(super) runs: Vec<Run>,
}

impl<B> Default for Packs<B> {
    fn default() -> Self {
        Self { blobs: Vec::new(), chunks: Vec::new(), runs: Vec::new() }
    }
}

impl<B> Packs<B> {
    /// How the packs are found, in the order that the index counts them in.
    pub fn blobs(&self) -> &[B] {
        &self.blobs
    }

    /// The index, without how packs are found.
    pub fn to_index(&self) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let number = |bytes: &mut Vec<u8>, number: usize| bytes.extend((number as u32).to_le_bytes());
        number(&mut bytes, self.chunks.len());
        for chunks in &self.chunks {
            number(&mut bytes, chunks.len());
            for chunk in chunks {
                bytes.extend(chunk.digest);
                bytes.extend(chunk.length.to_le_bytes());
            }
        }
        number(&mut bytes, self.runs.len());
        for Run { pack, first, count } in &self.runs {
            bytes.extend([pack, first, count].into_iter().flat_map(|number| number.to_le_bytes()));
        }
        codec::zstd(&bytes)
    }

    /// Reads an index of packs that are found so.
    pub fn of_index(index: &[u8], blobs: Vec<B>) -> Result<Self> {
        let wrong = |error: io::Error| damaged("the index of the packs cannot be read").because(error);
        let mut input = zstd::stream::read::Decoder::new(index).map_err(wrong)?.take(LARGEST_INDEX);
        let read = || -> io::Result<Self> {
            let chunks = many(&mut input, |input| many(input, chunk))?;
            let runs = many(&mut input, |input| {
                Ok(Run { pack: number(input)?, first: number(input)?, count: number(input)? })
            })?;
            Ok(Self { blobs, chunks, runs })
        };
        let packs = read().map_err(wrong)?;
        match packs.is_consistent() {
            true => Ok(packs),
            false => Err(damaged("the index of the packs speaks of what is not there")),
        }
    }

    fn is_consistent(&self) -> bool {
        let lengths = |chunks: &Vec<Chunk>| bytes_of(chunks) <= FULL_PACK + LARGEST_CHUNK;
        let is_there = |run: &Run| {
            let chunks = self.chunks.get(run.pack as usize).map_or(0, Vec::len);
            run.first.checked_add(run.count).is_some_and(|end| end as usize <= chunks)
        };
        self.blobs.len() == self.chunks.len()
            && self.chunks.iter().all(lengths)
            && self.runs.iter().all(is_there)
    }

    /// Where a run is in its pack.
    fn range(&self, run: Run) -> Range<usize> {
        let (before, from) = self.chunks[run.pack as usize].split_at(run.first as usize);
        let begin = bytes_of(before);
        begin..begin + bytes_of(&from[..run.count as usize])
    }
}

/// How long chunks are together.
pub(super) fn bytes_of(chunks: &[Chunk]) -> usize {
    chunks.iter().map(|chunk| chunk.length as usize).sum()
}

/// A number of things, and then the things.
fn many<R: Read, T>(input: &mut R, mut one: impl FnMut(&mut R) -> io::Result<T>) -> io::Result<Vec<T>> {
    (0..number(input)?).map(|_| one(input)).collect()
}

fn number(input: &mut impl Read) -> io::Result<u32> {
    let mut bytes = [0; 4];
    input.read_exact(&mut bytes)?;
    Ok(u32::from_le_bytes(bytes))
}

fn chunk(input: &mut impl Read) -> io::Result<Chunk> {
    let mut digest = [0; 32];
    input.read_exact(&mut digest)?;
    Ok(Chunk { digest, length: number(input)? })
}

/// An archive that is read out of its packs.
pub struct Assembled<B, F> {
    packs: Packs<B>,
    open: F,
    /// How many runs have begun.
    begun: usize,
    /// Packs that were read last, the one in use first.
    held: VecDeque<(u32, Vec<u8>)>,
    /// What is left of the run in the pack in use.
    left: Range<usize>,
}

impl<B, R: Read, F: FnMut(&B) -> Result<R>> Assembled<B, F> {
    /// Reads an archive; `open` finds a pack and proves that it is what was asked for.
    pub fn new(packs: Packs<B>, open: F) -> Self {
        Self { packs, open, begun: 0, held: VecDeque::new(), left: 0..0 }
    }

    /// Begins the next run; `false` at the end of the archive.
    fn begin(&mut self) -> Result<bool> {
        let Some(run) = self.packs.runs.get(self.begun).copied() else { return Ok(false) };
        let at = self.held.iter().position(|(number, _)| *number == run.pack);
        let pack = match at.and_then(|at| self.held.remove(at)) {
            Some(held) => held,
            None => {
                self.held.truncate(HELD - 1);
                (run.pack, self.load(run.pack)?)
            }
        };
        self.held.push_front(pack);
        self.left = self.packs.range(run);
        self.begun += 1;
        Ok(true)
    }

    fn load(&mut self, number: u32) -> Result<Vec<u8>> {
        let mut frame = Vec::new();
        let mut input = (self.open)(&self.packs.blobs[number as usize])?;
        input.read_to_end(&mut frame).map_err(|error| damaged("a pack cannot be read").because(error))?;
        match codec::unzstd(&frame, bytes_of(&self.packs.chunks[number as usize])) {
            (pack, true) => Ok(pack),
            _ => Err(damaged("a pack holds something else than the index says")),
        }
    }
}

impl<B, R: Read, F: FnMut(&B) -> Result<R>> Read for Assembled<B, F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.left.is_empty() {
            if !self.begin().map_err(io::Error::other)? {
                return Ok(0);
            }
        }
        let count = self.left.len().min(buffer.len());
        let begin = self.left.start;
        self.left.start += count;
        buffer[..count].copy_from_slice(&self.held[0].1[begin..begin + count]);
        Ok(count)
    }
}
