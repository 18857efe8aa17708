//! Archives and folders into memory.

use std::fs;
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use flate2::read::MultiGzDecoder;
use tar::EntryType;

use super::{Content, Entry, Package, refused};
use crate::error::{Error, ErrorKind, Result};

/// What an archive may hold, unpacked, in bytes: many times what any published Feature needs.
const MOST_BYTES: u64 = 512 * 1024 * 1024;
const MOST_ENTRIES: usize = 100_000;
/// No system opens a longer path (`PATH_MAX` on Linux), and each of its folders becomes an entry.
const LONGEST_NAME: usize = 4096;
/// The first bytes of a gzip file (RFC 1952).
const GZIP: [u8; 2] = [0x1f, 0x8b];
/// Tar archives are made of blocks of this size, and the last ones are empty (POSIX, pax).
const BLOCK: usize = 512;

impl Package {
    /// Reads a tar archive, gzipped or not.
    ///
    /// Fails with [`ErrorKind::Config`] when it is damaged or cut off, is too large, or holds names that lead out of
    /// it, entries behind a link, or devices.
    pub fn read(bytes: &[u8]) -> Result<Self> {
        Self::read_within(bytes, MOST_BYTES)
    }

    /// As [`Package::read`], for archives of at most so many bytes.
    pub(super) fn read_within(bytes: &[u8], most: u64) -> Result<Self> {
        if !bytes.starts_with(&GZIP) {
            return Self::read_tar(bytes, most);
        }
        let mut unpacked = Vec::new();
        let bounded = MultiGzDecoder::new(bytes).take(most + 1).read_to_end(&mut unpacked);
        bounded.map_err(damaged)?;
        Self::read_tar(&unpacked, most)
    }

    fn read_tar(bytes: &[u8], most: u64) -> Result<Self> {
        if bytes.len() as u64 > most {
            return Err(too_large());
        }
        if !bytes.ends_with(&[0; BLOCK]) {
            return Err(refused("it is no tar archive, or its end is missing"));
        }
        let mut unpacking = Unpacking { package: Self::default(), left: most };
        for entry in tar::Archive::new(bytes).entries().map_err(damaged)? {
            unpacking.take(&mut entry.map_err(damaged)?)?;
            unpacking.package.check_count()?;
        }
        let mut package = unpacking.package;
        package.add_parents()?;
        Ok(package)
    }

    pub(super) fn check_count(&self) -> Result<()> {
        if self.entries.len() > MOST_ENTRIES {
            return Err(refused("it holds more than 100,000 files"));
        }
        Ok(())
    }

    /// Reads a folder of this machine with everything in it.
    pub fn of_folder(folder: &Path) -> Result<Self> {
        let mut package = Self::default();
        package.collect(folder, "")?;
        package.entries.sort_by(|one, other| one.path.cmp(&other.path));
        Ok(package)
    }

    fn collect(&mut self, folder: &Path, inside: &str) -> Result<()> {
        let failed = |path: &Path, error: io::Error| {
            Error::new(ErrorKind::Host, format!("could not read {}", path.display())).because(error)
        };
        for found in fs::read_dir(folder).map_err(|error| failed(folder, error))? {
            let found = found.map_err(|error| failed(folder, error))?;
            let at = found.path();
            let name = found.file_name().into_string().map_err(|_| not_utf8(&at))?;
            let path = if inside.is_empty() { name } else { format!("{inside}/{name}") };
            let metadata = found.metadata().map_err(|error| failed(&at, error))?;
            let content = if metadata.is_dir() {
                self.collect(&at, &path)?;
                Content::Folder
            } else if metadata.is_symlink() {
                let target = fs::read_link(&at).map_err(|error| failed(&at, error))?;
                Content::Link(target.into_os_string().into_string().map_err(|_| not_utf8(&at))?)
            } else if metadata.is_file() {
                Content::File(fs::read(&at).map_err(|error| failed(&at, error))?)
            } else {
                let text = format!("{} is neither file, folder nor link", at.display());
                return Err(Error::new(ErrorKind::Host, text).hint("Move it out of this folder."));
            };
            self.entries.push(Entry { path, mode: metadata.permissions().mode() & 0o777, content });
        }
        Ok(())
    }
}

/// An archive on its way into memory.
struct Unpacking {
    package: Package,
    /// How many bytes may still come.
    left: u64,
}

impl Unpacking {
    fn take(&mut self, entry: &mut tar::Entry<'_, &[u8]>) -> Result<()> {
        let name = String::from_utf8(entry.path_bytes().into_owned())
            .map_err(|_| refused("one of its names is not UTF-8"))?;
        if name.len() > LONGEST_NAME {
            return Err(refused(format!("one of its names is longer than {LONGEST_NAME} bytes")));
        }
        let Some(path) = inner_path(&name)? else { return Ok(()) };
        let content = match entry.header().entry_type() {
            EntryType::Directory => Content::Folder,
            EntryType::Regular | EntryType::Continuous | EntryType::GNUSparse => {
                let mut bytes = Vec::new();
                entry.take(self.left + 1).read_to_end(&mut bytes).map_err(damaged)?;
                self.spend(bytes.len())?;
                Content::File(bytes)
            }
            EntryType::Symlink => Content::Link(link_target(entry, &name)?),
            EntryType::Link => self.linked(&link_target(entry, &name)?, &name)?,
            EntryType::XGlobalHeader => return Ok(()),
            _ => return Err(refused(format!("'{name}' is neither file, folder nor link"))),
        };
        let mode = entry.header().mode().map_err(damaged)? & 0o777;
        self.package.insert(Entry { path, mode, content });
        Ok(())
    }

    /// A hard link is another name for a file that has come before.
    fn linked(&mut self, target: &str, name: &str) -> Result<Content> {
        let target = inner_path(target)?.unwrap_or_default();
        let missing = || refused(format!("'{name}' is a hard link to '{target}', which is not in it"));
        let size = self.package.file(&target).ok_or_else(missing)?.len();
        self.spend(size)?;
        self.package.file(&target).map(|bytes| Content::File(bytes.to_vec())).ok_or_else(missing)
    }

    /// Sparse files and hard links are longer here than in the archive.
    fn spend(&mut self, bytes: usize) -> Result<()> {
        self.left = self.left.checked_sub(bytes as u64).ok_or_else(too_large)?;
        Ok(())
    }
}

/// The path without empty and `.` parts; `None` for the root itself.
fn inner_path(name: &str) -> Result<Option<String>> {
    let parts: Vec<&str> = name.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    if name.starts_with('/') || parts.contains(&"..") || name.contains('\0') {
        return Err(refused(format!("its entry '{}' leads out of it", name.escape_default())));
    }
    Ok(Some(parts.join("/")).filter(|path| !path.is_empty()))
}

fn link_target(entry: &tar::Entry<'_, &[u8]>, name: &str) -> Result<String> {
    let target = entry.link_name_bytes().and_then(|target| String::from_utf8(target.into_owned()).ok());
    target
        .filter(|target| !target.is_empty() && !target.contains('\0'))
        .ok_or_else(|| refused(format!("its link '{name}' leads nowhere")))
}

fn too_large() -> Error {
    refused("it holds more than 512 MiB")
}

fn damaged(error: io::Error) -> Error {
    refused(format!("it is damaged: {error}"))
}

fn not_utf8(path: &Path) -> Error {
    Error::new(ErrorKind::Host, format!("the name of {} is not UTF-8", path.display())).hint("Rename it.")
}
