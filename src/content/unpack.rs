//! An archive as a folder.

use std::fs::File;
use std::io::Read;
use std::os::fd::AsFd;
use std::os::unix::fs::FileExt;

use rustix::io::Errno;

use super::place::{OpenFolders, check, could_not_write, link, place};
use super::{Root, attributes, threads};
use crate::backup::sparse::{self, Extent};
use crate::backup::{self, Content, Entry, Kind, Late, Received};
use crate::error::Result;

/// Writes what is in an archive into an empty folder, and proves it on the way.
///
/// Ends at the first thing that is wrong and leaves what was written until then: whoever calls this unpacks into a
/// folder that nobody uses yet.
pub fn unpack(input: impl Read + Send, root: &Root, mut progress: impl FnMut(u64)) -> Result<Received> {
    let mut open = OpenFolders::new(root);
    let mut file: Option<Growing> = None;
    let mut done = 0;
    let received = backup::read(
        input,
        threads(),
        false,
        |entry, content| write(root, entry, content),
        |late| {
            match late {
                Late::Entry(entry, _) => {
                    done += entry.stored();
                    open.pass(entry)?;
                    link(root, entry)?;
                }
                Late::Begin(entry) => {
                    open.pass(entry)?;
                    check(entry)?;
                    file = Some(Growing::create(root, entry)?);
                }
                Late::Piece(bytes) => {
                    done += bytes.len() as u64;
                    file.as_mut().map_or(Ok(()), |file| file.append(bytes))?;
                }
                Late::Complete(_) => file.take().map_or(Ok(()), Growing::finish)?,
            }
            progress(done);
            Ok(())
        },
    )?;
    open.close_all()?;
    Ok(received)
}

/// Writes a file, or what needs nothing but itself.
fn write(root: &Root, entry: &Entry, content: &[u8]) -> Result<()> {
    check(entry)?;
    if !matches!(entry.kind, Kind::File(_)) {
        return place(root, entry);
    }
    let mut file = Growing::create(root, entry)?;
    if !content.is_empty() {
        file.append(content)?;
    }
    file.finish()
}

/// A file that is being written.
pub struct Growing {
    file: File,
    entry: Entry,
    content: Content,
    /// Where the data goes that comes next; read from the first bytes of a sparse file.
    extents: Option<Vec<Extent>>,
    /// How many bytes of data have come.
    done: u64,
}

impl Growing {
    /// Makes the file, and the folders above it that are missing.
    pub fn create(root: &Root, entry: &Entry) -> Result<Self> {
        let Kind::File(content) = entry.kind else { return Err(could_not_write(entry, Errno::INVAL)) };
        let file = root.create(&entry.path).map_err(|error| could_not_write(entry, error))?;
        let extents = (!content.is_sparse).then(|| vec![Extent { offset: 0, length: content.size }]);
        Ok(Self { file, entry: entry.clone(), content, extents, done: 0 })
    }

    /// Shares the content of another file, if the file system can do that.
    pub fn shares(&self, other: &File) -> bool {
        rustix::fs::ioctl_ficlone(&self.file, other).is_ok()
    }

    /// Writes what comes next of the stored content.
    pub fn append(&mut self, mut stored: &[u8]) -> Result<()> {
        let extents = match &self.extents {
            Some(extents) => extents,
            None => {
                let (extents, length) = sparse::decode(stored, self.content.size)?;
                stored = stored.get(length..).unwrap_or_default();
                self.extents.insert(extents)
            }
        };
        let mut before = 0;
        for extent in extents {
            let from = self.done.saturating_sub(before);
            if from < extent.length && !stored.is_empty() {
                let length = stored.len().min(usize::try_from(extent.length - from).unwrap_or(usize::MAX));
                let written = self.file.write_all_at(&stored[..length], extent.offset + from);
                written.map_err(|error| could_not_write(&self.entry, error))?;
                stored = &stored[length..];
                self.done += length as u64;
            }
            before += extent.length;
        }
        Ok(())
    }

    /// Gives the file its length and its attributes.
    pub fn finish(self) -> Result<()> {
        let resize = || if self.content.is_sparse { self.file.set_len(self.content.size) } else { Ok(()) };
        resize().map_err(|error| could_not_write(&self.entry, error))?;
        let set = attributes::set_on_file(self.file.as_fd(), &self.entry);
        set.map_err(|error| could_not_write(&self.entry, error))
    }
}
