//! Containers that hold still while the content of a volume is read or replaced, and go on afterwards, however that ends.
//!
//! A record says which ones before anything is done to them. Ctrl-C goes through [`QuietContainers::resume_all`]. After a
//! run that is killed its successor lets them go on; where even that is lost, with the machine, the next run that works on
//! the volume.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

use crate::engine::{ContainerState, Engine};
use crate::error::Result;
use crate::host::{Environment, Successor, files};
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
    entries: Arc<Mutex<Vec<Entry>>>,
}

/// Containers of one record.
struct Entry {
    engine: Engine,
    record: PathBuf,
    /// Without one, the next run has to do.
    successor: Option<Successor>,
}

impl QuietContainers {
    /// Makes containers hold still for work on a volume. Whoever calls this holds the volume's lock.
    pub async fn quiet(
        &self,
        engine: &Engine,
        environment: &Environment,
        volume: &str,
        how: Quiet,
        containers: &[ContainerId],
    ) -> Result<()> {
        let path = path(&environment.state_dir, volume);
        let ids = containers.iter().map(|id| id.as_str().to_owned()).collect();
        let record = Record { version: VERSION, how, containers: ids };
        let text = serde_json::to_string(&record).unwrap_or_default();
        files::write_atomic(&path, &text)?;
        let successor = Successor::appoint(&environment.program, &["volume", "resume", volume]).ok();
        self.lock().push(Entry { engine: engine.clone(), record: path, successor });
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
        for Entry { engine, record, successor } in entries {
            // What could not be resumed stays in the record, for the successor or the next run.
            if resume(&engine, &record).await.is_ok() {
                successor.into_iter().for_each(Successor::dismiss);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Entry>> {
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
    if let Some(record) = &record {
        for id in &record.containers {
            go_on(engine, id, record.how).await?;
        }
    }
    files::remove_file(path)?;
    Ok(record.is_some())
}

async fn go_on(engine: &Engine, id: &str, how: Quiet) -> Result<()> {
    let Some(container) = engine.inspect(id).await? else { return Ok(()) };
    match (container.state, how) {
        (ContainerState::Paused, _) => return engine.unpause(&container.id).await,
        (ContainerState::Running, Quiet::Pause) => return Ok(()),
        // The stop that a killed run has asked for may still be under way.
        (ContainerState::Running, Quiet::Stop) => engine.stop(&container.id, None).await?,
        _ => {}
    }
    engine.start(&container.id).await
}

fn path(state_dir: &Path, volume: &str) -> PathBuf {
    state_dir.join("quiet").join(format!("{volume}.json"))
}
