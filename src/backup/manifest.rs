//! What a backup says about itself: at its beginning what is known before, at its end what only then is known.
//!
//! Both are comments of the archive, so other tools that unpack it see the volume's content and nothing else.

use std::collections::BTreeMap;
use std::ops::AddAssign;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{Entry, Kind, VERSION, damaged};
use crate::error::Result;

const HEAD: &[u8] = b"devc-backup ";
const TAIL: &[u8] = b"devc-backup-end ";

/// How many paths of a kind the end names.
const NAMED: usize = 20;

/// What is known before a volume is read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Head {
    /// The version of the format.
    pub format: u32,
    /// What made the backup: name and version.
    pub tool: String,
    /// When it was begun.
    pub created: String,
    /// What was backed up.
    pub volume: Source,
    /// The containers that used it at that time.
    pub containers: Vec<User>,
}

/// A volume as the engine describes it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Source {
    /// Its name.
    pub name: String,
    /// Its driver.
    pub driver: String,
    /// The driver's options.
    pub options: BTreeMap<String, String>,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
}

/// A container that used a volume.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct User {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its image as it was asked for.
    pub image: String,
    /// Its image's id.
    pub image_id: String,
    /// What it was doing: `running`, `paused` ...
    pub state: String,
}

/// What is known after a volume has been read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Tail {
    /// How much there is.
    #[serde(flatten)]
    pub counts: Counts,
    /// The digest of all headers and contents.
    pub digest: String,
    /// How many files changed while they were read, and the first of them.
    pub changed: Named,
    /// How many things an archive cannot hold, such as sockets, and the first of them.
    pub left_out: Named,
}

/// How much a volume holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Counts {
    /// Everything: files, folders, links, devices.
    pub entries: u64,
    /// Files, each counted once whatever its names.
    pub files: u64,
    /// Folders, the root among them.
    pub folders: u64,
    /// The sum of the files' sizes, holes included.
    pub bytes: u64,
}

impl Counts {
    /// What one entry adds.
    pub fn of(entry: &Entry) -> Self {
        let (files, folders, bytes) = match &entry.kind {
            Kind::File(content) => (1, 0, content.size),
            Kind::Folder => (0, 1, 0),
            _ => (0, 0, 0),
        };
        Self { entries: 1, files, folders, bytes }
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, more: Self) {
        self.entries += more.entries;
        self.files += more.files;
        self.folders += more.folders;
        self.bytes = self.bytes.saturating_add(more.bytes);
    }
}

/// A number of things, of which the first are named.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    /// How many.
    pub count: u64,
    /// The first of them.
    pub first: Vec<String>,
}

impl Named {
    /// Counts one more.
    pub fn push(&mut self, name: String) {
        self.count += 1;
        if self.first.len() < NAMED {
            self.first.push(name);
        }
    }
}

impl Head {
    /// The comment at the beginning.
    pub fn to_comment(&self) -> Result<Vec<u8>> {
        to_comment(HEAD, self)
    }

    /// Reads a comment; `None` when it is another one.
    ///
    /// Fails when the backup is of a later version of the format.
    pub fn in_comment(comment: &[u8]) -> Result<Option<Self>> {
        #[derive(Deserialize)]
        struct Version {
            format: u32,
        }
        match in_comment::<Version>(HEAD, comment)? {
            Some(version) if version.format != VERSION => {
                Err(damaged(format!("the backup is of version {} of the format", version.format))
                    .hint("Use the version of devc that made it, or a later one."))
            }
            _ => in_comment(HEAD, comment),
        }
    }
}

impl Tail {
    /// The comment at the end.
    pub fn to_comment(&self) -> Result<Vec<u8>> {
        to_comment(TAIL, self)
    }

    /// Reads a comment; `None` when it is another one.
    pub fn in_comment(comment: &[u8]) -> Result<Option<Self>> {
        in_comment(TAIL, comment)
    }
}

fn to_comment(mark: &[u8], value: &impl Serialize) -> Result<Vec<u8>> {
    let json =
        serde_json::to_vec(value).map_err(|error| damaged("a manifest cannot be written").because(error))?;
    Ok([mark, &json].concat())
}

fn in_comment<T: DeserializeOwned>(mark: &[u8], comment: &[u8]) -> Result<Option<T>> {
    let Some(json) = comment.strip_prefix(mark) else { return Ok(None) };
    let value = serde_json::from_slice(json);
    value.map(Some).map_err(|error| damaged("the manifest cannot be read").because(error))
}
