//! Tasks on the machine that `devc` runs on.

use std::collections::BTreeMap;
use std::future::Future;
use std::path::PathBuf;
use std::pin::pin;

use crate::config::hook::shell;
use crate::error::Result;
use crate::execute::tasks::inputs::read_inputs;
use crate::execute::tasks::{Ended, How, Stop, TaskCommand, TaskOutput};
use crate::host::{HostCommand, Supervisor};
use crate::tasks::{Inputs, Sight, Task};

use super::site::{look_command, look_words};

/// This machine, in one folder.
pub struct LocalSite {
    supervisor: Supervisor,
    folder: PathBuf,
    environment: BTreeMap<String, String>,
}

impl LocalSite {
    /// A site in `folder`, with variables on top of those of `devc` itself.
    pub fn new(folder: PathBuf, environment: BTreeMap<String, String>) -> Self {
        Self { supervisor: Supervisor::default(), folder, environment }
    }

    pub(super) async fn run(
        &self,
        command: &TaskCommand,
        output: &mut TaskOutput<'_>,
        stop: impl Future<Output = Stop>,
    ) -> Result<Ended> {
        let mut stop = pin!(stop);
        if let Some(when) = &command.when {
            let condition = self.process(shell(when), command);
            let ended = self.follow(&condition, output, &mut stop).await?;
            match ended.how {
                How::Code(0) => {}
                How::Code(_) => return Ok(Ended::of(How::NotNeeded)),
                _ => return Ok(ended),
            }
        }
        let ended = self.follow(&self.process(command.argv.clone(), command), output, &mut stop).await?;
        if command.questions.is_empty() || ended.how != How::Code(0) {
            return Ok(ended);
        }
        let answers = self.look(look_words(command.cwd.as_deref(), &command.questions)).await?;
        Ok(Ended { sight: Sight::take(&command.questions, &mut answers.lines()), ..ended })
    }

    fn process(&self, argv: Vec<String>, command: &TaskCommand) -> HostCommand {
        let current_dir = command.cwd.as_ref().map_or(self.folder.clone(), |cwd| self.folder.join(cwd));
        let mut environment = self.environment.clone();
        environment.extend(command.env.clone());
        HostCommand { argv, current_dir, environment }
    }

    async fn follow(
        &self,
        command: &HostCommand,
        output: &mut TaskOutput<'_>,
        stop: &mut (impl Future<Output = Stop> + Unpin),
    ) -> Result<Ended> {
        let mut process = self.supervisor.spawn(command)?;
        let ended = tokio::select! {
            ended = process.follow(|bytes| output.push(bytes)) => ended,
            why = stop => {
                process.end().await;
                return Ok(Ended::of(How::Stopped(why)));
            }
        };
        let (code, used) = ended?;
        let (cpu, peak_memory) = (Some(used.cpu), Some(used.peak_memory));
        Ok(Ended { how: How::Code(code), cpu, peak_memory, sight: Sight::default() })
    }

    pub(super) fn inputs(&self, task: &Task) -> Inputs {
        let folder = task.cwd.as_ref().map_or(self.folder.clone(), |cwd| self.folder.join(cwd));
        read_inputs(&folder, &task.inputs)
    }

    pub(super) async fn look(&self, words: Vec<String>) -> Result<String> {
        let command = HostCommand {
            argv: look_command(words),
            current_dir: self.folder.clone(),
            environment: BTreeMap::new(),
        };
        let mut answers = Vec::new();
        self.supervisor.spawn(&command)?.follow(|bytes| answers.extend_from_slice(bytes)).await?;
        Ok(String::from_utf8_lossy(&answers).into_owned())
    }
}
