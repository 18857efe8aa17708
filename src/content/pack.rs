//! A folder as an archive.

use std::io::Write;
use std::sync::Arc;

use super::source::Source;
use super::walk::{Found, Walk};
use super::{Root, threads};
use crate::backup::{
    self, Block, Compression, Counts, Entry, Filling, Head, PIECE, Packed, SMALL, Tail, Writer, in_order,
};
use crate::error::Result;

/// What kind of archive to make.
pub struct Packing<'a> {
    /// What the backup says about itself; `None` for a plain archive.
    pub head: Option<&'a Head>,
    /// How it is compressed.
    pub compression: Compression,
}

/// What one thread makes a block of.
enum Job {
    Entries(Vec<Found>, Option<Arc<Source>>),
    Piece(Arc<Source>, u64),
}

/// A block, and what was learned from it.
struct Made {
    packed: Packed,
    counts: Counts,
    changed: Vec<Vec<u8>>,
    left_out: Vec<Vec<u8>>,
    bytes: u64,
}

/// Writes everything in a folder to `output`, and returns that with what is known in the end. `progress` is told how many
/// bytes have been read by now.
pub fn pack<W: Write>(
    root: &Root,
    packing: &Packing<'_>,
    output: W,
    mut progress: impl FnMut(u64),
) -> Result<(W, Tail)> {
    let mut writer = Writer::begin(output, packing.compression, packing.head)?;
    let (mut counts, mut tail, mut done) = (Counts::default(), Tail::default(), 0);
    let make = |job: Job| job.make(root, packing.compression);
    in_order(threads(), Jobs::new(root), make, |made| {
        counts += made.counts;
        made.changed.iter().for_each(|path| tail.changed.push(backup::shown(path)));
        made.left_out.iter().for_each(|path| tail.left_out.push(backup::shown(path)));
        done += made.bytes;
        progress(done);
        writer.put(made.packed)
    })?;
    writer.finish(counts, packing.head.map(|_| tail))
}

/// Deals the folder out in portions of about the size of a block.
struct Jobs<'a> {
    root: &'a Root,
    walk: Walk<'a>,
    /// A large file whose pieces come next.
    pieces: Vec<(Arc<Source>, u64)>,
}

impl<'a> Jobs<'a> {
    fn new(root: &'a Root) -> Self {
        Self { root, walk: Walk::new(root), pieces: Vec::new() }
    }

    fn job(&mut self) -> Result<Option<Job>> {
        if let Some((large, offset)) = self.pieces.pop() {
            return Ok(Some(Job::Piece(large, offset)));
        }
        /// What headers take of a block, about.
        const HEADERS: usize = 1536;
        let (mut portion, mut size) = (Vec::new(), 0);
        while size < PIECE {
            let Some(found) = self.walk.next().transpose()? else { break };
            let length = found.stat.st_size.cast_unsigned();
            if found.is_file() && length > SMALL as u64 {
                let Some(large) = Source::open(self.root, &found)?.map(Arc::new) else { continue };
                let stored = large.entry.stored() as usize;
                // Most of it is holes.
                if stored <= SMALL {
                    size += HEADERS + stored;
                    portion.push(found);
                    continue;
                }
                self.pieces = large.offsets().map(|offset| (large.clone(), offset)).collect();
                self.pieces.reverse();
                return Ok(Some(Job::Entries(portion, Some(large))));
            }
            size += HEADERS + if found.is_file() { length as usize } else { 0 };
            portion.push(found);
        }
        Ok((!portion.is_empty()).then_some(Job::Entries(portion, None)))
    }
}

impl Iterator for Jobs<'_> {
    type Item = Result<Job>;

    fn next(&mut self) -> Option<Self::Item> {
        self.job().transpose()
    }
}

impl Job {
    fn make(self, root: &Root, compression: Compression) -> Result<Made> {
        match self {
            Self::Entries(portion, large) => entries(root, portion, large.as_deref(), compression),
            Self::Piece(large, offset) => piece(&large, offset, compression),
        }
    }
}

fn entries(
    root: &Root,
    portion: Vec<Found>,
    large: Option<&Source>,
    compression: Compression,
) -> Result<Made> {
    let mut filling = Filling::default();
    let mut portion = Portion::of(root).filled(&mut filling, portion)?;
    if let Some(large) = large {
        portion.counts += Counts::of(&large.entry);
        filling.begin(&large.entry);
    }
    let bytes = filling.len() as u64;
    let (block, paths, digests) = filling.finish();
    let packed = backup::pack(&block, &paths, digests, compression)?;
    Ok(Made { packed, counts: portion.counts, changed: portion.changed, left_out: portion.left_out, bytes })
}

fn piece(large: &Source, offset: u64, compression: Compression) -> Result<Made> {
    let (bytes, is_shorter) = large.read(offset)?;
    let is_last = offset + bytes.len() as u64 == large.entry.stored();
    let has_changed = is_shorter || is_last && large.has_changed();
    let length = bytes.len() as u64;
    let block = Block::piece(bytes, offset, large.entry.stored());
    let packed = backup::pack(&block, std::slice::from_ref(&large.entry.path), Vec::new(), compression)?;
    let changed = if has_changed { vec![large.entry.path.clone()] } else { Vec::new() };
    Ok(Made { packed, counts: Counts::default(), changed, left_out: Vec::new(), bytes: length })
}

/// Small things that come into one block.
struct Portion<'a> {
    root: &'a Root,
    counts: Counts,
    changed: Vec<Vec<u8>>,
    left_out: Vec<Vec<u8>>,
}

impl<'a> Portion<'a> {
    fn of(root: &'a Root) -> Self {
        Self { root, counts: Counts::default(), changed: Vec::new(), left_out: Vec::new() }
    }

    fn filled(mut self, filling: &mut Filling, portion: Vec<Found>) -> Result<Self> {
        for found in portion {
            if let Some((entry, content)) = self.read(&found)? {
                self.counts += Counts::of(&entry);
                filling.entry(&entry, &content);
            }
        }
        Ok(self)
    }

    /// Reads something; `None` when it has gone meanwhile or cannot be held by an archive.
    fn read(&mut self, found: &Found) -> Result<Option<(Entry, Vec<u8>)>> {
        if found.is_transient() {
            self.left_out.push(found.path.clone());
            return Ok(None);
        }
        if found.is_file() {
            return self.file(found);
        }
        Ok(found.entry(self.root)?.map(|entry| (entry, Vec::new())))
    }

    fn file(&mut self, found: &Found) -> Result<Option<(Entry, Vec<u8>)>> {
        let Some(file) = Source::open(self.root, found)? else {
            self.changed.push(found.path.clone());
            return Ok(None);
        };
        let (content, is_shorter) = file.read(0)?;
        if is_shorter || file.has_changed() {
            self.changed.push(found.path.clone());
        }
        Ok(Some((file.entry, content)))
    }
}
