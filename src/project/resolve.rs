//! Configuration and facts in, [`Project`] out.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::config::discovery::Located;
use crate::config::metadata::{self, Entry};
use crate::config::substitute::{self, Local, Lookup};
use crate::config::{Build, Config, Kind, Map, Settings, merge};
use crate::error::{Error, ErrorKind, Result};
use crate::project::DockerfileBuild;
use crate::project::identity::{self, IdLabel};
use crate::project::workspace::Workspace;

/// What a project is resolved from.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// The workspace folder on this machine, if there is one.
    pub workspace_folder: Option<PathBuf>,
    /// Where devcontainer.json is, if there is one.
    pub located: Option<Located>,
    /// What it says, legacy properties rewritten, nothing substituted.
    pub written: Map,
    /// Where the workspace goes inside the container.
    pub workspace: Workspace,
    /// The labels that identify the container.
    pub id_labels: Vec<IdLabel>,
    /// This machine's environment, for `${localEnv:NAME}`.
    pub environment: BTreeMap<String, String>,
}

/// A dev container as one checkout on one machine means it.
#[derive(Clone, Debug)]
pub struct Project {
    sources: Sources,
    /// The configuration after the local and the id pass, in the order of the file.
    pub configuration: Map,
    /// The same, typed.
    pub config: Config,
    /// `${devcontainerId}`.
    pub id: String,
    /// The working folder inside the container; `None` means the home folder.
    pub remote_workspace_folder: Option<String>,
}

impl Project {
    /// Resolves all variables that do not need a container.
    pub fn resolve(sources: Sources) -> Result<Self> {
        let id = identity::devcontainer_id(&sources.id_labels);
        let mut project = Self {
            configuration: Map::new(),
            config: Config::from_map(&Map::new()),
            remote_workspace_folder: None,
            id,
            sources,
        };
        project.remote_workspace_folder = project.resolve_workspace_folder()?;
        project.configuration = project.substitute(&project.sources.written)?;
        project.config = Config::from_map(&project.configuration);
        Ok(project)
    }

    /// The same project, found under other labels (a container from before the configuration's path was recorded).
    pub fn relabel(self, id_labels: Vec<IdLabel>) -> Result<Self> {
        Self::resolve(Sources { id_labels, ..self.sources })
    }

    /// The workspace folder on this machine.
    pub fn workspace_folder(&self) -> Option<&Path> {
        self.sources.workspace_folder.as_deref()
    }

    /// What devcontainer.json says, nothing substituted: what labels store.
    pub fn written(&self) -> &Map {
        &self.sources.written
    }

    /// The labels that identify the container.
    pub fn id_labels(&self) -> &[IdLabel] {
        &self.sources.id_labels
    }

    /// Where devcontainer.json is.
    pub fn located(&self) -> Option<&Located> {
        self.sources.located.as_ref()
    }

    /// Where the workspace goes inside the container, as computed from the repository around it.
    pub fn workspace(&self) -> &Workspace {
        &self.sources.workspace
    }

    /// The configuration as results print it: with its own path at the end.
    pub fn printed_configuration(
        &self,
        container_environment: Option<&BTreeMap<String, String>>,
    ) -> Result<Map> {
        let mut printed =
            self.with_container(Value::Object(self.configuration.clone()), container_environment)?;
        if let (Value::Object(map), Some(located)) = (&mut printed, self.located()) {
            map.insert("configFilePath".to_owned(), located.uri());
        }
        Ok(into_map(printed))
    }

    /// The mount of the workspace as docker's `--mount` takes it; none without a workspace, and none where
    /// `workspaceMount` is empty.
    pub fn workspace_mount(&self) -> Option<String> {
        let computed = self.sources.workspace_folder.as_ref().and(self.sources.workspace.mount.clone());
        self.config.workspace_mount.clone().or(computed).filter(|mount| !mount.is_empty())
    }

    /// The name of images that are built for this workspace.
    pub fn image_name(&self, current_dir: &Path) -> String {
        identity::image_name(self.workspace_folder().unwrap_or(current_dir))
    }

    /// The metadata entries for a new image or container: those of the base image, the Features' and devcontainer.json's,
    /// as written.
    pub fn entries_for_new(
        &self,
        base_label: Option<&str>,
        features: &[Entry],
        omit_remote_env: bool,
    ) -> Vec<Entry> {
        let base = base_label.map(metadata::read_label).unwrap_or_default();
        let mut entry = metadata::config_entry(&self.sources.written);
        if omit_remote_env {
            entry.shift_remove("remoteEnv");
        }
        metadata::combine(&base.entries, features, entry)
    }

    /// The metadata entries that hold for an existing container (reference, 1.5.2).
    /// `features` are those that the configuration names, if they are known: containers of ours remember theirs.
    pub fn entries_for_existing(&self, labels: &BTreeMap<String, String>, features: &[Entry]) -> Vec<Entry> {
        let carries = |label: &IdLabel| labels.get(&label.name).is_some_and(|value| !value.is_empty());
        let is_ours = !self.id_labels().is_empty() && self.id_labels().iter().all(carries);
        let label = labels.get(metadata::LABEL).map(String::as_str);
        metadata::of_container(label, is_ours, features, &self.sources.written).entries
    }

    /// Resolves the variables of metadata entries: with the context of this machine, whoever wrote them.
    pub fn substitute_entries(
        &self,
        entries: &[Entry],
        container_environment: Option<&BTreeMap<String, String>>,
    ) -> Result<Vec<Entry>> {
        let resolve = |entry: &Entry| {
            let local = Value::Object(self.substitute(entry)?);
            Ok(into_map(self.with_container(local, container_environment)?))
        };
        entries.iter().map(resolve).collect()
    }

