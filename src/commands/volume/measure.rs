//! How much is in volumes, counted on this machine where it has them.

use std::path::Path;

use super::survey::Surveyed;
use crate::engine::{Engine, Volume};
use crate::host::VolumeRecord;
use crate::host::usage::{Census, Usage};

/// What is in a volume.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Measured {
    /// What is there now.
    pub(super) usage: Usage,
    /// By how many bytes it has grown since the last look.
    pub(super) growth: Option<i64>,
}

/// Looks into a volume; `None` where only the engine's machine could. A look is remembered: a volume that no running
/// container has, and of which no folder has changed, is not counted again.
pub(super) fn measure(engine: &Engine, one: &Surveyed, state_dir: &Path) -> Option<Measured> {
    let root = mountpoint(engine, &one.volume)?;
    let (name, created) = (&one.volume.name, &one.volume.created);
    let known = VolumeRecord::load(state_dir, name, created);
    let record = match known {
        Some(known) if !one.is_in_use() && known.census.still_holds(root) => known,
        known => {
            let census = Census::take(root).ok()?;
            VolumeRecord::save(state_dir, name, created, census, known.map(|known| known.census.usage))
        }
    };
    let (usage, before) = (record.census.usage, record.before);
    let growth = before.map(|before| usage.bytes.cast_signed() - before.bytes.cast_signed());
    Some(Measured { usage, growth })
}

/// Where this machine has the volume, if it may be read here.
pub(super) fn mountpoint<'a>(engine: &Engine, volume: &'a Volume) -> Option<&'a Path> {
    let path = Path::new(&volume.mountpoint);
    let is_plain = volume.driver == "local" && volume.options.is_empty();
    let is_here = engine.endpoint().is_on_this_machine() && is_plain;
    (is_here && std::fs::read_dir(path).is_ok()).then_some(path)
}
