//! Arguments that several verbs share.

mod build_secrets;
mod configuration;
mod editor;
mod features;
mod output_format;
mod registry;

use std::path::PathBuf;

use clap::builder::{FalseyValueParser, PossibleValue};
use clap::{Args, ValueEnum};

use crate::build::{Buildx, Places};
use crate::commands::Context;
use crate::commands::gather::{self, CurrentFolder};
use crate::config::UserEnvProbe;
use crate::engine::Engine;
use crate::error::Result;
use crate::event::Level;
use crate::execute::BuilderOptions;
use crate::host::trust::HostTrust;
use crate::preferences::OPTIMIZE;
use crate::project::Project;
use crate::project::identity::IdLabel;

pub use build_secrets::BuildSecretArgs;
pub use configuration::ConfigurationArgs;
pub use features::{FeatureArgs, LockfileArgs};
pub use output_format::OutputFormatArgs;
pub use registry::RegistryArgs;

/// Which dev container is meant.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Which dev container")]
pub struct WorkspaceArgs {
    /// Folder of the project [default: the current folder]
    #[arg(long, value_name = "PATH", env = "DEVC_WORKSPACE_FOLDER")]
    pub workspace_folder: Option<PathBuf>,
    /// The devcontainer.json to use [default: .devcontainer/devcontainer.json, else .devcontainer.json]
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Choose .devcontainer/NAME/devcontainer.json where a project has several
    #[arg(long, value_name = "NAME", conflicts_with = "config", env = "DEVC_CONFIG_NAME")]
    pub config_name: Option<String>,
    /// Identify the container by this label instead of by its folder (repeatable)
    #[arg(long, value_name = "NAME=VALUE", value_parser = parse_id_label)]
    pub id_label: Vec<String>,
    /// Mount the root of the git repository rather than the project folder
    #[arg(long, value_name = "BOOL", default_value_t = true, action = clap::ArgAction::Set, num_args = 0..=1,
          default_missing_value = "true")]
    pub mount_workspace_git_root: bool,
    /// In a git worktree, mount the main repository's .git folder too
    #[arg(long)]
    pub mount_git_worktree_common_dir: bool,
    /// How strictly host and container agree on the workspace's files; of interest on macOS and Windows only
    #[arg(long, value_name = "MODE", default_value = "cached", value_parser = ["consistent", "cached", "delegated"])]
    pub workspace_mount_consistency: String,
}

/// Reading another file in place of devcontainer.json.
#[derive(Args, Clone, Debug, Default)]
pub struct OverrideArgs {
    /// Take the content of this file, keeping the place and identity of the project's own devcontainer.json
    #[arg(long, value_name = "FILE", help_heading = "Which dev container")]
    pub override_config: Option<PathBuf>,
}

/// How to reach the engine.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Engine")]
pub struct EngineArgs {
    /// The docker client, for what the engine's API does not serve
    #[arg(long, value_name = "PATH", default_value = "docker", env = "DEVC_DOCKER_PATH")]
    pub docker_path: String,
    /// Accepted for the reference CLI's sake
    #[arg(long, value_name = "PATH", hide = true)]
    pub docker_compose_path: Option<String>,
}

/// Folders inside the container.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Folders in the container")]
pub struct ContainerFolderArgs {
    /// Where marker files of hooks are kept [default: ~/.devcontainer]
    #[arg(long, value_name = "PATH")]
    pub container_data_folder: Option<String>,
    /// Where marker files of system changes are kept [default: /var/devcontainer]
    #[arg(long, value_name = "PATH")]
    pub container_system_data_folder: Option<String>,
    /// Accepted for the reference CLI's sake: devc keeps its cache on this machine
    #[arg(long, value_name = "PATH", hide = true)]
    pub container_session_data_folder: Option<String>,
}

/// The environment of hooks and commands.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Environment")]
pub struct EnvironmentArgs {
    /// Which shell to ask for the user's environment, when the configuration does not say
    #[arg(long, value_name = "KIND", value_enum, default_value_t = UserEnvProbe::LoginInteractiveShell)]
    pub default_user_env_probe: UserEnvProbe,
    /// Set a variable for hooks and commands (repeatable); the configuration's remoteEnv wins
    #[arg(long, value_name = "NAME=VALUE", value_parser = parse_pair)]
    pub remote_env: Vec<(String, String)>,
    /// Ask the shell again instead of using what it said last time
    #[arg(long)]
    pub refresh_env: bool,
}

impl Default for EnvironmentArgs {
    fn default() -> Self {
        Self {
            default_user_env_probe: UserEnvProbe::LoginInteractiveShell,
            remote_env: Vec::new(),
            refresh_env: false,
        }
    }
}

/// Personal files in the container.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Dotfiles")]
pub struct DotfilesArgs {
    /// Repository to clone: a URL, a path, or OWNER/NAME on GitHub
    #[arg(long, value_name = "REPOSITORY", env = "DEVC_DOTFILES_REPOSITORY")]
    pub dotfiles_repository: Option<String>,
    /// Script in the repository to run [default: install.sh, bootstrap.sh, setup.sh ..., else link the files]
    #[arg(long, value_name = "COMMAND")]
    pub dotfiles_install_command: Option<String>,
    /// Where to clone it
    #[arg(long, value_name = "PATH", default_value = "~/dotfiles")]
    pub dotfiles_target_path: String,
}