    /// The merged configuration for resolved entries, as results print it.
    pub fn merged(
        &self,
        entries: &[Entry],
        container_environment: Option<&BTreeMap<String, String>>,
    ) -> Result<Map> {
        Ok(merge::merge(&self.printed_configuration(container_environment)?, entries))
    }

    /// The merged configuration, typed.
    pub fn settings(
        &self,
        entries: &[Entry],
        container_environment: Option<&BTreeMap<String, String>>,
    ) -> Result<Settings> {
        Ok(Settings::from_map(&self.merged(entries, container_environment)?))
    }

    /// `containerEnv` for an image. What comes from this machine's environment is left out, because it may be a secret;
    /// containers get all of it when they are created.
    pub fn image_environment(&self) -> Vec<(String, String)> {
        let members =
            |map: &Map| map.get("containerEnv").and_then(Value::as_object).cloned().unwrap_or_default();
        let written = members(&self.sources.written);
        let is_fixed = |name: &str| {
            let text = written.get(name).and_then(Value::as_str).unwrap_or_default();
            !text.contains("${localEnv") && !text.contains("${env")
        };
        let resolved = members(&self.configuration).into_iter().filter(|(name, _)| is_fixed(name));
        resolved.filter_map(|(name, value)| Some((name, value.as_str()?.to_owned()))).collect()
    }

    /// The build of a Dockerfile configuration, every path absolute.
    pub fn dockerfile_build(&self, build: &Build) -> DockerfileBuild {
        let folder = self.located().map(|located| located.folder().to_owned()).unwrap_or_default();
        let dockerfile = folder.join(&build.dockerfile);
        let beside = || dockerfile.parent().unwrap_or(&folder).to_owned();
        DockerfileBuild {
            context: build.context.as_ref().map_or_else(beside, |context| folder.join(context)),
            dockerfile,
            args: build.args.clone(),
            target: build.target.clone(),
            cache_from: build.cache_from.clone(),
            options: build.options.clone(),
        }
    }

    /// The name of the image that the container starts from, when one can be told without building.
    ///
    /// `dockerfile` is the text of the Dockerfile, for a Dockerfile configuration.
    pub fn base_image(&self, dockerfile: Option<&str>) -> Result<Option<String>> {
        match (&self.config.kind, dockerfile) {
            (Kind::Image(image), _) => Ok(Some(image.clone())),
            (Kind::Dockerfile(build), Some(text)) => self.dockerfile_build(build).base_image(text),
            _ => Ok(None),
        }
    }

    /// Refuses configurations that this version cannot bring up, naming what comes in their place.
    pub fn require_supported(&self) -> Result<()> {
        match &self.config.kind {
            Kind::None => {
                let path = self.located().map(|located| located.identity_path.display().to_string());
                Err(Error::new(
                    ErrorKind::Config,
                    format!(
                        "{} is missing one of \"image\", \"dockerFile\" or \"dockerComposeFile\" properties.",
                        path.unwrap_or_default()
                    ),
                )
                .hint("Add for example \"image\": \"debian:bookworm\"."))
            }
            _ => Ok(()),
        }
    }

    /// `workspaceFolder` of the configuration may hold variables itself, and others refer to it.
    fn resolve_workspace_folder(&self) -> Result<Option<String>> {
        let computed = self.sources.workspace_folder.as_ref().and(self.sources.workspace.folder.clone());
        let written = self.sources.written.get("workspaceFolder").and_then(Value::as_str);
        let Some(written) = written else { return Ok(computed) };
        let lookup = |name: &str| self.sources.environment.get(name).cloned();
        let local = self.local(&lookup, computed.as_deref());
        substitute::local_pass_text(written, &local).map(Some).map_err(|error| self.nameless(error))
    }

    fn substitute(&self, map: &Map) -> Result<Map> {
        let lookup = |name: &str| self.sources.environment.get(name).cloned();
        let local = self.local(&lookup, self.remote_workspace_folder.as_deref());
        let value = substitute::local_pass(&Value::Object(map.clone()), &local)
            .map_err(|error| self.nameless(error))?;
        let has_identity = !self.sources.id_labels.is_empty();
        Ok(into_map(if has_identity { substitute::id_pass(&value, &self.id) } else { value }))
    }

    fn with_container(&self, value: Value, environment: Option<&BTreeMap<String, String>>) -> Result<Value> {
        let Some(environment) = environment else { return Ok(value) };
        let lookup = |name: &str| environment.get(name).cloned();
        substitute::container_pass(&value, &lookup).map_err(|error| self.nameless(error))
    }

    fn local<'a>(&'a self, env: Lookup<'a>, container_workspace_folder: Option<&'a str>) -> Local<'a> {
        Local {
            env,
            workspace_folder: self.workspace_folder().and_then(Path::to_str),
            container_workspace_folder,
        }
    }

    fn nameless(&self, error: substitute::NamelessVariable) -> Error {
        let path =
            self.located().map(|located| located.identity_path.display().to_string()).unwrap_or_default();
        Error::new(ErrorKind::Config, format!("a variable in {path} lacks a name"))
            .because(error)
            .hint("Write ${localEnv:NAME} or ${containerEnv:NAME}.")
    }
}

fn into_map(value: Value) -> Map {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}
