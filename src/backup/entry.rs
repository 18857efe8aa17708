//! One file, folder, link or device of a volume, with everything that a backup keeps of it.

use std::collections::BTreeMap;

/// A thing in a volume, without its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its path from the volume's root on, as the bytes that the file system has; empty for the root itself.
    pub path: Vec<u8>,
    /// What it is.
    pub kind: Kind,
    /// Its permission bits, with setuid, setgid and sticky.
    pub mode: u32,
    /// Its owner.
    pub uid: u32,
    /// Its group.
    pub gid: u32,
    /// When its content was last changed.
    pub modified: Time,
    /// Its extended attributes: capabilities and access control lists are among them.
    pub attributes: BTreeMap<Vec<u8>, Vec<u8>>,
}

/// What an entry is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A file with content.
    File(Content),
    /// A folder.
    Folder,
    /// A symbolic link and where it leads.
    SymbolicLink(Vec<u8>),
    /// Another name of the file at this path.
    HardLink(Vec<u8>),
    /// A named pipe.
    Pipe,
    /// A device for characters.
    CharacterDevice(Device),
    /// A device for blocks.
    BlockDevice(Device),
}

/// How much content a file has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Content {
    /// Its size as a reader of the file sees it.
    pub size: u64,
    /// How many bytes of the backup it takes: without holes, and with the map that says where they are.
    pub stored: u64,
    /// Whether the stored bytes begin with such a map.
    pub is_sparse: bool,
}

impl Content {
    /// A file without holes.
    pub fn plain(size: u64) -> Self {
        Self { size, stored: size, is_sparse: false }
    }
}

/// The two numbers of a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Device {
    /// Which driver.
    pub major: u32,
    /// Which of its devices.
    pub minor: u32,
}

/// A moment, counted from 1970 on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time {
    /// Whole seconds; negative before 1970.
    pub seconds: i64,
    /// Nanoseconds after that.
    pub nanoseconds: u32,
}

impl Entry {
    /// How many bytes of the backup its content takes.
    pub fn stored(&self) -> u64 {
        match &self.kind {
            Kind::File(content) => content.stored,
            _ => 0,
        }
    }

    /// Its path for people.
    pub fn name(&self) -> String {
        shown(&self.path)
    }
}

/// A path for people, which need not be UTF-8; the root is a dot. One that only an archive can have is cut.
pub fn shown(path: &[u8]) -> String {
    /// The kernel takes no longer ones.
    const LONGEST: usize = 4096;
    match path {
        [] => ".".to_owned(),
        path if path.len() > LONGEST => format!("{}...", String::from_utf8_lossy(&path[..60])),
        path => String::from_utf8_lossy(path).into_owned(),
    }
}
