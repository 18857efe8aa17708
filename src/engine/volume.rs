//! Volumes: list, inspect, create, remove.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use bollard::models::{ContainerSummaryStateEnum as State, Volume as ApiVolume, VolumeCreateRequest};
use bollard::query_parameters::{ListContainersOptions, ListVolumesOptions, RemoveVolumeOptions};

use crate::engine::{Engine, failure, helper};
use crate::error::Result;
use crate::host::{files, unique_id};
use crate::name::ContainerId;

/// One volume as the engine sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Volume {
    /// Its name.
    pub name: String,
    /// Who provides it.
    pub driver: String,
    /// What its provider was told.
    pub options: BTreeMap<String, String>,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// Where the engine's machine has it.
    pub mountpoint: String,
    /// When it was made: the engine's text.
    pub created: String,
}

/// A container that has a volume.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VolumeUser {
    /// The container's id.
    pub id: ContainerId,
    /// Its name.
    pub name: String,
    /// Whether its main process runs, or is frozen.
    pub is_running: bool,
    /// Whether it may write to the volume.
    pub may_write: bool,
    /// Whether it is a helper of some `devc`, which works on the volume.
    pub is_helper: bool,
}

impl Engine {
    /// The containers, running or not, that have volumes, by the names of those.
    pub async fn volume_users(&self) -> Result<BTreeMap<String, Vec<VolumeUser>>> {
        let options = ListContainersOptions { all: true, ..Default::default() };
        let containers = self.docker.list_containers(Some(options)).await;
        let containers = containers.map_err(|error| self.failed("look for containers", error))?;
        let mut users: BTreeMap<String, Vec<VolumeUser>> = BTreeMap::new();
        for container in containers {
            let user = VolumeUser {
                id: ContainerId::new(container.id.unwrap_or_default()),
                name: container.names.unwrap_or_default().concat().trim_start_matches('/').to_owned(),
                may_write: true,
                is_helper: container.labels.unwrap_or_default().contains_key(helper::LABEL),
                is_running: matches!(
                    container.state,
                    Some(State::RUNNING | State::PAUSED | State::RESTARTING)
                ),
            };
            for mount in container.mounts.unwrap_or_default() {
                let Some(name) = mount.name else { continue };
                let may_write = mount.rw.unwrap_or(true);
                users.entry(name).or_default().push(VolumeUser { may_write, ..user.clone() });
            }
        }
        Ok(users)
    }

    /// The volumes that carry all of `labels`, sorted by name. A label without `=` matches any value.
    pub async fn volumes(&self, labels: &[String]) -> Result<Vec<Volume>> {
        let filters = (!labels.is_empty()).then(|| HashMap::from([("label".to_owned(), labels.to_vec())]));
        let found = self
            .docker
            .list_volumes(Some(ListVolumesOptions { filters }))
            .await
            .map_err(|error| self.failed("look for volumes", error))?;
        let mut volumes: Vec<Volume> =
            found.volumes.unwrap_or_default().into_iter().map(from_response).collect();
        volumes.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(volumes)
    }

    /// Inspects a volume; `None` when there is none.
    pub async fn inspect_volume(&self, name: &str) -> Result<Option<Volume>> {
        match self.docker.inspect_volume(name).await {
            Ok(response) => Ok(Some(from_response(response))),
            Err(error) if failure::is_not_found(&error) => Ok(None),
            Err(error) => Err(self.failed(format!("inspect volume {name}"), error)),
        }
    }

    /// Makes a volume of the engine's own kind. One that is there stays as it is, labels included.
    pub async fn create_volume(&self, name: &str, labels: &BTreeMap<String, String>) -> Result<Volume> {
        let request = VolumeCreateRequest {
            name: Some(name.to_owned()),
            labels: Some(labels.clone().into_iter().collect()),
            ..Default::default()
        };
        let made = self.docker.create_volume(request).await;
        made.map(from_response).map_err(|error| self.failed(format!("create volume {name}"), error))
    }

    /// Where this machine has the engine's volumes; `None` where it has not, or where we are not root.
    ///
    /// A path that both know proves nothing: the socket may be forwarded from another machine, and in a user namespace the
    /// owners of files are others. So the engine makes a volume under a name that no other has, which has to appear here and
    /// to belong to root.
    pub async fn volumes_here(&self) -> Result<Option<&Path>> {
        let folder = self.volumes_here.get_or_try_init(|| async {
            if !self.endpoint.is_on_this_machine() || !files::is_root() {
                return Ok(None);
            }
            let probe = self.create_volume(&format!("devc-probe-{}", unique_id()), &BTreeMap::new()).await?;
            let mountpoint = Path::new(&probe.mountpoint);
            let is_here = files::owner(mountpoint) == Some(0);
            self.remove_volume(&probe.name).await?;
            Ok(mountpoint.ancestors().nth(2).filter(|_| is_here).map(Path::to_owned))
        });
        folder.await.map(Option::as_deref)
    }

    /// Removes a volume; one that is gone is fine. `false` means that another container uses it.
    pub async fn remove_volume(&self, name: &str) -> Result<bool> {
        match self.docker.remove_volume(name, None::<RemoveVolumeOptions>).await {
            Ok(()) => Ok(true),
            Err(error) if failure::is_not_found(&error) => Ok(true),
            Err(error) if failure::is_conflict(&error) => Ok(false),
            Err(error) => Err(self.failed(format!("remove volume {name}"), error)),
        }
    }
}

fn from_response(response: ApiVolume) -> Volume {
    Volume {
        name: response.name,
        driver: response.driver,
        options: response.options.into_iter().collect(),
        labels: response.labels.into_iter().collect(),
        mountpoint: response.mountpoint,
        created: response.created_at.map(|time| time.to_string()).unwrap_or_default(),
    }
}
