//! A folder that nothing gets out of.

use std::fs::File;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags, ResolveFlags};
use rustix::io::Errno;

use super::failed;
use crate::error::Result;

/// The folder that holds a volume's content.
#[derive(Debug)]
pub struct Root {
    folder: OwnedFd,
}

/// Folders that are made before anything is known of them are for their owner only.
const PRIVATE: u32 = 0o700;

impl Root {
    /// Opens a folder of this machine.
    pub fn open(path: &Path) -> Result<Self> {
        let flags = OFlags::DIRECTORY | OFlags::RDONLY | OFlags::CLOEXEC;
        let folder = rustix::fs::open(path, flags, Mode::empty());
        let folder = folder.map_err(|error| {
            crate::error::Error::new(crate::ErrorKind::Host, format!("could not open {}", path.display()))
                .because(error)
        })?;
        Ok(Self { folder })
    }

    /// Opens a folder below, which becomes a root of its own.
    pub fn below(&self, path: &[u8]) -> Result<Self> {
        let folder = self
            .find(path, OFlags::DIRECTORY | OFlags::RDONLY)
            .map_err(|error| failed("open", path, error))?;
        Ok(Self { folder })
    }

    /// The folder itself.
    pub fn fd(&self) -> BorrowedFd<'_> {
        self.folder.as_fd()
    }

    /// Opens what is at a path; links on the way and at the end are refused.
    pub fn find(&self, path: &[u8], flags: OFlags) -> Result<OwnedFd, Errno> {
        self.resolve(path, flags, Mode::empty())
    }

    /// Makes a file, and the folders above it that are missing.
    pub fn create(&self, path: &[u8]) -> Result<File, Errno> {
        let flags = OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY;
        let create = || self.resolve(path, flags, Mode::RUSR | Mode::WUSR);
        match create() {
            Err(Errno::NOENT) => {
                self.make_folders(split(path).0)?;
                create().map(File::from)
            }
            made => made.map(File::from),
        }
    }

    /// Opens the folder that a path is in, made if it is missing, and tells the name in there.
    pub fn parent<'a>(&self, path: &'a [u8]) -> Result<(OwnedFd, &'a [u8]), Errno> {
        let (folder, name) = split(path);
        let open = || self.resolve(folder, OFlags::PATH | OFlags::DIRECTORY, Mode::empty());
        let opened = match open() {
            Err(Errno::NOENT) => {
                self.make_folders(folder)?;
                open()?
            }
            opened => opened?,
        };
        Ok((opened, name))
    }

    /// Makes a folder and those above it, as far as they are missing.
    pub fn make_folders(&self, path: &[u8]) -> Result<(), Errno> {
        if path.is_empty() {
            return Ok(());
        }
        let (above, name) = split(path);
        let make = || {
            let parent = self.resolve(above, OFlags::PATH | OFlags::DIRECTORY, Mode::empty())?;
            rustix::fs::mkdirat(parent, name, Mode::from_raw_mode(PRIVATE))
        };
        match make() {
            Err(Errno::NOENT) => {
                self.make_folders(above)?;
                make().or_else(|error| if error == Errno::EXIST { Ok(()) } else { Err(error) })
            }
            // Another thread may have made it, and a file in its place is found by whoever needs a folder there.
            Err(Errno::EXIST) => Ok(()),
            made => made,
        }
    }

    /// A path by which calls that take no folder reach what is in this one.
    pub fn alias(&self, path: &[u8]) -> PathBuf {
        use std::os::unix::ffi::OsStrExt;
        let folder = PathBuf::from(format!("/proc/self/fd/{}", self.folder.as_raw_fd()));
        folder.join(std::ffi::OsStr::from_bytes(path))
    }

    fn resolve(&self, path: &[u8], flags: OFlags, mode: Mode) -> Result<OwnedFd, Errno> {
        let path = if path.is_empty() { b"." } else { path };
        let limits = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
        loop {
            match rustix::fs::openat2(
                &self.folder,
                path,
                flags | OFlags::CLOEXEC | OFlags::NOFOLLOW,
                mode,
                limits,
            ) {
                // Something was renamed meanwhile, and the kernel cannot tell whether that leads out.
                Err(Errno::AGAIN | Errno::INTR) => {}
                opened => return opened,
            }
        }
    }
}

/// A path's folder and its last name.
pub fn split(path: &[u8]) -> (&[u8], &[u8]) {
    match path.iter().rposition(|byte| *byte == b'/') {
        Some(at) => (&path[..at], &path[at + 1..]),
        None => (b"", path),
    }
}
