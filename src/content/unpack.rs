//! An archive as a folder.

use std::fs::File;
use std::io::Read;
use std::os::fd::AsFd;
use std::os::unix::fs::FileExt;

use rustix::fs::{AtFlags, Dev, FileType, Mode};
use rustix::io::Errno;

use super::{Root, attributes, failed, threads};
use crate::backup::sparse::{self, Extent};
use crate::backup::{self, Content, Entry, Kind, Late, Received};
use crate::error::{Error, ErrorKind, Result};

/// Writes what is in an archive into an empty folder, and proves it on the way.
///
/// Ends at the first thing that is wrong and leaves what was written until then: whoever calls this unpacks into a
/// folder that nobody uses yet.
pub fn unpack(input: impl Read + Send, root: &Root, mut progress: impl FnMut(u64)) -> Result<Received> {
    let mut open = OpenFolders { root, stack: Vec::new() };
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
                    if let Kind::HardLink(first) = &entry.kind {
                        link(root, first, entry)?;
                    }
                }
                Late::Begin(entry) => {
                    open.pass(entry)?;
                    safe(entry)?;
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

/// Writes what needs nothing but itself. Folders get their attributes later, when all is in them.
fn write(root: &Root, entry: &Entry, content: &[u8]) -> Result<()> {
    safe(entry)?;
    let written = match &entry.kind {
        Kind::File(_) => {
            let mut file = Growing::create(root, entry)?;
            if !content.is_empty() {
                file.append(content)?;
            }
            return file.finish();
        }
        Kind::Folder => root.make_folders(&entry.path),
        Kind::HardLink(_) => Ok(()),
        Kind::SymbolicLink(target) => {
            named(root, entry, |folder, name| rustix::fs::symlinkat(&target[..], folder, name))
        }
        Kind::Pipe => named(root, entry, node(FileType::Fifo, 0)),
        Kind::CharacterDevice(device) => named(
            root,
            entry,
            node(FileType::CharacterDevice, rustix::fs::makedev(device.major, device.minor)),
        ),
        Kind::BlockDevice(device) => {
            named(root, entry, node(FileType::BlockDevice, rustix::fs::makedev(device.major, device.minor)))
        }
    };
    written.map_err(|error| could_not_write(entry, error))
}

fn node(kind: FileType, device: Dev) -> impl Fn(std::os::fd::BorrowedFd<'_>, &[u8]) -> Result<(), Errno> {
    move |folder, name| rustix::fs::mknodat(folder, name, kind, Mode::RUSR | Mode::WUSR, device)
}

/// Makes something that has a name but no content.
fn named(
    root: &Root,
    entry: &Entry,
    make: impl Fn(std::os::fd::BorrowedFd<'_>, &[u8]) -> Result<(), Errno>,
) -> Result<(), Errno> {
    let (folder, name) = root.parent(&entry.path)?;
    make(folder.as_fd(), name)?;
    let is_link = matches!(entry.kind, Kind::SymbolicLink(_));
    attributes::set_on_name(folder.as_fd(), name, &root.alias(&entry.path), entry, is_link)
}

fn link(root: &Root, first: &[u8], entry: &Entry) -> Result<()> {
    if !is_safe(first) || first.is_empty() {
        return Err(unsafe_path(entry, first));
    }
    let make = || -> Result<(), Errno> {
        let (from, first) = root.parent(first)?;
        let (to, name) = root.parent(&entry.path)?;
        rustix::fs::linkat(from, first, to, name, AtFlags::empty())
    };
    make().map_err(|error| could_not_write(entry, error))
}

/// A file that is being written.
struct Growing {
    file: File,
    entry: Entry,
    content: Content,
    /// Where the data goes that comes next; read from the first bytes of a sparse file.
    extents: Option<Vec<Extent>>,
    /// How many bytes of data have come.
    done: u64,
}

impl Growing {
    fn create(root: &Root, entry: &Entry) -> Result<Self> {
        let Kind::File(content) = entry.kind else { return Err(could_not_write(entry, Errno::INVAL)) };
        let file = root.create(&entry.path).map_err(|error| could_not_write(entry, error))?;
        let extents = (!content.is_sparse).then(|| vec![Extent { offset: 0, length: content.size }]);
        Ok(Self { file, entry: entry.clone(), content, extents, done: 0 })
    }

    fn append(&mut self, mut stored: &[u8]) -> Result<()> {
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

    fn finish(self) -> Result<()> {
        let resize = || if self.content.is_sparse { self.file.set_len(self.content.size) } else { Ok(()) };
        resize().map_err(|error| could_not_write(&self.entry, error))?;
        let set = attributes::set_on_file(self.file.as_fd(), &self.entry);
        set.map_err(|error| could_not_write(&self.entry, error))
    }
}

/// Folders that have begun and may still get something: each gets its attributes when the archive has left it.
struct OpenFolders<'a> {
    root: &'a Root,
    stack: Vec<Entry>,
}

impl OpenFolders<'_> {
    /// The archive has come to an entry: folders that it is not in are complete.
    fn pass(&mut self, entry: &Entry) -> Result<()> {
        while self.stack.last().is_some_and(|folder| !is_below(&entry.path, &folder.path)) {
            self.close()?;
        }
        if entry.kind == Kind::Folder {
            self.stack.push(entry.clone());
        }
        Ok(())
    }

    fn close_all(&mut self) -> Result<()> {
        while !self.stack.is_empty() {
            self.close()?;
        }
        Ok(())
    }

    fn close(&mut self) -> Result<()> {
        let Some(folder) = self.stack.pop() else { return Ok(()) };
        let set = || {
            let opened =
                self.root.find(&folder.path, rustix::fs::OFlags::DIRECTORY | rustix::fs::OFlags::RDONLY)?;
            attributes::set_on_file(opened.as_fd(), &folder)
        };
        set().map_err(|error| could_not_write(&folder, error))
    }
}

fn is_below(path: &[u8], folder: &[u8]) -> bool {
    folder.is_empty() || path.strip_prefix(folder).is_some_and(|rest| rest.first() == Some(&b'/'))
}

fn safe(entry: &Entry) -> Result<()> {
    let is_root = entry.path.is_empty() && entry.kind == Kind::Folder;
    if is_root || is_safe(&entry.path) { Ok(()) } else { Err(unsafe_path(entry, &entry.path)) }
}

/// Whether a path has only names that lead downwards.
fn is_safe(path: &[u8]) -> bool {
    let is_name = |name: &[u8]| !matches!(name, b"" | b"." | b"..") && !name.contains(&0);
    path.split(|byte| *byte == b'/').all(is_name)
}

fn unsafe_path(entry: &Entry, path: &[u8]) -> Error {
    Error::new(ErrorKind::Host, format!("the archive is refused because of {:?}", entry.name()))
        .because(format!("the path {:?} leads out of the volume", backup::shown(path)))
}

fn could_not_write(entry: &Entry, error: impl Into<std::io::Error>) -> Error {
    let error = error.into();
    let failed = |error| failed("write", &entry.path, error);
    match error.kind() {
        std::io::ErrorKind::StorageFull => {
            failed(error).hint("Make room on the engine's disk, then try again.")
        }
        std::io::ErrorKind::AlreadyExists => failed(error).hint("The archive has it twice: make a new one."),
        _ => failed(error),
    }
}
