//! How backups are compressed.

use std::io::{BufReader, Read, Write};

use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use serde::{Deserialize, Serialize};

use super::frame::BEGIN;
use super::{LARGEST_BLOCK, damaged};
use crate::error::Result;

/// How an archive is compressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Compression {
    /// Fast and small.
    #[default]
    Zstd,
    /// For tools that know nothing else.
    Gzip,
    /// Not at all.
    None,
}

/// The level that is twice as fast as the fastest gzip and smaller than its default.
const ZSTD_LEVEL: i32 = 3;

impl Compression {
    /// What the names of files end with.
    pub fn suffix(self) -> &'static str {
        match self {
            Self::Zstd => ".tar.zst",
            Self::Gzip => ".tar.gz",
            Self::None => ".tar",
        }
    }

    /// What the name of a file says.
    pub fn of_name(name: &str) -> Option<Self> {
        [Self::Zstd, Self::Gzip, Self::None].into_iter().find(|known| name.ends_with(known.suffix()))
    }
}

/// A part of a gzip file: what follows it can be appended.
pub(super) fn gzip(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(bytes.len() / 2), flate2::Compression::default());
    let done = encoder.write_all(bytes).and_then(|()| encoder.finish());
    done.map_err(|error| damaged("compressing failed").because(error))
}

/// A zstd frame with a checksum.
pub(super) fn zstd(bytes: &[u8]) -> Result<Vec<u8>> {
    let compress = || {
        let mut compressor = zstd::bulk::Compressor::new(ZSTD_LEVEL)?;
        compressor.include_checksum(true)?;
        compressor.compress(bytes)
    };
    compress().map_err(|error: std::io::Error| damaged("compressing failed").because(error))
}

/// As much of a zstd frame as can be read, up to `length` bytes; and whether that is all of it.
pub(super) fn unzstd(frame: &[u8], length: usize) -> (Vec<u8>, bool) {
    if let Ok(bytes) = zstd::bulk::decompress(frame, length) {
        let is_whole = bytes.len() == length;
        return (bytes, is_whole);
    }
    let mut bytes = Vec::new();
    if let Ok(mut decoder) = zstd::stream::read::Decoder::new(frame)
        && decoder.window_log_max(LARGEST_BLOCK.ilog2()).is_ok()
    {
        let mut decoder = decoder.single_frame().take(length as u64);
        let mut part = [0; 4096];
        while let Ok(count @ 1..) = decoder.read(&mut part) {
            bytes.extend_from_slice(&part[..count]);
        }
    }
    (bytes, false)
}

/// The archive in a stream of which `begin` has been read already.
pub(super) fn decoder<'a>(
    begin: [u8; BEGIN],
    rest: impl Read + Send + 'a,
) -> Result<Box<dyn Read + Send + 'a>> {
    let input = BufReader::with_capacity(1 << 17, std::io::Cursor::new(begin).chain(rest));
    Ok(match begin {
        [0x1f, 0x8b, ..] => Box::new(MultiGzDecoder::new(input)),
        [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => {
            let decoder = zstd::stream::read::Decoder::with_buffer(input);
            Box::new(decoder.map_err(|error| damaged("the archive cannot be read").because(error))?)
        }
        _ => Box::new(input),
    })
}
