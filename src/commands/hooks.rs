//! Preparing a container and running what is left of its hooks: shared by `up`, `run-user-commands` and `resume`.

use std::collections::BTreeMap;

use clap::Args;

use crate::commands::Context;
use crate::commands::options::{ContainerFolderArgs, DotfilesArgs, EnvironmentArgs, HookArgs, TrustArgs};
use crate::commands::process::TargetArgs;
use crate::commands::session::{hook_entries, remote_environment, remote_user, settings_of};
use crate::config::metadata::Entry;
use crate::config::{Settings, hook};
use crate::engine::{Container, Engine};
use crate::error::Result;
use crate::execute::{self, Dotfiles, Folders, HookRunner, Journal, RemoteUser};
use crate::host::ContainerRecord;
use crate::plan::{HookOptions, HookPlan, HookStep, HooksResult, Timestamps, plan_hooks};
use crate::project::{Project, RemoteEnvironment};

/// The arguments of verbs that only run hooks.
#[derive(Args, Debug)]
pub struct RunHooksArgs {
    /// In which container.
    #[command(flatten)]
    pub target: TargetArgs,
    /// Which hooks.
    #[command(flatten)]
    pub hooks: HookArgs,
    /// The user's own.
    #[command(flatten)]
    pub dotfiles: DotfilesArgs,
    /// What the container trusts.
    #[command(flatten)]
    pub trust: TrustArgs,
}

impl RunHooksArgs {
    /// The options as typed, as the plan means them.
    pub fn options(&self) -> HookOptions {
        options(&self.hooks, &self.dotfiles)
    }

    /// Runs what is left of the hooks of a running container.
    pub async fn run(
        &self,
        engine: &Engine,
        project: &Project,
        container: &Container,
        options: HookOptions,
        context: &Context,
    ) -> Result<HooksResult> {
        let request = HookRequest {
            engine,
            project,
            container,
            settings: &settings_of(project, container)?,
            entries: &hook_entries(project, container)?,
            environment: &self.target.environment,
            folders: &self.target.folders,
            dotfiles: &self.dotfiles,
            options,
            trust: &self.trust,
        };
        request.run(context).await.map_err(|error| error.in_container(container.id.as_str()))
    }
}

/// A container with everything that its hooks depend on.
pub struct HookRequest<'a> {
    /// Where the container runs.
    pub engine: &'a Engine,
    /// What it is for.
    pub project: &'a Project,
    /// It.
    pub container: &'a Container,
    /// The merged configuration.
    pub settings: &'a Settings,
    /// The resolved metadata entries: who wants which hook.
    pub entries: &'a [Entry],
    /// The environment of the hooks.
    pub environment: &'a EnvironmentArgs,
    /// Where markers go.
    pub folders: &'a ContainerFolderArgs,
    /// Which dotfiles.
    pub dotfiles: &'a DotfilesArgs,
    /// How far to go.
    pub options: HookOptions,
    /// Whether the host's certificates are handed on.
    pub trust: &'a TrustArgs,
}

/// The options as typed, as the plan means them.
pub fn options(args: &HookArgs, dotfiles: &DotfilesArgs) -> HookOptions {
    HookOptions {
        skip_all: false,
        skip_non_blocking: args.skip_non_blocking_commands,
        prebuild: args.prebuild,
        stop_for_personalization: false,
        skip_post_attach: args.skip_post_attach,
        has_dotfiles: dotfiles.dotfiles_repository.is_some(),
    }
}

impl HookRequest<'_> {
    /// What is left to run, as far as the records of this machine know.
    pub fn plan(&self, done: &BTreeMap<String, String>) -> HookPlan {
        self.plan_with(&self.options, done)
    }

    fn plan_with(&self, options: &HookOptions, done: &BTreeMap<String, String>) -> HookPlan {
        let commands_of = |hook| hook::hooks_of(self.entries, hook);
        plan_hooks(commands_of, self.settings.wait_for, done, self.times(), options)
    }

    /// When the container was made and started.
    pub fn times(&self) -> Timestamps<'_> {
        Timestamps { created: &self.container.created, started_at: &self.container.started_at }
    }

    /// What is left to run, having asked the container where the records do not know: another tool may have run
    /// hooks. Changes nothing.
    pub async fn plan_by_asking(&self, record: &mut ContainerRecord) -> Result<HookPlan> {
        let plan = self.plan(&record.hooks_done);
        if plan.steps.is_empty() {
            return Ok(plan);
        }
        let user = self.user().await?;
        let folder = execute::data_folder(&user, &self.folders());
        let markers = execute::read_markers(self.engine, self.container, &folder).await?;
        record.hooks_done.extend(markers);
        Ok(self.plan(&record.hooks_done))
    }

    async fn user(&self) -> Result<RemoteUser> {
        RemoteUser::find(self.engine, self.container, remote_user(self.settings, self.container)).await
    }

    fn folders(&self) -> Folders {
        Folders {
            data: self.folders.container_data_folder.clone(),
            system: self.folders.container_system_data_folder.clone(),
        }
    }

    fn dotfiles(&self) -> Option<Dotfiles> {
        Some(Dotfiles {
            repository: self.dotfiles.dotfiles_repository.clone()?,
            target: self.dotfiles.dotfiles_target_path.clone(),
            install_command: self.dotfiles.dotfiles_install_command.clone(),
        })
    }

    /// Prepares the container, once per start, and runs the hooks that are left.
    pub async fn run(&self, context: &Context) -> Result<HooksResult> {
        let state_dir = &context.environment.state_dir;
        let id = self.container.id.as_str();
        let mut record = ContainerRecord::load(state_dir, id);
        let is_prepared = record.prepared_for.as_deref() == Some(self.container.started_at.as_str());
        let plan = self.plan(&record.hooks_done);
        if is_prepared && plan.steps.is_empty() && record.unfinished_hook().is_none() {
            return Ok(plan.result);
        }
        let user = remote_user(self.settings, self.container);
        let trust = self.trust.gather(context);
        let prepared = execute::prepare(
            self.engine,
            self.container,
            user,
            &self.folders(),
            trust.as_ref(),
            &mut record,
            &context.events,
        )
        .await?;
        let markers = execute::read_markers(self.engine, self.container, &prepared.data_folder).await?;
        record.hooks_done.extend(markers);
        let left = self.plan_with(&HookOptions::default(), &record.hooks_done);
        record.forget_unfinished(|hook| left.has(hook));
        record.save(state_dir, id);
        let plan = self.plan(&record.hooks_done);
        if plan.steps.is_empty() {
            return Ok(plan.result);
        }
        let mut environment = self.environment_for(&plan, &mut record, context).await?;
        environment.set.extend(context.secrets.clone());
        let journal = Journal::new(state_dir, id, record);
        HookRunner {
            engine: self.engine,
            container: self.container,
            prepared: &prepared,
            working_dir: self.project.remote_workspace_folder.as_deref(),
            environment: &environment,
            dotfiles: self.dotfiles().as_ref(),
            events: &context.events,
            journal: &journal,
            running: &context.running,
        }
        .run(&plan.steps)
        .await?;
        Ok(plan.result)
    }

    /// What the steps see. The user's shell is asked only where something runs that could see what it says.
    async fn environment_for(
        &self,
        plan: &HookPlan,
        record: &mut ContainerRecord,
        context: &Context,
    ) -> Result<RemoteEnvironment> {
        if !plan.steps.iter().any(HookStep::runs_something) {
            return Ok(RemoteEnvironment::default());
        }
        let (settings, events) = (self.settings, &context.events);
        remote_environment(self.engine, self.container, settings, self.environment, record, events).await
    }
}
