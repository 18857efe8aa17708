//! Where the content of volumes is worked on.

use std::io::{Read, Write};
use std::path::PathBuf;

use serde::de::DeserializeOwned;

use super::{Task, aside, failed};
use crate::engine::{Engine, Volume};
use crate::error::{Error, ErrorKind, Result};
use crate::event::Step;

/// Where the content of one volume, or of two, is worked on.
#[derive(Clone)]
pub enum Place {
    /// On this machine, in these folders.
    Here(Vec<PathBuf>),
}

impl Place {
    /// Finds it.
    pub async fn of(engine: &Engine, volumes: &[&Volume]) -> Result<Self> {
        let is_here = |volume: &Volume| {
            let is_plain = volume.driver == "local" && volume.options.is_empty();
            engine.endpoint().is_on_this_machine()
                && is_plain
                && std::fs::read_dir(&volume.mountpoint).is_ok()
        };
        if let Some(volume) = volumes.iter().find(|volume| !is_here(volume)) {
            let text = format!("the content of volume {} cannot be reached", volume.name);
            return Err(Error::new(ErrorKind::Unsupported, text)
                .because("it is on another machine, or of a driver of its own, or belongs to root")
                .hint("Run devc on the engine's machine as a user who may read the volume's folder."));
        }
        Ok(Self::Here(volumes.iter().map(|volume| PathBuf::from(&volume.mountpoint)).collect()))
    }

    /// Does what `task` says, and ends `step` with it.
    pub(super) async fn run<T: DeserializeOwned>(
        &self,
        task: Task,
        input: impl Read + Send + 'static,
        output: impl Write + Send + 'static,
        step: Option<Step>,
    ) -> Result<T> {
        let Self::Here(folders) = self.clone();
        let answer = aside(move || {
            let progress = |done| step.iter().for_each(|step| step.progress(done, None));
            let done = task.perform(&folders, input, output, progress);
            match step {
                Some(step) => step.conclude(done),
                None => done,
            }
        });
        serde_json::from_value(answer.await?).map_err(|error| failed("understand the answer").because(error))
    }
}
