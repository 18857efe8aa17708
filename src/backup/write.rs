//! Writing a backup: blocks are made at the same time and written one after the other.

use std::io::Write;

use super::block::{Block, Filling, Part};
use super::digest::{self, Pieces, Seal, is_one_piece};
use super::header::digest_comment;
use super::manifest::{Counts, Head, Tail};
use super::{Compression, codec, damaged, frame};
use crate::error::Result;
use crate::name::hex;

/// A block ready to be written.
pub struct Packed {
    bytes: Vec<u8>,
    digests: Vec<u8>,
    piece: Option<PieceDigest>,
}

enum PieceDigest {
    Only([u8; 32]),
    OneOfSeveral { digest: [u8; 32], is_last: bool },
}

/// Compresses a block. Meant to be done for several at the same time.
pub fn pack(block: &Block, paths: &[Vec<u8>], digests: Vec<u8>, compression: Compression) -> Result<Packed> {
    let piece = match block.part {
        Part::Entries => None,
        Part::Content { offset, length, total } => {
            let bytes = &block.bytes[..length as usize];
            Some(match is_one_piece(total) {
                true => PieceDigest::Only(digest::of(bytes)),
                false => PieceDigest::OneOfSeveral {
                    digest: digest::of_piece(offset, bytes),
                    is_last: offset + u64::from(length) == total,
                },
            })
        }
    };
    let bytes = match compression {
        Compression::Zstd => frame::encode(block, paths)?,
        Compression::Gzip => codec::gzip(&block.bytes)?,
        Compression::None => block.bytes.clone(),
    };
    Ok(Packed { bytes, digests, piece })
}

/// The end of a backup that is being written.
pub struct Writer<W> {
    output: W,
    compression: Compression,
    seal: Seal,
    pieces: Pieces,
}

impl<W: Write> Writer<W> {
    /// Begins a backup; without `head` it is a plain archive for other tools.
    pub fn begin(output: W, compression: Compression, head: Option<&Head>) -> Result<Self> {
        let mut writer = Self { output, compression, seal: Seal::default(), pieces: Pieces::default() };
        if let Some(head) = head {
            let mut filling = Filling::default();
            filling.comment(&head.to_comment()?);
            writer.fill(filling)?;
        }
        Ok(writer)
    }

    /// Writes the next block. The digest of a file that came in pieces follows its last one.
    pub fn put(&mut self, packed: Packed) -> Result<()> {
        self.seal.push(&packed.digests);
        self.write(&packed.bytes)?;
        let is_last = match packed.piece {
            None => false,
            Some(PieceDigest::Only(digest)) => {
                self.pieces.push_only(digest);
                true
            }
            Some(PieceDigest::OneOfSeveral { digest, is_last }) => {
                self.pieces.push(digest);
                is_last
            }
        };
        if is_last {
            let digest = std::mem::take(&mut self.pieces).finish();
            self.seal.push(&digest);
            let mut filling = Filling::default();
            filling.comment(&digest_comment(&digest));
            self.fill(filling)?;
        }
        Ok(())
    }

    /// Writes the end and returns it with the output. `changed` and `left_out` of `tail` are known by now.
    pub fn finish(mut self, counts: Counts, tail: Option<Tail>) -> Result<(W, Tail)> {
        let mut filling = Filling::default();
        let is_backup = tail.is_some();
        let tail = Tail { counts, digest: hex(&self.seal.finish()), ..tail.unwrap_or_default() };
        if is_backup {
            filling.comment(&tail.to_comment()?);
        }
        filling.end();
        self.fill(filling)?;
        self.output.flush().map_err(|error| damaged("could not write the backup").because(error))?;
        Ok((self.output, tail))
    }

    fn fill(&mut self, filling: Filling) -> Result<()> {
        let (block, paths, digests) = filling.finish();
        let packed = pack(&block, &paths, digests, self.compression)?;
        self.write(&packed.bytes)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        let written = self.output.write_all(bytes);
        written.map_err(|error| damaged("could not write the backup").because(error))
    }
}
