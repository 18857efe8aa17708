//! Files of this machine, with errors that name the path.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use tempfile::{NamedTempFile, TempDir};

use crate::error::{Error, ErrorKind, Result};

/// Reads a text file; `Ok(None)` when it does not exist.
pub fn read_optional(path: &Path) -> Result<Option<String>> {
    match fs::read(path) {
        Ok(bytes) => String::from_utf8(bytes)
            .map(Some)
            .map_err(|error| failed("read", path).because(error).hint("Save the file as UTF-8.")),
        Err(error) if is_absence(&error) => Ok(None),
        Err(error) => Err(failed("read", path).because(error)),
    }
}

/// Reads a text file that must exist.
pub fn read(path: &Path) -> Result<String> {
    read_optional(path)?
        .ok_or_else(|| Error::new(ErrorKind::NotFound, format!("file {} does not exist", path.display())))
}

/// Writes a private file (mode 0600) so that readers see the old text or the new one, never a part.
pub fn write_atomic(path: &Path, text: &str) -> Result<()> {
    let write = || -> io::Result<()> {
        let folder = path.parent().unwrap_or(Path::new("/"));
        create_private_folder(folder)?;
        let mut file = NamedTempFile::new_in(folder)?;
        file.write_all(text.as_bytes())?;
        file.persist(path)?;
        Ok(())
    };
    write().map_err(|error| failed("write", path).because(error))
}

/// Writes a text file that others may read as far as the umask lets them, such as one of the user's project.
pub fn write_shared_atomic(path: &Path, text: &str) -> Result<()> {
    write(path, text.as_bytes())
}

/// Writes a file that others may read so that readers see the old content or the new one, never a part.
/// One that is there keeps its permissions, and stays where its link leads.
pub fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let write = || -> io::Result<()> {
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let known = fs::metadata(&path);
        stage(&path, bytes, false)?.put()?;
        known.map_or(Ok(()), |known| fs::set_permissions(&path, known.permissions()))
    };
    write().map_err(|error| failed("write", path).because(error))
}

/// A new file that is on the disk already and only lacks its name. Dropped without one, it goes.
pub struct Staged {
    file: NamedTempFile,
    path: PathBuf,
}

/// Writes any content with the rights that new files have, beside `path`, which is not touched yet.
pub fn stage(path: &Path, bytes: &[u8], is_executable: bool) -> io::Result<Staged> {
    let mode = fs::Permissions::from_mode(if is_executable { 0o777 } else { 0o666 });
    let folder = path.parent().unwrap_or(Path::new("/"));
    let mut file = tempfile::Builder::new().permissions(mode).tempfile_in(folder)?;
    file.write_all(bytes)?;
    Ok(Staged { file, path: path.to_owned() })
}

impl Staged {
    /// Gives the file its name, in one step: a link in its place is replaced, not followed.
    pub fn put(self) -> io::Result<()> {
        self.file.persist(&self.path)?;
        Ok(())
    }
}

/// Makes a symbolic link in one step, in the place of a file or link of that name.
pub fn link(target: &Path, path: &Path) -> Result<()> {
    let make = || -> io::Result<()> {
        let folder = path.parent().unwrap_or(Path::new("/"));
        let temporary = tempfile::Builder::new().prefix(".devc-").tempdir_in(folder)?;
        let link = temporary.path().join("link");
        std::os::unix::fs::symlink(target, &link)?;
        fs::rename(link, path)
    };
    make().map_err(|error| failed("create", path).because(error))
}

/// What is in a folder, sorted by name.
pub fn list(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).and_then(|entries| {
        let paths = entries.map(|entry| entry.map(|entry| entry.path()));
        paths.collect::<io::Result<Vec<PathBuf>>>()
    });
    let mut paths = entries.map_err(|error| failed("read", folder).because(error))?;
    paths.sort();
    Ok(paths)
}

/// Creates a folder and its parents; one that exists is left as it is.
pub fn create_folder(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder).map_err(|error| failed("create", folder).because(error))
}

/// Whether we may do everything to files.
pub fn is_root() -> bool {
    rustix::process::getuid().is_root()
}

/// The user that a file or folder belongs to; `None` where there is none.
pub fn owner(path: &Path) -> Option<u32> {
    use std::os::unix::fs::MetadataExt;
    fs::symlink_metadata(path).ok().map(|metadata| metadata.uid())
}

/// Creates a private folder for the user of a container; one that exists is left as it is. Only root can give it away.
pub fn create_folder_for(folder: &Path, (uid, gid): (u64, u64)) -> Result<()> {
    let make = || -> io::Result<()> {
        if folder.is_dir() {
            return Ok(());
        }
        create_private_folder(folder)?;
        let id = |id: u64| u32::try_from(id).ok();
        match is_root() {
            true => std::os::unix::fs::chown(folder, id(uid), id(gid)),
            false => Ok(()),
        }
    };
    make().map_err(|error| failed("create", folder).because(error))
}

/// Copies what is in a folder into another one, which need not exist; files that are there are replaced. Links stay links.
pub fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    create_folder(to)?;
    for path in list(from)? {
        let target = to.join(path.file_name().unwrap_or_default());
        let kind = path.symlink_metadata().map_err(|error| failed("read", &path).because(error))?;
        if kind.is_dir() {
            copy_folder(&path, &target)?;
            continue;
        }
        let copied = match kind.is_symlink() {
            true => fs::read_link(&path).and_then(|link| relink(&link, &target)),
            false => fs::copy(&path, &target).map(drop),
        };
        copied.map_err(|error| failed("copy", &path).because(error))?;
    }
    Ok(())
}

/// Makes a symbolic link, in the place of a file or link that is there.
pub fn relink(link: &Path, at: &Path) -> io::Result<()> {
    match fs::remove_file(at) {
        Err(error) if !is_absence(&error) => Err(error),
        _ => std::os::unix::fs::symlink(link, at),
    }
}

/// Lets every user of this machine and of its containers read, change and execute all that is in a folder.
pub fn open_to_all(folder: &Path) -> Result<()> {
    let open = |path: &Path| {
        let opened = fs::set_permissions(path, fs::Permissions::from_mode(0o777));
        opened.map_err(|error| failed("change the permissions of", path).because(error))
    };
    open(folder)?;
    for path in list(folder)? {
        let kind = path.symlink_metadata().map_err(|error| failed("read", &path).because(error))?;
        match kind {
            kind if kind.is_dir() => open_to_all(&path)?,
            kind if kind.is_file() => open(&path)?,
            _ => {}
        }
    }
    Ok(())
}

/// An empty folder for this run, which goes with the value.
pub fn temporary_folder(prefix: &str) -> Result<TempDir> {
    let made = tempfile::Builder::new().prefix(prefix).tempdir();
    made.map_err(|error| Error::new(ErrorKind::Host, "could not create a temporary folder").because(error))
}

/// Removes a file; one that is gone is as good.
pub fn remove_file(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if !is_absence(&error) => Err(failed("remove", path).because(error)),
        _ => Ok(()),
    }
}

/// Removes a folder with everything in it.
pub fn remove_folder(folder: &Path) -> Result<()> {
    fs::remove_dir_all(folder).map_err(|error| failed("remove", folder).because(error))
}

/// Creates a folder and its parents for this user only; one that exists is left as it is.
pub fn create_private_folder(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

fn is_absence(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

fn failed(verb: &str, path: &Path) -> Error {
    Error::new(ErrorKind::Host, format!("could not {verb} {}", path.display()))
}
