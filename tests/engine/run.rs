//! One run of `devc`, from its start to its end.

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::wait::{eventually, within};

/// No run may take longer.
const LIMIT: Duration = Duration::from_secs(240);

/// A run that has ended.
#[derive(Debug)]
pub struct Finished {
    /// The exit code; 128 + n when signal n ended it.
    pub code: i32,
    /// What it wrote on standard output.
    pub stdout: Vec<u8>,
    /// What it wrote on standard error.
    pub stderr: String,
    /// How long it took.
    pub elapsed: Duration,
    words: String,
}

/// A run that goes on.
pub struct Running {
    child: Child,
    words: String,
    started: Instant,
    stdout: PathBuf,
    stderr: PathBuf,
}

impl Running {
    /// Starts `command`; its output goes to files whose names begin with `place`.
    pub fn start(mut command: Command, place: &std::path::Path) -> Self {
        let (stdout, stderr) = (place.with_extension("out"), place.with_extension("err"));
        let words: Vec<String> = command.get_args().map(|word| word.to_string_lossy().into_owned()).collect();
        command.stdout(fs::File::create(&stdout).unwrap()).stderr(fs::File::create(&stderr).unwrap());
        let child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        Self { child, words: words.join(" "), started: Instant::now(), stdout, stderr }
    }

    /// The process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Its end of input, where it was started with one.
    pub fn stdin(&mut self) -> Option<std::process::ChildStdin> {
        self.child.stdin.take()
    }

    /// What it has written on standard output so far.
    pub fn stdout_so_far(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.stdout).unwrap()).into_owned()
    }

    /// What it has written on standard error so far.
    pub fn stderr_so_far(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.stderr).unwrap()).into_owned()
    }

    /// Waits until standard error holds a text.
    #[track_caller]
    pub fn until_it_says(&self, text: &str) {
        eventually(&format!("devc {} says {text:?}", self.words), || {
            self.stderr_so_far().contains(text).then_some(())
        });
    }

    /// Sends a signal.
    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Whether it still runs.
    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Waits for the end.
    #[track_caller]
    pub fn finish(self) -> Finished {
        self.finish_within(LIMIT)
    }

    /// Waits for the end, which must come soon.
    #[track_caller]
    pub fn finish_within(mut self, limit: Duration) -> Finished {
        let status = within(limit, || self.child.try_wait().unwrap());
        let Some(status) = status else {
            panic!("devc {} did not end within {limit:?}:\n{}", self.words, self.stderr_so_far());
        };
        Finished {
            code: code(status),
            stdout: fs::read(&self.stdout).unwrap(),
            stderr: self.stderr_so_far(),
            elapsed: self.started.elapsed(),
            words: std::mem::take(&mut self.words),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.child.try_wait().is_ok_and(|status| status.is_none()) {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

fn code(status: ExitStatus) -> i32 {
    use std::os::unix::process::ExitStatusExt;
    status.code().unwrap_or_else(|| 128 + status.signal().unwrap())
}

impl Finished {
    /// The exit code has to be this one.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self}");
        self
    }

    /// It has to succeed.
    #[track_caller]
    pub fn succeeds(self) -> Self {
        self.exits(0)
    }

    /// It has to fail with the documented exit code and one error.
    #[track_caller]
    pub fn fails(self) -> Self {
        let run = self.exits(1);
        let errors = run.stderr.lines().filter(|line| line.trim_start().starts_with("error:")).count();
        assert_eq!(errors, 1, "one clear error is wanted\n{run}");
        run
    }

    /// Standard error has to hold a text.
    #[track_caller]
    pub fn says(self, text: &str) -> Self {
        assert!(self.stderr.contains(text), "{text:?} is missing\n{self}");
        self
    }

    /// Standard error must not hold a text.
    #[track_caller]
    pub fn does_not_say(self, text: &str) -> Self {
        assert!(!self.stderr.contains(text), "{text:?} should not be there\n{self}");
        self
    }

    /// Standard output as text.
    #[track_caller]
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.stdout).unwrap()
    }

    /// Standard output, which has to be one line of JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        let text = self.text();
        assert_eq!(text.lines().count(), 1, "one line of JSON is wanted\n{self}");
        serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}\n{self}"))
    }
}

impl std::fmt::Display for Finished {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            formatter,
            "devc {}\nexit code {} after {:.1} s\n--- stdout\n{}--- stderr\n{}---",
            self.words,
            self.code,
            self.elapsed.as_secs_f32(),
            String::from_utf8_lossy(&self.stdout[..self.stdout.len().min(4000)]),
            self.stderr,
        )
    }
}
