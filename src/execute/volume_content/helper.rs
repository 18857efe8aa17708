//! Our end of a helper: a container with the volumes and this program, which does there what cannot be done here.

use std::io::{self, Read, Write};

use futures_util::StreamExt;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::unix::pipe;
use tokio::task::spawn_blocking;

use super::wire::{Message, Request, send};
use super::{Task, failed};
use crate::backup::digest;
use crate::engine::{
    Engine, ExecInput, ExecStream, HelperImage, HelperMount, HelperSession, HelperSpec, OutputStream,
};
use crate::error::{Error, ErrorKind, Result};
use crate::event::{Lines, Step};
use crate::host::{ProgramFile, now_seconds, program_files};
use crate::name::hex;

/// The verb by which the program knows that it is the helper.
const VERB: &str = "volume-helper";

/// How much is sent at once.
const CHUNK: usize = 1 << 16;

/// After how many seconds an image that another program has made is not needed any more.
const DAY: i64 = 24 * 3600;

/// Volumes that a helper has.
#[derive(Clone)]
pub struct Helper {
    engine: Engine,
    volumes: Vec<String>,
}

impl Helper {
    /// Nothing is started before there is something to do.
    pub(super) fn of(engine: &Engine, volumes: Vec<String>) -> Self {
        Self { engine: engine.clone(), volumes }
    }

    /// Does what `task` says in a container, which is gone when this returns. It ends by itself when this is dropped, and
    /// when `devc` is killed.
    pub(super) async fn run(
        &self,
        task: Task,
        input: impl Read + Send + 'static,
        output: impl Write + Send + 'static,
        step: Option<&Step>,
    ) -> Result<Value> {
        let image = self.engine.helper_image(image(&self.engine)).await?.clone();
        self.engine.remove_forgotten_helpers().await?;
        let mounts = self.volumes.iter().enumerate().map(|(index, volume)| HelperMount {
            volume: volume.clone(),
            target: format!("/volumes/{index}"),
            is_read_only: !task.writes(index),
        });
        let spec = HelperSpec { image, mounts: mounts.collect() };
        self.engine.until_free(&spec.mounts).await?;
        let folders = spec.mounts.iter().map(|mount| mount.target.clone().into()).collect();
        let HelperSession { id, input: to, output: from } = self.engine.start_helper(&spec).await?;
        let answer = talk(to, from, &Request { task, folders }, input, output, step).await;
        self.engine.until_removed(&id).await;
        answer
    }
}

/// The helper's image, made where it is missing. Its name says what is in it.
async fn image(engine: &Engine) -> Result<HelperImage> {
    let files = super::aside(program_files).await?;
    let name = format!("devc-helper:{}", &fingerprint(&files)[..16]);
    if engine.inspect_image(&name).await?.is_none() {
        require_architecture(engine).await?;
        engine.make_helper_image(&name, &files).await?;
        remove_helper_images(engine, now_seconds() - DAY).await?;
    }
    let folder = |file: &ProgramFile| file.path.rsplit_once('/').map(|(folder, _)| folder.to_owned());
    Ok(HelperImage {
        name,
        command: vec![files[0].path.clone(), VERB.to_owned()],
        library_folders: files[1..].iter().filter_map(folder).collect(),
    })
}

/// Removes the images of helpers that were made before a moment and that nobody uses, and returns their names.
pub async fn remove_helper_images(engine: &Engine, before: i64) -> Result<Vec<String>> {
    let mut removed = Vec::new();
    for name in engine.helper_images(before).await? {
        if engine.remove_image(&name).await? {
            removed.push(name);
        }
    }
    Ok(removed)
}

fn fingerprint(files: &[ProgramFile]) -> String {
    let part = |file: &ProgramFile| [file.path.as_bytes(), &digest::of(&file.content)].concat();
    hex(&digest::of(&files.iter().flat_map(part).collect::<Vec<u8>>()))
}

