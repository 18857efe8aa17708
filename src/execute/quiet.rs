//! Containers that hold still while the content of a volume is read or replaced, and go on afterwards, however that ends.
//!
//! A record says which ones before anything is done to them. Ctrl-C goes through [`QuietContainers::resume_all`]; what a
//! killed run has left is found by the next one that works on the volume.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

use crate::engine::Engine;
use crate::error::Result;
use crate::host::files;
use crate::name::ContainerId;

/// How containers are made to hold still.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Quiet {
    /// Frozen where they are.
    Pause,
    /// Ended, and started again.
    Stop,
}

/// The containers that hold still for a volume.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Record {
    version: u32,
    how: Quiet,
    containers: Vec<String>,
}

const VERSION: u32 = 1;

/// All containers that hold still for this run. Cheap to clone.
#[derive(Clone, Default)]
pub struct QuietContainers {
    entries: Arc<Mutex<Vec<(Engine, PathBuf)>>>,
}

impl QuietContainers {
    /// Makes containers hold still for work on a volume. Whoever calls this holds the volume's lock.
    pub async fn quiet(
        &self,
        engine: &Engine,
        state_dir: &Path,
        volume: &str,
        how: Quiet,
        containers: &[ContainerId],
    ) -> Result<()> {
        let path = path(state_dir, volume);
        let ids = containers.iter().map(|id| id.as_str().to_owned()).collect();
        let record = Record { version: VERSION, how, containers: ids };
        let text = serde_json::to_string(&record).unwrap_or_default();
        files::write_atomic(&path, &text)?;
        self.lock().push((engine.clone(), path.clone()));
        for id in containers {
            let done = match how {
                Quiet::Pause => engine.pause(id).await,
                Quiet::Stop => engine.stop(id, None).await,
            };
            if done.is_err() {
                self.resume_all().await;
                return done;
            }
        }
        Ok(())
    }

    /// Lets all containers of this run go on, as far as that is possible.
    pub async fn resume_all(&self) {
        let entries = std::mem::take(&mut *self.lock());
        for (engine, path) in entries {
            // What could not be resumed stays in the record, for the next run.
            let _ = resume(&engine, &path).await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<(Engine, PathBuf)>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Lets containers go on that a killed run has left still; returns whether there were any.
pub async fn resume_left(engine: &Engine, state_dir: &Path, volume: &str) -> Result<bool> {
    resume(engine, &path(state_dir, volume)).await
}

async fn resume(engine: &Engine, path: &Path) -> Result<bool> {
    let Some(text) = files::read_optional(path)? else { return Ok(false) };
    let record = serde_json::from_str::<Record>(&text).ok().filter(|record| record.version == VERSION);
    for id in record.iter().flat_map(|record| &record.containers) {
        let Some(container) = engine.inspect(id).await? else { continue };
        match container.state {
            crate::engine::ContainerState::Paused => engine.unpause(&container.id).await?,
            crate::engine::ContainerState::Running => {}
            _ => engine.start(&container.id).await?,
        }
    }
    files::remove_file(path)?;
    Ok(record.is_some())
}

fn path(state_dir: &Path, volume: &str) -> PathBuf {
    state_dir.join("quiet").join(format!("{volume}.json"))
}