/// Which hooks run, and with what.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Hooks")]
pub struct HookArgs {
    /// Return after the hook that `waitFor` names
    #[arg(long)]
    pub skip_non_blocking_commands: bool,
    /// Stop after onCreateCommand and updateContentCommand, running the latter again if need be
    #[arg(long)]
    pub prebuild: bool,
    /// Do not run postAttachCommand
    #[arg(long)]
    pub skip_post_attach: bool,
    /// JSON file of secrets: given to hooks as variables, masked in all output
    #[arg(long, value_name = "FILE")]
    pub secrets_file: Option<PathBuf>,
}

/// The network of this machine inside builds and containers.
#[derive(Args, Clone, Debug, Default)]
pub struct TrustArgs {
    /// Do not hand this machine's extra CA certificates and proxy variables to builds and containers
    #[arg(long, env = "DEVC_NO_HOST_TRUST", value_parser = FalseyValueParser::new(), help_heading = "Network")]
    pub no_host_trust: bool,
}

/// How images are built.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Build")]
pub struct BuildOptionArgs {
    /// Image to reuse build steps from (repeatable)
    #[arg(long, value_name = "IMAGE")]
    pub cache_from: Vec<String>,
    /// Where to keep build steps: an image, or type=registry,ref=...
    #[arg(long, value_name = "DESTINATION")]
    pub cache_to: Option<String>,
    /// Build as it is written: without the package caches and the faster dpkg of devc
    #[arg(long)]
    pub no_optimize: bool,
    /// What steps may see.
    #[command(flatten)]
    pub secrets: BuildSecretArgs,
    /// Accepted for the reference CLI's sake: devc always builds with BuildKit
    #[arg(long, value_enum, default_value_t = BuildKit::Auto, hide = true)]
    pub buildkit: BuildKit,
    /// Accepted for the reference CLI's sake
    #[arg(long, hide = true)]
    pub omit_syntax_directive: bool,
}

/// Whether BuildKit builds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum BuildKit {
    /// It does.
    #[default]
    Auto,
    /// It should not; it does all the same, as the engine's old builder lacks what dev containers need.
    Never,
}

/// Where buildx is looked for, to build on the engine at an address.
pub fn buildx_places(docker_path: &str, address: &str, context: &Context) -> Places {
    let environment = &context.environment;
    Places {
        docker: PathBuf::from(docker_path),
        engine: address.to_owned(),
        docker_config: environment.get_non_empty("DOCKER_CONFIG").map(PathBuf::from),
        home: environment.home.clone(),
    }
}

/// `NAME=value`; the name must not be empty.
pub fn parse_pair(text: &str) -> std::result::Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("write it as NAME=VALUE".to_owned()),
    }
}

/// A label with a name and a value, neither of them empty.
fn parse_id_label(text: &str) -> std::result::Result<String, String> {
    IdLabel::parse(text).map(|label| label.to_text()).map_err(|_| "write it as NAME=VALUE".to_owned())
}

impl ValueEnum for UserEnvProbe {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::None, Self::LoginShell, Self::InteractiveShell, Self::LoginInteractiveShell]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.name()))
    }
}

/// Which container is meant, for verbs that only need to find it.
#[derive(Args, Clone, Debug)]
pub struct ContainerArgs {
    /// Which dev container.
    #[command(flatten)]
    pub workspace: WorkspaceArgs,
    /// See [`OverrideArgs`].
    #[command(flatten)]
    pub override_config: OverrideArgs,
    /// The container itself, by id or name
    #[arg(long, value_name = "ID", help_heading = "Which dev container")]
    pub container_id: Option<String>,
    /// Where the engine is.
    #[command(flatten)]
    pub engine: EngineArgs,
}

impl ContainerArgs {
    /// The project that the container belongs to.
    pub fn project(&self, context: &Context) -> Result<Project> {
        let is_named = self.container_id.is_some() || !self.workspace.id_label.is_empty();
        let current_folder = if is_named { CurrentFolder::IsNotMeant } else { CurrentFolder::StandsIn };
        gather::project(&self.workspace, &self.override_config, current_folder, context)
    }
}

impl TrustArgs {
    /// What this machine trusts, unless that was turned off or is nothing special.
    pub fn gather(&self, context: &Context) -> Option<HostTrust> {
        if self.no_host_trust {
            return None;
        }
        Some(HostTrust::gather(&context.environment)).filter(|trust| !trust.is_empty())
    }
}

impl BuildOptionArgs {
    /// What `up` and `build` have in common.
    pub fn builder_options(&self, project: &Project, context: &Context) -> Result<BuilderOptions> {
        Ok(BuilderOptions {
            cache_from: self.cache_from.clone(),
            cache_to: self.cache_to.clone(),
            secrets: self.secrets.secrets(&context.environment)?,
            ssh: self.secrets.ssh.clone(),
            no_optimize: !self.may_optimize(project, context),
            ..BuilderOptions::default()
        })
    }

    /// Whether builds may be made faster than they are written.
    pub fn may_optimize(&self, project: &Project, context: &Context) -> bool {
        !self.no_optimize && context.preferences.is_on(&OPTIMIZE, &project.configuration)
    }

    /// The program that builds.
    pub fn buildx(&self, context: &Context, engine: &Engine) -> Buildx {
        if self.buildkit == BuildKit::Never {
            context
                .events
                .notice(Level::Warning, "devc builds with BuildKit also where `--buildkit never` is given.");
        }
        Buildx::find(&buildx_places(engine.docker_path(), &engine.endpoint().address, context))
    }
}
