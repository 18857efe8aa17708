//! `devc set-up`: a container that somebody else started becomes a dev container.

use std::path::PathBuf;

use clap::Args;
use serde_json::{Map, Value, json};

use crate::commands::Context;
use crate::commands::context::Answer;
use crate::commands::gather::{self, CurrentFolder};
use crate::commands::hooks::{self, HookRequest};
use crate::commands::options::{
    ContainerFolderArgs, DotfilesArgs, EngineArgs, EnvironmentArgs, HookArgs, OverrideArgs, TrustArgs,
    WorkspaceArgs,
};
use crate::commands::session::{require_running, settings_of};
use crate::engine::Container;
use crate::error::{Error, ErrorKind, Result};
use crate::host::WorkspaceLock;
use crate::plan::HookOptions;
use crate::project::Project;

const EXAMPLES: &str = "\
Examples:
  devc set-up --container-id ID
  devc set-up --container-id web --config .devcontainer/devcontainer.json
  devc set-up --container-id web --dotfiles-repository me/dotfiles --skip-non-blocking-commands

The container keeps its image, mounts and variables. What is done in it: /etc/environment and /etc/profile are completed,
hooks of the image's metadata and of the configuration run, dotfiles are installed.";

/// Arguments of `devc set-up`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct SetUpArgs {
    /// The running container, by id or name
    #[arg(long, value_name = "ID", required = true)]
    container_id: String,
    /// A devcontainer.json to go by besides the image's metadata
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Add the configuration to the result
    #[arg(long)]
    include_configuration: bool,
    /// Add the configuration merged with the image's metadata to the result
    #[arg(long)]
    include_merged_configuration: bool,
    /// Run no hooks and install no dotfiles
    #[arg(long, help_heading = "Hooks")]
    skip_post_create: bool,
    #[command(flatten)]
    pub(crate) hooks: HookArgs,
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
    /// Accepted for the reference CLI's sake
    #[arg(long, value_name = "PATH", hide = true)]
    user_data_folder: Option<PathBuf>,
}

/// Prepares the container and runs what is left of its hooks.
pub async fn run(args: &SetUpArgs, context: &Context) -> Result<Answer> {
    let project = args.project(context)?;
    let engine = context.engine(&args.engine)?;
    let container = engine.inspect(&args.container_id).await?.ok_or_else(|| args.not_found())?;
    require_running(&container, &format!("docker start {}", container.id.short()))?;
    let id = container.id.as_str();
    let _lock = WorkspaceLock::acquire(&context.environment.state_dir, id, &context.events).await?;
    let settings = settings_of(&project, &container)?;
    let entries = project.entries_for_existing(&container.labels, &[]);
    let request = HookRequest {
        engine: &engine,
        project: &project,
        container: &container,
        settings: &settings,
        entries: &project.substitute_entries(&entries, Some(&container.environment))?,
        environment: &args.environment,
        folders: &args.folders,
        dotfiles: &args.dotfiles,
        options: HookOptions {
            skip_all: args.skip_post_create,
            ..hooks::options(&args.hooks, &args.dotfiles)
        },
        trust: &args.trust,
    };
    request.run(context).await.map_err(|error| error.in_container(id))?;
    args.answer(&project, &container, settings.raw)
}

impl SetUpArgs {
    /// The configuration, or an empty one. It belongs to no folder, so the container is known by its id alone.
    fn project(&self, context: &Context) -> Result<Project> {
        let named = WorkspaceArgs { config: self.config.clone(), ..WorkspaceArgs::default() };
        gather::project(&named, &OverrideArgs::default(), CurrentFolder::IsNotMeant, context)
    }

    fn not_found(&self) -> Error {
        Error::new(ErrorKind::NotFound, "Dev container not found.").hint(format!(
            "Look for the right id or name with `docker ps`: no container is called {:?}.",
            self.container_id
        ))
    }

    fn answer(&self, project: &Project, container: &Container, merged: Map<String, Value>) -> Result<Answer> {
        let mut result = Map::new();
        result.insert("outcome".to_owned(), json!("success"));
        if self.include_configuration {
            let printed = project.printed_configuration(Some(&container.environment))?;
            result.insert("configuration".to_owned(), Value::Object(printed));
        }
        if self.include_merged_configuration {
            result.insert("mergedConfiguration".to_owned(), Value::Object(merged));
        }
        Ok(Answer::Json(Value::Object(result)))
    }
}
