//! `devc resume`: goes on where the hooks and tasks of a dev container have failed or were interrupted.

use clap::Args;
use serde_json::json;

use crate::commands::Context;
use crate::commands::context::Answer;
use crate::commands::gather;
use crate::commands::hooks::RunHooksArgs;
use crate::commands::session::{as_planned, require_running, settings_of};
use crate::commands::tasks::TaskRequest;
use crate::engine::{Container, Engine};
use crate::error::Result;
use crate::execute::carry_out;
use crate::execute::tasks::known_tasks;
use crate::host::WorkspaceLock;
use crate::plan::{self, ContainerOptions};
use crate::project::Project;
use crate::project::compose::Recorded;
use crate::tasks::Declaration;

const EXAMPLES: &str = "\
Examples:
  devc status                  what has failed, and where its log is
  devc resume                  run it again, and all that comes after it

What has succeeded is not run again. Tasks follow where a prebuild has begun in this container, or `up` runs them.
A container that has stopped is started; one with Docker Compose by `devc up`, which goes on as well.";

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
    let tasks = run_tasks(args, &engine, &project, &container, context).await;
    tasks.map_err(|error| error.in_container(id))?;
    Ok(Answer::Json(json!({"outcome": "success", "containerId": id, "result": result.name()})))
}

/// Runs what is left of the tasks, if somebody has wanted them in this container.
async fn run_tasks(
    args: &ResumeArgs,
    engine: &Engine,
    project: &Project,
    container: &Container,
    context: &Context,
) -> Result<()> {
    let Some(declaration) = Declaration::read(project.written()) else { return Ok(()) };
    let known = known_tasks(&context.environment.state_dir, &project.id)?;
    let has_begun = known.is_some_and(|record| record.container == container.id.as_str());
    if !has_begun && !declaration.on_up {
        return Ok(());
    }
    let request = TaskRequest {
        engine,
        project,
        container,
        settings: &settings_of(project, container)?,
        environment: &args.run.target.environment,
        folders: &args.run.target.folders,
    };
    request.run_all(declaration, context).await
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
