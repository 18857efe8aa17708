//! `devc up`: a folder becomes a running dev container.

mod bring_up;
mod kept_folders;
mod new_container;
mod services;
mod show_plan;

use std::cell::OnceCell;
use std::path::Path;

use clap::{Args, FromArgMatches, ValueEnum};

use crate::commands::Context;
use crate::commands::compose::ComposeSite;
use crate::commands::context::Answer;
use crate::commands::gather::{self, CurrentFolder, Found};
use crate::commands::handoff::{HandoffRequest, hand_over};
use crate::commands::options::{
    BuildOptionArgs, BuildSecretArgs, ContainerFolderArgs, DotfilesArgs, EngineArgs, EnvironmentArgs,
    FeatureArgs, HookArgs, LockfileArgs, OverrideArgs, RegistryArgs, TrustArgs, WorkspaceArgs,
};
use crate::commands::wanted_features::WantedFeatures;
use crate::config::{RequestedMount, discovery};
use crate::editor::Editor;
use crate::engine::Removal;
use crate::error::{Error, ErrorKind, Result};
use crate::host::WorkspaceLock;
use crate::project::compose::Recorded;
use bring_up::Up;

const EXAMPLES: &str = "\
Examples:
  devc up                                  the project in this folder
  devc up --plan                           what would happen, and why; changes nothing
  devc up --open                           and open it in your editor
  devc up --rebuild=auto                   a new container if devcontainer.json has changed
  devc up --workspace-folder ~/app --skip-post-attach --log-format json";

/// Arguments of `devc up`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct UpArgs {
    /// Open it in an editor afterwards [default: the one of `devc open`]
    #[arg(long, value_enum, value_name = "EDITOR", num_args = 0..=1, require_equals = true, conflicts_with = "plan")]
    open: Option<Option<Editor>>,
    /// Print what would happen, and why, and change nothing
    #[arg(long, value_enum, value_name = "FORMAT", num_args = 0..=1, require_equals = true, default_missing_value = "text")]
    plan: Option<PlanFormat>,
    /// What to do when devcontainer.json has changed since the container was made
    #[arg(long, value_enum, default_value_t = RebuildArg::Never, value_name = "WHEN")]
    rebuild: RebuildArg,
    /// Replace the container if there is one
    #[arg(long)]
    remove_existing_container: bool,
    /// Fail if there is no container yet
    #[arg(long)]
    expect_existing_container: bool,
    /// Build without the cache
    #[arg(long, help_heading = "Build")]
    build_no_cache: bool,
    /// Mount something more: type=bind|volume|tmpfs,source=...,target=...[,readonly] (repeatable)
    #[arg(long, value_name = "MOUNT", value_parser = parse_mount)]
    mount: Vec<RequestedMount>,
    /// Keep no package caches, editor servers and shell history on volumes
    #[arg(long)]
    no_cache_volumes: bool,
    /// Whether GPUs are there to be used
    #[arg(long, value_enum, default_value = "detect", value_name = "WHETHER")]
    gpu_availability: GpuAvailability,
    /// Whether the remote user gets the ids of this machine's user, when the configuration does not say
    #[arg(long, value_enum, default_value = "on", value_name = "WHETHER")]
    update_remote_user_uid_default: UpdateUid,
    /// Run no hooks except initializeCommand
    #[arg(long, help_heading = "Hooks")]
    skip_post_create: bool,
    /// Add the configuration to the result
    #[arg(long)]
    include_configuration: bool,
    /// Add the configuration merged with the image's metadata to the result
    #[arg(long)]
    include_merged_configuration: bool,
    #[command(flatten)]
    workspace: WorkspaceArgs,
    #[command(flatten)]
    override_config: OverrideArgs,
    #[command(flatten)]
    build: BuildOptionArgs,
    #[command(flatten)]
    features: FeatureArgs,
    #[command(flatten)]
    lockfile: LockfileArgs,
    #[command(flatten)]
    registry: RegistryArgs,
    #[command(flatten)]
    hooks: HookArgs,
    #[command(flatten)]
    environment: EnvironmentArgs,
    #[command(flatten)]
    dotfiles: DotfilesArgs,
    #[command(flatten)]
    trust: TrustArgs,
    #[command(flatten)]
    folders: ContainerFolderArgs,
    #[command(flatten)]
    engine: EngineArgs,
    /// Leave remoteEnv out of the metadata label
    #[arg(long, hide = true)]
    omit_config_remote_env_from_metadata: bool,
    /// Accepted for the reference CLI's sake
    #[arg(long, value_name = "PATH", hide = true)]
    user_data_folder: Option<std::path::PathBuf>,
}

