//! How much is in volumes, counted on this machine where it has them.

use std::path::Path;

use super::optimize;
use super::survey::Surveyed;
use crate::engine::Engine;
use crate::host::usage::{Census, Usage};
use crate::host::{Look, VolumeRecord, glob, now_seconds};
use crate::volumes::Fact;

/// What counts as old gets more with the time, also where nothing changes.
const LONGEST_KNOWN: i64 = 24 * 3600;

/// What is in a volume.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Measured {
    /// What is there now.
    pub(super) usage: Usage,
    /// By how many bytes it has grown since the last look.
    pub(super) growth: Option<i64>,
    /// What can be counted in it, and how much of it there is.
    pub(super) holds: Vec<(String, u64)>,
    /// How many bytes `optimize` would free.
    pub(super) freeable: u64,
}

/// Looks into a volume; `None` where only the engine's machine could. A look is remembered for a day: a volume that no
/// running container has, and of which no folder has changed, is not counted again.
pub(super) fn measure(engine: &Engine, one: &Surveyed, state_dir: &Path) -> Option<Measured> {
    let root = mountpoint(engine, one)?;
    let (name, created) = (&one.volume.name, &one.volume.created);
    let known = VolumeRecord::load(state_dir, name, created);
    let record = match known {
        Some(known) if !one.is_in_use() && still_holds(&known.look, root) => known,
        known => {
            let look = look(root, one.cache())?;
            VolumeRecord::save(state_dir, name, created, look, known.map(|known| known.look.census.usage))
        }
    };
    let Look { census: Census { usage, .. }, holds, freeable } = record.look;
    let growth = record.before.map(|before| usage.bytes.cast_signed() - before.bytes.cast_signed());
    Some(Measured { usage, growth, holds, freeable })
}

fn still_holds(look: &Look, root: &Path) -> bool {
    let age = now_seconds() - look.census.taken / 1_000_000_000;
    (0..LONGEST_KNOWN).contains(&age) && look.census.still_holds(root)
}

fn look(root: &Path, cache: &str) -> Option<Look> {
    let count = |fact: Fact| {
        let number = fact.paths.iter().map(|pattern| glob::paths(root, pattern).len() as u64).sum();
        (fact.what, number)
    };
    let leftovers = optimize::find(root, cache, optimize::OLD_AFTER).ok()?;
    Some(Look {
        census: Census::take(root).ok()?,
        holds: Fact::of(cache).ok()?.into_iter().map(count).collect(),
        freeable: leftovers.iter().map(|leftover| leftover.bytes).sum(),
    })
}

/// Where this machine has the volume, if it may be read here.
pub(super) fn mountpoint<'a>(engine: &Engine, one: &'a Surveyed) -> Option<&'a Path> {
    let path = Path::new(&one.volume.mountpoint);
    let is_plain = one.volume.driver == "local" && one.volume.options.is_empty();
    let is_here = engine.endpoint().is_on_this_machine() && is_plain;
    (is_here && std::fs::read_dir(path).is_ok()).then_some(path)
}
