//! `devc volume push`: the content of a volume into a registry.

use clap::Args;
use serde_json::json;

use super::backup::head;
use super::hold::{self, QuietArgs};
use super::survey::{Which, survey};
use crate::backup::Head;
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
  devc volume push devc-shop-06jak1t63t-npm ghcr.io/team/caches/shop-npm
  devc volume push shop-db localhost:5000/shop/db:monday --pause

Sent is only what the registry does not have: after a small change, a small part. Under the same tag that is found
wherever it is in the volume; under another tag of the same name as far as whole packs are the same. A push that was
broken off goes on where it was. Logins are those of `docker login`.";

/// Arguments of `devc volume push`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct PushArgs {
    /// The volume
    #[arg(value_name = "NAME")]
    name: String,
    /// Where to: HOST/PATH[:TAG]
    #[arg(value_name = "REF")]
    reference: String,
    #[command(flatten)]
    quiet: QuietArgs,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    engine: EngineArgs,
}

/// Sends it.
pub async fn run(args: &PushArgs, context: &Context) -> Result<Answer> {
    let reference = &Reference::image(&args.reference)?;
    let registry = &RegistryArgs::origin(context)?;
    let engine = context.engine(&args.engine)?;
    let volumes = survey(&engine, Which::All, std::slice::from_ref(&args.name)).await?;
    let one = &volumes[0];
    let place = hold::place(&engine, &[one]).await?;
    let _lock = hold::lock(&engine, &args.name, context).await?;
    let users = hold::users(&engine, one).await?;
    args.quiet.quiet(&engine, one, &users, context).await?;
    let step = context.events.step(StepKind::Host, format!("Pushing volume {} to {reference}", args.name));
    let pushed = Share { registry, reference }.push(&place, for_others(head(one, &[])), step).await;
    context.quiet.resume_all().await;
    let pushed = pushed?;
    hold::warn(&args.name, &pushed.tail.changed, &pushed.tail.left_out, context);
    if args.json {
        return Ok(Answer::Json(json!({
            "version": 1,
            "volume": args.name,
            "reference": reference.to_string(),
            "digest": pushed.digest,
            "bytes": pushed.bytes,
            "sentBytes": pushed.sent,
            "content": pushed.tail,
        })));
    }
    let (sent, bytes) = (words::bytes(pushed.sent), words::bytes(pushed.bytes));
    Ok(Answer::Text(format!("{}\n{bytes}, of which {sent} were new\n", reference.with_digest(pushed.digest))))
}

/// What concerns only this machine, such as the folder of the project, stays here.
fn for_others(mut head: Head) -> Head {
    head.volume.labels.retain(|name, _| !name.starts_with("devc."));
    head
}