/// A mount with a target; the engine says what else is wrong with one.
fn parse_mount(text: &str) -> std::result::Result<RequestedMount, String> {
    let mount = RequestedMount::parse(text);
    match mount.mount.target {
        Some(_) => Ok(mount),
        None => Err("write it as type=bind|volume|tmpfs,source=...,target=...".to_owned()),
    }
}

/// How a plan is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum PlanFormat {
    Text,
    Json,
}

/// See [`Rebuild`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum RebuildArg {
    /// Make a new container if a property that shapes it has changed
    Auto,
    /// Say what has changed and keep the container
    Never,
    /// Make a new container in any case
    Always,
}

/// Whether GPUs are there to be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum GpuAvailability {
    /// Yes
    All,
    /// Ask the engine
    Detect,
    /// No
    None,
}

/// Whether the remote user gets the ids of this machine's user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum UpdateUid {
    /// Not even when the configuration says so
    Never,
    /// Unless the configuration says no
    On,
    /// Only when the configuration says so
    Off,
}

/// Brings the dev container up, or says what that would take.
pub async fn run(args: &UpArgs, context: &Context) -> Result<Answer> {
    if let Some(config) = &args.workspace.config {
        discovery::check_file_name(config)?;
    }
    let project = gather::project(&args.workspace, &args.override_config, args.current_folder(), context)?;
    project.require_supported()?;
    let policy = args.lockfile.policy(&context.events);
    let features = WantedFeatures::gather(&project, &args.features, policy, context)?;
    gather::dockerfile_text(&project)?;
    if project.config.initialize_command.is_none() {
        // It may make files; without it, what is missing now is missing for good.
        ComposeSite::of(&project, context)?;
    }
    let engine = context.engine(&args.engine)?;
    let lock = match args.plan {
        None => {
            Some(WorkspaceLock::acquire(&context.environment.state_dir, &project.id, &context.events).await?)
        }
        Some(_) => None,
    };
    let Found { project, container, leftovers } = gather::container(&engine, project, None).await?;
    let recorded = container.as_ref().and_then(|container| Recorded::from_labels(&container.labels));
    let up = Up {
        args,
        context,
        engine: &engine,
        project: &project,
        features: &features,
        recorded,
        compose: OnceCell::new(),
    };
    if let Some(format) = args.plan {
        return up.show_plan(container, format).await;
    }
    let (container, answer) = up.bring_up(container).await?;
    for leftover in &leftovers {
        engine.remove(leftover, Removal::ContainerOnly).await?;
    }
    let Some(editor) = args.open else { return Ok(answer) };
    // Whoever works in the terminal of an editor may want to bring the container up again.
    drop(lock);
    let request = HandoffRequest {
        engine: &engine,
        project: &project,
        container: &container,
        environment: &args.environment,
        editor,
        words: &[],
    };
    Ok(hand_over(&request, context).await?.unwrap_or(answer))
}

impl UpArgs {
    /// What these words mean, for verbs that bring up dev containers of their own.
    pub fn parse(words: &[&str]) -> Result<Self> {
        let command = Self::augment_args(clap::Command::new("up").no_binary_name(true));
        let matches = command.try_get_matches_from(words);
        matches.and_then(|matches| Self::from_arg_matches(&matches)).map_err(|error| {
            Error::new(ErrorKind::Usage, "a dev container cannot be asked for").because(error.to_string())
        })
    }

    /// What builds are given secretly.
    pub fn build_secrets(&self) -> &BuildSecretArgs {
        &self.build.secrets
    }

    /// The secrets file, which has to be read before anything is reported.
    pub fn secrets_file(&self) -> Option<&Path> {
        self.hooks.secrets_file.as_deref()
    }

    /// Whether this is more than a look at the plan.
    pub fn changes_things(&self) -> bool {
        self.plan.is_none()
    }

    fn current_folder(&self) -> CurrentFolder {
        if self.workspace.id_label.is_empty() && self.override_config.override_config.is_none() {
            CurrentFolder::StandsIn
        } else {
            CurrentFolder::IsNotMeant
        }
    }
}
