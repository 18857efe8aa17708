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
use crate::commands::session::{remote_environment, remote_user, require_running, settings_of};
use crate::error::Result;
use crate::event::Level;
use crate::execute::tasks::{ContainerSite, LocalSite, Prebuild, Site, Store, TaskReport};
use crate::execute::{Folders, RemoteUser, data_folder};
use crate::host::{ContainerRecord, WorkspaceLock};
use crate::preferences::MAX_PARALLEL;
use crate::project::Project;
use crate::tasks::{Declaration, Graph, Limits, Record};

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

/// What runs, and how it is laid out.
pub(super) struct Work {
    pub(super) declaration: Declaration,
    pub(super) graph: Graph,
    pub(super) wanted: Vec<bool>,
    /// Which tasks run even if they are done.
    pub(super) forced: Vec<bool>,
    /// Whether it is a proposal.
    pub(super) is_proposed: bool,
}

/// Runs the tasks, or shows them.
pub async fn run(args: &PrebuildArgs, context: &Context) -> Result<Answer> {
    let project = args.target.container.project(context)?;
    if args.install_hook {
        return install_hook::install(&project, args.diff, context);
    }
    let work = Work::of(args, &project, context)?;
    if args.graph {
        return Ok(Answer::Text(show::graph(&work)));
    }
    if work.is_proposed && !args.plan && !args.proposed && !wanted::is_enabled(&project) {
        return Err(show::nothing_declared(&work));
    }
    match args.local.unwrap_or_else(|| inside::is_container(&context.environment)) {
        true => run_here(args, &project, &work, context).await,
        false => run_in_container(args, project, &work, context).await,
    }
}

async fn run_here(args: &PrebuildArgs, project: &Project, work: &Work, context: &Context) -> Result<Answer> {
    let environment = &context.environment;
    let folder = project.workspace_folder().unwrap_or(&environment.current_dir).to_owned();
    let home = environment.home.clone().unwrap_or_else(|| environment.state_dir.clone());
    let name = Record::file_name(&folder.display().to_string());
    let mut site = LocalSite::new(folder);
    site.environment.clone_from(&context.secrets);
    let prebuild = Prebuild {
        declaration: &work.declaration,
        graph: &work.graph,
        limits: &args.limits(work, project, context),
        site: Site::Local(site),
        host: None,
        store: Store::Local(home.join(".devcontainer").join(name)),
        logs: logs(project, context),
        events: &context.events,
        force: &work.forced,
        keep_going: args.keep_going,
    };
    let _lock = args.lock(project, context).await?;
    carry_out(args, &prebuild, work, context).await
}

async fn run_in_container(
    args: &PrebuildArgs,
    project: Project,
    work: &Work,
    context: &Context,
) -> Result<Answer> {
    let target = &args.target;
    let engine = context.engine(&target.container.engine)?;
    let _lock = args.lock(&project, context).await?;
    let (project, container) =
        gather::existing_container(&target.container, &engine, project, context).await?;
    require_running(&container, "devc up")?;
    let settings = settings_of(&project, &container)?;
    let state_dir = &context.environment.state_dir;
    let before = ContainerRecord::load(state_dir, container.id.as_str());
    let mut record = before.clone();
    let user = remote_user(&settings, &container);
    let (user, mut environment) = futures_util::try_join!(
        RemoteUser::find(&engine, &container, user),
        remote_environment(&engine, &container, &settings, &target.environment, &mut record, &context.events)
    )?;
    if record != before {
        record.save(state_dir, container.id.as_str());
    }
    environment.set.extend(context.secrets.clone());
    let folders = Folders { data: target.folders.container_data_folder.clone(), system: None };
    let folder = project.remote_workspace_folder.as_deref().unwrap_or(&user.home);
    let site = ContainerSite {
        engine: &engine,
        container: &container,
        environment: &environment,
        user: &user.name,
        folder,
        running: &context.running,
    };
    let host = project.workspace_folder().map(|folder| Site::Local(LocalSite::new(folder.to_owned())));
    let prebuild = Prebuild {
        declaration: &work.declaration,
        graph: &work.graph,
        limits: &args.limits(work, &project, context),
        site: Site::Container(site),
        host,
        store: Store::Container {
            engine: &engine,
            container: &container,
            user: &user,
            folder: data_folder(&user, &folders),
            name: Record::file_name(folder),
            copy: state_dir.join("prebuilds").join(format!("{}.json", project.id)),
        },
        logs: logs(&project, context),
        events: &context.events,
        force: &work.forced,
        keep_going: args.keep_going,
    };
    let answer = carry_out(args, &prebuild, work, context).await;
    answer.map_err(|error| error.in_container(container.id.as_str()))
}

async fn carry_out(
    args: &PrebuildArgs,
    prebuild: &Prebuild<'_>,
    work: &Work,
    context: &Context,
) -> Result<Answer> {
    if args.plan {
        let verdicts = prebuild.plan(&work.wanted).await?;
        return Ok(match args.json {
            true => Answer::Json(show::plan_json(work, &verdicts)),
            false => Answer::Text(show::plan(work, &verdicts, context.columns)),
        });
    }
    let began = std::time::Instant::now();
    let reports = prebuild.run(&work.wanted).await?;
    let elapsed = began.elapsed();
    let failed: Vec<&TaskReport> = reports.iter().filter(|report| report.has_failed()).collect();
    if !failed.is_empty() {
        context.events.notice(Level::Error, show::failure(work, &failed));
    }
    let text = match args.json {
        true => format!("{}\n", show::summary_json(work, &reports, elapsed)),
        false => show::summary(work, &reports, elapsed, context.columns),
    };
    Ok(Answer::Report(text, u8::from(!failed.is_empty())))
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

    fn limits(&self, work: &Work, project: &Project, context: &Context) -> Limits {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let mut limits = Limits::of(&work.declaration, processors);
        let settled = || context.preferences.count(&MAX_PARALLEL, &project.configuration);
        if let Some(most) = self.max_parallel.map(usize::from).or_else(settled) {
            limits.parallel = most;
        }
        limits
    }
}

fn logs(project: &Project, context: &Context) -> std::path::PathBuf {
    context.environment.state_dir.join("logs/tasks").join(&project.id)
}
