//! The files of a build context, and which of them are sent to the builder.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use crate::error::Result;
use crate::host::{ContextEntry, ContextTree};
use crate::recipe::docker_ignore::{DockerIgnore, Verdict};

/// All files of a folder, whatever git thinks of them.
pub struct ContextFiles {
    /// What is there.
    pub tree: ContextTree,
    /// For each entry of `tree`.
    sent: Vec<bool>,
}

impl ContextFiles {
    /// Looks at all files of a folder.
    pub fn walk(folder: &Path, ignore: &DockerIgnore) -> Result<Self> {
        let tree = ContextTree::walk(folder)?;
        let sent = sent(ignore, &tree.entries);
        Ok(Self { tree, sent })
    }

    /// Copies what is sent into a folder.
    pub fn copy(&self, to: &Path) -> Result<()> {
        let wanted: HashSet<String> = self.sent().map(ContextEntry::name).collect();
        self.tree.copy(to, |entry| wanted.contains(&entry.name()))
    }

    /// Each entry, and whether it is sent.
    pub fn entries(&self) -> impl Iterator<Item = (&ContextEntry, bool)> {
        self.tree.entries.iter().zip(self.sent.iter().copied())
    }

    /// What is sent.
    pub fn sent(&self) -> impl Iterator<Item = &ContextEntry> {
        self.entries().filter(|(_, sent)| *sent).map(|(entry, _)| entry)
    }
}

/// Which entries are sent. A folder stands before what is in it, so that its verdict is there when that is asked for.
fn sent(ignore: &DockerIgnore, entries: &[ContextEntry]) -> Vec<bool> {
    let mut folders: HashMap<String, Verdict> = HashMap::new();
    let mut sent = Vec::with_capacity(entries.len());
    for entry in entries {
        let name = entry.name();
        let above = name.rsplit_once('/').and_then(|(folder, _)| folders.get(folder));
        let verdict = ignore.judge(&name, above);
        sent.push(!verdict.hidden);
        if !entry.is_file() {
            folders.insert(name, verdict);
        }
    }
    sent
}
