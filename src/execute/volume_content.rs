//! What is in volumes, on its way into files, out of them, and into other volumes.
//!
//! The work itself is in `content` and takes threads of its own; here it is run beside the engine's events.

use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use crate::backup::{self, Compression, Head, Received, Tail};
use crate::content::{self, Copied, Difference, Packing, Replacement, Root};
use crate::error::{Error, ErrorKind, Result};
use crate::event::Step;
use crate::host::{PendingFile, unique_id};

/// Writes a volume's content to `output`: a backup, or without `head` a plain archive.
pub async fn pack(
    root: PathBuf,
    head: Option<Head>,
    compression: Compression,
    output: impl Write + Send + 'static,
    step: Step,
) -> Result<Tail> {
    aside(move || {
        let packing = Packing { head: head.as_ref(), compression };
        let packed = Root::open(&root)
            .and_then(|root| content::pack(&root, &packing, output, |done| step.progress(done, None)));
        step.conclude(packed.map(|(_, tail)| tail))
    })
    .await
}

/// As [`pack`], into a file that is not there before it is complete and on the disk.
pub async fn write_file(
    root: PathBuf,
    head: Option<Head>,
    compression: Compression,
    file: PendingFile,
    step: Step,
) -> Result<Tail> {
    let tail = pack(root, head, compression, file.file()?, step).await?;
    aside(move || file.commit()).await?;
    Ok(tail)
}

/// Finishes or undoes what killed runs have left in a volume; returns whether there was anything.
pub async fn repair(root: &Path) -> Result<bool> {
    let root = root.to_owned();
    aside(move || content::repair(&Root::open(&root)?)).await
}

/// Puts an archive's content in the place of a volume's, when all of it has come and is proven. A backup has to be whole; a plain archive is taken if `is_plain_fine`.
pub async fn restore(
    input: impl Read + Send + 'static,
    root: PathBuf,
    is_plain_fine: bool,
    step: Step,
) -> Result<Received> {
    aside(move || {
        let replaced = replace(&root, |target| {
            let received = content::unpack(input, target, |done| step.progress(done, None))?;
            match received.head {
                None if !is_plain_fine => {
                    Err(Error::new(ErrorKind::Usage, "this is an archive, but no backup")
                        .hint("Take it in with `devc volume import`."))
                }
                _ => Ok(received),
            }
        });
        step.conclude(replaced)
    })
    .await
}

/// Copies a volume's content into another volume. Only when it is on the disk may the first one go: then
/// `is_to_replace`.
pub async fn copy(from: PathBuf, to: PathBuf, is_to_replace: bool, step: Step) -> Result<Copied> {
    aside(move || {
        let from = Root::open(&from)?;
        let copied = replace(&to, |target| content::copy(&from, target, |done| step.progress(done, None)));
        let flushed = copied.and_then(|copied| {
            if is_to_replace {
                content::flush(&Root::open(&to)?)?;
            }
            Ok(copied)
        });
        step.conclude(flushed)
    })
    .await
}

/// Reads an archive to its end and tells what is wrong with it.
pub async fn verify(input: impl Read + Send + 'static, step: Step) -> Result<Received> {
    aside(move || {
        let read = backup::read(input, content::threads(), true, |_, _| Ok(()), |_| Ok(()));
        step.conclude(read)
    })
    .await
}

/// One of two things that are compared.
pub enum Side {
    /// A volume.
    Volume(PathBuf),
    /// A backup.
    Backup(File),
}

/// Tells what differs.
pub async fn compare(one: Side, other: Side, step: Step) -> Result<Vec<Difference>> {
    aside(move || {
        let mut differences = Vec::new();
        let compared = std::thread::scope(|scope| {
            let stream = |side| -> Result<Box<dyn Read + Send>> {
                let root = match side {
                    Side::Backup(file) => return Ok(Box::new(file)),
                    Side::Volume(root) => Root::open(&root)?,
                };
                let (reader, writer) = std::io::pipe().map_err(|error| failed("compare").because(error))?;
                let packing = Packing { head: None, compression: Compression::None };
                // A failure ends the archive early, which the reader tells.
                scope.spawn(move || content::pack(&root, &packing, writer, |_| {}).map(drop));
                Ok(Box::new(reader))
            };
            let (one, other) = (stream(one)?, stream(other)?);
            content::compare(one, other, |difference| differences.push(difference))
        });
        step.conclude(compared.map(drop))?;
        Ok(differences)
    })
    .await
}

/// Writes new content beside the old, and puts it in its place only after `fill` has succeeded.
fn replace<T>(root: &Path, fill: impl FnOnce(&Root) -> Result<T>) -> Result<T> {
    let volume = Root::open(root)?;
    let replacement = Replacement::begin(&volume, &unique_id())?;
    match replacement.folder().and_then(|target| fill(&target)) {
        Ok(filled) => replacement.commit().map(|()| filled),
        Err(error) => {
            // The failure itself is what matters; what stays behind is removed by the next run.
            let _ = replacement.give_up();
            Err(error)
        }
    }
}

/// Runs what takes long on a thread, so that Ctrl-C is heard.
async fn aside<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(|error| failed("work").because(error))?
}

fn failed(doing: &str) -> Error {
    Error::new(ErrorKind::Host, format!("could not {doing}"))
}
