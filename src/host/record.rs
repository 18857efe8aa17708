//! What `devc` remembers of a container between runs, so that nothing is asked twice.
//!
//! The truth stays with the engine and with the marker files inside the container; a record only saves the
//! round trips. It is keyed by container id, so it can never speak of another container, and losing it costs
//! a few milliseconds.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::host::{WorkRecord, WorkState, files};

/// The version of the record's format; another one is not read.
const VERSION: u32 = 1;

/// What the dotfiles are called in [`ContainerRecord::work`]. They are personal: without them, a container is as good.
pub const DOTFILES: &str = "dotfiles";

/// The result of asking the user's shell for its environment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnvironmentProbe {
    /// What shaped the result; another key means asking again.
    pub key: String,
    /// The environment, without `PWD`.
    pub environment: BTreeMap<String, String>,
    /// The user's login shell.
    pub shell: String,
    /// The user's home folder.
    pub home: String,
}

/// What a compose project was asked to run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServicesRecord {
    /// The services that run beside the dev container.
    pub wanted: BTreeSet<String>,
    /// Those of them that are there to end.
    pub jobs: BTreeSet<String>,
}

/// What is known of one container.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContainerRecord {
    version: u32,
    /// Hook name to the timestamp that its marker file holds.
    #[serde(default)]
    pub hooks_done: BTreeMap<String, String>,
    /// The start (`State.StartedAt`) for which the container was prepared: files, `/etc`, certificates.
    #[serde(default)]
    pub prepared_for: Option<String>,
    /// The mark of the processes of a hook that has begun and of whose end nothing is known yet.
    #[serde(default)]
    pub in_progress: Option<String>,
    /// What became of hooks and their parts, by name: `postCreateCommand`, `postCreateCommand/web`.
    #[serde(default)]
    pub work: BTreeMap<String, WorkRecord>,
    /// The other services of its compose project.
    #[serde(default)]
    pub services: ServicesRecord,
    /// The last environment probe.
    #[serde(default)]
    pub probe: Option<EnvironmentProbe>,
}

impl ContainerRecord {
    /// Reads the record of a container; a missing or damaged one is an empty one.
    pub fn load(state_dir: &Path, container: &str) -> Self {
        let text = files::read_optional(&path(state_dir, container)).ok().flatten();
        text.and_then(|text| serde_json::from_str::<Self>(&text).ok())
            .filter(|record| record.version == VERSION)
            .unwrap_or_else(|| Self { version: VERSION, ..Self::default() })
    }

    /// What will still hold when the container has been started again.
    pub fn after_restart(&self) -> Self {
        let mut record = self.clone();
        record.hooks_done.remove("postStartCommand");
        record
    }

    /// A hook that failed, or of whose end nothing is known.
    pub fn unfinished_hook(&self) -> Option<&str> {
        let mut hooks = self.work.iter().filter(|(name, _)| !name.contains('/') && *name != DOTFILES);
        hooks.find(|(_, work)| work.state != WorkState::Done).map(|(name, _)| name.as_str())
    }

    /// Forgets what failed here but is no longer left to run, as somebody else has run it.
    pub fn forget_unfinished(&mut self, is_left: impl Fn(&str) -> bool) {
        self.work.retain(|name, work| work.state == WorkState::Done || name == DOTFILES || is_left(name));
    }

    /// Writes the record. Failing to is no error: the next run asks again.
    pub fn save(&self, state_dir: &Path, container: &str) {
        if let Ok(text) = serde_json::to_string(self) {
            let _ = files::write_atomic(&path(state_dir, container), &text);
        }
    }

    /// Forgets a container that is gone.
    pub fn remove(state_dir: &Path, container: &str) {
        let _ = std::fs::remove_file(path(state_dir, container));
        let _ = std::fs::remove_dir_all(Self::log_folder(state_dir, container));
    }

    /// Where the output of what runs in a container is kept.
    pub fn log_folder(state_dir: &Path, container: &str) -> PathBuf {
        state_dir.join("logs/hooks").join(container)
    }
}

fn path(state_dir: &Path, container: &str) -> PathBuf {
    state_dir.join("containers").join(format!("{container}.json"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_survives_and_a_damaged_one_counts_as_none() {
        let state = tempfile::tempdir().unwrap();
        let mut record = ContainerRecord::load(state.path(), "abc");
        record.hooks_done.insert("onCreateCommand".into(), "2026".into());
        record.save(state.path(), "abc");
        assert_eq!(ContainerRecord::load(state.path(), "abc"), record);

        std::fs::write(path(state.path(), "abc"), "{\"version\":1,\"hooks_do").unwrap();
        assert!(ContainerRecord::load(state.path(), "abc").hooks_done.is_empty());
        std::fs::write(path(state.path(), "abc"), "{\"version\":99,\"hooks_done\":{\"x\":\"y\"}}").unwrap();
        assert!(ContainerRecord::load(state.path(), "abc").hooks_done.is_empty());
    }
}
