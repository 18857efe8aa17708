//! Processes inside a container.

use std::collections::BTreeMap;
use std::pin::Pin;

use bollard::container::LogOutput;
use bollard::exec::{ResizeExecOptions, StartExecOptions, StartExecResults};
use bollard::models::ExecConfig;
use futures_util::{Stream, StreamExt, TryStreamExt};
use tokio::io::AsyncWrite;

use crate::engine::Engine;
use crate::error::Result;
use crate::name::ContainerId;

/// A bigger buffer than bollard's own 8 KiB doubles the throughput of bulk output.
const OUTPUT_CAPACITY: usize = 256 * 1024;

/// A process to start inside a container.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExecRequest {
    /// The program and its arguments.
    pub command: Vec<String>,
    /// The user; `None` for the container's own.
    pub user: Option<String>,
    /// The working folder; `None` for the container's own.
    pub working_dir: Option<String>,
    /// Variables on top of the container's. They travel in the request's body, never in an argument list.
    pub environment: BTreeMap<String, String>,
    /// Whether the process gets a terminal.
    pub tty: bool,
    /// The terminal's columns and rows from the start, where they are known.
    pub terminal_size: Option<(u16, u16)>,
    /// Whether its input is connected.
    pub stdin: bool,
    /// Whether it gets all capabilities, whatever the container has.
    pub privileged: bool,
}

/// Which of a process's two streams a chunk came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutputStream {
    /// Standard output, and everything of a process with a terminal.
    Stdout,
    /// Standard error.
    Stderr,
}

/// What a process left behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExecOutput {
    /// Its exit code; 128 + n for signal n.
    pub code: i64,
    /// What it wrote on standard output.
    pub stdout: Vec<u8>,
    /// What it wrote on standard error.
    pub stderr: Vec<u8>,
}

/// What a process writes, in order.
pub type ExecStream = Pin<Box<dyn Stream<Item = Result<(OutputStream, Vec<u8>)>> + Send>>;

/// What a process reads. Shutting it down is its end of input.
pub type ExecInput = Pin<Box<dyn AsyncWrite + Send>>;

/// A process that has been started.
pub struct ExecSession {
    /// What can be asked about it.
    pub control: ExecControl,
    /// What it writes.
    pub output: ExecStream,
    /// What it reads.
    pub input: ExecInput,
}

/// The handle of a process that has been started.
pub struct ExecControl {
    engine: Engine,
    id: String,
}

impl Engine {
    /// Starts a process and connects to it.
    pub async fn exec(&self, container: &ContainerId, request: ExecRequest) -> Result<ExecSession> {
        let doing = format!(
            "run {} in container {}",
            request.command.first().map_or("", String::as_str),
            container.short()
        );
        let tty = request.tty;
        let created = self
            .docker
            .create_exec(container.as_str(), config_of(request))
            .await
            .map_err(|error| self.failed(doing.clone(), error))?;
        let options = StartExecOptions { detach: false, tty, output_capacity: Some(OUTPUT_CAPACITY) };
        let started = self.docker.start_exec(&created.id, Some(options)).await;
        match started.map_err(|error| self.failed(doing.clone(), error))? {
            StartExecResults::Attached { output, input } => {
                let engine = self.clone();
                let output = output.map_err(move |error| engine.failed(doing.clone(), error));
                let output = Box::pin(output.map(|chunk| chunk.map(split_output)));
                let control = ExecControl { engine: self.clone(), id: created.id };
                Ok(ExecSession { control, output, input })
            }
            StartExecResults::Detached => unreachable!("we asked to be attached"),
        }
    }

    /// Runs a process to its end and keeps what it wrote. Meant for short output.
    pub async fn exec_output(&self, container: &ContainerId, request: ExecRequest) -> Result<ExecOutput> {
        let mut session = self.exec(container, request).await?;
        let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
        while let Some((stream, bytes)) = session.output.next().await.transpose()? {
            match stream {
                OutputStream::Stdout => stdout.extend(bytes),
                OutputStream::Stderr => stderr.extend(bytes),
            }
        }
        Ok(ExecOutput { code: session.control.exit_code().await?, stdout, stderr })
    }
}

impl ExecControl {
    /// The exit code of a process whose output has ended.
    pub async fn exit_code(&self) -> Result<i64> {
        let state = self
            .engine
            .docker
            .inspect_exec(&self.id)
            .await
            .map_err(|error| self.engine.failed("ask for the exit code of a process", error))?;
        Ok(state.exit_code.unwrap_or(0))
    }

    /// Tells the process's terminal its size.
    pub async fn resize(&self, columns: u16, rows: u16) -> Result<()> {
        let size = ResizeExecOptions { width: columns, height: rows };
        self.engine
            .docker
            .resize_exec(&self.id, size)
            .await
            .map_err(|error| self.engine.failed("resize a terminal", error))
    }
}

fn config_of(request: ExecRequest) -> ExecConfig {
    ExecConfig {
        attach_stdin: Some(request.stdin),
        attach_stdout: Some(true),
        attach_stderr: Some(true),
        tty: Some(request.tty),
        // The engine takes rows first.
        console_size: request.terminal_size.map(|(columns, rows)| vec![rows.into(), columns.into()]),
        env: Some(request.environment.iter().map(|(name, value)| format!("{name}={value}")).collect()),
        cmd: Some(request.command),
        user: request.user,
        working_dir: request.working_dir,
        privileged: Some(request.privileged),
        ..Default::default()
    }
}

/// Which stream a chunk belongs to, and its bytes.
pub(super) fn split_output(chunk: LogOutput) -> (OutputStream, Vec<u8>) {
    let stream = match chunk {
        LogOutput::StdErr { .. } => OutputStream::Stderr,
        _ => OutputStream::Stdout,
    };
    (stream, chunk.into_bytes().to_vec())
}
