//! A command in a container, connected to our own input and output: `exec` and `shell`.

use std::io::Write;

use futures_util::StreamExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::engine::{Engine, ExecControl, ExecInput, ExecRequest, ExecSession, ExecStream, OutputStream};
use crate::error::{Error, ErrorKind, Result};
use crate::execute::{ProcessTag, RunningProcesses};
use crate::host::tty::{RawMode, window_size};
use crate::name::ContainerId;

/// Exit codes of a command that is there but cannot be run, and of one that is not there (POSIX shells).
const CANNOT_RUN: i64 = 126;
const DOES_NOT_EXIST: i64 = 127;

/// How a command is connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attachment {
    /// Plain pipes: bytes go through unchanged, the two output streams stay apart.
    Pipes,
    /// A terminal of this size (columns, rows); `None` takes the size of ours and follows it.
    Terminal(Option<(u16, u16)>),
}

/// How a command ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// Its exit code.
    pub code: i64,
    /// Why the engine could not even start it.
    pub refusal: Option<String>,
}

/// How the engine begins what it writes, on the command's own output, when it cannot start the command.
const REFUSALS: [&str; 2] = ["OCI runtime exec failed: ", "unable to find user "];

/// Runs a command to its end.
///
/// SIGINT, SIGTERM, SIGHUP and SIGQUIT are handed on to the command and to what it started; it decides what to do.
pub async fn attach(
    engine: &Engine,
    container: &ContainerId,
    mut request: ExecRequest,
    attachment: Attachment,
    running: &RunningProcesses,
) -> Result<Ended> {
    let tag = ProcessTag::unique();
    tag.mark(&mut request.environment);
    request.stdin = true;
    request.tty = attachment != Attachment::Pipes;
    request.terminal_size = size(attachment);
    let mut signals = Signals::watch()?;
    let ExecSession { control, output, input } = engine.exec(container, request).await?;
    let listed = running.add(engine, container, tag.clone());
    let raw_mode = matches!(attachment, Attachment::Terminal(_)).then(RawMode::enable).flatten();
    let pump = tokio::spawn(pump_input(input, attachment));
    let hand_on = async {
        resize(&control, attachment).await;
        loop {
            match signals.next().await {
                Received::Resized => resize(&control, attachment).await,
                Received::Signal(name) => drop(tag.signal(engine, container, name).await),
            }
        }
    };
    let result = tokio::select! {
        result = copy_holding_refusal(output) => result,
        () = hand_on => unreachable!("it goes on for as long as the command runs"),
    };
    pump.abort();
    drop(raw_mode);
    let held = result?;
    listed.ended();
    conclude(control.exit_code().await?, held)
}

/// Engines before 27 end a command that does not exist with 126 as well; 127 is what a shell says.
fn conclude(code: i64, held: Option<Vec<u8>>) -> Result<Ended> {
    let Some(held) = held else { return Ok(Ended { code, refusal: None }) };
    if code != CANNOT_RUN && code != DOES_NOT_EXIST {
        // It was the command that wrote this.
        let _nobody_reads = write(&mut std::io::stdout(), &held);
        return Ok(Ended { code, refusal: None });
    }
    let text = String::from_utf8_lossy(&held).trim().to_owned();
    let is_missing = text.contains("executable file not found")
        || (text.contains("no such file or directory") && !text.contains("chdir to cwd"));
    Ok(Ended { code: if is_missing { DOES_NOT_EXIST } else { CANNOT_RUN }, refusal: Some(text) })
}

/// Copies output, all but a first chunk that looks as if the engine itself had written it.
async fn copy_holding_refusal(mut output: ExecStream) -> Result<Option<Vec<u8>>> {
    let Some((stream, bytes)) = output.next().await.transpose()? else { return Ok(None) };
    let is_refusal = REFUSALS.iter().any(|start| bytes.starts_with(start.as_bytes()));
    if stream != OutputStream::Stdout || !is_refusal {
        let first = futures_util::stream::iter([Ok((stream, bytes))]);
        copy_output(Box::pin(first.chain(output))).await?;
        return Ok(None);
    }
    let mut held = bytes;
    while let Some((_, more)) = output.next().await.transpose()? {
        held.extend(more);
    }
    Ok(Some(held))
}

/// What a key press tells a terminal: the end of the input.
const END_OF_TRANSMISSION: &[u8] = b"\x04";

/// Copies our input to the command; its end is the command's end of input.
async fn pump_input(mut input: ExecInput, attachment: Attachment) {
    let mut stdin = tokio::io::stdin();
    let mut buffer = vec![0; 32 * 1024];
    loop {
        let count = match stdin.read(&mut buffer).await {
            Ok(0) | Err(_) => break,
            Ok(count) => count,
        };
        if input.write_all(&buffer[..count]).await.is_err() || input.flush().await.is_err() {
            return;
        }
    }
    if attachment == Attachment::Pipes {
        let _ = input.shutdown().await;
        return;
    }
    // The engine would end the output of a terminal, too, when its input is closed.
    let _ = input.write_all(END_OF_TRANSMISSION).await;
    let _ = input.flush().await;
    std::future::pending::<()>().await;
}

/// Copies output of a container to ours. Nobody reading ours any more (`| head`) ends it quietly.
pub async fn copy_output(mut output: ExecStream) -> Result<()> {
    let (mut stdout, mut stderr) = (std::io::stdout(), std::io::stderr());
    while let Some((stream, bytes)) = output.next().await.transpose()? {
        let target: &mut dyn Write = if stream == OutputStream::Stdout { &mut stdout } else { &mut stderr };
        if write(target, &bytes).is_err() {
            break;
        }
    }
    Ok(())
}

fn write(target: &mut dyn Write, bytes: &[u8]) -> std::io::Result<()> {
    target.write_all(bytes)?;
    target.flush()
}

fn size(attachment: Attachment) -> Option<(u16, u16)> {
    match attachment {
        Attachment::Pipes => None,
        Attachment::Terminal(fixed) => fixed.or_else(window_size),
    }
}

/// Engines before API 1.42 do not set the size at the start.
async fn resize(control: &ExecControl, attachment: Attachment) {
    if let Some((columns, rows)) = size(attachment) {
        // A command that has ended already has no terminal to resize.
        let _ = control.resize(columns, rows).await;
    }
}

/// The signals that are handed on, and that of another window size. None is lost from the moment it is made.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hangup: Signal,
    quit: Signal,
    resized: Signal,
}

/// What a signal means.
enum Received {
    /// To be handed on under this name.
    Signal(&'static str),
    /// The terminal has another size.
    Resized,
}

impl Signals {
    fn watch() -> Result<Self> {
        let watch = |kind| {
            signal(kind)
                .map_err(|error| Error::new(ErrorKind::Host, "could not watch signals").because(error))
        };
        Ok(Self {
            interrupt: watch(SignalKind::interrupt())?,
            terminate: watch(SignalKind::terminate())?,
            hangup: watch(SignalKind::hangup())?,
            quit: watch(SignalKind::quit())?,
            resized: watch(SignalKind::window_change())?,
        })
    }

    async fn next(&mut self) -> Received {
        tokio::select! {
            _ = self.interrupt.recv() => Received::Signal("INT"),
            _ = self.terminate.recv() => Received::Signal("TERM"),
            _ = self.hangup.recv() => Received::Signal("HUP"),
            _ = self.quit.recv() => Received::Signal("QUIT"),
            _ = self.resized.recv() => Received::Resized,
        }
    }
}
