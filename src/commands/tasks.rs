//! Running the tasks of a project in its container: shared by `prebuild`, `resume` and `up`.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::commands::Context;
use crate::commands::options::{ContainerFolderArgs, EnvironmentArgs};
use crate::commands::session::{compose, remote_environment, remote_user};
use crate::config::Settings;
use crate::engine::{Container, Engine};
use crate::error::{Error, ErrorKind, Result};
use crate::event::Level;
use crate::execute::tasks::{ContainerSite, Fate, LocalSite, Prebuild, Site, Sites, Store, TaskReport};
use crate::execute::{Folders, ProcessTag, RemoteUser, data_folder};
use crate::host::ContainerRecord;
use crate::preferences::MAX_PARALLEL;
use crate::project::{Project, RemoteEnvironment};
use crate::tasks::{Declaration, Graph, Limits, Reason, Record, Sight, TaskId, Verdict};
use crate::ui::words;

/// Tasks, and which of them are wanted.
pub(super) struct Work {
    /// All of them.
    pub declaration: Declaration,
    /// What they need.
    pub graph: Graph,
    /// How many run at once.
    pub limits: Limits,
    /// Which are to be done.
    pub wanted: Vec<bool>,
    /// Which run even if they are done.
    pub forced: Vec<bool>,
    /// Whether a failure stops only what needs it.
    pub keep_going: bool,
    /// Whether only to say what would run.
    pub looks_only: bool,
}

/// What came of it.
pub(super) enum Outcome {
    /// What would run, and why.
    Plan(Vec<Option<Verdict>>),
    /// What became of each task, and how long all of it took.
    Ran(Vec<TaskReport>, Duration),
}

/// A container in which tasks run.
pub(super) struct TaskRequest<'a> {
    /// Where it runs.
    pub engine: &'a Engine,
    /// What it is for.
    pub project: &'a Project,
    /// It.
    pub container: &'a Container,
    /// The merged configuration.
    pub settings: &'a Settings,
    /// What tasks see.
    pub environment: &'a EnvironmentArgs,
    /// Where the record goes.
    pub folders: &'a ContainerFolderArgs,
}

impl Work {
    /// All tasks of a declaration, with as many at once as the project or the user says.
    pub fn all(declaration: Declaration, project: &Project, context: &Context) -> Result<Self> {
        let graph = Graph::of(&declaration)
            .map_err(|mistake| Error::new(ErrorKind::Config, mistake.describe(&declaration).to_string()))?;
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let mut limits = Limits::of(&declaration, processors);
        if let Some(most) = context.preferences.count(&MAX_PARALLEL, &project.configuration) {
            limits.parallel = most;
        }
        let count = declaration.tasks.len();
        let (wanted, forced) = (vec![true; count], vec![false; count]);
        Ok(Self { declaration, graph, limits, wanted, forced, keep_going: false, looks_only: false })
    }

    /// The name of a task.
    pub fn name(&self, task: TaskId) -> &str {
        &self.declaration.tasks[task].name
    }

    /// The name of the phase of a task.
    pub fn phase(&self, task: TaskId) -> &str {
        &self.declaration.phases[self.declaration.tasks[task].phase].name
    }

    /// Why a task is where it is, if there is more to say than the word for it.
    pub fn reason(&self, report: &TaskReport) -> Option<String> {
        match &report.fate {
            Fate::LeftOut(why) => Some((*why).to_owned()),
            Fate::Failed(why) => Some(why.clone()),
            Fate::Blocked(by) => Some(format!("{} failed", self.name(*by))),
            _ => None,
        }
    }

    /// The failures in one sentence; `None` if there are none.
    pub fn failure(&self, reports: &[TaskReport]) -> Option<Error> {
        let failed = reports.iter().filter(|report| report.has_failed());
        let names: Vec<String> = failed
            .map(|report| format!("{} ({})", self.name(report.task), self.reason(report).unwrap_or_default()))
            .collect();
        let count = words::count(names.len(), "task");
        let error = Error::new(ErrorKind::Hook, format!("{count} failed: {}", words::list(&names)));
        (!names.is_empty())
            .then(|| error.hint("Correct what they do; the next `devc prebuild` goes on from there."))
    }

    /// What would run where nothing is done.
    pub fn not_begun(&self) -> Outcome {
        let verdict = |wanted: &bool| wanted.then_some(Verdict::Run(Reason::NeverDone));
        Outcome::Plan(self.wanted.iter().map(verdict).collect())
    }

    /// Runs the tasks on this machine, in the folder of the project.
    pub async fn run_here(&self, project: &Project, context: &Context) -> Result<Outcome> {
        let environment = &context.environment;
        let folder = project.workspace_folder().unwrap_or(&environment.current_dir).to_owned();
        let home = environment.home.as_ref().unwrap_or(&environment.state_dir);
        let store =
            Store::Local(home.join(".devcontainer").join(Record::file_name(&folder.display().to_string())));
        let site = LocalSite::new(folder, context.secrets.clone());
        let sites = Sites { inside: Site::Local(site), host: None };
        self.run(&sites, None, store, project, context).await
    }

