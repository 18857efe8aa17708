//! New content in the place of old: all of it, or nothing has happened.
//!
//! The new content is written into a folder of its own within the volume, beside the old one. Only when it is complete
//! and proven, a mark says so, and names are moved. A run that is killed leaves the folder: without the mark it is
//! removed, and with it the moving is gone on with.
//!
//! What is on the disk before old content goes is flushed. Where nothing goes, nothing is flushed either, as with any
//! copying: that would take longer than all the rest.

use rustix::fs::{AtFlags, Dir, FileType, IFlags, Mode, OFlags};
use rustix::io::Errno;

use super::root::Root;
use super::{attributes, failed};
use crate::backup::{Entry, Kind};
use crate::error::Result;

/// What the names of such folders begin with; a walk leaves them out.
pub const STAGE: &[u8] = b".devc-restore-";

const NEW: &[u8] = b"new";
/// Empty: it keeps the attributes of the new content's root while that is being emptied.
const TOP: &[u8] = b"top";
const OLD: &[u8] = b"old";
const COMPLETE: &[u8] = b"complete";
const CLEARED: &[u8] = b"cleared";

/// Content on its way into a volume.
pub struct Replacement<'a> {
    volume: &'a Root,
    stage: Vec<u8>,
    /// Whether there is content that has to go for it.
    has_old: bool,
}

impl<'a> Replacement<'a> {
    /// Makes the folder for the new content; `id` tells it from others.
    pub fn begin(volume: &'a Root, id: &str) -> Result<Self> {
        let stage = [STAGE, id.as_bytes()].concat();
        let replacement = Self { volume, stage, has_old: has_content(volume)? };
        unnoticed(volume, || {
            make_folder(volume, &replacement.stage)?;
            spread(&volume.below(&replacement.stage)?);
            [NEW, TOP, OLD].into_iter().try_for_each(|folder| make_folder(volume, &replacement.path(folder)))
        })?;
        Ok(replacement)
    }

    /// The folder for the new content.
    pub fn folder(&self) -> Result<Root> {
        self.volume.below(&self.path(NEW))
    }

    /// Puts the new content, which is complete, in the place of the old.
    pub fn commit(self) -> Result<()> {
        self.complete()?;
        self.go_on()
    }

    /// Says that the new content is all there. From here on there is no way back.
    pub(super) fn complete(&self) -> Result<()> {
        let stage = self.volume.below(&self.stage)?;
        copy_attributes(&stage.below(NEW)?, &stage.below(TOP)?)?;
        if self.has_old {
            // What the mark vouches for has to be on the disk before it.
            flush(self.volume)?;
        }
        self.mark(COMPLETE)
    }

    /// Removes the new content; the old is as it was.
    pub fn give_up(self) -> Result<()> {
        remove(self.volume, &self.stage)
    }

    fn go_on(self) -> Result<()> {
        let stage = self.volume.below(&self.stage)?;
        if !exists(&stage, CLEARED) {
            move_all(self.volume, &stage.below(OLD)?)?;
            self.mark(CLEARED)?;
        }
        move_all(&stage.below(NEW)?, self.volume)?;
        copy_attributes(&stage.below(TOP)?, self.volume)?;
        remove(self.volume, &self.stage)
    }

    fn mark(&self, name: &[u8]) -> Result<()> {
        let path = self.path(name);
        let mark = || -> Result<(), Errno> {
            let file = self.volume.create(&path)?;
            if !self.has_old {
                return Ok(());
            }
            rustix::fs::fsync(&file)?;
            rustix::fs::fsync(self.volume.find(&self.stage, OFlags::DIRECTORY | OFlags::RDONLY)?)
        };
        mark().map_err(|error| failed("write", &path, error))
    }

    fn path(&self, name: &[u8]) -> Vec<u8> {
        [&self.stage, &b"/"[..], name].concat()
    }
}

/// Finishes or undoes what killed runs have left in a volume; returns whether there was anything.
pub fn repair(volume: &Root) -> Result<bool> {
    let names = names(volume)?.into_iter().filter(|name| name.starts_with(STAGE));
    let mut was_any = false;
    for stage in names {
        was_any = true;
        let is_complete = exists(&volume.below(&stage)?, COMPLETE);
        let replacement = Replacement { volume, stage, has_old: true };
        if is_complete { replacement.go_on()? } else { replacement.give_up()? }
    }
    Ok(was_any)
}

/// Waits until everything in a volume is on the disk.
pub fn flush(volume: &Root) -> Result<()> {
    rustix::fs::syncfs(volume.fd()).map_err(|error| failed("flush", b"", error))
}

/// Whether a volume holds anything but what killed runs have left.
pub fn has_content(volume: &Root) -> Result<bool> {
    Ok(names(volume)?.iter().any(|name| !name.starts_with(STAGE)))
}

fn make_folder(volume: &Root, path: &[u8]) -> Result<()> {
    volume.make_folders(path).map_err(|error| failed("make", path, error))
}

