//! `devc volume resume`: containers go on that a killed run had made hold still for work on a volume.
//!
//! Nobody has to type this: `devc` has it started in case that it is killed, and every other work on the volume does it too.

use clap::Args;

use super::hold;
use crate::commands::Context;
use crate::commands::context::Answer;
use crate::commands::options::EngineArgs;
use crate::error::Result;

const EXAMPLES: &str = "\
Examples:
  devc volume resume shop-db";

/// Arguments of `devc volume resume`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct ResumeArgs {
    /// The volume
    #[arg(value_name = "NAME")]
    name: String,
    #[command(flatten)]
    engine: EngineArgs,
}

/// Lets them go on as soon as nobody works on the volume.
pub async fn run(args: &ResumeArgs, context: &Context) -> Result<Answer> {
    let engine = context.engine(&args.engine)?;
    hold::lock(&engine, &args.name, context).await?;
    Ok(Answer::Exit(0))
}
