//! What belongs to a compose project, found by compose's own labels.

use std::collections::HashMap;

use bollard::models::ContainerSummaryStateEnum;
use bollard::query_parameters::{ListContainersOptions, ListVolumesOptions};

use crate::engine::Engine;
use crate::error::Result;
use crate::name::ContainerId;
use crate::project::compose::{FOLDER_LABEL, PROJECT_LABEL, SERVICE_LABEL};
use crate::project::identity::LOCAL_FOLDER;

/// One container of a compose project, as the engine's list has it.
#[derive(Clone, Debug)]
pub struct ServiceContainer {
    /// Its id.
    pub id: ContainerId,
    /// The name of its service.
    pub service: String,
    /// Whether its main process runs.
    pub is_running: bool,
    /// The engine's word for where it is in its life.
    pub state: String,
    /// The name of its image.
    pub image: String,
    /// The workspace folder, on dev containers.
    pub local_folder: Option<String>,
    /// The folder of the project.
    pub working_dir: Option<String>,
}

impl Engine {
    /// The containers of a compose project, newest first, without those of `docker compose run`. One question, whatever
    /// their number.
    pub async fn project_containers(&self, project: &str) -> Result<Vec<ServiceContainer>> {
        let labels = vec![format!("{PROJECT_LABEL}={project}"), "com.docker.compose.oneoff=False".to_owned()];
        let options = ListContainersOptions {
            all: true,
            filters: Some(HashMap::from([("label".to_owned(), labels)])),
            ..Default::default()
        };
        let summaries = self
            .docker
            .list_containers(Some(options))
            .await
            .map_err(|error| self.failed(format!("look for the containers of {project}"), error))?;
        let containers = summaries.into_iter().filter_map(|summary| {
            let state = summary.state.unwrap_or(ContainerSummaryStateEnum::EMPTY);
            let mut labels = summary.labels.unwrap_or_default();
            Some(ServiceContainer {
                id: ContainerId::new(summary.id?),
                service: labels.remove(SERVICE_LABEL)?,
                is_running: matches!(
                    state,
                    ContainerSummaryStateEnum::RUNNING | ContainerSummaryStateEnum::RESTARTING
                ),
                state: state.to_string(),
                image: summary.image.unwrap_or_default(),
                local_folder: labels.remove(LOCAL_FOLDER),
                working_dir: labels.remove(FOLDER_LABEL),
            })
        });
        Ok(containers.filter(|container| container.state != "removing").collect())
    }

    /// The names of the volumes of a compose project.
    pub async fn project_volumes(&self, project: &str) -> Result<Vec<String>> {
        let label = format!("{PROJECT_LABEL}={project}");
        let options =
            ListVolumesOptions { filters: Some(HashMap::from([("label".to_owned(), vec![label])])) };
        let found = self
            .docker
            .list_volumes(Some(options))
            .await
            .map_err(|error| self.failed(format!("look for the volumes of {project}"), error))?;
        Ok(found.volumes.unwrap_or_default().into_iter().map(|volume| volume.name).collect())
    }
}
