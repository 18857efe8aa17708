//! The content of Features and Templates: folders of this machine, and the archives in which registries keep them.
//!
//! An archive is a stranger's: it is read into memory as a whole, within bounds, and refused as a whole when one of its
//! names leads out of it. Only then anything is written. Links stay links and are never followed.

mod read;
pub mod root_files;
pub mod saved_image;
mod write;

use crate::error::{Error, ErrorKind, Result};

/// What an archive or a folder holds, sorted by path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Package {
    entries: Vec<Entry>,
}

/// A file, folder or link in a [`Package`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its path from the package's root: names with `/` between them, none of them `.` or `..`.
    pub path: String,
    /// Its permission bits.
    pub mode: u32,
    /// What it is.
    pub content: Content,
}

/// What is at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// A folder.
    Folder,
    /// A file with these bytes.
    File(Vec<u8>),
    /// A symbolic link to this target, wherever that leads.
    Link(String),
}

impl Package {
    /// All entries, sorted by path: a folder stands before what is in it.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The bytes of the file at `path`.
    pub fn file(&self, path: &str) -> Option<&[u8]> {
        match &self.entry(path)?.content {
            Content::File(bytes) => Some(bytes),
            Content::Folder | Content::Link(_) => None,
        }
    }

    /// The file at `path`, where it is text.
    pub fn text(&self, path: &str) -> Option<&str> {
        std::str::from_utf8(self.file(path)?).ok()
    }

    /// Puts a file with mode 0644 at a path, in the place of one that is there.
    pub fn add_text(&mut self, path: &str, text: &str) {
        let content = Content::File(text.as_bytes().to_vec());
        self.insert(Entry { path: path.to_owned(), mode: 0o644, content });
    }

    fn entry(&self, path: &str) -> Option<&Entry> {
        self.position(path).ok().map(|position| &self.entries[position])
    }

    fn insert(&mut self, entry: Entry) {
        match self.position(&entry.path) {
            Ok(position) => self.entries[position] = entry,
            Err(position) => self.entries.insert(position, entry),
        }
    }

    fn position(&self, path: &str) -> Result<usize, usize> {
        self.entries.binary_search_by(|entry| entry.path.as_str().cmp(path))
    }

    /// Adds the folders that entries are in but that have none of their own. Nothing may be in a file or behind a link.
    fn add_parents(&mut self) -> Result<()> {
        let paths: Vec<String> = self.entries.iter().map(|entry| entry.path.clone()).collect();
        for path in paths {
            for (end, _) in path.match_indices('/') {
                let parent = &path[..end];
                match self.entry(parent).map(|above| &above.content) {
                    Some(Content::Folder) => {}
                    Some(_) => {
                        return Err(refused(format!("'{path}' is inside '{parent}', which is no folder")));
                    }
                    None => {
                        self.insert(Entry { path: parent.to_owned(), mode: 0o755, content: Content::Folder });
                        self.check_count()?;
                    }
                }
            }
        }
        Ok(())
    }
}

/// An archive that nobody should write has come from somewhere: whoever knows from where adds that.
fn refused(reason: impl Into<String>) -> Error {
    Error::new(ErrorKind::Config, "an archive cannot be used").because(reason.into())
}

#[cfg(test)]
mod tests;
