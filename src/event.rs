//! What happens during a run, as data: the only way in which work speaks to the outside.
//!
//! The terminal, the JSON log, the log file, the event file and the history of runs are listeners of the
//! same stream. Work never prints.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How loud a notice is. The order is that of the reference CLI's log levels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Details for those who debug `devc` itself.
    Trace,
    /// Details for those who debug their configuration.
    Debug,
    /// What everybody wants to know.
    Info,
    /// Something to look at, though the run goes on.
    Warning,
    /// The reason why the run ends.
    Error,
}

/// What a step is about, for listeners that treat kinds of work differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepKind {
    /// Something on this machine, such as waiting for another `devc`.
    Host,
    /// Fetching an image.
    Pull,
    /// Fetching something else, such as Features.
    Fetch,
    /// An image build as a whole.
    Build,
    /// One instruction of an image build.
    BuildStep,
    /// Creating, starting, stopping or removing a container.
    Container,
    /// A lifecycle hook or one entry of a hook in object form.
    Hook,
    /// A task of a prebuild.
    Task,
}

impl StepKind {
    /// The stable name that records carry.
    pub fn name(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Pull => "pull",
            Self::Fetch => "fetch",
            Self::Build => "build",
            Self::BuildStep => "build-step",
            Self::Container => "container",
            Self::Hook => "hook",
            Self::Task => "task",
        }
    }
}

/// What a step is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Title {
    text: String,
    name: Option<String>,
}

impl Title {
    /// The same title for people. Records call the step by `name`, which is short, the same on every run, and never holds a
    /// word of a command, as that may be a secret.
    pub fn named(self, name: impl Into<String>) -> Self {
        Self { name: Some(name.into()), ..self }
    }
}

impl<T: Into<String>> From<T> for Title {
    fn from(text: T) -> Self {
        Self { text: text.into(), name: None }
    }
}

/// Identifies a step within one run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StepId(pub u64);

/// How a step ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was done.
    Done,
    /// It was already done earlier and the result was reused.
    Cached,
    /// It was not begun; the text says why, in one line.
    Skipped(String),
    /// It failed; the text says why, in one line.
    Failed(String),
    /// It was given up before it ended, because of an interrupt or of another failure.
    Cancelled,
}

impl Outcome {
    /// The stable name that records carry.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Cached => "cached",
            Self::Skipped(_) => "skipped",
            Self::Failed(_) => "failed",
            Self::Cancelled => "cancelled",
        }
    }
}

/// How a process ended, and what it took where that is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Exit {
    /// Its exit code; 128 + n for signal n.
    pub code: i64,
    /// The processor time that it and its children used.
    pub cpu: Option<Duration>,
    /// The most memory that it had at one time, in bytes.
    pub peak_memory: Option<u64>,
}

/// One thing that happened.
#[derive(Clone, Debug)]
pub enum Event {
    /// A step began.
    Started {
        /// Which step.
        step: StepId,
        /// The step of which it is a part.
        parent: Option<StepId>,
        /// What it is about.
        kind: StepKind,
        /// What it does, as a short phrase without a full stop: `Running the postCreateCommand from devcontainer.json`.
        title: String,
        /// What records call it: see [`Title::named`].
        name: String,
        /// What exactly, such as the command of a hook.
        detail: Option<String>,
    },
    /// A step printed a line (without its line end; colours are kept).
    Output {
        /// Which step.
        step: StepId,
        /// The line.
        line: String,
    },
    /// A step got further.
    Progress {
        /// Which step.
        step: StepId,
        /// Bytes done so far.
        done: u64,
        /// Bytes in all, when known.
        total: Option<u64>,
    },
    /// The process of a step ended.
    Exited {
        /// Which step.
        step: StepId,
        /// How.
        exit: Exit,
    },
    /// A step begins once more, as it failed in a way that may pass.
    Retried {
        /// Which step.
        step: StepId,
        /// Which attempt now begins; the first one, which nothing is said of, is 1.
        attempt: u32,
    },
    /// A step ended.
    Finished {
        /// Which step.
        step: StepId,
        /// How.
        outcome: Outcome,
        /// How long it took.
        elapsed: Duration,
    },
    /// The run turned out to be about this dev container.
    Identified {
        /// Its id (`${devcontainerId}`).
        dev_container: String,
    },
    /// Something to tell that belongs to no step.
    Notice {
        /// How loud.
        level: Level,
        /// One or more lines.
        text: String,
    },
}

/// Takes part in a run by listening to it.
pub trait Listener: Send + Sync {
    /// Called for each event in order. Must not block for long.
    fn on_event(&self, event: &Event);

    /// The text without what nobody may see, for those who write down what events are made of.
    fn without_secrets<'t>(&self, text: &'t str) -> Cow<'t, str> {
        Cow::Borrowed(text)
    }
}

/// The sending end that is handed to all work. Cheap to clone.
#[derive(Clone)]
pub struct Events {
    listener: Arc<dyn Listener>,
    next_step: Arc<AtomicU64>,
    /// See [`Events::about`].
    subject: Option<Arc<str>>,
}

impl Events {
    /// Sends everything to `listener`.
    pub fn new(listener: Arc<dyn Listener>) -> Self {
        Self { listener, next_step: Arc::new(AtomicU64::new(1)), subject: None }
    }

    /// For one of several things that are under way at once: the titles of steps say which one. Notices below a warning are
    /// left out, as they speak to somebody who does one thing.
    pub fn about(&self, subject: &str) -> Self {
        Self { subject: Some(subject.into()), ..self.clone() }
    }

