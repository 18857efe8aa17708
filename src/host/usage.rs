//! How much is in a folder: counted by several threads, and remembered as long as no folder in it changes.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use rustix::fs::{AtFlags, CWD, Dir, FileType, Mode, OFlags, Stat};
use rustix::io::Errno;
use serde::{Deserialize, Serialize};

/// More threads than this only wait for each other.
const MOST_THREADS: usize = 16;

/// A folder that was changed so shortly before it was read may have been changed again without another time on it.
const TOO_FRESH: i64 = 2_000_000_000;

/// What a folder holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// What it takes on the disk, in bytes: what `du -s` says.
    pub bytes: u64,
    /// How many things are in it that are no folders.
    pub files: u64,
    /// When something in it was last written, in seconds since the epoch.
    pub changed: i64,
    /// The owner and group of the folder itself.
    pub owner: (u32, u32),
}

/// What a folder holds, and all folders in it with the nanosecond of their last change.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Census {
    /// The sum.
    pub usage: Usage,
    /// When it was taken, in nanoseconds since the epoch.
    pub taken: i64,
    folders: Vec<(PathBuf, i64)>,
}

impl Census {
    /// Counts what is below `root`, which must be a folder. What disappears meanwhile does not count.
    pub fn take(root: &Path) -> io::Result<Self> {
        let root = open(root)?;
        let top = rustix::fs::fstat(&root)?;
        let count = Count::default();
        count.lock().queue.push(PathBuf::new());
        let parts: Vec<Part> = thread::scope(|scope| {
            let hands: Vec<_> = (0..threads()).map(|_| scope.spawn(|| count.work(root.as_fd()))).collect();
            hands.into_iter().filter_map(|hand| hand.join().ok()).collect()
        });
        let mut census = Self { taken: now(), ..Self::default() };
        for part in parts {
            census.usage.bytes += part.usage.bytes;
            census.usage.files += part.usage.files;
            census.usage.changed = census.usage.changed.max(part.usage.changed);
            census.folders.extend(part.folders);
        }
        census.usage.owner = (top.st_uid, top.st_gid);
        Ok(census)
    }

    /// A sum that was counted elsewhere: as no folders are known, it holds for that moment only.
    pub fn counted_elsewhere(usage: Usage) -> Self {
        Self { usage, taken: now(), folders: Vec::new() }
    }

    /// Whether no folder has changed since. Files that were written to in place do not show.
    pub fn still_holds(&self, root: &Path) -> bool {
        let Ok(root) = open(root) else { return false };
        let share = self.folders.len().div_ceil(threads()).max(1);
        let is_same = |(folder, changed): &(PathBuf, i64)| {
            let seen = rustix::fs::statat(&root, named(folder), AtFlags::SYMLINK_NOFOLLOW);
            seen.map(|stat| nanoseconds(&stat)).is_ok_and(|seen| seen == *changed)
                && *changed < self.taken - TOO_FRESH
        };
        !self.folders.is_empty()
            && thread::scope(|scope| {
                let shares = self.folders.chunks(share);
                let hands: Vec<_> =
                    shares.map(|share| scope.spawn(move || share.iter().all(is_same))).collect();
                hands.into_iter().all(|hand| hand.join().unwrap_or(false))
            })
    }
}

/// What one thread has counted.
#[derive(Default)]
struct Part {
    usage: Usage,
    folders: Vec<(PathBuf, i64)>,
}

/// Work that threads share: folders, from the root on, that are still to be read.
#[derive(Default)]
struct Queue {
    queue: Vec<PathBuf>,
    busy: usize,
}

#[derive(Default)]
struct Count {
    work: Mutex<Queue>,
    more: Condvar,
    /// Files with several names count once.
    linked: Mutex<HashSet<(u64, u64)>>,
}

impl Count {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.work.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn work(&self, root: BorrowedFd<'_>) -> Part {
        let mut part = Part::default();
        while let Some(folder) = self.next() {
            // What disappears meanwhile does not count, and what may not be read cannot.
            let mut found = Vec::new();
            let _lost = self.read(root, &folder, &mut part, &mut found);
            let mut work = self.lock();
            let is_news = !found.is_empty() || work.busy == 1;
            work.queue.extend(found);
            work.busy -= 1;
            drop(work);
            if is_news {
                self.more.notify_all();
            }
        }
        part
    }

