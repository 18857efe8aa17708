//! Tasks in a container: one exec each.

use std::future::Future;
use std::path::Path;
use std::pin::pin;
use std::time::Duration;

use futures_util::StreamExt;

use crate::config::command_line;
use crate::config::hook::shell;
use crate::engine::{Container, ContainerState, Engine, ExecRequest, ExecSession, OutputStream};
use crate::error::{Error, ErrorKind, Result};
use crate::execute::tasks::inputs::read_inputs;
use crate::execute::tasks::{Ended, How, Stop, TaskCommand, TaskOutput};
use crate::execute::{ProcessTag, RunningProcesses};
use crate::project::RemoteEnvironment;
use crate::tasks::{Inputs, Sight, Task};

use super::LOOK;
use super::site::{look_command, look_words};

const RUN: &str = include_str!("../../../templates/run-task.sh");
const METER: &str = include_str!("../../../templates/meter.pl");

/// What the script says last.
const END: &str = "end";

/// How long to wait for output after the end of a task that has left something running in the background.
const LINGER: Duration = Duration::from_millis(500);

/// How often, and how many times, to look whether the container has ended with a task.
const PAUSE: Duration = Duration::from_millis(100);
const ATTEMPTS: usize = 5;

/// A container with all that commands in it depend on.
pub struct ContainerSite<'a> {
    /// The engine.
    pub engine: &'a Engine,
    /// The container.
    pub container: &'a Container,
    /// What commands see, secrets included.
    pub environment: &'a RemoteEnvironment,
    /// As whom they run.
    pub user: &'a str,
    /// Where they run: the workspace folder, or the home folder.
    pub folder: &'a str,
    /// Where they are listed while they run.
    pub running: &'a RunningProcesses,
    /// The mark of all of them.
    pub tag: ProcessTag,
}

