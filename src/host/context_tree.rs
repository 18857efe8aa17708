//! A build context: all files of a folder, whatever git thinks of them, and copies of it.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use ignore::WalkBuilder;
use tempfile::TempDir;

use crate::error::{Error, ErrorKind, Result};
use crate::host::files;

/// What is below a folder.
#[derive(Debug)]
pub struct ContextTree {
    root: PathBuf,
    /// Files, folders and links, a folder before what is in it, sorted by name. Sockets and devices are no part of a build.
    pub entries: Vec<ContextEntry>,
}

/// A copy of a build context, which goes with the value.
#[derive(Debug)]
pub struct ContextCopy {
    folder: TempDir,
}

impl ContextCopy {
    /// An empty folder that `fill` gets to fill.
    pub fn new(fill: impl FnOnce(&Path) -> Result<()>) -> Result<Self> {
        let folder = files::temporary_folder("devc-context-")?;
        fill(folder.path())?;
        Ok(Self { folder })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// A file, folder or link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContextEntry {
    path: PathBuf,
    kind: Kind,
    /// The size of a file in bytes; 0 for others.
    pub size: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    File,
    Folder,
    Link,
}

impl ContextEntry {
    /// The path from the folder on, with `/`.
    pub fn name(&self) -> String {
        self.path.to_string_lossy().into_owned()
    }

    /// Whether it is a file with content.
    pub fn is_file(&self) -> bool {
        self.kind == Kind::File
    }
}

impl ContextTree {
    /// Walks a folder; links are not followed. What cannot be read is left out: the build will tell.
    pub fn walk(root: &Path) -> Result<Self> {
        if let Err(error) = fs::read_dir(root) {
            return Err(failed("read the build context", root).because(error));
        }
        let walk = WalkBuilder::new(root).standard_filters(false).sort_by_file_name(Ord::cmp).build();
        let entries = walk.flatten().filter_map(|entry| {
            let path = entry.path().strip_prefix(root).ok()?.to_owned();
            let kind = kind_of(entry.file_type()?)?;
            let size = if kind == Kind::File { entry.metadata().ok()?.len() } else { 0 };
            (!path.as_os_str().is_empty()).then_some(ContextEntry { path, kind, size })
        });
        Ok(Self { root: root.to_owned(), entries: entries.collect() })
    }

    /// The first bytes of a file, as far as it can be read.
    pub fn read(&self, entry: &ContextEntry, most: u64) -> Vec<u8> {
        let mut content = Vec::new();
        let read = fs::File::open(self.root.join(&entry.path));
        // What cannot be read cannot be sent either.
        let _ = read.and_then(|file| file.take(most).read_to_end(&mut content));
        content
    }

    /// Copies what `is_wanted` into another folder, with the modes that builders look at.
    pub fn copy(&self, to: &Path, is_wanted: impl Fn(&ContextEntry) -> bool) -> Result<()> {
        for entry in self.entries.iter().filter(|entry| is_wanted(entry)) {
            let (from, to) = (self.root.join(&entry.path), to.join(&entry.path));
            copy(entry.kind, &from, &to).map_err(|error| failed("copy", &from).because(error))?;
        }
        Ok(())
    }
}

fn copy(kind: Kind, from: &Path, to: &Path) -> io::Result<()> {
    // A folder that is not wanted may hold something that is.
    fs::create_dir_all(to.parent().unwrap_or(to))?;
    match kind {
        Kind::Folder => {
            fs::create_dir_all(to)?;
            fs::set_permissions(to, fs::metadata(from)?.permissions())
        }
        Kind::Link => files::relink(&fs::read_link(from)?, to),
        Kind::File => fs::copy(from, to).map(drop),
    }
}

fn kind_of(kind: fs::FileType) -> Option<Kind> {
    match kind {
        kind if kind.is_file() => Some(Kind::File),
        kind if kind.is_dir() => Some(Kind::Folder),
        kind if kind.is_symlink() => Some(Kind::Link),
        _ => None,
    }
}

fn failed(doing: &str, path: &Path) -> Error {
    Error::new(ErrorKind::Host, format!("could not {doing} {}", path.display()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    #[test]
    fn a_copy_has_what_is_wanted_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let at = |path: &str| folder.path().join(path);
        for path in ["a/run", "a/big", ".git/config"] {
            fs::create_dir_all(at(path).parent().unwrap()).unwrap();
            fs::write(at(path), path).unwrap();
        }
        fs::write(at(".gitignore"), "big\n").unwrap();
        fs::set_permissions(at("a/run"), fs::Permissions::from_mode(0o750)).unwrap();
        symlink("run", at("a/link")).unwrap();

        let tree = ContextTree::walk(folder.path()).unwrap();
        let names: Vec<String> = tree.entries.iter().map(ContextEntry::name).collect();
        assert_eq!(names, [".git", ".git/config", ".gitignore", "a", "a/big", "a/link", "a/run"]);

        let copy = tempfile::tempdir().unwrap();
        tree.copy(copy.path(), |entry| !entry.name().starts_with(".git")).unwrap();
        let copied = ContextTree::walk(copy.path()).unwrap();
        let names: Vec<String> = copied.entries.iter().map(ContextEntry::name).collect();
        assert_eq!(names, ["a", "a/big", "a/link", "a/run"]);
        let mode = fs::metadata(copy.path().join("a/run")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o750);
        assert_eq!(copied.read(&copied.entries[3], 3), b"a/r");
    }
}
