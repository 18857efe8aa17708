//! Which build caches a builder can keep outside of itself, and which it can read.
//!
//! The engine's own builder registers few of BuildKit's cache back ends, and which ones depends on its image store
//! (`builder/builder-next/controller.go` of moby); builders in containers have all.

use super::facts::{BuilderFacts, EngineFacts};

/// The back ends for `--cache-to` and `--cache-from`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BuildCaches {
    /// What can be written.
    pub to: &'static str,
    /// What can be read.
    pub from: &'static str,
    /// How to get more, where there is more.
    pub advice: Option<&'static str>,
}

impl BuildCaches {
    /// What this builder can do.
    pub fn of(builder: &BuilderFacts, engine: &EngineFacts) -> Self {
        match (builder.driver.as_str(), engine.has_containerd_store) {
            ("docker", false) => Self {
                to: "inline",
                from: "local and registry (inline only)",
                advice: Some(
                    "A cache of all stages (mode=max) in a registry needs the containerd image store \
                     (\"features\": {\"containerd-snapshotter\": true} in daemon.json) or a builder in a container: \
                     `devc setup`.",
                ),
            },
            ("docker", true) => {
                Self { to: "gha, inline, local and registry", from: "gha, local and registry", advice: None }
            }
            _ => Self {
                to: "azblob, gha, inline, local, registry and s3",
                from: "azblob, gha, local, registry and s3",
                advice: None,
            },
        }
    }
}
