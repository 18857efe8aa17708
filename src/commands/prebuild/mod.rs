//! `devc prebuild`: the tasks that make a container ready to work in.

mod inside;
mod install_hook;
mod show;
mod wanted;

use clap::Args;

use crate::commands::Context;
use crate::commands::context::Answer;
use crate::commands::gather;
use crate::commands::process::TargetArgs;
use crate::commands::session::{require_running, settings_of};
use crate::commands::tasks::{Outcome, TaskRequest, Work};
use crate::error::{ErrorKind, Result};
use crate::event::Level;
use crate::host::WorkspaceLock;
use crate::project::Project;

const EXAMPLES: &str = "\
Examples:
  devc prebuild                    run what is not done, side by side
  devc prebuild --plan             say what would run, and why, and change nothing
  devc prebuild web                run the task `web` and all that comes before it
  devc prebuild --only restore     run the tasks of one phase
  devc prebuild --install-hook     let other tools run it, from a hook; --diff only shows the change
  devc prebuild --graph | dot -Tsvg > tasks.svg

Tasks are declared in customizations.devc.prebuild of devcontainer.json; docs/prebuild.md shows how. A project
that declares none gets a proposal from what it is made of: --plan shows it, --proposed runs it.
A task with `inputs` is skipped as long as they, its command, its programs and its outputs are as they were.
Inside a dev container the same command runs the tasks right there.";

/// Arguments of `devc prebuild`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct PrebuildArgs {
    /// Run these tasks and what comes before them [default: all]
    #[arg(value_name = "TASK", conflicts_with = "only")]
    tasks: Vec<String>,
    /// Show which tasks would run, and why, and change nothing
    #[arg(long, conflicts_with = "graph")]
    plan: bool,
    /// Print the tasks and what they need as a graph in the DOT language
    #[arg(long)]
    graph: bool,
    /// Run also what is done
    #[arg(long)]
    force: bool,
    /// After a failure, go on with what does not need the task that failed
    #[arg(long)]
    keep_going: bool,
    /// Run only the tasks of this phase
    #[arg(long, value_name = "PHASE")]
    only: Option<String>,
    /// How many tasks may run at once
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    max_parallel: Option<u16>,
    /// Run what is proposed where nothing is declared
    #[arg(long)]
    proposed: bool,
    /// Run the tasks on this machine [default: when this is a container]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    local: Option<bool>,
    /// Write `devc prebuild` into updateContentCommand of devcontainer.json, for Codespaces, CI and other tools
    #[arg(long, conflicts_with_all = ["tasks", "plan", "graph", "force", "keep_going", "only", "max_parallel", "proposed", "json"])]
    install_hook: bool,
    /// Show what that would change, and change nothing
    #[arg(long, requires = "install_hook")]
    diff: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    target: TargetArgs,
    /// JSON file of secrets: given to tasks as variables, masked in all output
    #[arg(long, value_name = "FILE", help_heading = "Environment")]
    pub(crate) secrets_file: Option<std::path::PathBuf>,
}

/// Runs the tasks, or shows them.
pub async fn run(args: &PrebuildArgs, context: &Context) -> Result<Answer> {
    let project = args.target.container.project(context)?;
    if args.install_hook {
        return install_hook::install(&project, args.diff, context);
    }
    let (declaration, is_proposed) = wanted::declaration(&project, context)?;
    let work = wanted::work(args, declaration, &project, context)?;
    if args.graph {
        return Ok(Answer::Text(show::graph(&work)));
    }
    if is_proposed && !args.plan && !args.proposed && !wanted::is_enabled(&project) {
        return Err(show::nothing_declared(&work));
    }
    let outcome = match args.local.unwrap_or_else(|| inside::is_container(&context.environment)) {
        true => {
            let _lock = args.lock(&project, context).await?;
            work.run_here(&project, context).await?
        }
        false => run_in_container(args, project, &work, context).await?,
    };
    Ok(answer(args, &work, is_proposed, &outcome, context))
}

async fn run_in_container(
    args: &PrebuildArgs,
    project: Project,
    work: &Work,
    context: &Context,
) -> Result<Outcome> {
    let target = &args.target;
    let engine = context.engine(&target.container.engine)?;
    let _lock = args.lock(&project, context).await?;
    let found = gather::existing_container(&target.container, &engine, project, context).await;
    let running = found.and_then(|(project, container)| {
        require_running(&container, "devc up").map(|()| (project, container))
    });
    let (project, container) = match running {
        Err(error) if args.plan && error.kind() == ErrorKind::NotFound => {
            context.events.notice(Level::Info, "No dev container is running yet: all tasks are left to run.");
            return Ok(work.not_begun());
        }
        found => found?,
    };
    let settings = settings_of(&project, &container)?;
    let request = TaskRequest {
        engine: &engine,
        project: &project,
        container: &container,
        settings: &settings,
        environment: &target.environment,
        folders: &target.folders,
    };
    let outcome = request.run(work, context).await;
    outcome.map_err(|error| error.in_container(container.id.as_str()))
}

/// What is said on standard output. Failures have been shown with their last output, so they only need to be named.
fn answer(
    args: &PrebuildArgs,
    work: &Work,
    is_proposed: bool,
    outcome: &Outcome,
    context: &Context,
) -> Answer {
    match outcome {
        Outcome::Plan(verdicts) if args.json => Answer::Json(show::plan_json(work, is_proposed, verdicts)),
        Outcome::Plan(verdicts) => Answer::Text(show::plan(work, is_proposed, verdicts, context.columns)),
        Outcome::Ran(reports, elapsed) => {
            let failure = work.failure(reports);
            if let Some(error) = &failure {
                let hints = error.hints().join("\n");
                context.events.notice(Level::Error, format!("{error}\n{hints}"));
            }
            let text = match args.json {
                true => format!("{}\n", show::summary_json(work, reports, *elapsed)),
                false => show::summary(work, reports, *elapsed, context.columns),
            };
            Answer::Report(text, failure.map_or(0, |error| error.exit_code()))
        }
    }
}

impl PrebuildArgs {
    /// Whether it does more than to look.
    pub fn runs_something(&self) -> bool {
        !self.plan && !self.graph
    }

    /// Two runs at once would do everything twice; the second one finds all done. A look needs no lock.
    async fn lock(&self, project: &Project, context: &Context) -> Result<Option<WorkspaceLock>> {
        if self.plan {
            return Ok(None);
        }
        let lock = WorkspaceLock::acquire(&context.environment.state_dir, &project.id, &context.events);
        lock.await.map(Some)
    }
}
