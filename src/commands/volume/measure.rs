//! How much is in volumes: counted, and remembered where this machine has their folders.

use futures_util::{StreamExt, stream};

use super::hold;
use super::optimize::{OLD_AFTER, limit};
use super::survey::Surveyed;
use crate::commands::Context;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::event::Level;
use crate::execute::volume_content::{self, Glance, Place};
use crate::host::usage::{Census, Usage};
use crate::host::{Look, VolumeRecord, now_seconds};
use crate::volumes::{Fact, Leftovers};

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

/// How many helpers count at the same time.
const AT_ONCE: usize = 4;

/// Looks into volumes; `None` for one that cannot be looked into, with a warning.
pub(super) async fn measure_all(
    engine: &Engine,
    volumes: &[Surveyed],
    context: &Context,
) -> Vec<Option<Measured>> {
    let looks = volumes.iter().map(|one| async move {
        let measured = measure(engine, one, context).await;
        measured.inspect_err(|error| warn(one, error, context)).ok()
    });
    stream::iter(looks).buffered(AT_ONCE).collect().await
}

fn warn(one: &Surveyed, error: &Error, context: &Context) {
    let reasons = [vec![error.to_string()], error.reasons()].concat().join(": ");
    context.events.notice(Level::Warning, format!("Volume {}: {reasons}", one.volume.name));
}

/// Looks into a volume. A look is remembered for a day: a volume that no running container has, and of which no
/// folder has changed, is not counted again.
async fn measure(engine: &Engine, one: &Surveyed, context: &Context) -> Result<Measured> {
    let place = hold::place(engine, &[one]).await?;
    let state_dir = &context.environment.state_dir;
    let (name, created) = (&one.volume.name, &one.volume.created);
    let known = VolumeRecord::load(state_dir, name, created);
    let record = match known {
        Some(known) if !one.is_in_use() && still_holds(&known.look, &place) => known,
        known => {
            let look = look(&place, one.cache()).await?;
            VolumeRecord::save(state_dir, name, created, look, known.map(|known| known.look.census.usage))
        }
    };
    let Look { census: Census { usage, .. }, holds, freeable } = record.look;
    let growth = record.before.map(|before| usage.bytes.cast_signed() - before.bytes.cast_signed());
    Ok(Measured { usage, growth, holds, freeable })
}

fn still_holds(look: &Look, place: &Place) -> bool {
    let age = now_seconds() - look.census.taken / 1_000_000_000;
    (0..LONGEST_KNOWN).contains(&age) && volume_content::still_holds(&look.census, place)
}

async fn look(place: &Place, cache: &str) -> Result<Look> {
    let (facts, leftovers) = (Fact::of(cache)?, Leftovers::of(cache)?);
    volume_content::look(place, Glance { facts, leftovers, old_before: limit(OLD_AFTER) }).await
}
