//! From arguments to a [`Project`] and to the container that belongs to it: the same steps for every verb.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::build::read_dockerfile;
use crate::commands::options::{ContainerArgs, OverrideArgs, WorkspaceArgs};
use crate::commands::{Context, compose};
use crate::config::discovery::{self, Folders, Located, NotLocated, Request};
use crate::config::{Config, Kind, Map, diagnostic, jsonc, legacy, schema};
use crate::engine::{Container, Engine};
use crate::error::{Error, ErrorKind, Result};
use crate::event::Level;
use crate::execute::REPLACED_SUFFIX;
use crate::features::Places;
use crate::host::files;
use crate::name::ContainerId;
use crate::project::identity::{self, IdLabel};
use crate::project::workspace::{self, GitLookup, Question, Workspace};
use crate::project::{Project, Sources};
use crate::{tasks, ui, volumes};

/// Whether the current folder stands in when nothing says which workspace is meant (reference, 3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CurrentFolder {
    /// It does.
    StandsIn,
    /// It does not, because the container is named in another way.
    IsNotMeant,
}

/// Files of this machine, as pure code asks for them.
struct RealFiles;

impl GitLookup for RealFiles {
    fn is_folder(&self, path: &Path) -> bool {
        path.is_dir()
    }

    fn read(&self, path: &Path) -> Option<String> {
        std::fs::read_to_string(path).ok()
    }
}

impl Folders for RealFiles {
    fn is_file(&self, path: &Path) -> bool {
        path.is_file()
    }

    fn subfolders(&self, path: &Path) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(path) else { return Vec::new() };
        let folders = entries.flatten().filter(|entry| entry.path().is_dir());
        folders.filter_map(|entry| entry.file_name().into_string().ok()).collect()
    }
}

/// Finds, reads, checks and resolves the configuration.
///
/// Mistakes in the file that make it unusable come as one error with all of them; the others are told.
pub fn project(
    args: &WorkspaceArgs,
    override_args: &OverrideArgs,
    current_folder: CurrentFolder,
    context: &Context,
) -> Result<Project> {
    let environment = &context.environment;
    let absolute = |path: &Option<PathBuf>| path.as_ref().map(|path| environment.absolute(path));
    let named = absolute(&args.workspace_folder);
    let stand_in = (current_folder == CurrentFolder::StandsIn).then(|| environment.current_dir.clone());
    let workspace_folder = named.or(stand_in).map(|path| discovery::workspace_folder(&path).to_owned());
    let id_labels = args.id_label.iter().map(|text| IdLabel::parse(text)).collect::<Result<Vec<_>>>()?;
    let (config, override_config) = (absolute(&args.config), absolute(&override_args.override_config));
    let located = if workspace_folder.is_none() && config.is_none() && override_config.is_none() {
        None
    } else {
        Some(locate(
            args,
            workspace_folder.as_deref(),
            config.as_deref(),
            override_config.as_deref(),
            context,
        )?)
    };
    let written = match &located {
        Some(located) => read_configuration(&located.content_path, context)?,
        None => Map::new(),
    };
    let project = Project::resolve(Sources {
        id_labels: identity_of(id_labels, workspace_folder.as_deref(), located.as_ref()),
        workspace: workspace_folder
            .as_deref()
            .map(|folder| place_workspace(args, folder, &written))
            .unwrap_or_default(),
        workspace_folder,
        located,
        written,
        environment: environment.variables().clone(),
    })?;
    if !project.id_labels().is_empty() {
        context.events.identified(&project.id);
    }
    Ok(project)
}

/// A project without a devcontainer.json: `written` is what that would say.
pub fn dockerfile_project(written: &Map, context: &Context) -> Result<Project> {
    let folder = context.environment.current_dir.clone();
    let config = folder.join(".devcontainer.json");
    let located = Located { identity_path: config.clone(), content_path: config, discovered: true };
    Project::resolve(Sources {
        id_labels: identity::default_labels(&folder, &located.identity_path),
        workspace: Workspace::default(),
        workspace_folder: Some(folder),
        located: Some(located),
        written: written.clone(),
        environment: context.environment.variables().clone(),
    })
}

/// What was found for a project.
pub struct Found {
    /// The project, resolved under the labels that the container carries.
    pub project: Project,
    /// Its container, if there is one.
    pub container: Option<Container>,
    /// Containers that were being replaced by the one above when a `devc` was killed.
    pub leftovers: Vec<ContainerId>,
}

