//! One `devc` at a time per dev container.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;
use std::time::Duration;

use crate::error::{Error, ErrorKind, Result};
use crate::event::{Events, StepKind};
use crate::host::files::create_private_folder;

/// Held while a dev container is being changed. The kernel releases it when the process ends, however it ends.
pub struct WorkspaceLock {
    _file: Option<File>,
}

impl WorkspaceLock {
    /// Waits until no other `devc` of this user works on the dev container `id`, and says so while it waits.
    ///
    /// A state folder that cannot be written (a read-only home) means no lock rather than no container.
    pub async fn acquire(state_dir: &Path, id: &str, events: &Events) -> Result<Self> {
        let Some(mut file) = open(state_dir, id) else { return Ok(Self { _file: None }) };
        if !try_lock(&file)? {
            let holder = read_holder(&mut file);
            let step =
                events.step(StepKind::Host, format!("Waiting for another devc{holder} on this workspace"));
            while !try_lock(&file)? {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            step.done();
        }
        write_holder(&mut file);
        Ok(Self { _file: Some(file) })
    }
}

/// Whether a `devc` works on the dev container `id` right now.
pub fn is_busy(state_dir: &Path, id: &str) -> bool {
    let file = File::open(state_dir.join("locks").join(id));
    file.is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
}

fn open(state_dir: &Path, id: &str) -> Option<File> {
    let folder = state_dir.join("locks");
    create_private_folder(&folder).ok()?;
    OpenOptions::new().read(true).write(true).create(true).truncate(false).open(folder.join(id)).ok()
}

fn try_lock(file: &File) -> Result<bool> {
    match file.try_lock() {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => {
            Err(Error::new(ErrorKind::Host, "could not lock the workspace").because(error))
        }
    }
}

/// The process id is there for people only, so failing to write or read it does not matter.
fn write_holder(file: &mut File) {
    let _ = file.set_len(0);
    let _ = file.rewind();
    let _ = write!(file, "{}", std::process::id());
}

fn read_holder(file: &mut File) -> String {
    let mut text = String::new();
    let _ = file.rewind();
    match file.read_to_string(&mut text) {
        Ok(_) if !text.is_empty() => format!(" (process {text})"),
        _ => String::new(),
    }
}
