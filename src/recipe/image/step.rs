//! What one `RUN` mounts and does.

use serde::{Serialize, Serializer};

use super::ground::at_home;
use crate::stack::{Cache, Sharing};

/// A `RUN`: mounts, then commands of which each needs the one before.
#[derive(Clone, Debug, Default)]
pub struct Step {
    mounts: Vec<String>,
    commands: Vec<String>,
}

impl Step {
    /// A step that does these things.
    pub fn new(commands: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { mounts: Vec::new(), commands: commands.into_iter().map(Into::into).collect() }
    }

    /// Mounts a cache that the user may write to. `version` keeps caches of different tools apart.
    pub fn cached(mut self, cache: &Cache, place: &str, version: &str, user: &str) -> Self {
        let sharing = match cache.sharing {
            Sharing::Shared => "shared",
            Sharing::Locked => "locked",
        };
        let path = at_home(&cache.path, user);
        let target = if path.starts_with('/') { path } else { format!("{place}/{path}") };
        let id = format!("{}-$TARGETARCH-{version}", cache.name);
        self.mounts.push(format!(
            "--mount=type=cache,id={id},target={target},sharing={sharing},uid=$USER_UID,gid=$USER_UID"
        ));
        self
    }

    /// Mounts a file with a login, if the build brings one.
    pub fn with_login(mut self, login: &Login) -> Self {
        let Login { id, file } = login;
        self.mounts.push(format!("--mount=type=secret,id={id},target={file},uid=$USER_UID"));
        self
    }
}

/// A file with a login, as a build secret.
#[derive(Clone, Debug, Serialize)]
pub struct Login {
    /// The secret's name.
    pub id: String,
    /// Where the manager looks for it.
    pub file: String,
}

impl Login {
    /// The secret for a file of the home folder, such as `~/.npmrc`.
    pub fn new(path: &str, user: &str) -> Self {
        let name = path.rsplit('/').next().unwrap_or_default();
        Self { id: name.trim_start_matches('.').to_ascii_lowercase(), file: at_home(path, user) }
    }
}

impl Serialize for Step {
    /// The text behind `RUN`, with a line for each mount and command.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let commands = self.commands.join(" \\\n    && ");
        let lines = self.mounts.iter().chain(std::iter::once(&commands));
        serializer.collect_str(&lines.map(String::as_str).collect::<Vec<_>>().join(" \\\n    "))
    }
}
