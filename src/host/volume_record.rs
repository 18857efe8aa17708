//! What `devc` remembers of a volume: what was in it when somebody last looked.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::host::files;
use crate::host::usage::{Census, Usage};

/// The version of the record's format; another one is not read.
const VERSION: u32 = 2;

/// What was seen in a volume.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Look {
    /// How much there was.
    pub census: Census,
    /// What could be counted, and how much of it there was.
    pub holds: Vec<(String, u64)>,
    /// How many bytes could have gone without harm.
    pub freeable: u64,
}

/// The last look into a volume, and what is left of the one before.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VolumeRecord {
    version: u32,
    /// When the volume was made: one of the same name that was made at another time is another one.
    created: String,
    /// The last look.
    pub look: Look,
    /// What was there at the look before.
    pub before: Option<Usage>,
}

impl VolumeRecord {
    /// Reads the record of a volume; `None` when there is none that speaks of it.
    pub fn load(state_dir: &Path, volume: &str, created: &str) -> Option<Self> {
        let text = files::read_optional(&path(state_dir, volume)).ok().flatten()?;
        let record = serde_json::from_str::<Self>(&text).ok()?;
        (record.version == VERSION && record.created == created).then_some(record)
    }

    /// Remembers a look. That it may not be possible costs another look.
    pub fn save(state_dir: &Path, volume: &str, created: &str, look: Look, before: Option<Usage>) -> Self {
        let record = Self { version: VERSION, created: created.to_owned(), look, before };
        if let Ok(text) = serde_json::to_string(&record) {
            let _ = files::write_atomic(&path(state_dir, volume), &text);
        }
        record
    }
}

fn path(state_dir: &Path, volume: &str) -> PathBuf {
    state_dir.join("volumes").join(format!("{volume}.json"))
}
