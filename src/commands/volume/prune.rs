//! `devc volume prune`: the volumes of projects that are gone.

use clap::Args;

use super::consent::{ConsentArgs, Loss};
use super::measure::{Measured, measure_all};
use super::survey::{Surveyed, Which, survey};
use super::way_back::WayBackArgs;
use crate::commands::Context;
use crate::commands::context::Answer;
use crate::commands::options::EngineArgs;
use crate::error::{Error, ErrorKind, Result};
use crate::event::{Level, StepKind};

const EXAMPLES: &str = "\
Examples:
  devc volume prune --dry-run      what would go
  devc volume prune --yes          for scripts

A project is gone when its folder is not on this machine any more. Shared volumes, protected ones and those that a
container has, running or not, stay.";

/// Arguments of `devc volume prune`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct PruneArgs {
    /// Only these volumes
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    #[command(flatten)]
    consent: ConsentArgs,
    #[command(flatten)]
    way_back: WayBackArgs,
    #[command(flatten)]
    engine: EngineArgs,
}

/// Removes them, after consent.
pub async fn run(args: &PruneArgs, context: &Context) -> Result<Answer> {
    let engine = context.engine(&args.engine)?;
    let mut volumes = survey(&engine, Which::Ours, &args.names).await?;
    volumes.retain(Surveyed::is_prunable);
    if let Some(name) = args.names.iter().find(|name| volumes.iter().all(|one| one.volume.name != **name)) {
        let text =
            format!("volume {name} does not belong to a project that is gone, or something holds it back");
        return Err(Error::new(ErrorKind::Usage, text)
            .hint("See its project and containers with `devc volume list`."));
    }
    let measured = measure_all(&engine, &volumes, context).await;
    let mut losses: Vec<Loss> =
        volumes.iter().zip(measured).map(|(one, measured)| loss(one, measured)).collect();
    if args.consent.ask("Remove", &losses, context)? {
        let names: Vec<String> = losses.iter().map(|loss| loss.volume.clone()).collect();
        args.way_back.keep(&engine, "prune", &names, context).await?;
        let mut kept = Vec::new();
        for loss in &losses {
            let step = context.events.step(StepKind::Container, format!("Removing volume {}", loss.volume));
            if !step.conclude(engine.remove_volume(&loss.volume).await)? {
                kept.push(loss.volume.clone());
                let text = format!("Volume {} is kept: a container uses it by now.", loss.volume);
                context.events.notice(Level::Warning, text);
            }
        }
        losses.retain(|loss| !kept.contains(&loss.volume));
    }
    Ok(args.consent.answer(&losses, context))
}

fn loss(one: &Surveyed, measured: Option<Measured>) -> Loss {
    Loss {
        volume: one.volume.name.clone(),
        what: format!("{} of {}", one.cache(), one.belongs_to()),
        bytes: measured.map(|measured| measured.usage.bytes),
    }
}
