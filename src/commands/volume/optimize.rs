//! `devc volume optimize`: temporary files, logs and what nobody has used for long go from caches.

use clap::Args;

use super::consent::{ConsentArgs, Loss, require_free};
use super::measure::mountpoint;
use super::survey::{Surveyed, Which, survey};
use crate::commands::Context;
use crate::commands::context::Answer;
use crate::commands::options::EngineArgs;
use crate::engine::Engine;
use crate::error::{Error, ErrorKind, Result};
use crate::event::StepKind;
use crate::host::leftovers::{self, Leftover};
use crate::host::now_seconds;
use crate::ui::words;
use crate::volumes::Leftovers;

const EXAMPLES: &str = "\
Examples:
  devc volume optimize --dry-run                  what could go from the caches of all projects
  devc volume optimize --older-than 30 NAME       what was not used for a month counts as old
  devc volume optimize --yes --json

Temporary files and logs go, and packages and editor servers that nobody has used for long; the tools fetch them again.
Volumes that a running container has are left out, and so are protected ones.";

/// Arguments of `devc volume optimize`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct OptimizeArgs {
    /// These volumes [default: all that devc has made]
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// After how many days without use something is old
    #[arg(long, value_name = "DAYS", default_value_t = 90)]
    older_than: u32,
    #[command(flatten)]
    consent: ConsentArgs,
    #[command(flatten)]
    engine: EngineArgs,
}

/// Removes them, after consent.
pub async fn run(args: &OptimizeArgs, context: &Context) -> Result<Answer> {
    let engine = context.engine(&args.engine)?;
    let mut volumes = survey(&engine, Which::Ours, &args.names).await?;
    if args.names.is_empty() {
        volumes.retain(|one| require_free(std::slice::from_ref(one)).is_ok());
    }
    require_free(&volumes)?;
    let limit = now_seconds() - i64::from(args.older_than) * 24 * 3600;
    let mut found = Vec::new();
    for one in &volumes {
        let leftovers = find(&engine, one, limit)?;
        if !leftovers.is_empty() {
            found.push((one, leftovers));
        }
    }
    let losses: Vec<Loss> = found.iter().map(|(one, leftovers)| loss(one, leftovers)).collect();
    if args.consent.ask("Remove", &losses, context)? {
        for (one, leftovers) in &found {
            let step =
                context.events.step(StepKind::Container, format!("Optimizing volume {}", one.volume.name));
            step.conclude(remove(&one.volume.name, leftovers))?;
        }
    }
    Ok(args.consent.answer(&losses, context))
}

/// What can go from a volume; nothing where it cannot be read from here, or where nothing is known of its cache.
fn find(engine: &Engine, one: &Surveyed, limit: i64) -> Result<Vec<Leftover>> {
    let (Some(known), Some(root)) = (Leftovers::of(one.cache())?, mountpoint(engine, &one.volume)) else {
        return Ok(Vec::new());
    };
    let always = known.always.iter().flat_map(|pattern| leftovers::find(root, pattern));
    let old = known.old.iter().flat_map(|pattern| leftovers::find(root, pattern));
    Ok(always.chain(old.filter(|leftover| leftover.used < limit)).collect())
}

fn loss(one: &Surveyed, leftovers: &[Leftover]) -> Loss {
    Loss {
        volume: one.volume.name.clone(),
        what: words::count(leftovers.len(), "old or temporary item"),
        bytes: Some(leftovers.iter().map(|leftover| leftover.bytes).sum()),
    }
}

fn remove(volume: &str, leftovers: &[Leftover]) -> Result<()> {
    let removed: std::io::Result<()> = leftovers.iter().try_for_each(leftovers::remove);
    removed.map_err(|error| {
        Error::new(ErrorKind::Host, format!("could not optimize volume {volume}")).because(error)
    })
}