    /// The next folder; `None` when nothing is left and nobody can find more.
    fn next(&self) -> Option<PathBuf> {
        let mut work = self.lock();
        loop {
            if let Some(folder) = work.queue.pop() {
                work.busy += 1;
                return Some(folder);
            }
            if work.busy == 0 {
                return None;
            }
            work = self.more.wait(work).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Counts a folder and what is in it, but for the folders: these are `found`.
    ///
    /// Everything is named from `root` or from the folder on, since the kernel would look a whole path up part by part each
    /// time, which is a sixth of all the work.
    fn read(
        &self,
        root: BorrowedFd<'_>,
        folder: &Path,
        part: &mut Part,
        found: &mut Vec<PathBuf>,
    ) -> Result<(), Errno> {
        // The time comes first: what changes while we read shows the next time.
        let opened = rustix::fs::openat(root, named(folder), FOLDER, Mode::empty());
        let own = match &opened {
            Ok(opened) => rustix::fs::fstat(opened)?,
            Err(_) => rustix::fs::statat(root, named(folder), AtFlags::SYMLINK_NOFOLLOW)?,
        };
        part.usage.bytes += self.add(&own);
        part.usage.changed = part.usage.changed.max(own.st_mtime);
        part.folders.push((folder.to_owned(), nanoseconds(&own)));
        let mut entries = Dir::new(opened?)?;
        while let Some(entry) = entries.read().transpose()? {
            let name = entry.file_name();
            let is_folder = match entry.file_type() {
                _ if matches!(name.to_bytes(), b"." | b"..") => continue,
                FileType::Directory => true,
                kind => {
                    let Ok(stat) = rustix::fs::statat(entries.fd()?, name, AtFlags::SYMLINK_NOFOLLOW) else {
                        continue;
                    };
                    // Not every file system tells in its listing.
                    let is_folder = kind == FileType::Unknown && is_folder(&stat);
                    if !is_folder {
                        part.usage.bytes += self.add(&stat);
                        part.usage.changed = part.usage.changed.max(stat.st_mtime);
                        part.usage.files += 1;
                    }
                    is_folder
                }
            };
            if is_folder {
                found.push(folder.join(OsStr::from_bytes(name.to_bytes())));
            }
        }
        Ok(())
    }

    /// What a file takes on the disk, unless another name of it was there before.
    fn add(&self, stat: &Stat) -> u64 {
        let is_first = is_folder(stat)
            || stat.st_nlink < 2
            || self.linked.lock().is_ok_and(|mut seen| seen.insert((stat.st_dev, stat.st_ino)));
        if is_first { stat.st_blocks.cast_unsigned() * 512 } else { 0 }
    }
}

const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

fn open(root: &Path) -> io::Result<OwnedFd> {
    Ok(rustix::fs::openat(CWD, root, FOLDER.difference(OFlags::NOFOLLOW), Mode::empty())?)
}

/// A path below an open folder; that folder itself has none.
fn named(folder: &Path) -> &Path {
    if folder.as_os_str().is_empty() { Path::new(".") } else { folder }
}

fn is_folder(stat: &Stat) -> bool {
    FileType::from_raw_mode(stat.st_mode) == FileType::Directory
}

/// More than there are processors, since most of the time goes into waiting for the disk.
fn threads() -> usize {
    thread::available_parallelism().map_or(1, |cores| cores.get() * 4).min(MOST_THREADS)
}

fn nanoseconds(stat: &Stat) -> i64 {
    stat.st_mtime.saturating_mul(1_000_000_000).saturating_add_unsigned(stat.st_mtime_nsec)
}

fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::process::Command;
    use std::time::{Duration, SystemTime};

    use super::*;

    /// A tree that was left alone for an hour.
    fn tree() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for number in 0..20 {
            let below = folder.path().join(format!("a{}/b{number}", number % 3));
            fs::create_dir_all(&below).unwrap();
            fs::write(below.join("file"), vec![1; 5000 * number]).unwrap();
        }
        fs::hard_link(folder.path().join("a1/b19/file"), folder.path().join("a1/again")).unwrap();
        std::os::unix::fs::symlink("nowhere", folder.path().join("link")).unwrap();
        let hour_ago = SystemTime::now() - Duration::from_secs(3600);
        for entry in ignore::WalkBuilder::new(folder.path()).hidden(false).build().flatten() {
            if entry.file_type().is_some_and(|kind| kind.is_dir()) {
                fs::File::open(entry.path()).unwrap().set_modified(hour_ago).unwrap();
            }
        }
        folder
    }

    #[test]
    fn the_sum_is_that_of_du() {
        let folder = tree();
        let output = Command::new("du").args(["-s", "--block-size=1"]).arg(folder.path()).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let census = Census::take(folder.path()).unwrap();
        assert_eq!(census.usage.bytes.to_string(), text.split('\t').next().unwrap());
        assert_eq!(census.usage.files, 22);
    }

    #[test]
    fn it_holds_until_a_folder_changes() {
        let folder = tree();
        let census = Census::take(folder.path()).unwrap();
        assert!(census.still_holds(folder.path()));
        fs::write(folder.path().join("a2/b2/new"), "").unwrap();
        assert!(!census.still_holds(folder.path()));
        let fresh = Census::take(folder.path()).unwrap();
        assert!(!fresh.still_holds(folder.path()), "a folder that has just changed may change again");
    }

    #[test]
    fn what_was_written_before_the_clock_was_set_back_is_not_relied_on() {
        let folder = tree();
        let tomorrow = SystemTime::now() + Duration::from_secs(86_400);
        fs::File::open(folder.path().join("a1")).unwrap().set_modified(tomorrow).unwrap();
        let census = Census::take(folder.path()).unwrap();
        assert!(!census.still_holds(folder.path()));
    }
}
