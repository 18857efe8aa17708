//! A file whose content is read, as a whole or in pieces at the same time.

use std::fs::File;
use std::os::unix::fs::FileExt;

use rustix::fs::OFlags;

use super::walk::Found;
use super::{Root, attributes, failed, holes};
use crate::backup::sparse::{self, Extent};
use crate::backup::{Content, Entry, Kind, PIECE};
use crate::error::Result;

/// An open file with what is known of it.
pub struct Source {
    /// Its entry.
    pub entry: Entry,
    file: File,
    /// What is stored before the data.
    map: Vec<u8>,
    extents: Vec<Extent>,
}

impl Source {
    /// Opens a file; `None` when it has gone meanwhile.
    pub fn open(root: &Root, found: &Found) -> Result<Option<Self>> {
        let path = &found.path;
        let file = match root.find(path, OFlags::RDONLY | OFlags::NONBLOCK) {
            Err(rustix::io::Errno::NOENT) => return Ok(None),
            opened => File::from(opened.map_err(|error| failed("open", path, error))?),
        };
        let attributes =
            attributes::of_file(&file).map_err(|error| failed("read the attributes of", path, error))?;
        let stat = &found.stat;
        let size = stat.st_size.cast_unsigned();
        let (content, map, extents) = match holes::extents(&file, size, stat.st_blocks.cast_unsigned() * 512)
        {
            None => (Content::plain(size), Vec::new(), vec![Extent { offset: 0, length: size }]),
            Some(extents) => {
                let mut extents = sparse::joined(extents);
                // GNU tar wants to be told where a hole at the end ends.
                if extents.last().is_none_or(|last| last.offset + last.length < size) {
                    extents.push(Extent { offset: size, length: 0 });
                }
                let map = sparse::encode(&extents);
                let data: u64 = extents.iter().map(|extent| extent.length).sum();
                (Content { size, stored: map.len() as u64 + data, is_sparse: true }, map, extents)
            }
        };
        let entry = found.entry_of(Kind::File(content), attributes);
        Ok(Some(Self { entry, file, map, extents }))
    }

    /// The file itself.
    pub fn file(&self) -> &File {
        &self.file
    }

    /// Where the pieces begin.
    pub fn offsets(&self) -> impl Iterator<Item = u64> + use<> {
        (0..self.entry.stored()).step_by(PIECE)
    }

    /// The stored bytes of the piece that begins at `offset`, and whether the file was shorter than it had been.
    pub fn read(&self, offset: u64) -> Result<(Vec<u8>, bool)> {
        let length = (self.entry.stored() - offset).min(PIECE as u64) as usize;
        let mut bytes = Vec::with_capacity(length + 512);
        if let Some(map) = usize::try_from(offset).ok().and_then(|offset| self.map.get(offset..)) {
            bytes.extend_from_slice(&map[..map.len().min(length)]);
        }
        let mut stored = self.map.len() as u64;
        let mut is_shorter = false;
        for extent in &self.extents {
            let at = offset + bytes.len() as u64;
            if bytes.len() < length && at >= stored && at < stored + extent.length {
                let wanted = (stored + extent.length - at).min((length - bytes.len()) as u64) as usize;
                is_shorter |= self.append(&mut bytes, extent.offset + (at - stored), wanted)?;
            }
            stored += extent.length;
        }
        Ok((bytes, is_shorter))
    }

    /// What is missing at the end counts as zeros, as the length has been written already.
    fn append(&self, bytes: &mut Vec<u8>, offset: u64, length: usize) -> Result<bool> {
        let begin = bytes.len();
        bytes.resize(begin + length, 0);
        let mut done = 0;
        while done < length {
            match self.file.read_at(&mut bytes[begin + done..], offset + done as u64) {
                Ok(0) => return Ok(true),
                Ok(count) => done += count,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(failed("read", &self.entry.path, error)),
            }
        }
        Ok(false)
    }

    /// Whether the file is another than it was when it was found.
    pub fn has_changed(&self) -> bool {
        let Ok(stat) = rustix::fs::fstat(&self.file) else { return true };
        let Kind::File(content) = &self.entry.kind else { return true };
        stat.st_size.cast_unsigned() != content.size || attributes::modified(&stat) != self.entry.modified
    }
}
