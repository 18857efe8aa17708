//! Containers that live no longer than the run that made them.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::engine::{Container, Engine, Removal};
use crate::error::Result;
use crate::host::ContainerRecord;
use crate::project::compose::PROJECT_LABEL;

/// What a run has made of containers and images for a while, found by labels that nothing else carries.
#[derive(Clone)]
pub struct Temporary {
    /// Where they are.
    pub engine: Engine,
    /// Labels of the containers: `name=value`.
    pub labels: Vec<String>,
    /// What the names of images begin with that were built for them.
    pub image_prefix: String,
    /// Where records of them are.
    pub state_dir: PathBuf,
}

impl Temporary {
    /// Removes the containers with all others of their compose projects, and the images that were built for them.
    pub async fn remove(&self) -> Result<()> {
        for container in self.engine.find_containers(&self.labels).await? {
            let project = container.labels.get(PROJECT_LABEL).map(|name| format!("{PROJECT_LABEL}={name}"));
            let beside = match project {
                Some(label) => self.engine.find_containers(&[label]).await?,
                None => Vec::new(),
            };
            self.remove_one(&container).await?;
            for other in beside.iter().filter(|other| other.id != container.id) {
                self.remove_one(other).await?;
            }
        }
        Ok(())
    }

    async fn remove_one(&self, container: &Container) -> Result<()> {
        self.engine.remove(&container.id, Removal::WithAnonymousVolumes).await?;
        ContainerRecord::remove(&self.state_dir, container.id.as_str());
        if container.image.starts_with(&self.image_prefix) {
            self.engine.remove_image(&container.image).await?;
        }
        Ok(())
    }
}

/// What has to be removed when the run is given up. Cheap to clone.
#[derive(Clone, Default)]
pub struct TemporaryContainers {
    entries: Arc<Mutex<Vec<Temporary>>>,
}

impl TemporaryContainers {
    /// Puts something on the list, best before there is anything.
    pub fn add(&self, temporary: Temporary) {
        self.lock().push(temporary);
    }

    /// Takes it off the list: it is removed already, or meant to stay.
    pub fn forget(&self, temporary: &Temporary) {
        self.lock().retain(|entry| entry.labels != temporary.labels);
    }

    /// Removes everything that is still on the list, as far as that is possible.
    pub async fn remove_all(&self) {
        let entries = std::mem::take(&mut *self.lock());
        for entry in entries {
            // The run has failed already, for a reason of its own.
            let _ = entry.remove().await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Temporary>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
