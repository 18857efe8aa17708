//! `devc exec`: a command in a running dev container.

use std::ffi::OsString;

use clap::Args;

use crate::commands::Context;
use crate::commands::context::Answer;
use crate::commands::process::{Command, ProcessArgs, TargetArgs, run_process};
use crate::error::{Error, ErrorKind, Result};

const EXAMPLES: &str = "\
Examples:
  devc exec cargo test
  devc exec -u root -- apt-get install -y strace
  devc exec --service db -- psql -U postgres
  devc exec -w /tmp -e RUST_LOG=debug -- env
  tar c data | devc exec tar x -C /tmp

The exit code is the command's own: 126 when it cannot be run, 127 when it does not exist, 128 + n after signal n.";

/// Arguments of `devc exec`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct ExecArgs {
    /// The command and its arguments
    #[arg(trailing_var_arg = true, required = true, allow_hyphen_values = true, value_name = "COMMAND")]
    command: Vec<OsString>,
    #[command(flatten)]
    process: ProcessArgs,
    #[command(flatten)]
    target: TargetArgs,
}

/// Runs the command; its exit code becomes ours.
pub async fn run(args: &ExecArgs, context: &Context) -> Result<Answer> {
    let words = args.command.iter().map(|word| word.to_str().map(str::to_owned)).collect::<Option<Vec<_>>>();
    let command = words.ok_or_else(|| Error::new(ErrorKind::Usage, "the command is not valid Unicode"))?;
    run_process(&args.target, &args.process, Command::Given(command), context).await
}
