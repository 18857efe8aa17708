//! The control manifest: what is known against Features. It is a service, never a condition.

use std::fs;
use std::path::Path;
use std::time::Duration;

use futures_util::future::join;
use tokio::time::timeout;

use crate::error::Result;
use crate::event::{Events, Level};
use crate::features::control::{self, ControlManifest};
use crate::host::files;
use crate::registry::Registry;

use super::set::FeatureSet;

/// How long a copy is good, as in the reference CLI. A failure counts as long, so that it is not tried again at once.
const LIFETIME: Duration = Duration::from_mins(5);
/// How long one waits for it, at most.
const PATIENCE: Duration = Duration::from_millis(1500);

/// Waits for Features that are going to be installed, and looks meanwhile what is known against them.
///
/// `cache` is the folder in which the copy is kept, `quiet` a client that reports nothing. Fails when one of the Features
/// must not be used; faults of their versions are told to `events`.
pub async fn advised(
    loading: impl Future<Output = Result<FeatureSet>>,
    quiet: &Registry,
    cache: &Path,
    events: &Events,
) -> Result<FeatureSet> {
    let (set, manifest) = join(loading, control_manifest(quiet, cache)).await;
    let set = set?;
    manifest.check(set.order.iter().map(|planned| planned.id.as_str()))?;
    for warning in manifest.warnings(&set.order) {
        events.notice(Level::Warning, warning);
    }
    Ok(set)
}

/// A copy that is fresh, else a new one, else what there is.
async fn control_manifest(registry: &Registry, cache: &Path) -> ControlManifest {
    let path = cache.join("control-manifest.json");
    let known = files::read_optional(&path).ok().flatten();
    if let Some(text) = known.as_deref().filter(|_| is_fresh(&path)) {
        return ControlManifest::parse(text);
    }
    let fetched = timeout(PATIENCE, registry.download(control::URL, None)).await;
    let fetched = fetched.ok().and_then(Result::ok).and_then(|blob| blob.read().ok());
    let text = fetched.and_then(|bytes| String::from_utf8(bytes).ok()).or(known).unwrap_or_default();
    // Without a copy it is asked for again the next time.
    let _ = files::write_atomic(&path, &text);
    ControlManifest::parse(&text)
}

fn is_fresh(path: &Path) -> bool {
    let written = fs::metadata(path).and_then(|metadata| metadata.modified());
    written.is_ok_and(|written| written.elapsed().is_ok_and(|age| age < LIFETIME))
}
