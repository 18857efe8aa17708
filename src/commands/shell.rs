//! `devc shell`: the remote user's own shell in a running dev container.

use clap::Args;

use crate::commands::Context;
use crate::commands::context::Answer;
use crate::commands::process::{Command, ProcessArgs, TargetArgs, run_process};
use crate::error::Result;

const EXAMPLES: &str = "\
Examples:
  devc shell
  devc shell -u root
  echo 'make test' | devc shell";

/// Arguments of `devc shell`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct ShellArgs {
    #[command(flatten)]
    process: ProcessArgs,
    #[command(flatten)]
    target: TargetArgs,
}

/// Runs the shell; its exit code becomes ours.
pub async fn run(args: &ShellArgs, context: &Context) -> Result<Answer> {
    run_process(&args.target, &args.process, Command::Shell, context).await
}
