//! What became of one hook, or of a part of one.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// How far something has come, as far as the one who ran it could tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WorkState {
    /// It has begun, and nothing is known of its end: it runs, or whoever ran it was killed.
    Running,
    /// It has succeeded.
    Done,
    /// It has failed.
    Failed,
}

/// What became of something that runs in a container.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkRecord {
    /// How far it has come.
    pub state: WorkState,
    /// When it began, as RFC 3339 has it.
    pub started: String,
    /// What it ran for: the creation or the start of the container. `None` for what runs on every `up`.
    #[serde(default)]
    pub occasion: Option<String>,
    /// How long it took.
    #[serde(default)]
    pub milliseconds: Option<u64>,
    /// What its process ended with.
    #[serde(default)]
    pub exit_code: Option<i64>,
    /// Where its output is, if it wrote something.
    #[serde(default)]
    pub log: Option<PathBuf>,
}
