//! `devc volume optimize`: temporary files, logs and what nobody has used for long go from caches.

use clap::Args;

use super::consent::{ConsentArgs, Loss, require_free};
use super::hold;
use super::survey::{Surveyed, Which, survey};
use crate::commands::Context;
use crate::commands::context::Answer;
use crate::commands::options::EngineArgs;
use crate::error::Result;
use crate::event::StepKind;
use crate::execute::volume_content::{self, Freed};
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
    let limit = limit(args.older_than);
    let mut found = Vec::new();
    for one in &volumes {
        let Some(known) = Leftovers::of(one.cache())? else { continue };
        let place = hold::place(&engine, &[one]).await?;
        let freed = volume_content::find_leftovers(&place, &known, limit).await?;
        if freed != Freed::default() {
            found.push((one, known, place, freed));
        }
    }
    let losses: Vec<Loss> = found.iter().map(|(one, _, _, freed)| loss(one, *freed)).collect();
    if args.consent.ask("Remove", &losses, context)? {
        for (one, known, place, _) in &found {
            let step =
                context.events.step(StepKind::Container, format!("Optimizing volume {}", one.volume.name));
            volume_content::remove_leftovers(place, known, limit, step).await?;
        }
    }
    Ok(args.consent.answer(&losses, context))
}

/// What was last used before this moment is old.
pub(super) fn limit(older_than: u32) -> i64 {
    now_seconds() - i64::from(older_than) * 24 * 3600
}

fn loss(one: &Surveyed, freed: Freed) -> Loss {
    Loss {
        volume: one.volume.name.clone(),
        what: words::count(freed.items, "old or temporary item"),
        bytes: Some(freed.bytes),
    }
}
