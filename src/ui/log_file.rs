//! The full log of a run on disk: everything that happened, with its time, for those who ask what went wrong.

use super::clock::Clock;
use super::sink::lock;
use super::text::without_escapes;
use super::words;
use crate::event::{Event, Level, Listener, Outcome};
use jiff::Timestamp;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, SystemTime};

/// The extension of log files, by which old ones are found again.
const EXTENSION: &str = "log";

/// Listens and writes to a file. A disk that is full must not end a run, so failures only end the log.
pub(super) struct LogFile {
    path: PathBuf,
    header: String,
    clock: Clock,
    file: Mutex<State>,
}

enum State {
    Unopened,
    Open(File),
    Broken,
}

impl LogFile {
    /// Writes to `path`, which is made when the first event comes; `header` is its first line.
    pub(super) fn new(path: PathBuf, header: String, clock: Clock) -> Self {
        Self { path, header, clock, file: Mutex::new(State::Unopened) }
    }

    /// Where the log is, if there is one.
    pub(super) fn path(&self) -> Option<&Path> {
        matches!(*lock(&self.file), State::Open(_)).then_some(&*self.path)
    }

    fn open(&self) -> io::Result<File> {
        if let Some(folder) = self.path.parent() {
            DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        }
        let mut file = OpenOptions::new().append(true).create(true).mode(0o600).open(&self.path)?;
        file.write_all(line(self.clock.now(), &self.header).as_bytes())?;
        Ok(file)
    }
}

impl Listener for LogFile {
    fn on_event(&self, event: &Event) {
        let Some(text) = describe(event) else { return };
        let mut state = lock(&self.file);
        if let State::Unopened = *state {
            *state = self.open().map_or(State::Broken, State::Open);
        }
        if let State::Open(file) = &mut *state
            && file.write_all(line(self.clock.now(), &text).as_bytes()).is_err()
        {
            *state = State::Broken;
        }
    }
}

/// One line per event, unless the event has several lines itself.
fn line(now: Duration, text: &str) -> String {
    let milliseconds = i64::try_from(now.as_millis()).unwrap_or(i64::MAX);
    let time = Timestamp::from_millisecond(milliseconds).unwrap_or(Timestamp::MAX);
    format!("{time:.3} {}\n", without_escapes(text).trim_end())
}

/// An event in words. Progress is left out: it comes many times a second and is over when it is read.
fn describe(event: &Event) -> Option<String> {
    Some(match event {
        Event::Started { step, parent, kind, title, detail, .. } => {
            let parent = parent.map(|parent| format!(" (part of #{})", parent.0)).unwrap_or_default();
            let detail = detail.as_ref().map(|detail| format!(": {detail}")).unwrap_or_default();
            format!("#{} start {kind:?}{parent}: {title}{detail}", step.0)
        }
        Event::Output { step, line } => format!("#{} | {line}", step.0),
        Event::Finished { step, outcome, elapsed } => {
            format!("#{} {} after {}", step.0, outcome_in_words(outcome), words::duration(*elapsed))
        }
        Event::Notice { level, text } => format!("{}: {text}", level_in_words(*level)),
        Event::Retried { step, attempt } => format!("#{} attempt {attempt}", step.0),
        Event::Exited { .. } | Event::Progress { .. } | Event::Identified { .. } => return None,
    })
}

fn outcome_in_words(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Done => "done".to_owned(),
        Outcome::Cached => "cached".to_owned(),
        Outcome::Skipped(reason) => format!("skipped ({reason})"),
        Outcome::Failed(reason) => format!("failed ({reason})"),
        Outcome::Cancelled => "stopped".to_owned(),
    }
}

fn level_in_words(level: Level) -> &'static str {
    match level {
        Level::Trace => "trace",
        Level::Debug => "debug",
        Level::Info => "info",
        Level::Warning => "warning",
        Level::Error => "error",
    }
}

/// Removes the oldest log files of a folder, all but `keep`. What cannot be removed stays.
pub fn prune(folder: &Path, keep: usize) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    let mut logs: Vec<(SystemTime, PathBuf)> = entries.flatten().filter_map(|entry| log_of(&entry)).collect();
    logs.sort_unstable_by(|one, other| other.cmp(one));
    for (_, path) in logs.iter().skip(keep) {
        let _in_use = fs::remove_file(path);
    }
}

fn log_of(entry: &fs::DirEntry) -> Option<(SystemTime, PathBuf)> {
    let path = entry.path();
    let is_log = path.extension().is_some_and(|extension| extension == EXTENSION);
    let facts = entry.metadata().ok().filter(|facts| is_log && facts.is_file())?;
    Some((facts.modified().ok()?, path))
}

#[cfg(test)]
mod tests {
    use super::super::clock::by_hand::Hand;
    use super::super::script::Script;
    use super::*;
    use crate::event::StepKind;
    use insta::assert_snapshot;
    use std::os::unix::fs::PermissionsExt;

    fn log_at(path: &Path, hand: &Hand) -> LogFile {
        LogFile::new(path.to_owned(), "devc 1.2.3. linux x86_64.".to_owned(), hand.clock())
    }

    #[test]
    fn everything_is_written_with_its_time() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("logs/run.log");
        let hand = Hand::new();
        let log = log_at(&path, &hand);
        assert_eq!(log.path(), None);
        let mut run = Script::new(&log, &hand);
        run.notice(Level::Trace, "two\nlines")
            .start_with(1, StepKind::Hook, "Running the hook", "make")
            .pass(1_250);
        run.part(2, 1, StepKind::Hook, "entry")
            .line(2, "\u{1b}[1mbold\u{1b}[0m")
            .progress(2, 1, None)
            .done(2);
        run.fail(1, "exit code 2");
        assert_eq!(log.path(), Some(&*path));
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_snapshot!(fs::read_to_string(&path).unwrap(), @"
        2026-01-02T03:04:05.000Z devc 1.2.3. linux x86_64.
        2026-01-02T03:04:05.000Z trace: two
        lines
        2026-01-02T03:04:05.000Z #1 start Hook: Running the hook: make
        2026-01-02T03:04:06.250Z #2 start Hook (part of #1): entry: make
        2026-01-02T03:04:06.250Z #2 | bold
        2026-01-02T03:04:06.250Z #2 done after 0 ms
        2026-01-02T03:04:06.250Z #1 failed (exit code 2) after 1.2 s
        ");
    }

    #[test]
    fn a_log_that_cannot_be_written_is_done_without() {
        let hand = Hand::new();
        let log = log_at(Path::new("/dev/null/run.log"), &hand);
        Script::new(&log, &hand).notice(Level::Info, "lost").notice(Level::Info, "lost");
        assert_eq!(log.path(), None);
    }

    #[test]
    fn pruning_keeps_the_newest_logs_and_all_other_files() {
        let folder = tempfile::tempdir().unwrap();
        for (age, name) in ["new.log", "older.log", "oldest.log", "oldest.txt"].iter().enumerate() {
            let file = File::create(folder.path().join(name)).unwrap();
            file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(1_000 - age as u64)).unwrap();
        }
        prune(folder.path(), 2);
        let mut left: Vec<_> =
            fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, ["new.log", "older.log", "oldest.txt"]);
    }
}
