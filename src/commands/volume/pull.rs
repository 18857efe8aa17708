//! `devc volume pull`: what a registry has of a volume, into a volume.

use clap::Args;
use serde_json::json;

use super::restore::{ReplacingArgs, Target};
use super::stored::Occasion;
use crate::commands::Context;
use crate::commands::context::Answer;
use crate::commands::options::{EngineArgs, RegistryArgs};
use crate::error::Result;
use crate::event::StepKind;
use crate::execute::volume_content::Share;
use crate::registry::Reference;
use crate::ui::words;

const EXAMPLES: &str = "\
Examples:
  devc volume pull localhost:5000/shop/db:monday
  devc volume pull ghcr.io/team/caches/shop-npm devc-shop-81c0a9bq2f-npm --replace

Caches of projects have other names on each machine: `devc volume list` shows yours. What was fetched stays in devc's
cache, so a later state is fetched only as far as it differs, and a pull that was broken off goes on where it was.
Everything is proven before it takes the place of what is there.";

/// Arguments of `devc volume pull`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct PullArgs {
    /// Where from: HOST/PATH[:TAG] or HOST/PATH@DIGEST
    #[arg(value_name = "REF")]
    reference: String,
    /// The volume, which is made if it is missing [default: the name of the one that was pushed]
    #[arg(value_name = "NAME")]
    name: Option<String>,
    #[command(flatten)]
    replacing: ReplacingArgs,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    registry: RegistryArgs,
    #[command(flatten)]
    engine: EngineArgs,
}

/// Fetches it and puts it in its place.
pub async fn run(args: &PullArgs, context: &Context) -> Result<Answer> {
    let reference = &Reference::image(&args.reference)?;
    let registry = &context.registry(&args.registry)?;
    let engine = &context.engine(&args.engine)?;
    let share = Share { registry, reference };
    let shared = share.find().await?;
    let (head, digest) = (shared.head.clone(), shared.digest.clone());
    let name = args.name.as_deref().unwrap_or(&head.volume.name);
    let occasion = &Occasion::of("pull");
    let target = Target { engine, name, replacing: args.replacing, occasion, context };
    let mut fetched = 0;
    let fetch = async || {
        let step = context.events.step(StepKind::Host, format!("Fetching {reference}"));
        fetched = share.fetch(&shared, step).await?;
        Ok(share.archive(shared))
    };
    let title = format!("Restoring volume {name}");
    let counts = target.fill(Some(&head), fetch, false, &title).await?;
    if args.json {
        return Ok(Answer::Json(json!({
            "version": 1,
            "volume": name,
            "reference": reference.to_string(),
            "digest": digest,
            "fetchedBytes": fetched,
            "content": counts,
        })));
    }
    let files = words::count(counts.files, "file");
    let (bytes, fetched) = (words::bytes(counts.bytes), words::bytes(fetched));
    Ok(Answer::Text(format!("{name}: {files}, {bytes}; {fetched} were fetched\n")))
}
