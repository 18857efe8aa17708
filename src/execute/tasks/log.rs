//! What one task has printed, in a file that stays small.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::host::files;

/// So much of the beginning is kept, and as much of the end.
const KEPT: usize = 8 * 1024 * 1024;

/// The log of a task. Nothing is written before there is something to write, so a silent task has none.
pub struct TaskLog {
    path: PathBuf,
    file: Option<File>,
    /// How many bytes the beginning can still take.
    room: usize,
    /// The newest bytes behind the beginning.
    end: VecDeque<u8>,
    /// How many bytes are in neither.
    left_out: u64,
    failure: Option<io::Error>,
}

impl TaskLog {
    /// A log that replaces the one of an earlier run.
    pub fn new(path: PathBuf) -> Self {
        let _ = std::fs::remove_file(&path);
        Self { path, file: None, room: KEPT, end: VecDeque::new(), left_out: 0, failure: None }
    }

    /// Where it is; `None` as long as there is nothing in it.
    pub fn path(&self) -> Option<&Path> {
        self.file.as_ref().map(|_| self.path.as_path())
    }

    /// Adds a line.
    pub fn line(&mut self, line: &[u8]) {
        self.add(line);
        self.add(b"\n");
    }

    /// Whether what comes now belongs to the beginning.
    pub fn is_short(&self) -> bool {
        self.room > 0
    }

    /// Writes what was kept of the end. Tells why something could not be written.
    pub fn finish(&mut self) -> io::Result<()> {
        if self.left_out > 0 {
            self.write(format!("[... {} bytes left out ...]\n", self.left_out).as_bytes());
        }
        let end = Vec::from(std::mem::take(&mut self.end));
        if !end.is_empty() {
            self.write(&end);
        }
        self.failure.take().map_or(Ok(()), Err)
    }

    fn add(&mut self, bytes: &[u8]) {
        let (first, rest) = bytes.split_at(bytes.len().min(self.room));
        if !first.is_empty() {
            self.write(first);
            self.room -= first.len();
        }
        self.end.extend(rest);
        let surplus = self.end.len().saturating_sub(KEPT);
        self.end.drain(..surplus);
        self.left_out += surplus as u64;
    }

    /// A disk that is full costs the log, not the task.
    fn write(&mut self, bytes: &[u8]) {
        if self.failure.is_none() {
            self.failure = self.try_write(bytes).err();
        }
    }

    fn try_write(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.file.is_none() {
            files::create_private_folder(self.path.parent().unwrap_or(Path::new("/")))?;
            self.file = Some(File::create(&self.path)?);
        }
        self.file.as_mut().map_or(Ok(()), |file| file.write_all(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_silent_task_has_no_log() {
        let folder = tempfile::tempdir().unwrap();
        let mut log = TaskLog::new(folder.path().join("a/x.log"));
        log.finish().unwrap();
        assert!(log.path().is_none() && !folder.path().join("a").exists());
    }

    #[test]
    fn of_much_output_the_beginning_and_the_end_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.log");
        let mut log = TaskLog::new(path.clone());
        let line = [b'x'; 1023];
        for _ in 0..20 * 1024 {
            log.line(&line);
        }
        log.line(b"the last line");
        log.finish().unwrap();
        let text = std::fs::read_to_string(path).unwrap();
        let note = "\n[... 4194318 bytes left out ...]\n";
        assert_eq!(text.len(), 2 * KEPT + note.len() - 1);
        assert!(text.contains(note) && text.ends_with("\nthe last line\n"));
    }

    #[test]
    fn bytes_stay_what_they_are() {
        let folder = tempfile::tempdir().unwrap();
        let mut log = TaskLog::new(folder.path().join("x.log"));
        log.line(b"\xff\xfe caf\xc3");
        log.finish().unwrap();
        assert_eq!(std::fs::read(log.path().unwrap()).unwrap(), b"\xff\xfe caf\xc3\n");
    }
}
