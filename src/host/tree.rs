//! The files of a repository, as far as they are its own.

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use ignore::{DirEntry, WalkBuilder, WalkState};

use crate::error::{Error, ErrorKind, Result};

/// What was found below a folder.
#[derive(Debug, Default)]
pub struct Tree {
    /// The folder.
    pub root: PathBuf,
    /// Paths of files from the folder on, with `/`, sorted. Names that are not UTF-8 are left out.
    pub files: Vec<String>,
    /// What could not be read, each as a sentence.
    pub unreadable: Vec<String>,
}

impl Tree {
    /// Walks a folder. What git ignores is left out, and so is git's own folder; links are not followed.
    ///
    /// A folder that cannot be read is told and left out. Fails when the root itself cannot be read.
    pub fn walk(root: &Path) -> Result<Self> {
        if let Err(error) = std::fs::read_dir(root) {
            return Err(Error::new(ErrorKind::Host, format!("could not read {}", root.display()))
                .because(error)
                .hint("Give the folder of a project with --workspace-folder."));
        }
        let found = Mutex::new(Self { root: root.to_owned(), ..Self::default() });
        let walker = WalkBuilder::new(root)
            .hidden(false)
            .require_git(false)
            .filter_entry(|entry| entry.file_name() != ".git")
            .build_parallel();
        walker.run(|| {
            let mut files = Collected { root, tree: &found, files: Vec::new(), unreadable: Vec::new() };
            Box::new(move |entry| {
                files.take(entry);
                WalkState::Continue
            })
        });
        let mut tree = found.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        tree.files.sort_unstable();
        tree.unreadable.sort_unstable();
        Ok(tree)
    }

    /// The text of one of the files; `None` when it cannot be read as text.
    pub fn read(&self, path: &str) -> Option<String> {
        std::fs::read_to_string(self.root.join(path)).ok()
    }
}

/// What one thread has found; it hands that over when it ends.
struct Collected<'a> {
    root: &'a Path,
    tree: &'a Mutex<Tree>,
    files: Vec<String>,
    unreadable: Vec<String>,
}

impl Collected<'_> {
    fn take(&mut self, entry: Result<DirEntry, ignore::Error>) {
        match entry {
            Ok(entry) if entry.file_type().is_some_and(|kind| kind.is_file()) => {
                let path = entry.path().strip_prefix(self.root).ok().and_then(Path::to_str);
                self.files.extend(path.map(str::to_owned));
            }
            Ok(_) => {}
            Err(error) => self.unreadable.push(error.to_string()),
        }
    }
}

impl Drop for Collected<'_> {
    fn drop(&mut self) {
        if let Ok(mut tree) = self.tree.lock() {
            tree.files.append(&mut self.files);
            tree.unreadable.append(&mut self.unreadable);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_tree_is_what_belongs_to_the_repository() {
        let folder = tempfile::tempdir().unwrap();
        let at = |path: &str| folder.path().join(path);
        for path in [".git/config", "a/b.txt", "build/out", "a/skipped.log", ".hidden"] {
            fs::create_dir_all(at(path).parent().unwrap()).unwrap();
            fs::write(at(path), path).unwrap();
        }
        fs::write(at(".gitignore"), "/build\n").unwrap();
        fs::write(at("a/.gitignore"), "*.log\n").unwrap();
        symlink("..", at("a/loop")).unwrap();

        let tree = Tree::walk(folder.path()).unwrap();
        assert_eq!(tree.files, [".gitignore", ".hidden", "a/.gitignore", "a/b.txt"]);
        assert_eq!(tree.unreadable, [""; 0]);
        assert_eq!(tree.read("a/b.txt").as_deref(), Some("a/b.txt"));
        assert_eq!(Tree::walk(&at("nowhere")).unwrap_err().kind(), ErrorKind::Host);
    }
}
