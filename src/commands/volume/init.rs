//! `devc volume init`: the caches of a dev container, given to its remote user again.

use clap::Args;
use serde_json::json;

use crate::commands::Context;
use crate::commands::context::Answer;
use crate::commands::gather;
use crate::commands::options::ContainerArgs;
use crate::commands::session::require_running;
use crate::error::{Error, ErrorKind, Result};
use crate::event::StepKind;
use crate::execute::give_kept_folders;
use crate::volumes::{CACHES_LABEL, Kept};

const EXAMPLES: &str = "\
Examples:
  devc volume init                              after something has written to the caches as root
  devc volume init --workspace-folder ~/shop

`devc up` does this on every start; between two starts it is seldom needed.";

/// Arguments of `devc volume init`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct InitArgs {
    #[command(flatten)]
    container: ContainerArgs,
}

/// Does what a start does.
pub async fn run(args: &InitArgs, context: &Context) -> Result<Answer> {
    let engine = context.engine(&args.container.engine)?;
    let project = args.container.project(context)?;
    let (_, container) = gather::existing_container(&args.container, &engine, project, context).await?;
    require_running(&container, "devc up")?;
    let kept = container.labels.get(CACHES_LABEL).and_then(|label| Kept::of_label(label));
    let kept = kept.ok_or_else(|| {
        let text = format!("the dev container {} keeps no folders", container.id.short());
        Error::new(ErrorKind::NotFound, text).hint("Make a new one with `devc up --rebuild=always`.")
    })?;
    let step = context.events.step(StepKind::Container, "Giving the caches to the remote user");
    step.conclude(give_kept_folders(&engine, &container.id, &kept).await)?;
    Ok(Answer::Json(json!({
        "outcome": "success",
        "containerId": container.id.as_str(),
        "folders": kept.targets(),
        "owner": [kept.owner.0, kept.owner.1],
    })))
}
