//! Processes on this machine: lifecycle hooks of the host and helper programs.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Stdio;

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, Command};

use crate::error::{Error, ErrorKind, Result};
use crate::event::{Lines, Step};
use crate::host::ProcessGroup;

/// A program to run on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostCommand {
    /// The program and its arguments. Never empty.
    pub argv: Vec<String>,
    /// Where it runs.
    pub current_dir: PathBuf,
    /// Variables on top of those of `devc` itself.
    pub environment: BTreeMap<String, String>,
}

/// Runs a command to its end, each line of its output going to `step`. Returns its exit code.
///
/// It runs in a process group of its own: when the future is dropped (Ctrl-C, a failed sibling), the whole
/// group ends with it.
pub async fn run_host_command(command: &HostCommand, step: &Step) -> Result<i32> {
    let mut child = spawn(command)?;
    let group = ProcessGroup::terminated(&child);
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let (status, (), ()) = tokio::join!(child.wait(), forward(stdout, step), forward(stderr, step));
    group.ended();
    let status = status.map_err(|error| failed(command).because(error))?;
    Ok(exit_code(status))
}

/// Starts a program that goes on by itself, such as an editor: away from our terminal, input and output. One that does not
/// stay is waited for, as it only hands on what it was told.
pub async fn launch(argv: &[String], stays: bool) -> Result<()> {
    let failed = || Error::new(ErrorKind::Host, format!("could not start {}", argv[0]));
    let mut command = Command::new(&argv[0]);
    command.args(&argv[1..]).process_group(0);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().map_err(|error| failed().because(error))?;
    if stays {
        return Ok(());
    }
    match exit_code(child.wait().await.map_err(|error| failed().because(error))?) {
        0 => Ok(()),
        code => Err(failed().because(format!("it ended with exit code {code}"))),
    }
}

fn spawn(command: &HostCommand) -> Result<Child> {
    Command::new(&command.argv[0])
        .args(&command.argv[1..])
        .current_dir(&command.current_dir)
        .envs(&command.environment)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()
        .map_err(|error| failed(command).because(error))
}

async fn forward(stream: Option<impl AsyncRead + Unpin>, step: &Step) {
    let Some(mut stream) = stream else { return };
    let mut lines = Lines::default();
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(count @ 1..) = stream.read(&mut buffer).await {
        lines.push(&buffer[..count], |line| step.line(line));
    }
    lines.finish(|line| step.line(line));
}

fn exit_code(status: std::process::ExitStatus) -> i32 {
    use std::os::unix::process::ExitStatusExt;
    status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(0))
}

fn failed(command: &HostCommand) -> Error {
    Error::new(ErrorKind::Host, format!("could not run {} on this machine", command.argv[0]))
}