/// This program can only help where it runs.
async fn require_architecture(engine: &Engine) -> Result<()> {
    let theirs = engine.architecture().await?;
    let ours = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    if theirs == ours {
        return Ok(());
    }
    let text = format!("the engine's machine is {theirs}, and this devc is for {ours}");
    Err(Error::new(ErrorKind::Unsupported, "the content of volumes cannot be reached")
        .because(text)
        .hint("Run devc on the engine's machine, or on one like it."))
}

async fn talk(
    to: ExecInput,
    from: ExecStream,
    request: &Request,
    input: impl Read + Send + 'static,
    output: impl Write + Send + 'static,
    step: Option<&Step>,
) -> Result<Value> {
    let mut listening = std::pin::pin!(listen(from, output, step));
    tokio::select! {
        answer = &mut listening => answer,
        // Its input stays open as long as it works.
        said = speak(to, request, input) => {
            let _to = said?;
            listening.await
        }
    }
}

/// Sends the request and what its task reads. A helper that does not want to hear more will say why.
async fn speak(
    mut to: ExecInput,
    request: &Request,
    mut input: impl Read + Send + 'static,
) -> Result<ExecInput> {
    let unread = |error: io::Error| failed("send").because(error);
    let text = serde_json::to_vec(request).map_err(|error| unread(error.into()))?;
    if send(&mut to, &text).await.is_err() || !request.task.takes_input() {
        return Ok(to);
    }
    let (reader, mut writer) = io::pipe().map_err(unread)?;
    let mut pieces = pipe::Receiver::from_owned_fd(reader.into()).map_err(unread)?;
    let reading = spawn_blocking(move || io::copy(&mut input, &mut writer));
    let mut piece = vec![0; CHUNK];
    loop {
        match pieces.read(&mut piece).await.map_err(unread)? {
            0 => break,
            length if send(&mut to, &piece[..length]).await.is_err() => return Ok(to),
            _ => {}
        }
    }
    reading.await.map_err(|error| failed("send").because(error))?.map_err(unread)?;
    // The end, as far as it is listened to.
    let _ = send(&mut to, &[]).await;
    Ok(to)
}

/// Writes what comes to `output`, and returns what the helper says in the end.
async fn listen(
    mut from: ExecStream,
    mut output: impl Write + Send + 'static,
    step: Option<&Step>,
) -> Result<Value> {
    let unwritten = |error: io::Error| failed("receive").because(error);
    let (mut reader, writer) = io::pipe().map_err(unwritten)?;
    let mut pieces = pipe::Sender::from_owned_fd(writer.into()).map_err(unwritten)?;
    let writing = spawn_blocking(move || -> io::Result<u64> {
        let written = io::copy(&mut reader, &mut output)?;
        output.flush()?;
        Ok(written)
    });
    let mut lines = Lines::default();
    let mut last = Last::default();
    while let Some((stream, bytes)) = from.next().await.transpose()? {
        match stream {
            OutputStream::Stderr => lines.push(&bytes, |line| last.take(line, step)),
            // What stands in the way is told by whoever writes.
            OutputStream::Stdout if pieces.write_all(&bytes).await.is_err() => break,
            OutputStream::Stdout => {}
        }
    }
    drop(pieces);
    let received = writing.await.map_err(|error| failed("receive").because(error))?.map_err(unwritten)?;
    last.answer(received)
}

/// What the helper said last.
#[derive(Default)]
struct Last {
    message: Option<Message>,
    /// Words that are none of the helper's messages.
    text: Option<String>,
}

impl Last {
    fn take(&mut self, line: String, step: Option<&Step>) {
        match serde_json::from_str(&line) {
            Ok(Message::Progress(done)) => step.iter().for_each(|step| step.progress(done, None)),
            Ok(message) => self.message = Some(message),
            Err(_) => self.text = Some(line),
        }
    }

    fn answer(self, received: u64) -> Result<Value> {
        match self.message {
            Some(Message::Done { answer, written }) if written == received => Ok(answer),
            Some(Message::Failed(failure)) => Err(failure.into()),
            _ => {
                let error =
                    Error::new(ErrorKind::Engine, "the helper's container ended before its work was done");
                Err(match self.text {
                    Some(text) => error.because(text),
                    None => error.hint("Try again; what it did in volumes is finished or undone then."),
                })
            }
        }
    }
}
