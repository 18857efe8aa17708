//! `devc resume`: goes on where the hooks of a dev container have failed or were interrupted.

use clap::Args;
use serde_json::json;

use crate::commands::Context;
use crate::commands::context::Answer;
use crate::commands::gather;
use crate::commands::hooks::RunHooksArgs;
use crate::commands::session::{as_planned, require_running};
use crate::engine::{Container, Engine};
use crate::error::Result;
use crate::execute::carry_out;
use crate::host::WorkspaceLock;
use crate::plan::{self, ContainerOptions};
use crate::project::compose::Recorded;

const EXAMPLES: &str = "\
Examples:
  devc status                  what has failed, and where its log is
  devc resume                  run it again, and all that comes after it

What has succeeded is not run again. A container that has stopped is started; one with Docker Compose by `devc up`, which
goes on as well.";

/// Arguments of `devc resume`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct ResumeArgs {
    #[command(flatten)]
    pub(crate) run: RunHooksArgs,
}

/// Starts the container if need be, and runs what is left of the hooks.
pub async fn run(args: &ResumeArgs, context: &Context) -> Result<Answer> {
    let target = &args.run.target.container;
    let engine = context.engine(&target.engine)?;
    let project = target.project(context)?;
    let _lock = WorkspaceLock::acquire(&context.environment.state_dir, &project.id, &context.events).await?;
    let (project, container) = gather::existing_container(target, &engine, project, context).await?;
    let container = running(container, &engine, context).await?;
    let result = args.run.run(&engine, &project, &container, args.run.options(), context).await?;
    let id = container.id.as_str();
    Ok(Answer::Json(json!({"outcome": "success", "containerId": id, "result": result.name()})))
}

/// The container as it is once it runs. The services beside it are not ours to start here.
async fn running(container: Container, engine: &Engine, context: &Context) -> Result<Container> {
    if Recorded::from_labels(&container.labels).is_none() {
        let decision = plan::decide(Some(&as_planned(&container)), &[], ContainerOptions::default())?;
        if !decision.makes_container() {
            carry_out(engine, &decision, None, &context.events).await?;
        }
    }
    let container = engine.inspect(container.id.as_str()).await?.unwrap_or(container);
    require_running(&container, "devc up")?;
    Ok(container)
}
