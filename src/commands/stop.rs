//! `devc stop`: the container stays, its processes end.

use clap::Args;
use serde_json::json;

use crate::commands::Context;
use crate::commands::compose::find_compose;
use crate::commands::context::Answer;
use crate::commands::gather;
use crate::commands::options::ContainerArgs;
use crate::compose::Invocation;
use crate::error::Result;
use crate::event::{Level, StepKind};
use crate::execute::run_compose;
use crate::host::WorkspaceLock;
use crate::project::compose::Recorded;

const EXAMPLES: &str = "\
Examples:
  devc stop
  devc stop --time 0        do not wait for the main process to end by itself

With Docker Compose all services of the project stop, as they were started together.";

/// Arguments of `devc stop`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct StopArgs {
    /// Seconds that the main process has to end by itself [default: the engine's 10]
    #[arg(long, short, value_name = "SECONDS")]
    time: Option<i32>,
    #[command(flatten)]
    container: ContainerArgs,
}

/// Stops the container; one that is stopped or not there is fine.
pub async fn run(args: &StopArgs, context: &Context) -> Result<Answer> {
    let engine = context.engine(&args.container.engine)?;
    let project = args.container.project(context)?;
    let _lock = WorkspaceLock::acquire(&context.environment.state_dir, &project.id, &context.events).await?;
    let found = gather::container_of(&args.container, &engine, project, context).await?;
    let Some(container) = found.container else {
        context.events.notice(Level::Info, "There is no dev container to stop.");
        return Ok(Answer::Json(json!({"outcome": "success"})));
    };
    if let Some(recorded) = Recorded::from_labels(&container.labels) {
        let time = args.time.map(|seconds| seconds.to_string());
        let mut words = vec!["stop"];
        words.extend(time.iter().flat_map(|time| ["--timeout", time]));
        let stopping = ("Stopping services", "stop the services");
        let compose = find_compose(&engine, &args.container.engine, context).await?;
        let invocation = Invocation::by_name(&recorded.project);
        run_compose(&compose, &invocation, &words, stopping, &context.events).await?;
        let project = recorded.project;
        return Ok(Answer::Json(
            json!({"outcome": "success", "containerId": container.id.as_str(), "composeProjectName": project}),
        ));
    }
    let step =
        context.events.step(StepKind::Container, format!("Stopping container {}", container.id.short()));
    step.conclude(engine.stop(&container.id, args.time).await)?;
    Ok(Answer::Json(json!({"outcome": "success", "containerId": container.id.as_str()})))
}
