//! A folder of its own with a project, a home and nothing else, and `devc` running in it.

use std::ffi::OsStr;
use std::fmt;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use expectrl::Session;
use expectrl::session::OsSession;
use rustix::process::{Pid, Signal};
use serde_json::Value;
use tempfile::TempDir;
use wait4::Wait4;

/// A project folder and a home folder that go away at the end of the test.
pub struct Sandbox {
    root: TempDir,
}

impl Sandbox {
    /// With an empty project folder.
    pub fn new() -> Self {
        let root = tempfile::Builder::new().prefix("devc-it-").tempdir().unwrap();
        for folder in ["project", "home", "tmp"] {
            std::fs::create_dir(root.path().join(folder)).unwrap();
        }
        Self { root }
    }

    /// With this text in `.devcontainer/devcontainer.json`.
    pub fn with(config: &str) -> Self {
        Self::new().file(".devcontainer/devcontainer.json", config)
    }

    /// Adds a file to the project.
    pub fn file(self, path: &str, content: impl AsRef<[u8]>) -> Self {
        let path = self.project().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
        self
    }

    /// The folder of the project, in which `devc` runs.
    pub fn project(&self) -> PathBuf {
        self.root().join("project")
    }

    /// The folder around project and home.
    pub fn root(&self) -> &Path {
        self.root.path()
    }

    /// The folder in which `devc` keeps its logs and locks.
    pub fn state(&self) -> PathBuf {
        self.root().join("home/.local/state/devc")
    }

    /// A run of `devc` with these words, still to be changed.
    pub fn devc<S: AsRef<OsStr>>(&self, words: impl IntoIterator<Item = S>) -> Run<'_> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_devc"));
        command
            .args(words)
            .current_dir(self.project())
            .stdin(Stdio::null())
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("HOME", self.root().join("home"))
            .env("TMPDIR", self.root().join("tmp"))
            .env("DOCKER_HOST", format!("unix://{}/no-engine.sock", self.root().display()));
        Run { sandbox: self, command }
    }

    /// Runs the words of a line, which are separated by spaces, and shows all that came of it.
    pub fn run(&self, line: &str) -> Outcome {
        self.devc(line.split_whitespace()).run()
    }

    /// Runs the words of a line on a terminal, where somebody answers questions.
    pub fn on_a_terminal(&self, line: &str) -> OsSession {
        let Run { command, .. } = self.devc(line.split_whitespace());
        // The terminal takes the place of standard input, which cannot be taken back from a command.
        let mut plain = Command::new(command.get_program());
        plain.args(command.get_args()).current_dir(self.project()).env_clear();
        plain.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?)))).env("TERM", "xterm");
        let mut session = Session::spawn(plain).unwrap();
        session.get_process_mut().set_window_size(120, 40).unwrap();
        session.set_expect_timeout(Some(Duration::from_secs(20)));
        session
    }

    /// Puts names in the place of what differs from run to run.
    fn clean(&self, text: &str) -> String {
        let text = text.replace(&*self.root().to_string_lossy(), "[ROOT]");
        let text = text.replace(env!("CARGO_PKG_VERSION"), "[VERSION]");
        name_kept_folders(&name_log_files(&name_ids(&text)))
    }
}

/// A run that is being prepared.
pub struct Run<'a> {
    sandbox: &'a Sandbox,
    command: Command,
}

impl<'a> Run<'a> {
    /// Sets a variable.
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Runs in another folder of the project.
    pub fn inside(mut self, folder: &str) -> Self {
        self.command.current_dir(self.sandbox.project().join(folder));
        self
    }

    /// Runs without the rights of root, if the test has them.
    pub fn unprivileged(mut self) -> Self {
        use std::os::unix::fs::MetadataExt;
        use std::os::unix::process::CommandExt;
        const NOBODY: u32 = 65_534;
        if std::fs::metadata(self.sandbox.root()).unwrap().uid() == 0 {
            self.command.uid(NOBODY).gid(NOBODY);
        }
        self
    }

    /// Runs to the end.
    pub fn run(self) -> Outcome {
        self.start().finish()
    }

