//! `devc volume clean`: the content of caches goes, the volumes stay.

use clap::Args;

use super::consent::{ConsentArgs, Loss, require_free};
use super::measure::{measure, mountpoint};
use super::survey::{Surveyed, Which, survey};
use super::way_back::WayBackArgs;
use crate::commands::Context;
use crate::commands::context::Answer;
use crate::commands::options::EngineArgs;
use crate::engine::Engine;
use crate::error::{Error, ErrorKind, Result};
use crate::event::StepKind;
use crate::host::leftovers;

const EXAMPLES: &str = "\
Examples:
  devc volume clean devc-shop-06jak1t63t-npm
  devc volume clean devc-shop-06jak1t63t-npm --dry-run --json

The volume and its labels stay, and so does its place in stopped containers.";

/// Arguments of `devc volume clean`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct CleanArgs {
    /// The volumes
    #[arg(value_name = "NAME", required = true)]
    names: Vec<String>,
    #[command(flatten)]
    consent: ConsentArgs,
    #[command(flatten)]
    way_back: WayBackArgs,
    #[command(flatten)]
    engine: EngineArgs,
}

/// Empties each volume, after consent for all of them.
pub async fn run(args: &CleanArgs, context: &Context) -> Result<Answer> {
    let engine = context.engine(&args.engine)?;
    let volumes = survey(&engine, Which::All, &args.names).await?;
    require_free(&volumes)?;
    let losses: Vec<Loss> = volumes.iter().map(|one| loss(&engine, one, context)).collect();
    if args.consent.ask("Remove everything in", &losses, context)? {
        args.way_back.keep(&engine, "clean", &args.names, context).await?;
        for one in &volumes {
            let step =
                context.events.step(StepKind::Container, format!("Emptying volume {}", one.volume.name));
            step.conclude(empty(&engine, one).await)?;
        }
    }
    Ok(args.consent.answer(&losses, context))
}

fn loss(engine: &Engine, one: &Surveyed, context: &Context) -> Loss {
    let measured = measure(engine, one, &context.environment.state_dir);
    Loss {
        volume: one.volume.name.clone(),
        what: measured.map_or_else(
            || "everything in it".to_owned(),
            |measured| format!("everything in it: {} files", measured.usage.files),
        ),
        bytes: measured.map(|measured| measured.usage.bytes),
    }
}

/// Empties a volume where this machine has it; elsewhere a new one of the same name and labels takes its place.
async fn empty(engine: &Engine, one: &Surveyed) -> Result<()> {
    let name = &one.volume.name;
    if let Some(root) = mountpoint(engine, &one.volume) {
        return leftovers::empty(root).map_err(|error| {
            Error::new(ErrorKind::Host, format!("could not empty volume {name}")).because(error)
        });
    }
    let is_plain = one.volume.driver == "local" && one.volume.options.is_empty();
    if !is_plain || !engine.remove_volume(name).await? {
        let text = format!("volume {name} cannot be emptied from here");
        return Err(Error::new(ErrorKind::Engine, text)
            .hint("Remove the containers that have it first, with `devc down`."));
    }
    engine.create_volume(name, &one.volume.labels).await.map(drop)
}
