//! Runs compose.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, Command};

use super::Compose;
use crate::error::{Error, ErrorKind, Result};
use crate::event::{Lines, Step};
use crate::host::ProcessGroup;
use crate::project::compose::{ComposeFiles, Model};

/// How many of the last lines of a failed run are told as the reason.
const TOLD: usize = 12;

/// Which project a run is about.
#[derive(Clone, Debug, Default)]
pub struct Invocation {
    /// The folder in which compose runs: relative names in its environment count from there.
    pub current_dir: PathBuf,
    /// What it reads.
    pub files: ComposeFiles,
    /// The folder of the project, where that is not the first file's.
    pub project_directory: Option<PathBuf>,
    /// The name of the project; `None` for compose's own.
    pub project: Option<String>,
}

impl Invocation {
    /// A project as the engine knows it, whatever has become of its files: enough to stop it and to take it down.
    pub fn by_name(project: &str) -> Self {
        Self { current_dir: PathBuf::from("/"), project: Some(project.to_owned()), ..Self::default() }
    }

    fn arguments(&self) -> Vec<OsString> {
        let mut arguments: Vec<OsString> = Vec::new();
        let mut option = |name: &str, value: &OsStr| arguments.extend([name.into(), value.to_owned()]);
        if let Some(project) = &self.project {
            option("--project-name", project.as_ref());
        }
        if let Some(folder) = &self.project_directory {
            option("--project-directory", folder.as_ref());
        }
        self.files.files.iter().for_each(|file| option("-f", file.as_ref()));
        self.files.env_files.iter().for_each(|file| option("--env-file", file.as_ref()));
        arguments
    }
}

impl Compose {
    /// What compose makes of the project's files, all profiles included.
    pub async fn model(&self, invocation: &Invocation) -> Result<Model> {
        let mut command = self.command(invocation, &["--profile", "*"]);
        command.args(["config", "--format", "json"]).stdout(Stdio::piped()).stderr(Stdio::piped());
        let output = command.kill_on_drop(true).output().await.map_err(|error| self.cannot_start(error))?;
        if output.status.success() {
            return Model::parse(&String::from_utf8_lossy(&output.stdout));
        }
        let text = String::from_utf8_lossy(&output.stderr);
        Err(failed("Docker Compose cannot read the project's files", text.lines(), output.status)
            .hint("Check them with `docker compose config`."))
    }

    /// Runs a command of compose, each line of its output going to `step`.
    ///
    /// `doing` says for an error what could not be done. Dropping the future ends compose.
    pub async fn run(&self, invocation: &Invocation, words: &[&str], step: &Step, doing: &str) -> Result<()> {
        let mut command = self.command(invocation, &[]);
        command.args(words).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
        let mut child = command.spawn().map_err(|error| self.cannot_start(error))?;
        let group = ProcessGroup::terminated(&child);
        let (status, lines) = follow(&mut child, step).await?;
        group.ended();
        if status.success() {
            return Ok(());
        }
        Err(failed(doing, lines.iter().map(String::as_str), status))
    }

    /// The version; `None` where there is no such program.
    pub async fn version(&self) -> Option<String> {
        let mut command = Command::new(&self.program);
        command.args(self.prefix).args(["version", "--short"]).stdin(Stdio::null()).stderr(Stdio::null());
        let output = command.kill_on_drop(true).output().await.ok()?;
        let version = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        output.status.success().then_some(version)
    }

    fn command(&self, invocation: &Invocation, options: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(self.prefix)
            .args(invocation.arguments())
            .args(options)
            .current_dir(&invocation.current_dir)
            .env("DOCKER_HOST", &self.engine)
            .env_remove("DOCKER_CONTEXT")
            .env("COMPOSE_ANSI", "never")
            .env("COMPOSE_MENU", "false")
            .stdin(Stdio::null());
        if invocation.files.files.is_empty() {
            // By name alone: files that this machine's environment names belong to another project.
            command.env_remove("COMPOSE_FILE");
        }
        command
    }

    fn cannot_start(&self, error: std::io::Error) -> Error {
        Error::new(ErrorKind::Host, format!("Cannot start {}", self.program.display())).because(error)
    }
}

/// Hands on all output until the process ends, and keeps it.
async fn follow(child: &mut Child, step: &Step) -> Result<(ExitStatus, Vec<String>)> {
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let (status, _, lines) = tokio::join!(child.wait(), forward(stdout, step), forward(stderr, step));
    let lost = |error| Error::new(ErrorKind::Host, "Lost contact with docker compose").because(error);
    Ok((status.map_err(lost)?, lines))
}

async fn forward(stream: Option<impl AsyncRead + Unpin>, step: &Step) -> Vec<String> {
    let mut told = Vec::new();
    let Some(mut stream) = stream else { return told };
    let mut tell = |line: String| {
        step.line(line.clone());
        told.push(line);
    };
    let mut lines = Lines::default();
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(count @ 1..) = stream.read(&mut buffer).await {
        lines.push(&buffer[..count], &mut tell);
    }
    lines.finish(&mut tell);
    told
}

/// Whether a line tells of one thing that compose does, such as `Container shop-db-1  Starting`. What went wrong it says in
/// sentences.
fn is_progress(line: &str) -> bool {
    let kinds = ["Container ", "Network ", "Volume ", "Image "];
    kinds.iter().any(|kind| line.starts_with(kind)) && line.contains("  ")
}

fn failed<'a>(doing: &str, lines: impl Iterator<Item = &'a str>, status: ExitStatus) -> Error {
    let said: Vec<&str> =
        lines.map(str::trim).filter(|line| !line.is_empty() && !is_progress(line)).collect();
    let last = said[said.len().saturating_sub(TOLD)..].join("\n");
    let reason = if last.is_empty() { format!("docker compose ended with {status}") } else { last };
    Error::new(ErrorKind::Engine, doing).because(reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_of_a_failure_is_what_compose_says_in_sentences() {
        use std::os::unix::process::ExitStatusExt;
        let reason = |lines: &[&str]| failed("x", lines.iter().copied(), ExitStatus::from_raw(256)).reasons();
        let lines = [
            " Container a-db-1  Starting",
            " Volume \"a_data\"  Created",
            "dependency failed to start: it exited (3)",
        ];
        assert_eq!(reason(&lines), ["dependency failed to start: it exited (3)"]);
        assert_eq!(reason(&lines[..1]), ["docker compose ended with exit status: 1"]);
    }

    #[test]
    fn a_project_that_is_known_by_name_needs_no_files() {
        let words = Invocation::by_name("shop").arguments();
        assert_eq!(words, ["--project-name", "shop"]);
        let files =
            ComposeFiles { files: vec!["/a.yml".into(), "/b.yml".into()], env_files: vec!["/.env".into()] };
        let invocation = Invocation { files, project: Some("shop".into()), ..Invocation::default() };
        let expected = ["--project-name", "shop", "-f", "/a.yml", "-f", "/b.yml", "--env-file", "/.env"];
        assert_eq!(invocation.arguments(), expected);
    }
}