impl ContainerSite<'_> {
    /// Ends what a run with this mark, which was killed, has left. Returns whether there was anything.
    pub async fn end_left_over(&self, tag: &str) -> bool {
        ProcessTag::remembered(tag).end(self.engine, &self.container.id).await
    }

    pub(super) async fn run(
        &self,
        command: &TaskCommand,
        output: &mut TaskOutput<'_>,
        stop: impl Future<Output = Stop>,
    ) -> Result<Ended> {
        let mut stop = pin!(stop);
        let tag = self.tag.part();
        let running = self.running.add(self.engine, &self.container.id, tag.clone());
        let mut session = self.engine.exec(&self.container.id, self.request(command, &tag)).await?;
        let facts = tokio::select! {
            facts = follow(&mut session, output) => facts,
            why = &mut stop => {
                tag.end(self.engine, &self.container.id).await;
                running.ended();
                return Ok(Ended::of(How::Stopped(why)));
            }
        };
        running.ended();
        match ended(&facts?, command) {
            Some(ended) => Ok(ended),
            // The script itself was ended, or it could not begin.
            None => Ok(Ended::of(How::Code(self.exit_code(&session).await?))),
        }
    }

    fn request(&self, command: &TaskCommand, tag: &ProcessTag) -> ExecRequest {
        let mut environment = self.environment.set.clone();
        environment.extend(command.env.clone());
        tag.mark(&mut environment);
        let when = command.when.clone().unwrap_or_default();
        let words =
            shell(&script(command)).into_iter().chain(["devc-task".to_owned(), when, METER.to_owned()]);
        let words = words.chain(command.argv.iter().cloned()).collect();
        ExecRequest {
            command: self.environment.wrap(words, &self.container.environment),
            user: Some(command.user.clone().unwrap_or_else(|| self.user.to_owned())),
            working_dir: Some(command.cwd.as_deref().map_or(self.folder.to_owned(), |cwd| self.inside(cwd))),
            environment,
            ..ExecRequest::default()
        }
    }

    /// A path in the container, from the folder of the site on.
    fn inside(&self, path: &str) -> String {
        Path::new(self.folder).join(path).to_string_lossy().into_owned()
    }

    /// The exit code of a script that did not come to its end. It may be that the container ended, which the engine takes
    /// a moment to notice.
    async fn exit_code(&self, session: &ExecSession) -> Result<i64> {
        for _ in 0..ATTEMPTS {
            let container = self.engine.inspect(self.container.id.as_str()).await?;
            if container.is_none_or(|container| container.state != ContainerState::Running) {
                return Err(Error::new(ErrorKind::Hook, "the container has stopped")
                    .hint("Start it with `devc up`; the next `devc prebuild` goes on from here."));
            }
            tokio::time::sleep(PAUSE).await;
        }
        session.control.exit_code().await
    }

    pub(super) fn inputs(&self, task: &Task) -> Option<Inputs> {
        let folder = task.cwd.as_deref().map_or(self.folder.to_owned(), |cwd| self.inside(cwd));
        let outside = self.container.host_path(Path::new(&folder)).filter(|path| path.is_dir())?;
        let is_here = |pattern: &String| !pattern.starts_with(['/', '~']) && !pattern.contains("..");
        task.inputs.iter().all(is_here).then(|| read_inputs(&outside, &task.inputs))
    }

    pub(super) async fn look(&self, words: Vec<String>) -> Result<String> {
        let request = ExecRequest {
            command: self.environment.wrap(look_command(words), &self.container.environment),
            user: Some(self.user.to_owned()),
            working_dir: Some(self.folder.to_owned()),
            environment: self.environment.set.clone(),
            ..ExecRequest::default()
        };
        let output = self.engine.exec_output(&self.container.id, request).await?;
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

/// What runs in the container: the task, then the look at what it depends on.
fn script(command: &TaskCommand) -> String {
    let look = match command.questions.as_slice() {
        [] => String::new(),
        questions => format!("look {}\n", command_line(&look_words(None, questions))),
    };
    format!("{LOOK}{RUN}{look}echo {END}\nexit $code\n")
}

/// Hands on what the task prints, and returns what the script says of it.
async fn follow(session: &mut ExecSession, output: &mut TaskOutput<'_>) -> Result<String> {
    let mut facts = Vec::new();
    loop {
        let is_over = facts.ends_with(format!("\n{END}\n").as_bytes());
        let next = match is_over {
            true => tokio::time::timeout(LINGER, session.output.next()).await.unwrap_or_default(),
            false => session.output.next().await,
        };
        match next.transpose()? {
            Some((OutputStream::Stdout, bytes)) => output.push(&bytes),
            Some((OutputStream::Stderr, bytes)) => facts.extend(bytes),
            None => return Ok(String::from_utf8_lossy(&facts).into_owned()),
        }
    }
}

/// Reads what the script said; `None` if it did not come to its end.
fn ended(facts: &str, command: &TaskCommand) -> Option<Ended> {
    let mut lines = facts.lines();
    let mut peak_memory = None;
    let code = loop {
        let line = lines.next()?;
        match line.split_once(' ') {
            Some(("memory", bytes)) => peak_memory = bytes.parse().ok(),
            Some(("code", code)) => break code.parse().ok()?,
            None if line == "unneeded" => return Some(Ended::of(How::NotNeeded)),
            // Where perl lacks the locale that is asked for, it says so.
            _ => {}
        }
    };
    let _own = lines.next()?;
    let cpu = lines.next().and_then(processor_time);
    let sight = Sight::take(&command.questions, &mut lines);
    Some(Ended { how: How::Code(code), cpu, peak_memory, sight })
}

/// The second line of the shell's `times`: what its children have used, as `0m1.25s 0m0.50s`.
fn processor_time(line: &str) -> Option<Duration> {
    let time = |text: &str| -> Option<f64> {
        let (minutes, seconds) = text.strip_suffix('s')?.split_once('m')?;
        Some(minutes.parse::<f64>().ok()? * 60.0 + seconds.parse::<f64>().ok()?)
    };
    let (user, system) = line.split_once(' ')?;
    Duration::try_from_secs_f64(time(user)? + time(system)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_says_how_a_task_ended() {
        let text =
            "perl: warning: no such locale\n\nmemory 4096\ncode 3\n0m0.00s 0m0.00s\n1m1.25s 0m0.50s\nend\n";
        let ended = ended(text, &TaskCommand::default()).unwrap();
        assert_eq!((ended.how, ended.cpu), (How::Code(3), Some(Duration::from_millis(61_750))));
        assert_eq!(ended.peak_memory, Some(4_096));
        assert_eq!(super::ended("unneeded\n", &TaskCommand::default()).unwrap().how, How::NotNeeded);
        assert!(super::ended("", &TaskCommand::default()).is_none());
    }
}
