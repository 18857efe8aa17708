//! A compose project as its files on this machine are.

use std::path::{Path, PathBuf};

use crate::commands::Context;
use crate::config::Kind;
use crate::error::{Error, ErrorKind, Result};
use crate::host::files;
use crate::plan::Part;
use crate::project::Project;
use crate::project::compose::{ComposeFiles, FileFacts, compose_files};

/// A compose project as far as its files are read: no process is needed for it.
pub struct ComposeSite {
    /// The workspace folder, in which compose runs.
    pub(super) workspace: PathBuf,
    /// The service of the dev container.
    pub(super) service: String,
    /// The services to start with it; `None` means all.
    pub(super) run_services: Option<Vec<String>>,
    /// The files.
    pub(super) files: ComposeFiles,
    /// Their texts.
    pub(super) texts: Vec<String>,
    /// The text of `.env` in the workspace folder.
    pub(super) dotenv: Option<String>,
}

impl ComposeSite {
    /// Reads the compose files of a configuration; `None` for one of another kind.
    pub fn of(project: &Project, context: &Context) -> Result<Option<Self>> {
        let Kind::Compose(config) = &project.config.kind else { return Ok(None) };
        let Some(workspace) = project.workspace_folder() else {
            let text = "A Dev Container using Docker Compose requires a workspace folder.";
            return Err(Error::new(ErrorKind::Usage, text).hint("Give --workspace-folder."));
        };
        let service = config.service.clone().ok_or_else(|| {
            Error::new(
                ErrorKind::Config,
                "devcontainer.json does not say which service of the compose files it is about",
            )
            .hint("Add \"service\" with the name of one.")
        })?;
        // Some call the folder of their Python packages so.
        let dotenv = Some(workspace.join(".env")).filter(|path| path.is_file());
        let dotenv = dotenv.map(|path| files::read(&path)).transpose()?;
        let facts = FileFacts {
            config_folder: project.located().map_or(workspace, |located| located.folder()),
            workspace,
            variable: context.environment.get("COMPOSE_FILE"),
            dotenv: dotenv.as_deref(),
            is_file: &|path| path.is_file(),
        };
        let found = compose_files(&config.files, &facts);
        let texts = found.files.iter().map(|path| {
            let text = files::read_optional(path)?;
            text.ok_or_else(|| missing(path, config.files.is_empty()))
        });
        let texts = texts.collect::<Result<_>>()?;
        let run_services = config.run_services.clone().filter(|services| !services.is_empty());
        Ok(Some(Self { workspace: workspace.to_owned(), service, run_services, files: found, texts, dotenv }))
    }

    /// What of it shapes the container.
    pub fn parts(self) -> Vec<Part> {
        let name = |path: &Path| {
            let short = path.strip_prefix(&self.workspace).unwrap_or(path);
            format!("the compose file {}", short.display())
        };
        self.files.files.iter().zip(self.texts).map(|(path, text)| Part::new(name(path), text)).collect()
    }

    /// The folder of the first file: compose's own idea of where a project is.
    pub(super) fn folder(&self) -> PathBuf {
        self.files
            .files
            .first()
            .and_then(|file| file.parent())
            .map_or_else(|| self.workspace.clone(), PathBuf::from)
    }
}

fn missing(path: &Path, is_default: bool) -> Error {
    let error = Error::new(ErrorKind::Config, format!("the compose file {} does not exist", path.display()));
    match is_default {
        true => error.hint("Name the files in \"dockerComposeFile\"; without names they are looked for in the workspace folder."),
        false => error.hint("Correct \"dockerComposeFile\": its paths are relative to the folder of devcontainer.json."),
    }
}
