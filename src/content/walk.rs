//! Finds everything in a folder, in one order: names sorted as bytes, each folder before what is in it.

use std::collections::HashMap;
use std::ffi::{CStr, CString};
use std::os::fd::OwnedFd;

use rustix::fs::{AtFlags, Dir, FileType, OFlags, Stat};
use rustix::io::Errno;

use super::attributes::{self, Attributes};
use super::replace::STAGE;
use super::{Root, failed};
use crate::backup::{Device, Entry, Kind};
use crate::error::Result;

/// Something that was found.
pub struct Found {
    /// Its path from the root on.
    pub path: Vec<u8>,
    /// What the file system says about it.
    pub stat: Stat,
    /// The path at which the same file was found first, if it has several.
    pub first: Option<Vec<u8>>,
}

impl Found {
    /// Whether it is a file that was not found before under another name.
    pub fn is_file(&self) -> bool {
        self.first.is_none() && self.file_type() == FileType::RegularFile
    }

    /// Whether it is something that only means something to a running program.
    pub fn is_transient(&self) -> bool {
        matches!(self.file_type(), FileType::Socket | FileType::Unknown)
    }

    /// What is kept of it, if it is no file; `None` when it has gone meanwhile.
    pub fn entry(&self, root: &Root) -> Result<Option<Entry>> {
        match self.read(root) {
            Ok((kind, attributes)) => Ok(Some(self.entry_of(kind, attributes))),
            Err(Errno::NOENT) => Ok(None),
            Err(error) => Err(failed("read", &self.path, error)),
        }
    }

    /// What is kept of it, with what the file system did not say at once.
    pub fn entry_of(&self, kind: Kind, attributes: Attributes) -> Entry {
        Entry {
            path: self.path.clone(),
            kind,
            mode: self.stat.st_mode & 0o7777,
            uid: self.stat.st_uid,
            gid: self.stat.st_gid,
            modified: attributes::modified(&self.stat),
            attributes,
        }
    }

    fn read(&self, root: &Root) -> Result<(Kind, Attributes), Errno> {
        let number = self.stat.st_rdev;
        let device = Device { major: rustix::fs::major(number), minor: rustix::fs::minor(number) };
        let alias = root.alias(&self.path);
        let kind = match (&self.first, self.file_type()) {
            (Some(first), _) => return Ok((Kind::HardLink(first.clone()), Attributes::new())),
            (None, FileType::Directory) => Kind::Folder,
            (None, FileType::Symlink) => {
                Kind::SymbolicLink(rustix::fs::readlink(&alias, Vec::new())?.into_bytes())
            }
            (None, FileType::CharacterDevice) => Kind::CharacterDevice(device),
            (None, FileType::BlockDevice) => Kind::BlockDevice(device),
            (None, _) => Kind::Pipe,
        };
        Ok((kind, attributes::of_path(&alias)?))
    }

    fn file_type(&self) -> FileType {
        FileType::from_raw_mode(self.stat.st_mode)
    }
}

/// What is left of a folder.
struct Level {
    folder: OwnedFd,
    path: Vec<u8>,
    names: Names,
}

/// The names in a folder that are left, in one piece of memory: there may be a million.
struct Names {
    bytes: Vec<u8>,
    /// Where each begins, the last one first.
    begins: Vec<usize>,
}

impl Names {
    fn read(folder: &OwnedFd, is_wanted: impl Fn(&[u8]) -> bool) -> Result<Self, Errno> {
        let (mut bytes, mut begins) = (Vec::new(), Vec::new());
        for entry in Dir::read_from(folder)? {
            let entry = entry?;
            if is_wanted(entry.file_name().to_bytes()) {
                begins.push(bytes.len());
                bytes.extend_from_slice(entry.file_name().to_bytes_with_nul());
            }
        }
        begins.sort_unstable_by(|one, other| name_at(&bytes, *other).cmp(&name_at(&bytes, *one)));
        Ok(Self { bytes, begins })
    }

    fn next(&mut self) -> Option<CString> {
        name_at(&self.bytes, self.begins.pop()?).map(CStr::to_owned)
    }
}

fn name_at(names: &[u8], begin: usize) -> Option<&CStr> {
    CStr::from_bytes_until_nul(&names[begin..]).ok()
}

/// A walk through a folder.
pub struct Walk<'a> {
    root: &'a Root,
    levels: Vec<Level>,
    /// Files with several names: where each was found first, and how many more names there may be.
    linked: HashMap<(u64, u64), (Vec<u8>, u64)>,
    has_begun: bool,
}

impl<'a> Walk<'a> {
    /// Begins with the root itself.
    pub fn new(root: &'a Root) -> Self {
        Self { root, levels: Vec::new(), linked: HashMap::new(), has_begun: false }
    }

    fn found(&mut self) -> Result<Option<Found>> {
        if !self.has_begun {
            self.has_begun = true;
            let stat = rustix::fs::fstat(self.root.fd()).map_err(|error| failed("look at", b"", error))?;
            self.enter(Vec::new())?;
            return Ok(Some(Found { path: Vec::new(), stat, first: None }));
        }
        while let Some(level) = self.levels.last_mut() {
            let Some(name) = level.names.next() else {
                self.levels.pop();
                continue;
            };
            let path = join(&level.path, name.as_bytes());
            let stat = match rustix::fs::statat(&level.folder, &name, AtFlags::SYMLINK_NOFOLLOW) {
                // It has gone meanwhile.
                Err(Errno::NOENT) => continue,
                stat => stat.map_err(|error| failed("look at", &path, error))?,
            };
            let is_folder = FileType::from_raw_mode(stat.st_mode) == FileType::Directory;
            if is_folder && !self.enter(path.clone())? {
                continue;
            }
            let first = if is_folder { None } else { self.first_name(&path, &stat) };
            return Ok(Some(Found { path, stat, first }));
        }
        Ok(None)
    }

    /// Reads a folder's names; `false` when it has gone meanwhile.
    fn enter(&mut self, path: Vec<u8>) -> Result<bool> {
        let read = || -> Result<Option<Level>, Errno> {
            let folder = match self.root.find(&path, OFlags::DIRECTORY | OFlags::RDONLY) {
                Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => return Ok(None),
                opened => opened?,
            };
            let is_ours = |name: &[u8]| path.is_empty() && name.starts_with(STAGE);
            let names = Names::read(&folder, |name| !is_ours(name) && !matches!(name, b"." | b".."))?;
            Ok(Some(Level { folder, path: path.clone(), names }))
        };
        let level = read().map_err(|error| failed("read", &path, error))?;
        let is_there = level.is_some();
        self.levels.extend(level);
        Ok(is_there)
    }

    /// Where a file was found before. Forgotten as soon as no further name can come.
    fn first_name(&mut self, path: &[u8], stat: &Stat) -> Option<Vec<u8>> {
        let names = stat.st_nlink;
        if names < 2 {
            return None;
        }
        let key = (stat.st_dev, stat.st_ino);
        match self.linked.get_mut(&key) {
            None => {
                self.linked.insert(key, (path.to_owned(), names - 1));
                None
            }
            Some((first, 1)) => {
                let first = std::mem::take(first);
                self.linked.remove(&key);
                Some(first)
            }
            Some((first, left)) => {
                *left -= 1;
                Some(first.clone())
            }
        }
    }
}

impl Iterator for Walk<'_> {
    type Item = Result<Found>;

    fn next(&mut self) -> Option<Self::Item> {
        self.found().transpose()
    }
}

fn join(folder: &[u8], name: &[u8]) -> Vec<u8> {
    if folder.is_empty() { name.to_vec() } else { [folder, b"/", name].concat() }
}
