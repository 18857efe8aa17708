//! Which Features are installed, and what becomes of the lockfile.

use clap::Args;

use crate::config::diagnostic::SourceFile;
use crate::config::{Map, jsonc};
use crate::error::{Error, ErrorKind, Result};
use crate::event::{Events, Level};
use crate::execute::LockPolicy;

/// Features that the configuration does not name.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Features")]
pub struct FeatureArgs {
    /// More Features with their options, as JSON; those of the configuration win
    #[arg(long, value_name = "JSON")]
    pub additional_features: Option<String>,
    /// Accepted for the reference CLI's sake, which ignores it too
    #[arg(long, hide = true)]
    pub skip_feature_auto_mapping: bool,
}

/// What becomes of devcontainer-lock.json.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Features")]
pub struct LockfileArgs {
    /// Fail if devcontainer-lock.json does not say already which Features are used
    #[arg(long)]
    pub frozen_lockfile: bool,
    /// Neither read nor write devcontainer-lock.json
    #[arg(long, conflicts_with_all = ["frozen_lockfile", "experimental_lockfile", "experimental_frozen_lockfile"])]
    pub no_lockfile: bool,
    /// The old name of what happens by itself now
    #[arg(long, hide = true)]
    pub experimental_lockfile: bool,
    /// The old name of --frozen-lockfile
    #[arg(long, hide = true)]
    pub experimental_frozen_lockfile: bool,
}

impl FeatureArgs {
    /// The Features that the command line names.
    pub fn additional(&self) -> Result<Map> {
        let text = self.additional_features.as_deref().map(str::trim).unwrap_or_default();
        if text.is_empty() {
            return Ok(Map::new());
        }
        jsonc::parse(SourceFile::new("--additional-features", text)).map(|document| document.root).map_err(
            |rejection| {
                Error::new(ErrorKind::Usage, "--additional-features cannot be read")
                    .because(rejection.into_error(false))
                    .hint(
                        "Write it as {\"ghcr.io/devcontainers/features/go:1\": {}}, in quotes for the shell.",
                    )
            },
        )
    }
}

impl LockfileArgs {
    /// What they say together; old names are told.
    pub fn policy(&self, events: &Events) -> LockPolicy {
        let old = [
            (self.experimental_lockfile, "--experimental-lockfile is not needed any more."),
            (
                self.experimental_frozen_lockfile,
                "--experimental-frozen-lockfile is called --frozen-lockfile by now.",
            ),
        ];
        for (_, text) in old.iter().filter(|(is_given, _)| *is_given) {
            events.notice(Level::Warning, *text);
        }
        match (self.no_lockfile, self.frozen_lockfile || self.experimental_frozen_lockfile) {
            (true, _) => LockPolicy::Ignore,
            (false, true) => LockPolicy::Frozen,
            (false, false) => LockPolicy::Update,
        }
    }
}
