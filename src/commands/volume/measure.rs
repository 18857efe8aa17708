//! How much is in volumes: counted, and remembered where this machine has their folders.

use futures_util::{StreamExt, stream};

use super::hold;
use super::survey::Surveyed;
use crate::commands::Context;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::event::Level;
use crate::execute::volume_content;
use crate::host::VolumeRecord;
use crate::host::usage::Usage;

/// What is in a volume.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Measured {
    /// What is there now.
    pub(super) usage: Usage,
    /// By how many bytes it has grown since the last look.
    pub(super) growth: Option<i64>,
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

/// Looks into a volume. A look is remembered: a volume that no running container has, and of which no folder has
/// changed, is not counted again.
async fn measure(engine: &Engine, one: &Surveyed, context: &Context) -> Result<Measured> {
    let place = hold::place(engine, &[one]).await?;
    let state_dir = &context.environment.state_dir;
    let (name, created) = (&one.volume.name, &one.volume.created);
    let known = VolumeRecord::load(state_dir, name, created);
    let record = match known {
        Some(known) if !one.is_in_use() && volume_content::still_holds(&known.census, &place) => known,
        known => {
            let census = volume_content::count(&place).await?;
            VolumeRecord::save(state_dir, name, created, census, known.map(|known| known.census.usage))
        }
    };
    let (usage, before) = (record.census.usage, record.before);
    let growth = before.map(|before| usage.bytes.cast_signed() - before.bytes.cast_signed());
    Ok(Measured { usage, growth })
}