/// Has a file system of the ext family put what comes into a folder where there is most room. Otherwise it would look for
/// room close by, where it passes over what was removed within the last minutes, each time from the beginning: ten times
/// as slow in a volume that takes the place of one just lost.
fn spread(folder: &Root) {
    // Others do not know this, and do not need it.
    let _ = rustix::fs::ioctl_getflags(folder.fd())
        .and_then(|flags| rustix::fs::ioctl_setflags(folder.fd(), flags | IFlags::TOPDIR));
}

fn exists(root: &Root, name: &[u8]) -> bool {
    root.find(name, OFlags::PATH).is_ok()
}

fn move_all(from: &Root, to: &Root) -> Result<()> {
    for name in names(from)?.into_iter().filter(|name| !name.starts_with(STAGE)) {
        let moved = rustix::fs::renameat(from.fd(), &name[..], to.fd(), &name[..]);
        moved.map_err(|error| failed("move", &name, error))?;
    }
    Ok(())
}

fn names(folder: &Root) -> Result<Vec<Vec<u8>>> {
    let read = || -> Result<Vec<Vec<u8>>, Errno> {
        let mut names = Vec::new();
        for entry in Dir::read_from(folder.fd())? {
            let name = entry?.file_name().to_bytes().to_vec();
            if !matches!(&name[..], b"." | b"..") {
                names.push(name);
            }
        }
        Ok(names)
    };
    read().map_err(|error| failed("read", b"", error))
}

/// The root of a volume cannot be moved, so it gets what the root of the new content has.
fn copy_attributes(from: &Root, to: &Root) -> Result<()> {
    let copy = || -> Result<(), Errno> {
        let stat = rustix::fs::fstat(from.fd())?;
        let entry = Entry {
            path: Vec::new(),
            kind: Kind::Folder,
            mode: stat.st_mode & 0o7777,
            uid: stat.st_uid,
            gid: stat.st_gid,
            modified: attributes::modified(&stat),
            attributes: attributes::of_file(from.fd())?,
        };
        attributes::set_on_file(to.fd(), &entry)
    };
    copy().map_err(|error| failed("set the attributes of", b"", error))
}

/// Removes a folder with all that is in it.
fn remove(root: &Root, path: &[u8]) -> Result<()> {
    unnoticed(root, || {
        clear(root.below(path)?)?;
        let removed = rustix::fs::unlinkat(root.fd(), path, AtFlags::REMOVEDIR);
        removed.map_err(|error| failed("remove", path, error))
    })
}

/// Does something in a folder that leaves the time of its last change as it was.
fn unnoticed(folder: &Root, work: impl FnOnce() -> Result<()>) -> Result<()> {
    let before = rustix::fs::fstat(folder.fd()).map_err(|error| failed("look at", b"", error))?;
    work()?;
    let time = attributes::times(attributes::modified(&before));
    rustix::fs::futimens(folder.fd(), &time).map_err(|error| failed("set the time of", b"", error))
}

/// Removes all that is in a folder. Folders may lie within each other deeper than calls may.
fn clear(folder: Root) -> Result<()> {
    let mut levels = vec![Emptied::begin(folder)?];
    while let Some(level) = levels.last_mut() {
        let Some(name) = level.left.last() else {
            levels.pop();
            continue;
        };
        if level.removes(name)? {
            level.left.pop();
        } else {
            let inner = Emptied::begin(level.enter(name)?)?;
            levels.push(inner);
        }
    }
    Ok(())
}

/// A folder that is being emptied, and the names that are left in it.
struct Emptied {
    folder: Root,
    left: Vec<Vec<u8>>,
}

impl Emptied {
    fn begin(folder: Root) -> Result<Self> {
        let left = names(&folder)?;
        Ok(Self { folder, left })
    }

    /// Removes something, unless it is a folder that is not empty.
    fn removes(&self, name: &[u8]) -> Result<bool> {
        let stat = rustix::fs::statat(self.folder.fd(), name, AtFlags::SYMLINK_NOFOLLOW);
        let stat = stat.map_err(|error| failed("look at", name, error))?;
        let is_folder = FileType::from_raw_mode(stat.st_mode) == FileType::Directory;
        let flags = if is_folder { AtFlags::REMOVEDIR } else { AtFlags::empty() };
        match rustix::fs::unlinkat(self.folder.fd(), name, flags) {
            Ok(()) => Ok(true),
            Err(Errno::NOTEMPTY | Errno::EXIST) => Ok(false),
            Err(error) => Err(failed("remove", name, error)),
        }
    }

    /// Opens a folder. One that nobody may enter has to be opened up first, unless we are root.
    fn enter(&self, name: &[u8]) -> Result<Root> {
        let _ = rustix::fs::chmodat(self.folder.fd(), name, Mode::RWXU, AtFlags::empty());
        self.folder.below(name)
    }
}
