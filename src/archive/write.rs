//! From memory into folders and archives.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt, symlink};
use std::path::Path;

use tar::{Builder, EntryType, Header};

use super::{Content, Entry, Package};
use crate::error::{Error, ErrorKind, Result};

impl Package {
    /// Writes everything into `folder`, which must be new or empty, with the entries' modes or with `mode` for all.
    ///
    /// Nothing that exists is replaced, so that no link can lead a file to another place.
    pub fn write_to(&self, folder: &Path, mode: Option<u32>) -> Result<()> {
        let failed = |path: &Path, error: io::Error| {
            Error::new(ErrorKind::Host, format!("could not write {}", path.display())).because(error)
        };
        create_folder(folder, mode).map_err(|error| failed(folder, error))?;
        for entry in &self.entries {
            let path = folder.join(&entry.path);
            entry.write(&path, mode.unwrap_or(entry.mode)).map_err(|error| failed(&path, error))?;
        }
        Ok(())
    }

    /// The tar archive of these entries: the same bytes for the same files, whoever makes it, and when, and where.
    ///
    /// Of the permissions it keeps what git does: whether a file may be executed.
    pub fn to_tar(&self) -> Vec<u8> {
        let mut archive = Builder::new(Vec::new());
        for entry in &self.entries {
            // Writing to memory cannot fail.
            let _ = entry.append(&mut archive);
        }
        archive.into_inner().unwrap_or_default()
    }
}

impl Entry {
    fn write(&self, path: &Path, mode: u32) -> io::Result<()> {
        match &self.content {
            // What is inside must be writable now, whatever the archive says.
            Content::Folder => create_folder(path, Some(mode | 0o700)),
            Content::Link(target) => symlink(target, path),
            Content::File(bytes) => {
                let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(path)?;
                file.write_all(bytes)?;
                // The umask is this machine's own.
                file.set_permissions(fs::Permissions::from_mode(mode))
            }
        }
    }

    fn append(&self, archive: &mut Builder<Vec<u8>>) -> io::Result<()> {
        let mut header = Header::new_ustar();
        header.set_mtime(0);
        header.set_uid(0);
        header.set_gid(0);
        let is_plain_file = matches!(self.content, Content::File(_)) && self.mode & 0o111 == 0;
        header.set_mode(if is_plain_file { 0o644 } else { 0o755 });
        header.set_size(0);
        match &self.content {
            Content::Folder => {
                header.set_entry_type(EntryType::Directory);
                append(archive, &mut header, &format!("{}/", self.path), &[])
            }
            Content::Link(target) => {
                header.set_entry_type(EntryType::Symlink);
                archive.append_link(&mut header, &self.path, target)
            }
            Content::File(bytes) => {
                header.set_size(bytes.len() as u64);
                append(archive, &mut header, &self.path, bytes)
            }
        }
    }
}

/// Writes names as `./name`: the reference CLI finds `./devcontainer-template.json` in this form only. The crate would drop
/// the dot, so it gets to see only names that are too long for the plain field.
fn append(archive: &mut Builder<Vec<u8>>, header: &mut Header, path: &str, bytes: &[u8]) -> io::Result<()> {
    let name = format!("./{path}");
    match header.as_old_mut().name.get_mut(..name.len()) {
        Some(field) => {
            field.copy_from_slice(name.as_bytes());
            header.set_cksum();
            archive.append(header, bytes)
        }
        None => archive.append_data(header, path, bytes),
    }
}

/// Makes a folder and those above it; with a `mode`, it has that in the end.
fn create_folder(path: &Path, mode: Option<u32>) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o755).create(path)?;
    match mode {
        Some(mode) => fs::set_permissions(path, fs::Permissions::from_mode(mode)),
        None => Ok(()),
    }
}