/// The container of a project: by id, else by its labels.
///
/// A container that was made before the configuration's path was recorded is found too; the project is then resolved
/// again under its label.
pub async fn container(engine: &Engine, project: Project, container_id: Option<&str>) -> Result<Found> {
    if let Some(id) = container_id {
        let container = engine.inspect(id).await?;
        let project = match &container {
            Some(container) if project.id_labels().is_empty() => project.relabel(identity_on(container))?,
            _ => project,
        };
        return Ok(Found { project, container, leftovers: Vec::new() });
    }
    let labels = project.id_labels().to_vec();
    if labels.is_empty() {
        let text = "Either containerId or workspaceFolder and configFile must be provided.";
        return Err(
            Error::new(ErrorKind::Usage, text).hint("Give --workspace-folder, --container-id or --id-label.")
        );
    }
    // One search finds both the containers that carry all default labels and those of before.
    let is_default = labels.len() == 2 && labels[1].name == identity::CONFIG_FILE;
    let search = if is_default { &labels[..1] } else { &labels[..] };
    let texts: Vec<String> = search.iter().map(IdLabel::to_text).collect();
    let candidates = engine.find_containers(&texts).await?;
    let (own, rest): (Vec<Container>, Vec<Container>) =
        candidates.into_iter().partition(|container| labels.iter().all(|label| carries(container, label)));
    let (container, leftovers) = best(own);
    if container.is_some() {
        return Ok(Found { project, container, leftovers });
    }
    let old =
        rest.into_iter().filter(|container| !container.labels.contains_key(identity::CONFIG_FILE)).collect();
    let (container, leftovers) = best(old);
    let project = if container.is_some() { project.relabel(labels[..1].to_vec())? } else { project };
    Ok(Found { project, container, leftovers })
}

/// The default labels that a container carries: what it is known by where the caller only knows its id.
fn identity_on(container: &Container) -> Vec<IdLabel> {
    let labels = [identity::LOCAL_FOLDER, identity::CONFIG_FILE].into_iter();
    labels.filter_map(|name| Some(IdLabel::new(name, container.labels.get(name)?))).collect()
}

/// The container of a project, also where compose itself has made it, so that it carries no labels of ours.
pub async fn container_of(
    args: &ContainerArgs,
    engine: &Engine,
    project: Project,
    context: &Context,
) -> Result<Found> {
    let mut found = container(engine, project, args.container_id.as_deref()).await?;
    if found.container.is_none() && args.container_id.is_none() {
        found.container = compose::service_container(&found.project, engine, &args.engine, context).await;
    }
    Ok(found)
}

/// The container of a project, which must exist.
pub async fn existing_container(
    args: &ContainerArgs,
    engine: &Engine,
    project: Project,
    context: &Context,
) -> Result<(Project, Container)> {
    let container_id = args.container_id.as_deref();
    let Found { project, container, .. } = container_of(args, engine, project, context).await?;
    let container = container.ok_or_else(|| {
        let missing = Error::new(ErrorKind::NotFound, "Dev container not found.");
        match container_id {
            Some(id) => missing.hint(format!(
                "Look for the right id or name with `devc list`: no container is called {id:?}."
            )),
            None => missing.hint("Create it with `devc up`, or list what there is with `devc list`."),
        }
    })?;
    Ok((project, container))
}

/// Where the configuration of a project is that was found by its folder.
pub fn config_path(project: &Project) -> Result<&Path> {
    let located = project.located().map(|located| located.identity_path.as_path());
    located.ok_or_else(|| Error::new(ErrorKind::Usage, "This needs a devcontainer.json"))
}

/// Where the project's own Features may be.
pub fn feature_places(project: &Project) -> Places {
    Places {
        config_folder: project.located().map(|located| located.folder().to_owned()).unwrap_or_default(),
        workspace: project.workspace_folder().map(ToOwned::to_owned),
    }
}

/// The values of `--secrets-file`.
pub fn read_secrets(path: &Path) -> Result<BTreeMap<String, String>> {
    let failed = |message: String| {
        Error::new(ErrorKind::Config, "Failed to read/parse secrets")
            .because(message)
            .hint("The file holds one JSON object of names and texts: {\"TOKEN\": \"...\"}.")
    };
    let text =
        std::fs::read_to_string(path).map_err(|error| failed(format!("{}: {error}", path.display())))?;
    let source = diagnostic::SourceFile::new(path, &text);
    // Never show an excerpt of this file: it holds secrets.
    let document = jsonc::parse(source).map_err(|_| failed("Invalid json data".to_owned()))?;
    let secrets = document.root.iter().map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())));
    secrets.collect::<Option<_>>().ok_or_else(|| failed("Invalid json data".to_owned()))
}

fn carries(container: &Container, label: &IdLabel) -> bool {
    container.labels.get(&label.name) == Some(&label.value)
}