    /// Drops everything: for tests and for verbs that have nothing to report.
    pub fn silent() -> Self {
        struct Silence;
        impl Listener for Silence {
            fn on_event(&self, _: &Event) {}
        }
        Self::new(Arc::new(Silence))
    }

    /// Begins a step without a parent.
    pub fn step(&self, kind: StepKind, title: impl Into<Title>) -> Step {
        self.begin(None, kind, title.into(), None)
    }

    /// Begins a step and says what exactly it runs.
    pub fn step_with_detail(&self, kind: StepKind, title: impl Into<Title>, detail: String) -> Step {
        self.begin(None, kind, title.into(), Some(detail))
    }

    /// Says which dev container the run is about.
    pub fn identified(&self, dev_container: impl Into<String>) {
        self.send(Event::Identified { dev_container: dev_container.into() });
    }

    /// Tells something at `level`.
    pub fn notice(&self, level: Level, text: impl Into<String>) {
        if self.subject.is_none() || level >= Level::Warning {
            self.send(Event::Notice { level, text: self.named(text.into()) });
        }
    }

    fn named(&self, text: String) -> String {
        match &self.subject {
            Some(subject) => format!("{subject}: {text}"),
            None => text,
        }
    }

    fn send(&self, event: Event) {
        self.listener.on_event(&event);
    }

    fn begin(&self, parent: Option<StepId>, kind: StepKind, title: Title, detail: Option<String>) -> Step {
        let id = StepId(self.next_step.fetch_add(1, Ordering::Relaxed));
        let Title { text, name } = title;
        let title = if parent.is_none() { self.named(text) } else { text };
        let name = name.unwrap_or_else(|| title.clone());
        self.send(Event::Started { step: id, parent, kind, title, name, detail });
        Step { events: self.clone(), id, began: Instant::now(), ended: false }
    }
}

/// A step under way. A step that is dropped without an end counts as cancelled.
pub struct Step {
    events: Events,
    id: StepId,
    began: Instant,
    ended: bool,
}

impl Step {
    /// Begins a step that is a part of this one.
    pub fn child(&self, kind: StepKind, title: impl Into<Title>, detail: Option<String>) -> Step {
        self.events.begin(Some(self.id), kind, title.into(), detail)
    }

    /// Reports one line of output, without its line end.
    pub fn line(&self, line: impl Into<String>) {
        self.events.send(Event::Output { step: self.id, line: line.into() });
    }

    /// The text without what nobody may see.
    pub fn without_secrets<'t>(&self, text: &'t str) -> Cow<'t, str> {
        self.events.listener.without_secrets(text)
    }

    /// Reports how many bytes of how many are done.
    pub fn progress(&self, done: u64, total: Option<u64>) {
        self.events.send(Event::Progress { step: self.id, done, total });
    }

    /// Reports how its process ended.
    pub fn exited(&self, exit: Exit) {
        self.events.send(Event::Exited { step: self.id, exit });
    }

    /// Reports that it begins once more; `attempt` is the one that now begins.
    pub fn retried(&self, attempt: u32) {
        self.events.send(Event::Retried { step: self.id, attempt });
    }

    /// Ends the step.
    pub fn finish(mut self, outcome: Outcome) {
        self.end(outcome);
    }

    /// Ends the step as done.
    pub fn done(self) {
        self.finish(Outcome::Done);
    }

    /// Ends the step as the result says, and hands the result on.
    pub fn conclude<T, E: std::fmt::Display>(self, result: Result<T, E>) -> Result<T, E> {
        let outcome = match &result {
            Ok(_) => Outcome::Done,
            Err(error) => Outcome::Failed(error.to_string()),
        };
        self.finish(outcome);
        result
    }

    fn end(&mut self, outcome: Outcome) {
        if !self.ended {
            self.ended = true;
            self.events.send(Event::Finished { step: self.id, outcome, elapsed: self.began.elapsed() });
        }
    }
}

impl Drop for Step {
    fn drop(&mut self) {
        self.end(Outcome::Cancelled);
    }
}

/// Cuts a byte stream into lines, so that listeners never see half a line or half a character.
#[derive(Default)]
pub struct Lines {
    rest: Vec<u8>,
}

/// What has no line end for so long counts as a line, so that no output can fill the memory.
const LONGEST_LINE: usize = 1024 * 1024;

impl Lines {
    /// Takes the next bytes and hands each completed line, without its line end, to `each`.
    pub fn push(&mut self, bytes: &[u8], mut each: impl FnMut(String)) {
        self.push_bytes(bytes, |line| each(text(line)));
    }

    /// As [`Lines::push`], with lines as they came.
    pub fn push_bytes(&mut self, bytes: &[u8], mut each: impl FnMut(&[u8])) {
        let mut parts = bytes.split(|byte| *byte == b'\n');
        let last = parts.next_back().unwrap_or_default();
        for part in parts {
            self.rest.extend_from_slice(part);
            each(&self.rest);
            self.rest.clear();
        }
        self.rest.extend_from_slice(last);
        if self.rest.len() > LONGEST_LINE {
            each(&self.rest);
            self.rest.clear();
        }
    }

    /// Hands out what was left without a line end.
    pub fn finish(self, each: impl FnOnce(String)) {
        if !self.rest.is_empty() {
            each(text(&self.rest));
        }
    }

    /// As [`Lines::finish`], as it came.
    pub fn finish_bytes(self, each: impl FnOnce(&[u8])) {
        if !self.rest.is_empty() {
            each(&self.rest);
        }
    }
}

/// A time as events and records have it.
pub fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// A line as text.
pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim_end_matches('\r').to_owned()
}
