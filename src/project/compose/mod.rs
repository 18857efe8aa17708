//! A Docker Compose project as devcontainer.json means it: which files, under which name, with which services. Compose
//! itself reads the files; here is only what has to be known to work with what it says.

mod build;
mod files;
mod model;
mod name;
mod recorded;

pub use build::NotUnderstood;
pub use files::{ComposeFiles, FileFacts, compose_files, variable_of};
pub(crate) use model::each_text;
pub use model::{Dependency, Model, Secret, Service};
pub use name::{NameSources, Neighbour, Ours, owner_elsewhere, project_name, with_suffix};
pub use recorded::Recorded;

/// The label with the name of the compose project.
pub const PROJECT_LABEL: &str = "com.docker.compose.project";
/// The label with the name of the service.
pub const SERVICE_LABEL: &str = "com.docker.compose.service";
/// The label with the folder of the first compose file.
pub const FOLDER_LABEL: &str = "com.docker.compose.project.working_dir";
/// The label with all compose files, separated by commas.
pub const FILES_LABEL: &str = "com.docker.compose.project.config_files";
/// The label with the files of variables that compose was given.
pub const ENV_FILES_LABEL: &str = "com.docker.compose.project.environment_file";
