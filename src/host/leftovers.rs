//! Finding what can go from a folder, and removing it. Links are never followed; who calls this sees to it that nobody
//! else changes the folder meanwhile.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::host::glob;

/// Something that can go: a file, or a folder with all that is in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Leftover {
    /// Where it is.
    pub path: PathBuf,
    /// What it takes on the disk, in bytes.
    pub bytes: u64,
    /// When somebody last read or wrote something of it, in seconds since the epoch.
    pub used: i64,
}

/// What fits a pattern below `root`, sorted; see [`glob::paths`].
pub fn find(root: &Path, pattern: &str) -> Vec<Leftover> {
    glob::paths(root, pattern).into_iter().filter_map(|path| weigh(&path)).collect()
}

/// Removes a leftover; one that is gone is fine.
pub fn remove(leftover: &Leftover) -> io::Result<()> {
    remove_path(&leftover.path)
}

/// Removes everything in a folder, and leaves the folder.
pub fn empty(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        remove_path(&entry?.path())?;
    }
    Ok(())
}

fn remove_path(path: &Path) -> io::Result<()> {
    let removed = match fs::symlink_metadata(path)?.is_dir() {
        true => fs::remove_dir_all(path),
        false => fs::remove_file(path),
    };
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn weigh(path: &Path) -> Option<Leftover> {
    let metadata = fs::symlink_metadata(path).ok()?;
    let own = Leftover {
        path: path.to_owned(),
        bytes: metadata.blocks() * 512,
        used: metadata.mtime().max(if metadata.is_dir() { 0 } else { metadata.atime() }),
    };
    if !metadata.is_dir() {
        return Some(own);
    }
    let entries = fs::read_dir(path).into_iter().flatten().flatten();
    let inside = entries.filter_map(|entry| weigh(&entry.path()));
    Some(inside.fold(own, |sum, one| Leftover {
        bytes: sum.bytes + one.bytes,
        used: sum.used.max(one.used),
        ..sum
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leftovers_are_found_by_pattern_and_links_are_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let at = |path: &str| folder.path().join(path);
        for path in ["_logs/a.log", "_logs/b.log", "cache/x/one.crate", "cache/x/one.txt", "outside/secret"] {
            fs::create_dir_all(at(path).parent().unwrap()).unwrap();
            fs::write(at(path), vec![1; 5000]).unwrap();
        }
        std::os::unix::fs::symlink(at("outside"), at("cache/link")).unwrap();
        let names = |pattern: &str| -> Vec<String> {
            let found = find(folder.path(), pattern).into_iter();
            found.map(|one| one.path.strip_prefix(folder.path()).unwrap().display().to_string()).collect()
        };
        assert_eq!(names("_logs/*"), ["_logs/a.log", "_logs/b.log"]);
        assert_eq!(names("cache/*/*.crate"), ["cache/x/one.crate"]);
        assert_eq!(names("cache/*/secret"), [""; 0]);
        let logs = find(folder.path(), "_logs").remove(0);
        assert!(logs.bytes >= 10_000 && logs.used > 1_700_000_000);
        remove(&logs).unwrap();
        assert!(!at("_logs").exists());
        empty(folder.path()).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