    async fn run(
        &self,
        sites: &Sites<'_>,
        seen: Option<Vec<Sight>>,
        store: Store<'_>,
        project: &Project,
        context: &Context,
    ) -> Result<Outcome> {
        let prebuild = Prebuild {
            declaration: &self.declaration,
            graph: &self.graph,
            limits: &self.limits,
            sites,
            seen,
            store: &store,
            logs: logs(project, context),
            events: &context.events,
            force: &self.forced,
            keep_going: self.keep_going,
        };
        if self.looks_only {
            return prebuild.plan(&self.wanted).await.map(Outcome::Plan);
        }
        let began = Instant::now();
        let reports = prebuild.run(&self.wanted).await?;
        Ok(Outcome::Ran(reports, began.elapsed()))
    }
}

impl TaskRequest<'_> {
    /// Runs all tasks that are not done; one that fails is an error.
    pub async fn run_all(&self, declaration: Declaration, context: &Context) -> Result<()> {
        let work = Work::all(declaration, self.project, context)?;
        match self.run(&work, context).await? {
            Outcome::Ran(reports, _) => work.failure(&reports).map_or(Ok(()), Err),
            Outcome::Plan(_) => Ok(()),
        }
    }

    /// Runs the tasks as the remote user, with all that hooks and commands see.
    pub async fn run(&self, work: &Work, context: &Context) -> Result<Outcome> {
        let (state_dir, id) = (&context.environment.state_dir, self.container.id.as_str());
        let before = ContainerRecord::load(state_dir, id);
        let mut record = before.clone();
        let name = remote_user(self.settings, self.container);
        let (args, events) = (self.environment, &context.events);
        let (user, mut environment, seen) = futures_util::try_join!(
            RemoteUser::find(self.engine, self.container, name),
            remote_environment(self.engine, self.container, self.settings, args, &mut record, events),
            async { Ok(self.early_look(work, &before, context).await) },
        )?;
        // What was seen with an environment that holds no longer may be wrong.
        let seen = seen.filter(|_| record.probe == before.probe);
        environment.set.extend(context.secrets.clone());
        let site = self.site(&user.name, &user.home, &environment, context);
        if !work.looks_only {
            let left_over = record.in_progress.replace(site.tag.text().to_owned());
            if let Some(tag) = left_over
                && site.end_left_over(&tag).await
            {
                events.notice(Level::Info, "Ended what an earlier devc had left running.");
            }
        }
        if record != before {
            record.save(state_dir, id);
        }
        let folders = Folders { data: self.folders.container_data_folder.clone(), system: None };
        let store = Store::Container {
            engine: self.engine,
            container: self.container,
            user: &user,
            folder: data_folder(&user, &folders),
            name: Record::file_name(site.folder),
            copy: Store::copy(state_dir, &self.project.id),
        };
        let sites = Sites { inside: Site::Container(site), host: self.host(context) };
        let outcome = work.run(&sites, seen, store, self.project, context).await;
        if !work.looks_only {
            record.in_progress = None;
            record.save(state_dir, id);
        }
        outcome
    }

    /// Looks at what tasks depend on with the environment that is remembered, which takes as long as to find out whether it is
    /// still the right one. Says nothing where that may be in vain: next to an earlier run, or when something fails.
    async fn early_look(
        &self,
        work: &Work,
        record: &ContainerRecord,
        context: &Context,
    ) -> Option<Vec<Sight>> {
        let probe = record.probe.as_ref().filter(|_| record.in_progress.is_none())?;
        let mut environment = compose(probe.clone(), self.settings, self.environment);
        environment.set.extend(context.secrets.clone());
        let user = remote_user(self.settings, self.container);
        let site = self.site(user, &probe.home, &environment, context);
        let sites = Sites { inside: Site::Container(site), host: self.host(context) };
        sites.look(&work.declaration, &work.wanted).await.ok()
    }

    fn site<'s>(
        &'s self,
        user: &'s str,
        home: &'s str,
        environment: &'s RemoteEnvironment,
        context: &'s Context,
    ) -> ContainerSite<'s> {
        ContainerSite {
            engine: self.engine,
            container: self.container,
            environment,
            user,
            folder: self.project.remote_workspace_folder.as_deref().unwrap_or(home),
            running: &context.running,
            tag: ProcessTag::unique(),
        }
    }

    fn host(&self, context: &Context) -> Option<Site<'_>> {
        let folder = self.project.workspace_folder()?;
        Some(Site::Local(LocalSite::new(folder.to_owned(), context.secrets.clone())))
    }
}

/// Each task has one log, of its last run.
fn logs(project: &Project, context: &Context) -> PathBuf {
    context.environment.state_dir.join("logs/tasks").join(&project.id)
}