    /// Runs to the end, which has to be a good one, and returns the most memory that it took, in bytes.
    pub fn peak_memory(mut self) -> u64 {
        let child = self.command.stdout(Stdio::null()).spawn().unwrap();
        let ended = child.wait4().unwrap();
        assert!(ended.status.success(), "{}", ended.status);
        ended.rusage.maxrss
    }

    /// Starts the run; it goes on beside the test.
    pub fn start(mut self) -> Started<'a> {
        let child = self.command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        Started { sandbox: self.sandbox, child }
    }
}

/// A run that is under way.
pub struct Started<'a> {
    sandbox: &'a Sandbox,
    child: Child,
}

impl Started<'_> {
    /// Sends a signal to it.
    pub fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(self.child.id().cast_signed()).unwrap();
        rustix::process::kill_process(pid, signal).unwrap();
    }

    /// Reads what it tells until a line holds `text`, and returns that line.
    pub fn wait_for_line(&mut self, text: &str) -> String {
        let stderr = self.child.stderr.take().unwrap();
        let mut lines = BufReader::new(stderr).lines().map_while(Result::ok);
        lines.find(|line| line.contains(text)).unwrap_or_else(|| panic!("it ended without saying {text:?}"))
    }

    /// Waits for its end.
    pub fn finish(self) -> Outcome {
        let Output { status, stdout, stderr } = self.child.wait_with_output().unwrap();
        let text = |bytes: &[u8]| self.sandbox.clean(&String::from_utf8_lossy(bytes));
        Outcome { code: status.code(), stdout: text(&stdout), stderr: text(&stderr) }
    }
}

/// What came of a run, cleaned of what differs from run to run.
#[derive(Debug)]
pub struct Outcome {
    /// The exit code.
    pub code: Option<i32>,
    /// What was written to standard output.
    pub stdout: String,
    /// What was written to standard error.
    pub stderr: String,
}

impl Outcome {
    /// The JSON on standard output, of a run that must have succeeded without a word on standard error.
    pub fn json(&self) -> Value {
        assert_eq!((self.code, self.stderr.as_str()), (Some(0), ""), "{self}");
        self.result()
    }

    /// The one line of JSON on standard output, however the run ended.
    pub fn result(&self) -> Value {
        assert_eq!(self.stdout.lines().count(), 1, "a result is one line: {self}");
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self}"))
    }
}

/// The exit code, then what each stream said; a stream that said nothing is left out.
impl fmt::Display for Outcome {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.code {
            Some(code) => writeln!(formatter, "exit code: {code}")?,
            None => writeln!(formatter, "ended by a signal")?,
        }
        for (name, text) in [("stdout", &self.stdout), ("stderr", &self.stderr)] {
            if !text.is_empty() {
                write!(formatter, "--- {name}\n{text}")?;
            }
        }
        Ok(())
    }
}

/// JSON as people read it.
pub fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap()
}

/// The name of a log file holds the time and the process: `20261121T044444.686-up-16949.log`.
fn name_log_files(text: &str) -> String {
    let Some((before, rest)) = text.split_once("/devc/logs/") else { return text.to_owned() };
    let end = rest.find(".log").expect("a log file's name ends in .log");
    format!("{before}/devc/logs/[LOG]{}", name_log_files(&rest[end + ".log".len()..]))
}

/// The folder for what was replaced has a name of its own each time: 24 digits of base 16.
fn name_kept_folders(text: &str) -> String {
    let Some((before, rest)) = text.split_once("/devc/replaced/") else { return text.to_owned() };
    format!("{before}/devc/replaced/[KEPT]{}", name_kept_folders(&rest[24..]))
}

/// A `${devcontainerId}` depends on the path of the sandbox: 52 digits of base 32.
fn name_ids(text: &str) -> String {
    let is_digit = |letter: char| matches!(letter, '0'..='9' | 'a'..='v');
    let mut named = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(is_digit) {
        let end = rest[start..].find(|letter| !is_digit(letter)).map_or(rest.len(), |length| start + length);
        named.push_str(&rest[..start]);
        named.push_str(if end - start == 52 { "[ID]" } else { &rest[start..end] });
        rest = &rest[end..];
    }
    named + rest
}
