//! `devc volume optimize`: temporary files, logs and what nobody has used for long go from caches.

use std::path::Path;

use clap::Args;

use super::consent::{ConsentArgs, Loss, require_free};
use super::measure::mountpoint;
use super::survey::{Surveyed, Which, survey};
use crate::commands::Context;
use crate::commands::context::Answer;
use crate::commands::options::EngineArgs;
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

/// After how many days without use something is old, unless somebody says otherwise.
pub(super) const OLD_AFTER: u32 = 90;

/// Arguments of `devc volume optimize`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct OptimizeArgs {
    /// These volumes [default: all that devc has made]
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// After how many days without use something is old
    #[arg(long, value_name = "DAYS", default_value_t = OLD_AFTER)]
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
    let mut found = Vec::new();
    for one in &volumes {
        let root = mountpoint(&engine, one);
        let leftovers = root.map_or(Ok(Vec::new()), |root| find(root, one.cache(), args.older_than))?;
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

/// What can go from the folder of a volume; nothing where nothing is known of its cache.
pub(super) fn find(root: &Path, cache: &str, older_than: u32) -> Result<Vec<Leftover>> {
    let Some(known) = Leftovers::of(cache)? else { return Ok(Vec::new()) };
    let limit = now_seconds() - i64::from(older_than) * 24 * 3600;
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
