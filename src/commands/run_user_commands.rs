//! `devc run-user-commands`: the lifecycle hooks of a running dev container.

use clap::Args;
use serde_json::json;

use crate::commands::Context;
use crate::commands::context::Answer;
use crate::commands::gather;
use crate::commands::hooks::RunHooksArgs;
use crate::commands::session::require_running;
use crate::error::Result;
use crate::host::WorkspaceLock;
use crate::plan::HookOptions;

const EXAMPLES: &str = "\
Examples:
  devc run-user-commands
  devc run-user-commands --prebuild            in CI: only what a prebuilt image holds
  devc run-user-commands --container-id ID --skip-post-attach";

/// Arguments of `devc run-user-commands`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct RunUserCommandsArgs {
    #[command(flatten)]
    pub(crate) run: RunHooksArgs,
    /// Stop after the dotfiles
    #[arg(long, help_heading = "Hooks")]
    stop_for_personalization: bool,
}

/// Runs what is left of the hooks.
pub async fn run(args: &RunUserCommandsArgs, context: &Context) -> Result<Answer> {
    let target = &args.run.target.container;
    let engine = context.engine(&target.engine)?;
    let project = target.project(context)?;
    let _lock = WorkspaceLock::acquire(&context.environment.state_dir, &project.id, &context.events).await?;
    let (project, container) = gather::existing_container(target, &engine, project, context).await?;
    require_running(&container, "devc up")?;
    let options =
        HookOptions { stop_for_personalization: args.stop_for_personalization, ..args.run.options() };
    let result = args.run.run(&engine, &project, &container, options, context).await?;
    Ok(Answer::Json(json!({"outcome": "success", "result": result.name()})))
}
