//! A file that gets its name only when it is complete.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::error::{Error, ErrorKind, Result};
use crate::host::files::create_private_folder;

/// What the names of files that are not complete end with.
const SUFFIX: &str = ".part";

/// A private file that is being written. Dropped without a name, it goes.
pub struct PendingFile {
    file: NamedTempFile,
    path: PathBuf,
}

impl PendingFile {
    /// Begins a file beside where it will be; missing folders are made.
    pub fn begin(path: &Path) -> Result<Self> {
        let begin = || -> io::Result<NamedTempFile> {
            let folder = folder_of(path);
            create_private_folder(folder)?;
            tempfile::Builder::new().prefix(".devc-").suffix(SUFFIX).tempfile_in(folder)
        };
        let file = begin().map_err(|error| failed(path).because(error))?;
        Ok(Self { file, path: path.to_owned() })
    }

    /// Where to write.
    pub fn file(&self) -> Result<File> {
        self.file.as_file().try_clone().map_err(|error| failed(&self.path).because(error))
    }

    /// Flushes the file and gives it its name: from here on it survives a crash.
    pub fn commit(self) -> Result<()> {
        let Self { file, path } = self;
        let commit = || -> io::Result<()> {
            file.as_file().sync_all()?;
            file.persist_noclobber(&path)?;
            File::open(folder_of(&path))?.sync_all()
        };
        commit().map_err(|error| failed(&path).because(error))
    }

    /// Removes what killed runs have left in a folder in which nobody writes right now.
    pub fn sweep(folder: &Path) {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        for entry in entries.filter(|entry| entry.file_name().to_string_lossy().ends_with(SUFFIX)) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn failed(path: &Path) -> Error {
    Error::new(ErrorKind::Host, format!("could not write {}", path.display()))
        .hint("Choose another place with --to.")
}
