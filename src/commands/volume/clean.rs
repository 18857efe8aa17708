//! `devc volume clean`: the content of caches goes, the volumes stay.

use clap::Args;

use super::consent::{ConsentArgs, Loss, require_free};
use super::hold;
use super::measure::{Measured, measure_all};
use super::survey::{Surveyed, Which, survey};
use super::way_back::WayBackArgs;
use crate::commands::Context;
use crate::commands::context::Answer;
use crate::commands::options::EngineArgs;
use crate::error::Result;
use crate::event::StepKind;
use crate::execute::volume_content;

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
    let measured = measure_all(&engine, &volumes, context).await;
    let losses: Vec<Loss> = volumes.iter().zip(measured).map(|(one, measured)| loss(one, measured)).collect();
    if args.consent.ask("Remove everything in", &losses, context)? {
        args.way_back.keep(&engine, "clean", &args.names, context).await?;
        for one in &volumes {
            let step =
                context.events.step(StepKind::Container, format!("Emptying volume {}", one.volume.name));
            let place = hold::place(&engine, &[one]).await?;
            volume_content::empty(&place, step).await?;
        }
    }
    Ok(args.consent.answer(&losses, context))
}

fn loss(one: &Surveyed, measured: Option<Measured>) -> Loss {
    Loss {
        volume: one.volume.name.clone(),
        what: measured.as_ref().map_or_else(
            || "everything in it".to_owned(),
            |measured| format!("everything in it: {} files", measured.usage.files),
        ),
        bytes: measured.map(|measured| measured.usage.bytes),
    }
}
