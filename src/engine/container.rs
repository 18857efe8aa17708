//! Containers: find, inspect, create, start, stop, remove, logs.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use bollard::models::{ContainerInspectResponse, ContainerStateStatusEnum, MountPoint};
use bollard::query_parameters::{
    CreateContainerOptions, InspectContainerOptions, ListContainersOptions, LogsOptions,
    RemoveContainerOptions, RenameContainerOptions, StartContainerOptions, StopContainerOptions,
};
use futures_util::{Stream, StreamExt, TryStreamExt};

use crate::engine::exec::{OutputStream, split_output};
use crate::engine::{Engine, client, failure, translate};
use crate::error::Result;
use crate::name::ContainerId;
use crate::plan::ContainerSpec;

/// Where a container is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContainerState {
    /// Made but never started.
    Created,
    /// Its main process runs.
    Running,
    /// Frozen.
    Paused,
    /// The engine is starting it again.
    Restarting,
    /// Its main process has ended.
    Exited,
    /// The engine is removing it.
    Removing,
    /// The engine failed to remove it.
    Dead,
}

impl ContainerState {
    /// The engine's own word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Restarting => "restarting",
            Self::Exited => "exited",
            Self::Removing => "removing",
            Self::Dead => "dead",
        }
    }
}

/// One container as the engine sees it.
#[derive(Clone, Debug)]
pub struct Container {
    /// Its full id.
    pub id: ContainerId,
    /// Its name, without the slash.
    pub name: String,
    /// Where it is in its life.
    pub state: ContainerState,
    /// When it was made: the engine's text, since marker files hold exactly that.
    pub created: String,
    /// When it was last started: the engine's text, as above.
    pub started_at: String,
    /// When it last ended: the engine's text.
    pub finished_at: String,
    /// The name of its image as it was asked for.
    pub image: String,
    /// The id of its image.
    pub image_id: String,
    /// Its labels, the image's included.
    pub labels: BTreeMap<String, String>,
    /// The environment of its main process.
    pub environment: BTreeMap<String, String>,
    /// The user of its main process; empty means root.
    pub user: String,
    /// The names of the volumes that are mounted in it.
    pub volumes: Vec<String>,
    /// The places of all mounts, and of the folders of this machine that are bound to them.
    pub mounts: Vec<(PathBuf, Option<PathBuf>)>,
}

impl Container {
    /// Stands for a container that a plan speaks of before it is made.
    pub fn not_yet_made() -> Self {
        from_response(ContainerInspectResponse::default())
    }

    /// Where a path in the container is on the engine's machine; `None` for what is on no folder of it.
    pub fn host_path(&self, path: &Path) -> Option<PathBuf> {
        let around = self.mounts.iter().filter(|(target, _)| path.starts_with(target));
        let (target, source) = around.max_by_key(|(target, _)| target.components().count())?;
        Some(source.as_ref()?.join(path.strip_prefix(target).ok()?))
    }
}

/// What goes together with a container that is removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removal {
    /// Only the container.
    ContainerOnly,
    /// The container and its unnamed volumes.
    WithAnonymousVolumes,
}

/// Which part of a container's log to read.
#[derive(Clone, Debug)]
pub struct LogOptions {
    /// Go on with what is written from now on.
    pub follow: bool,
    /// How many of the last lines; `None` for all.
    pub tail: Option<u64>,
    /// Put the engine's time before each line.
    pub timestamps: bool,
}

impl Engine {
    /// The containers that carry all of `labels`, newest first; those being removed are left out.
    ///
    /// A label without `=` matches any value.
    pub async fn find_containers(&self, labels: &[String]) -> Result<Vec<Container>> {
        let options = ListContainersOptions {
            all: true,
            filters: Some(HashMap::from([("label".to_owned(), labels.to_vec())])),
            ..Default::default()
        };
        let summaries = self
            .docker
            .list_containers(Some(options))
            .await
            .map_err(|error| self.failed("look for containers", error))?;
        let mut containers = Vec::new();
        for id in summaries.into_iter().filter_map(|summary| summary.id) {
            containers.extend(self.inspect(&id).await?);
        }
        containers.retain(|container| container.state != ContainerState::Removing);
        Ok(containers)
    }

    /// Inspects a container by id or name; `None` when there is none.
    pub async fn inspect(&self, id: &str) -> Result<Option<Container>> {
        match self.docker.inspect_container(id, None::<InspectContainerOptions>).await {
            Ok(response) => Ok(Some(from_response(response))),
            Err(error) if failure::is_not_found(&error) => Ok(None),
            Err(error) => Err(self.failed(format!("inspect container {id}"), error)),
        }
    }

    /// Creates a container without starting it.
    ///
    /// `runArgs` are words for the docker client and so are mount options and port ranges that we do not know, so a
    /// spec that holds any goes through the client.
    pub async fn create(&self, spec: &ContainerSpec) -> Result<ContainerId> {
        let Some(body) = translate::to_create_body(spec) else {
            return client::create(self, spec).await;
        };
        let response =
            self.docker.create_container(None::<CreateContainerOptions>, body).await.map_err(|error| {
                self.failed(format!("create a container from image {}", spec.image), error)
            })?;
        Ok(ContainerId::new(response.id))
    }

    /// Starts a container that does not run.
    pub async fn start(&self, id: &ContainerId) -> Result<()> {
        match self.docker.start_container(id.as_str(), None::<StartContainerOptions>).await {
            Err(error) if !failure::is_already_so(&error) => {
                Err(self.failed(format!("start container {}", id.short()), error))
            }
            _ => Ok(()),
        }
    }

