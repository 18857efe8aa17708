//! `devc run-user-commands`: the lifecycle hooks of a running dev container.

use clap::Args;
use serde_json::json;

use crate::commands::Context;
use crate::commands::context::Answer;
use crate::commands::gather;
use crate::commands::hooks::{self, HookRequest};
use crate::commands::options::{DotfilesArgs, HookArgs, TrustArgs};
use crate::commands::process::TargetArgs;
use crate::commands::session::{hook_entries, require_running, settings_of};
use crate::error::Result;
use crate::host::WorkspaceLock;

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
    target: TargetArgs,
    #[command(flatten)]
    pub(crate) hooks: HookArgs,
    /// Stop after the dotfiles
    #[arg(long, help_heading = "Hooks")]
    stop_for_personalization: bool,
    #[command(flatten)]
    dotfiles: DotfilesArgs,
    #[command(flatten)]
    trust: TrustArgs,
}

/// Runs what is left of the hooks.
pub async fn run(args: &RunUserCommandsArgs, context: &Context) -> Result<Answer> {
    let engine = context.engine(&args.target.container.engine)?;
    let project = args.target.container.project(context)?;
    let _lock = WorkspaceLock::acquire(&context.environment.state_dir, &project.id, &context.events).await?;
    let (project, container) =
        gather::existing_container(&args.target.container, &engine, project, context).await?;
    require_running(&container, "devc up")?;
    let settings = settings_of(&project, &container)?;
    let entries = hook_entries(&project, &container)?;
    let mut options = hooks::options(&args.hooks, &args.dotfiles);
    options.stop_for_personalization = args.stop_for_personalization;
    let request = HookRequest {
        engine: &engine,
        project: &project,
        container: &container,
        settings: &settings,
        entries: &entries,
        environment: &args.target.environment,
        folders: &args.target.folders,
        dotfiles: &args.dotfiles,
        options,
        trust: &args.trust,
    };
    let result = request.run(context).await.map_err(|error| error.in_container(container.id.as_str()))?;
    Ok(Answer::Json(json!({"outcome": "success", "result": result.name()})))
}
