//! Owners, modes, times and extended attributes: read and written.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use rustix::fs::{AtFlags, Gid, Mode, Stat, Timespec, Timestamps, Uid, XattrFlags};
use rustix::io::Errno;

use crate::backup::{Entry, Time};

/// Extended attributes: names and values.
pub type Attributes = BTreeMap<Vec<u8>, Vec<u8>>;

/// It belongs to the policy of a machine, and another one may not even accept it.
const LEFT_OUT: &[u8] = b"security.selinux";

/// When something was last changed.
pub fn modified(stat: &Stat) -> Time {
    Time { seconds: stat.st_mtime, nanoseconds: stat.st_mtime_nsec as u32 }
}

/// The extended attributes of an open file or folder.
pub fn of_file(file: impl AsFd) -> Result<Attributes, Errno> {
    let list = |room: &mut [u8]| rustix::fs::flistxattr(&file, room);
    collect(list, |name, room| rustix::fs::fgetxattr(&file, name, room))
}

/// The extended attributes of what is at a path, which is not followed.
pub fn of_path(path: &Path) -> Result<Attributes, Errno> {
    let list = |room: &mut [u8]| rustix::fs::llistxattr(path, room);
    collect(list, |name, room| rustix::fs::lgetxattr(path, name, room))
}

/// The kernel has no larger lists and values.
const LARGEST: usize = 64 << 10;

fn collect(
    list: impl Fn(&mut [u8]) -> Result<usize, Errno>,
    get: impl Fn(&OsStr, &mut [u8]) -> Result<usize, Errno>,
) -> Result<Attributes, Errno> {
    // Most files have none, and the room on the stack is enough to learn that.
    let mut names = [0; 256];
    let names = match list(&mut names) {
        Ok(length) => names[..length].to_vec(),
        Err(Errno::RANGE) => {
            let mut names = vec![0; LARGEST];
            let length = list(&mut names)?;
            names.truncate(length);
            names
        }
        Err(Errno::NOTSUP) => return Ok(Attributes::new()),
        Err(error) => return Err(error),
    };
    let mut attributes = Attributes::new();
    let mut room = if names.is_empty() { Vec::new() } else { vec![0; LARGEST] };
    for name in names.split(|byte| *byte == 0).filter(|name| !name.is_empty() && *name != LEFT_OUT) {
        match get(OsStr::from_bytes(name), &mut room) {
            Ok(length) => drop(attributes.insert(name.to_vec(), room[..length].to_vec())),
            // It has gone meanwhile.
            Err(Errno::NODATA) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(attributes)
}

/// Gives an open file or folder what an entry says. The owner comes first, as a new one takes capabilities and setuid away.
pub fn set_on_file(file: BorrowedFd<'_>, entry: &Entry) -> Result<(), Errno> {
    rustix::fs::fchown(file, Some(Uid::from_raw(entry.uid)), Some(Gid::from_raw(entry.gid)))?;
    for (name, value) in &entry.attributes {
        rustix::fs::fsetxattr(file, OsStr::from_bytes(name), value, XattrFlags::empty())?;
    }
    rustix::fs::fchmod(file, Mode::from_raw_mode(entry.mode))?;
    rustix::fs::futimens(file, &times(entry.modified))
}

/// Gives a link, pipe or device what an entry says. `path` leads to the same place, for calls that take no folder.
pub fn set_on_name(
    folder: BorrowedFd<'_>,
    name: &[u8],
    path: &Path,
    entry: &Entry,
    is_link: bool,
) -> Result<(), Errno> {
    let (owner, group) = (Uid::from_raw(entry.uid), Gid::from_raw(entry.gid));
    rustix::fs::chownat(folder, name, Some(owner), Some(group), AtFlags::SYMLINK_NOFOLLOW)?;
    for (attribute, value) in &entry.attributes {
        rustix::fs::lsetxattr(path, OsStr::from_bytes(attribute), value, XattrFlags::empty())?;
    }
    // A link has no mode of its own.
    if !is_link {
        rustix::fs::chmodat(folder, name, Mode::from_raw_mode(entry.mode), AtFlags::empty())?;
    }
    rustix::fs::utimensat(folder, name, &times(entry.modified), AtFlags::SYMLINK_NOFOLLOW)
}

/// A time as the kernel takes it.
pub fn times(modified: Time) -> Timestamps {
    let modified = Timespec { tv_sec: modified.seconds, tv_nsec: modified.nanoseconds.into() };
    Timestamps { last_access: modified, last_modification: modified }
}