    /// Freezes a container.
    pub async fn pause(&self, id: &ContainerId) -> Result<()> {
        self.docker
            .pause_container(id.as_str())
            .await
            .map_err(|error| self.failed(format!("pause container {}", id.short()), error))
    }

    /// Lets a frozen container go on.
    pub async fn unpause(&self, id: &ContainerId) -> Result<()> {
        self.docker
            .unpause_container(id.as_str())
            .await
            .map_err(|error| self.failed(format!("unpause container {}", id.short()), error))
    }

    /// Asks the main process to end, and ends it after `grace` seconds (default: the engine's ten).
    pub async fn stop(&self, id: &ContainerId, grace: Option<i32>) -> Result<()> {
        let options = StopContainerOptions { t: grace, ..Default::default() };
        match self.docker.stop_container(id.as_str(), Some(options)).await {
            Err(error) if !failure::is_already_so(&error) && !failure::is_not_found(&error) => {
                Err(self.failed(format!("stop container {}", id.short()), error))
            }
            _ => Ok(()),
        }
    }

    /// Removes a container, running or not. One that is gone or is being removed already is fine.
    pub async fn remove(&self, id: &ContainerId, removal: Removal) -> Result<()> {
        let options = RemoveContainerOptions {
            force: true,
            v: removal == Removal::WithAnonymousVolumes,
            ..Default::default()
        };
        match self.docker.remove_container(id.as_str(), Some(options)).await {
            Err(error) if !failure::is_conflict(&error) && !failure::is_not_found(&error) => {
                Err(self.failed(format!("remove container {}", id.short()), error))
            }
            _ => Ok(()),
        }
    }

    /// Gives a container another name.
    pub async fn rename(&self, id: &ContainerId, name: &str) -> Result<()> {
        let options = RenameContainerOptions { name: name.to_owned() };
        self.docker
            .rename_container(id.as_str(), options)
            .await
            .map_err(|error| self.failed(format!("rename container {}", id.short()), error))
    }

    /// The container's log as a stream of chunks.
    pub fn logs(
        &self,
        id: &ContainerId,
        options: &LogOptions,
    ) -> impl Stream<Item = Result<(OutputStream, Vec<u8>)>> + use<> {
        let query = LogsOptions {
            follow: options.follow,
            stdout: true,
            stderr: true,
            timestamps: options.timestamps,
            tail: options.tail.map_or_else(|| "all".to_owned(), |lines| lines.to_string()),
            ..Default::default()
        };
        let (engine, id) = (self.clone(), id.clone());
        self.docker
            .logs(id.as_str(), Some(query))
            .map_err(move |error| engine.failed(format!("read the log of container {}", id.short()), error))
            .map(|chunk| chunk.map(split_output))
    }
}

fn from_response(response: ContainerInspectResponse) -> Container {
    let config = response.config.unwrap_or_default();
    let state = response.state.unwrap_or_default();
    let (volumes, mounts) = mounts_of(response.mounts.unwrap_or_default());
    Container {
        id: ContainerId::new(response.id.unwrap_or_default()),
        name: response.name.unwrap_or_default().trim_start_matches('/').to_owned(),
        state: state_of(state.status),
        created: response.created.unwrap_or_default(),
        started_at: state.started_at.unwrap_or_default(),
        finished_at: state.finished_at.unwrap_or_default(),
        image: config.image.unwrap_or_default(),
        image_id: response.image.unwrap_or_default(),
        labels: config.labels.unwrap_or_default().into_iter().collect(),
        environment: environment_of(config.env.unwrap_or_default()),
        user: config.user.unwrap_or_default(),
        volumes,
        mounts,
    }
}

/// The names of volumes, and the places of all mounts with the folders that are bound there.
fn mounts_of(mounts: Vec<MountPoint>) -> (Vec<String>, Vec<(PathBuf, Option<PathBuf>)>) {
    let place = |mount: &MountPoint| {
        let source = mount.source.as_ref().filter(|_| mount.typ.as_deref() == Some("bind"));
        Some((PathBuf::from(mount.destination.as_ref()?), source.map(PathBuf::from)))
    };
    let places = mounts.iter().filter_map(place).collect();
    let volumes = mounts.into_iter().filter(|mount| mount.typ.as_deref() == Some("volume"));
    (volumes.filter_map(|mount| mount.name).collect(), places)
}

/// The engine keeps an environment as `NAME=value` texts.
pub(super) fn environment_of(pairs: Vec<String>) -> BTreeMap<String, String> {
    pairs.into_iter().map(|pair| split_pair(&pair)).collect()
}

fn split_pair(pair: &str) -> (String, String) {
    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
    (name.to_owned(), value.to_owned())
}

fn state_of(status: Option<ContainerStateStatusEnum>) -> ContainerState {
    use ContainerStateStatusEnum as Status;
    match status {
        Some(Status::RUNNING) => ContainerState::Running,
        Some(Status::PAUSED) => ContainerState::Paused,
        Some(Status::RESTARTING) => ContainerState::Restarting,
        Some(Status::EXITED) => ContainerState::Exited,
        Some(Status::REMOVING) => ContainerState::Removing,
        Some(Status::DEAD) => ContainerState::Dead,
        _ => ContainerState::Created,
    }
}