/// The newest, and those that it replaces. Where all are being replaced, the newest of them is as good as ever.
fn best(candidates: Vec<Container>) -> (Option<Container>, Vec<ContainerId>) {
    let (replaced, mut whole): (Vec<Container>, Vec<Container>) =
        candidates.into_iter().partition(|container| container.name.ends_with(REPLACED_SUFFIX));
    if whole.is_empty() {
        return (replaced.into_iter().next(), Vec::new());
    }
    (Some(whole.swap_remove(0)), replaced.into_iter().map(|container| container.id).collect())
}

fn locate(
    args: &WorkspaceArgs,
    workspace: Option<&Path>,
    config: Option<&Path>,
    override_config: Option<&Path>,
    context: &Context,
) -> Result<Located> {
    let request = Request { workspace, config, override_config, name: args.config_name.as_deref() };
    match discovery::locate(&request, &RealFiles) {
        Ok(located) => Ok(located),
        Err(NotLocated::Ambiguous(names)) if can_ask(context) => {
            let chosen = ui::choose("Which dev container?", &names, "--config-name NAME")?;
            let request = Request { name: names.get(chosen).map(String::as_str), ..request };
            discovery::locate(&request, &RealFiles).map_err(Error::from)
        }
        Err(NotLocated::Missing(path)) => Err(missing(path, &request)),
        Err(error) => Err(error.into()),
    }
}

/// A configuration that is not there, with a look around for what was probably meant.
fn missing(path: PathBuf, request: &Request<'_>) -> Error {
    let error = Error::from(NotLocated::Missing(path));
    let Some(workspace) = request.workspace.filter(|_| request.config.is_none()) else { return error };
    if !workspace.is_dir() {
        return error.hint(format!("Check the path: {} is no folder.", workspace.display()));
    }
    match discovery::folder_above(workspace, &RealFiles) {
        Some(above) => {
            error.hint(format!("Or use the one of {0}: `--workspace-folder {0}`.", above.display()))
        }
        None => error,
    }
}

/// The configuration that a folder has already; of several, the folder that they are in.
pub fn configuration_in(workspace: &Path) -> Option<PathBuf> {
    let request = Request { workspace: Some(workspace), ..Request::default() };
    match discovery::locate(&request, &RealFiles) {
        Ok(located) => Some(located.content_path),
        Err(NotLocated::Ambiguous(_)) => Some(workspace.join(".devcontainer")),
        Err(_) => None,
    }
}

/// Whether somebody is there to answer questions.
pub fn can_ask(context: &Context) -> bool {
    context.environment.stdin_is_terminal && context.environment.stderr_is_terminal
}

fn read_configuration(path: &Path, context: &Context) -> Result<Map> {
    let text =
        files::read_optional(path)?.ok_or_else(|| Error::from(NotLocated::Missing(path.to_owned())))?;
    let source = diagnostic::SourceFile::new(path, &text);
    let color = context.color;
    let document = jsonc::parse(source).map_err(|rejection| rejection.into_error(color))?;
    let mut found = document.warnings.clone();
    found.extend(schema::check(&document));
    found.extend(volumes::check(&document)?);
    found.extend(tasks::check(&document));
    if found.iter().any(diagnostic::Diagnostic::is_error) {
        return Err(Error::new(ErrorKind::Config, format!("{} cannot be used as it is", path.display()))
            .because(diagnostic::render(&found, &document.source, color)));
    }
    for warning in &found {
        let text = diagnostic::render_untitled(warning, &document.source, color);
        context.events.notice(Level::Warning, text);
    }
    Ok(legacy::modernise(document.root))
}

/// Given labels replace the default ones (reference, 3.2).
fn identity_of(given: Vec<IdLabel>, workspace: Option<&Path>, located: Option<&Located>) -> Vec<IdLabel> {
    match (given.is_empty(), workspace, located) {
        (true, Some(workspace), Some(located)) => identity::default_labels(workspace, &located.identity_path),
        _ => given,
    }
}

/// The text of the Dockerfile, for a Dockerfile configuration. That it is missing can be told without an engine.
pub fn dockerfile_text(project: &Project) -> Result<Option<String>> {
    match &project.config.kind {
        Kind::Dockerfile(build) => {
            let path = project.dockerfile_build(build).dockerfile;
            read_dockerfile(&path, "build.dockerfile").map(Some)
        }
        _ => Ok(None),
    }
}

/// Where the workspace goes, given the repository around it.
fn place_workspace(args: &WorkspaceArgs, folder: &Path, written: &Map) -> Workspace {
    if matches!(Config::from_map(written).kind, Kind::Compose(_)) {
        return workspace::compose(folder);
    }
    let git = args.mount_workspace_git_root.then(|| workspace::git_facts(folder, &RealFiles));
    workspace::single_container(&Question {
        folder,
        git: git.as_ref(),
        consistency: (!cfg!(target_os = "linux")).then_some(args.workspace_mount_consistency.as_str()),
        mount_worktree_repository: args.mount_git_worktree_common_dir,
    })
}
