//! `devc logs`: what the main process of a dev container wrote.

use clap::Args;

use crate::commands::context::Answer;
use crate::commands::gather;
use crate::commands::options::ContainerArgs;
use crate::commands::{Context, compose};
use crate::engine::LogOptions;
use crate::error::Result;
use crate::execute::copy_output;

const EXAMPLES: &str = "\
Examples:
  devc logs
  devc logs --follow --tail 20
  devc logs --service db

Output of hooks is not here but in the log files of devc; `devc up` prints their place when a hook fails.";

/// Arguments of `devc logs`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct LogsArgs {
    /// Go on with what is written from now on
    #[arg(long, short)]
    follow: bool,
    /// Only the last lines
    #[arg(long, short = 'n', value_name = "LINES")]
    tail: Option<u64>,
    /// Put the time before each line
    #[arg(long, short)]
    timestamps: bool,
    /// Another service of the same compose project
    #[arg(long, value_name = "NAME")]
    service: Option<String>,
    #[command(flatten)]
    container: ContainerArgs,
}

/// Copies the log to our own output.
pub async fn run(args: &LogsArgs, context: &Context) -> Result<Answer> {
    let engine = context.engine(&args.container.engine)?;
    let project = args.container.project(context)?;
    let (_, mut container) = gather::existing_container(&args.container, &engine, project, context).await?;
    if let Some(service) = &args.service {
        container = compose::sibling(&engine, &container, service).await?;
    }
    let options = LogOptions { follow: args.follow, tail: args.tail, timestamps: args.timestamps };
    copy_output(Box::pin(engine.logs(&container.id, &options))).await?;
    Ok(Answer::Exit(0))
}
