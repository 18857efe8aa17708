//! Where the content of volumes is worked on.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

use super::{Helper, Task, aside, failed};
use crate::engine::{Engine, Volume};
use crate::error::Result;
use crate::event::Step;

/// Where the content of one volume, or of two, is worked on.
#[derive(Clone)]
pub enum Place {
    /// On this machine, in these folders.
    Here(Vec<PathBuf>),
    /// In a container that has them.
    Helper(Helper),
}

impl Place {
    /// On this machine if it has all of them as they are; else the engine mounts them.
    pub async fn of(engine: &Engine, volumes: &[&Volume]) -> Result<Self> {
        let is_plain = |volume: &&Volume| volume.driver == "local" && volume.options.is_empty();
        if volumes.iter().all(is_plain)
            && let Some(here) = engine.volumes_here().await?
            && volumes.iter().all(|volume| Path::new(&volume.mountpoint).starts_with(here))
        {
            return Ok(Self::Here(volumes.iter().map(|volume| PathBuf::from(&volume.mountpoint)).collect()));
        }
        let names = volumes.iter().map(|volume| volume.name.clone()).collect();
        Ok(Self::Helper(Helper::of(engine, names)))
    }

    /// Does what `task` says, and ends `step` with it.
    pub(super) async fn run<T: DeserializeOwned>(
        &self,
        task: Task,
        input: impl Read + Send + 'static,
        output: impl Write + Send + 'static,
        step: Option<Step>,
    ) -> Result<T> {
        let answer = match self {
            Self::Here(folders) => {
                let folders = folders.clone();
                let work = move || {
                    let progress = |done| step.iter().for_each(|step| step.progress(done, None));
                    let done = task.perform(&folders, input, output, progress);
                    concluded(step, done)
                };
                aside(work).await?
            }
            Self::Helper(helper) => {
                let done = helper.run(task, input, output, step.as_ref()).await;
                concluded(step, done)?
            }
        };
        serde_json::from_value(answer).map_err(|error| failed("understand the answer").because(error))
    }
}

fn concluded<T>(step: Option<Step>, done: Result<T>) -> Result<T> {
    match step {
        Some(step) => step.conclude(done),
        None => done,
    }
}
