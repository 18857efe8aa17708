//! `devc status`: how a dev container stands.

mod work;

use clap::Args;
use serde_json::{Value, json};

use crate::commands::Context;
use crate::commands::context::Answer;
use crate::commands::gather::{self, Found};
use crate::commands::hooks::HookRequest;
use crate::commands::list::container_json;
use crate::commands::options::{
    ContainerArgs, ContainerFolderArgs, DotfilesArgs, EnvironmentArgs, TrustArgs,
};
use crate::commands::session::{as_planned, hook_entries, settings_of};
use crate::engine::{Container, ContainerState, Engine};
use crate::error::Result;
use crate::execute::tasks::known_tasks;
use crate::host::{self, ContainerRecord};
use crate::plan::{self, ContainerOptions, HookOptions, PlanLine};
use crate::project::Project;
use crate::tasks::{Declaration, Record};
use crate::ui::{Table, words};
use work::Work;

const EXAMPLES: &str = "\
Examples:
  devc status
  devc status --json | jq -r '.hooks[] | select(.state == \"failed\") | .log'
  devc status > /dev/null || devc up

The exit code is 0 when the container runs, all its hooks are done and no task has failed, else 1. Hooks and tasks
are done, failed, interrupted (whoever ran them was killed), running or waiting. What has changed since the
container was made is told by `devc up --plan`.";

/// Arguments of `devc status`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct StatusArgs {
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    container: ContainerArgs,
    #[command(flatten)]
    folders: ContainerFolderArgs,
}

/// Asks, and changes nothing.
pub async fn run(args: &StatusArgs, context: &Context) -> Result<Answer> {
    let engine = context.engine(&args.container.engine)?;
    let project = args.container.project(context)?;
    let is_busy = host::is_busy(&context.environment.state_dir, &project.id);
    let Found { project, container, .. } =
        gather::container_of(&args.container, &engine, project, context).await?;
    let status = match container {
        None => Status::without_container(project),
        Some(container) => Status::of(project, container, is_busy, &engine, args, context).await?,
    };
    let text = match args.json {
        true => format!("{}\n", status.to_json()),
        false => status.to_text(context),
    };
    Ok(Answer::Report(text, u8::from(!status.is_ready())))
}

/// How a dev container stands.
struct Status {
    project: Project,
    container: Option<Container>,
    hooks: Vec<Work>,
    tasks: Vec<Work>,
    /// What `up` would do.
    next: Vec<PlanLine>,
}

impl Status {
    fn without_container(project: Project) -> Self {
        let next = vec![PlanLine::new("create-container", "", "there is none for this workspace")];
        Self { project, container: None, hooks: Vec::new(), tasks: Vec::new(), next }
    }

    async fn of(
        project: Project,
        container: Container,
        is_busy: bool,
        engine: &Engine,
        args: &StatusArgs,
        context: &Context,
    ) -> Result<Self> {
        let entries = hook_entries(&project, &container)?;
        let request = HookRequest {
            engine,
            project: &project,
            container: &container,
            settings: &settings_of(&project, &container)?,
            entries: &entries,
            environment: &EnvironmentArgs::default(),
            folders: &args.folders,
            dotfiles: &DotfilesArgs::default(),
            options: HookOptions::default(),
            trust: &TrustArgs::default(),
        };
        let mut record = ContainerRecord::load(&context.environment.state_dir, container.id.as_str());
        let left = match container.state {
            ContainerState::Running => request.plan_by_asking(&mut record).await?,
            _ => request.plan(&record.after_restart().hooks_done),
        };
        let hooks = work::survey(&entries, &left, &record, request.times(), is_busy);
        let tasks = tasks(&project, &container, is_busy, context)?;
        let decision = plan::decide(Some(&as_planned(&container)), &[], ContainerOptions::default())?;
        let next = decision.lines(&container.image).into_iter().chain(left.lines()).collect();
        Ok(Self { project, container: Some(container), hooks, tasks, next })
    }

    fn is_ready(&self) -> bool {
        let is_running =
            self.container.as_ref().is_some_and(|container| container.state == ContainerState::Running);
        is_running && self.hooks.iter().chain(&self.tasks).all(Work::is_well)
    }

    fn configuration(&self) -> Option<String> {
        self.project.located().map(|located| located.identity_path.display().to_string())
    }

    fn to_text(&self, context: &Context) -> String {
        let mut text = format!("configuration  {}\n", self.configuration().unwrap_or_default());
        text += &match &self.container {
            None => "container      none\n".to_owned(),
            Some(container) => format!(
                "container      {}, {}, from {}, {}\n",
                container.id.short(),
                container.state.name(),
                container.image,
                since(container)
            ),
        };
        for (heading, all) in [("HOOK", &self.hooks), ("TASK", &self.tasks)] {
            if !all.is_empty() {
                text += &format!("\n{}", work_table(heading, all).render(context.columns));
            }
        }
        match &*self.next {
            [] => text + "\n`devc up` has nothing to do.\n",
            next => format!("{text}\n`devc up` would:\n{}", plan::render_text(next)),
        }
    }

    fn to_json(&self) -> Value {
        let container = self.container.as_ref().map(container_json);
        json!({
            "version": 1,
            "ready": self.is_ready(),
            "configFile": self.configuration(),
            "container": container,
            "hooks": self.hooks.iter().map(Work::to_json).collect::<Vec<_>>(),
            "tasks": self.tasks.iter().map(Work::to_json).collect::<Vec<_>>(),
            "next": plan::to_json(&self.next)["steps"],
        })
    }
}

fn since(container: &Container) -> String {
    match container.state {
        ContainerState::Running => format!("since {}", host::of_this_place(&container.started_at)),
        _ => format!("made {}", host::of_this_place(&container.created)),
    }
}

/// The tasks that the project declares, as they stand in this container.
fn tasks(project: &Project, container: &Container, is_busy: bool, context: &Context) -> Result<Vec<Work>> {
    let Some(declaration) = Declaration::read(project.written()) else { return Ok(Vec::new()) };
    let known = known_tasks(&context.environment.state_dir, &project.id)?;
    let own = known.filter(|record| record.container == container.id.as_str());
    let record = own.unwrap_or_else(|| Record::of(container.id.as_str()));
    Ok(work::survey_tasks(&declaration, &record, is_busy))
}

fn work_table(heading: &str, all: &[Work]) -> Table {
    let mut table = Table::new([heading, "STATE", "STARTED", "TOOK", "EXIT", "LOG"]);
    for work in all {
        let took = work.milliseconds.map(std::time::Duration::from_millis);
        let log = work.log.as_ref().filter(|log| log.exists());
        table.row([
            work.name.clone(),
            work.standing.name().to_owned(),
            work.started.as_deref().map(host::of_this_place).unwrap_or_default(),
            took.map(words::duration).unwrap_or_default(),
            work.exit_code.map(|code| code.to_string()).unwrap_or_default(),
            log.map(|log| log.display().to_string()).unwrap_or_default(),
        ]);
    }
    table
}
