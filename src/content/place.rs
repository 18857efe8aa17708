//! Puts into a folder what has a name but no content, and gives folders their attributes when all is in them.

use std::os::fd::{AsFd, BorrowedFd};

use rustix::fs::{AtFlags, Dev, FileType, Mode, OFlags};
use rustix::io::Errno;

use super::{Root, attributes, failed};
use crate::backup::{self, Device, Entry, Kind};
use crate::error::{Error, ErrorKind, Result};

/// Makes what needs nothing but itself: everything but files, and hard links, which need the file that they lead to.
/// Folders get their attributes later, when all is in them.
pub fn place(root: &Root, entry: &Entry) -> Result<()> {
    let placed = match &entry.kind {
        Kind::File(_) | Kind::HardLink(_) => Ok(()),
        Kind::Folder => root.make_folders(&entry.path),
        Kind::SymbolicLink(target) => {
            named(root, entry, |folder, name| rustix::fs::symlinkat(&target[..], folder, name))
        }
        Kind::Pipe => named(root, entry, node(FileType::Fifo, 0)),
        Kind::CharacterDevice(device) => named(root, entry, node(FileType::CharacterDevice, number(*device))),
        Kind::BlockDevice(device) => named(root, entry, node(FileType::BlockDevice, number(*device))),
    };
    placed.map_err(|error| could_not_write(entry, error))
}

fn node(kind: FileType, device: Dev) -> impl Fn(BorrowedFd<'_>, &[u8]) -> Result<(), Errno> {
    move |folder, name| rustix::fs::mknodat(folder, name, kind, Mode::RUSR | Mode::WUSR, device)
}

fn number(device: Device) -> Dev {
    rustix::fs::makedev(device.major, device.minor)
}

/// Makes something that has a name but no content.
fn named(
    root: &Root,
    entry: &Entry,
    make: impl Fn(BorrowedFd<'_>, &[u8]) -> Result<(), Errno>,
) -> Result<(), Errno> {
    let (folder, name) = root.parent(&entry.path)?;
    make(folder.as_fd(), name)?;
    let is_link = matches!(entry.kind, Kind::SymbolicLink(_));
    attributes::set_on_name(folder.as_fd(), name, &root.alias(&entry.path), entry, is_link)
}

/// Gives a file another name, if that is what the entry is.
pub fn link(root: &Root, entry: &Entry) -> Result<()> {
    let Kind::HardLink(first) = &entry.kind else { return Ok(()) };
    if !is_safe(first) {
        return Err(unsafe_path(entry, first));
    }
    let make = || -> Result<(), Errno> {
        let (from, first) = root.parent(first)?;
        let (to, name) = root.parent(&entry.path)?;
        rustix::fs::linkat(from, first, to, name, AtFlags::empty())
    };
    make().map_err(|error| could_not_write(entry, error))
}

/// Folders that have begun and may still get something: each gets its attributes when it is left.
pub struct OpenFolders<'a> {
    root: &'a Root,
    stack: Vec<Entry>,
}

impl<'a> OpenFolders<'a> {
    /// None yet.
    pub fn new(root: &'a Root) -> Self {
        Self { root, stack: Vec::new() }
    }

    /// An entry has come: folders that it is not in are complete.
    pub fn pass(&mut self, entry: &Entry) -> Result<()> {
        while self.stack.last().is_some_and(|folder| !is_below(&entry.path, &folder.path)) {
            self.close()?;
        }
        if entry.kind == Kind::Folder {
            self.stack.push(entry.clone());
        }
        Ok(())
    }

    /// Nothing more comes.
    pub fn close_all(&mut self) -> Result<()> {
        while !self.stack.is_empty() {
            self.close()?;
        }
        Ok(())
    }

    fn close(&mut self) -> Result<()> {
        let Some(folder) = self.stack.pop() else { return Ok(()) };
        let set = || {
            let opened = self.root.find(&folder.path, OFlags::DIRECTORY | OFlags::RDONLY)?;
            attributes::set_on_file(opened.as_fd(), &folder)
        };
        set().map_err(|error| could_not_write(&folder, error))
    }
}

fn is_below(path: &[u8], folder: &[u8]) -> bool {
    folder.is_empty() || path.strip_prefix(folder).is_some_and(|rest| rest.first() == Some(&b'/'))
}

/// Refuses an entry that is not for this folder.
pub fn check(entry: &Entry) -> Result<()> {
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

/// What went wrong with an entry, and what helps.
pub fn could_not_write(entry: &Entry, error: impl Into<std::io::Error>) -> Error {
    let error = error.into();
    let failed = |error| failed("write", &entry.path, error);
    match error.kind() {
        std::io::ErrorKind::StorageFull => {
            failed(error).hint("Make room on the engine's disk, then try again.")
        }
        std::io::ErrorKind::AlreadyExists => failed(error).hint("The archive has it twice: make a new one."),
        std::io::ErrorKind::PermissionDenied if is_device(entry) => failed(error)
            .hint("Only root may make devices: restore it on an engine that runs as root, or make an archive without them."),
        _ => failed(error),
    }
}

fn is_device(entry: &Entry) -> bool {
    matches!(entry.kind, Kind::CharacterDevice(_) | Kind::BlockDevice(_))
}
