//! Which devcontainer.json is meant, for verbs that need no container.

use std::path::PathBuf;

use clap::Args;

use crate::commands::Context;
use crate::commands::gather::{self, CurrentFolder};
use crate::commands::options::{OverrideArgs, WorkspaceArgs};
use crate::error::Result;
use crate::project::Project;

/// Which devcontainer.json is meant.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Which configuration")]
pub struct ConfigurationArgs {
    /// Folder of the project [default: the current folder]
    #[arg(long, value_name = "PATH", env = "DEVC_WORKSPACE_FOLDER")]
    pub workspace_folder: Option<PathBuf>,
    /// The devcontainer.json to use [default: .devcontainer/devcontainer.json, else .devcontainer.json]
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Choose .devcontainer/NAME/devcontainer.json where a project has several
    #[arg(long, value_name = "NAME", conflicts_with = "config", env = "DEVC_CONFIG_NAME")]
    pub config_name: Option<String>,
}

impl ConfigurationArgs {
    /// The project that the configuration is of.
    pub fn project(&self, context: &Context) -> Result<Project> {
        let Self { workspace_folder, config, config_name } = self.clone();
        let workspace = WorkspaceArgs { workspace_folder, config, config_name, ..WorkspaceArgs::default() };
        gather::project(&workspace, &OverrideArgs::default(), CurrentFolder::StandsIn, context)
    }
}
