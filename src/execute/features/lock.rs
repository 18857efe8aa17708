//! The lockfile beside a configuration: read before Features are resolved, checked after, written when all went well.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::error::Result;
use crate::features::lockfile::{Decision, Locked, path_beside};
use crate::features::{Lockfile, Planned};
use crate::host::files;

/// What the command line says about the lockfile.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LockPolicy {
    /// It is kept up to date.
    #[default]
    Update,
    /// It is read and left as it is.
    Read,
    /// It must say already what would be written (`--frozen-lockfile`).
    Frozen,
    /// It is neither read nor written (`--no-lockfile`).
    Ignore,
    /// It is written whatever it says (`devc upgrade`).
    Replace,
}

/// The lockfile of a configuration, as it was found.
#[derive(Clone, Debug)]
pub struct Lock {
    path: PathBuf,
    policy: LockPolicy,
    found: Option<Lockfile>,
}

impl Lock {
    /// Reads the lockfile beside the configuration at `config`.
    pub fn read(config: &Path, policy: LockPolicy) -> Result<Self> {
        let path = path_beside(config);
        let is_read = matches!(policy, LockPolicy::Update | LockPolicy::Read | LockPolicy::Frozen);
        let text = if is_read { files::read_optional(&path)? } else { None };
        let found = text.map(|text| Lockfile::parse(&text, &path)).transpose()?.flatten();
        Ok(Self { path, policy, found })
    }

    /// What it says about the Feature with this id, as it is written in the configuration.
    pub fn get(&self, id: &str) -> Option<&Locked> {
        self.found.as_ref()?.get(id)
    }

    /// What the file says now, the same text whatever its layout; `None` where there is none or it is not looked at.
    pub fn text(&self) -> Option<String> {
        if self.policy == LockPolicy::Ignore {
            return None;
        }
        let text = files::read_optional(&self.path).ok()??;
        Some(Lockfile::parse(&text, &self.path).ok()??.text())
    }

    /// The digests that Features must have, by their ids.
    pub fn pins(&self) -> BTreeMap<String, String> {
        self.found.as_ref().map(Lockfile::pins).unwrap_or_default()
    }

    /// Fails when the lockfile is frozen and says something else than `order`.
    pub fn check(&self, order: &[Planned]) -> Result<()> {
        match self.policy {
            LockPolicy::Frozen => Lockfile::of(order).check_frozen(self.found.as_ref()),
            _ => Ok(()),
        }
    }

    /// Writes down what was used, unless the lockfile says so already or is not wanted.
    pub fn write(&self, order: &[Planned]) -> Result<()> {
        if !matches!(self.policy, LockPolicy::Update | LockPolicy::Replace) {
            return Ok(());
        }
        match Lockfile::of(order).decide(self.found.as_ref()) {
            Decision::Keep => Ok(()),
            Decision::Write(text) => files::write_shared_atomic(&self.path, &text),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn each_policy_reads_and_writes_what_it_says() {
        let text =
            "{\"features\":{\"a/b/c\":{\"version\":\"1\",\"resolved\":\"r\",\"integrity\":\"sha256:1\"}}}";
        let outcome = |policy| {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("devcontainer-lock.json");
            fs::write(&path, text).unwrap();
            let lock = Lock::read(&folder.path().join("devcontainer.json"), policy).unwrap();
            let is_written = lock.write(&[]).is_ok() && fs::read_to_string(&path).unwrap() != text;
            (!lock.pins().is_empty(), is_written, lock.check(&[]).is_ok())
        };
        assert_eq!(outcome(LockPolicy::Update), (true, true, true));
        assert_eq!(outcome(LockPolicy::Read), (true, false, true));
        assert_eq!(outcome(LockPolicy::Frozen), (true, false, false));
        assert_eq!(outcome(LockPolicy::Ignore), (false, false, true));
        assert_eq!(outcome(LockPolicy::Replace), (false, true, true));
    }
}
