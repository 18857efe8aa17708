//! The front door: picks the listeners for a run, and writes its result and its error.

use super::clock::Clock;
use super::event_file::EventFile;
use super::failure;
use super::json::Json;
use super::live::{Live, Suspension};
use super::log_file::LogFile;
use super::mask::{Mask, Masked};
use super::painter::{Painter, Size};
use super::plain::Plain;
use super::sink::{Sink, lock};
use super::style::{Color, Palette};
use super::text::without_escapes;
use crate::error::{Error, ErrorKind, Result};
use crate::event::{Event, Events, Level, Listener};
use crate::history::{Recorder, Run};
use serde::Serialize;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

/// How the log on stderr is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For people.
    Text,
    /// For editors and CI actions, as the reference CLI writes it.
    Json,
}

/// Where and for whom `devc` runs.
#[derive(Clone)]
pub struct Options {
    /// How the log is written.
    pub format: Format,
    /// The least loud notices to be shown; steps and their output count as information. JSON shows all.
    pub level: Level,
    /// Whether stderr is a terminal.
    pub stderr_is_terminal: bool,
    /// Whether stdout is a terminal.
    pub stdout_is_terminal: bool,
    /// Whether the terminal has no cursor that could be moved (`TERM=dumb`).
    pub dumb_terminal: bool,
    /// Whether text may carry colours.
    pub color: Color,
    /// The columns of the terminal, where it does not tell them itself.
    pub columns: usize,
    /// The rows of the terminal, where it does not tell them itself.
    pub rows: usize,
    /// Where the full log of the run goes.
    pub log_file: Option<PathBuf>,
    /// Where programs read what happens.
    pub events: Option<Arc<EventFile>>,
    /// What the run is called in the history of runs, if it is kept there.
    pub history_name: Option<&'static str>,
    /// Values that nobody may see.
    pub secrets: Vec<String>,
    /// Whether this is a CI job, where a moving view would fill the log.
    pub ci: bool,
}

impl Options {
    fn wants_live_view(&self) -> bool {
        // Those who ask for another level want to read all of it, or nearly nothing.
        self.stderr_is_terminal && !self.dumb_terminal && !self.ci && self.level == Level::Info
    }
}

/// All that a run shows.
pub struct Ui {
    events: Events,
    view: View,
    log: Option<Arc<LogFile>>,
    event_file: Option<Arc<EventFile>>,
    recording: Option<Arc<Recording>>,
    mask: Mask,
    palette: Palette,
    stdout: Sink,
    stderr: Sink,
    result_columns: Option<usize>,
    result_palette: Palette,
}

impl Ui {
    /// Writes to this process's stdout and stderr.
    pub fn new(options: Options) -> Self {
        Self::on(options, Sink::new(io::stdout()), Sink::new(io::stderr()), Clock::system())
    }

    fn on(options: Options, stdout: Sink, stderr: Sink, clock: Clock) -> Self {
        let palette = options.color.palette(options.stderr_is_terminal);
        let view = View::new(&options, stderr.clone(), palette, clock.clone());
        let recording = options.history_name.map(|verb| Arc::new(Recording::new(verb, clock.clone())));
        let log = options.log_file.map(|path| Arc::new(LogFile::new(path, header(), clock)));
        let event_file = options.events;
        let mask = Mask::new(&options.secrets);
        let everybody = Everybody {
            view: view.listener(),
            log: log.clone(),
            event_file: event_file.clone(),
            recording: recording.clone(),
        };
        let events = Events::new(Arc::new(Masked { mask: mask.clone(), next: everybody }));
        let result_columns = options.stdout_is_terminal.then_some(options.columns);
        let result_palette = options.color.palette(options.stdout_is_terminal);
        Self {
            events,
            view,
            log,
            event_file,
            recording,
            mask,
            palette,
            stdout,
            stderr,
            result_columns,
            result_palette,
        }
    }

    /// The end to be handed to all work.
    pub fn events(&self) -> Events {
        self.events.clone()
    }

    /// How wide text on stdout may be: the terminal's columns, or no limit in a file or pipe.
    pub fn result_columns(&self) -> Option<usize> {
        self.result_columns
    }

    /// The colours of text on stdout.
    pub fn result_palette(&self) -> Palette {
        self.result_palette
    }

    /// Writes the result of the run to stdout, as one line of JSON.
    pub fn result(&self, result: &impl Serialize) -> Result<()> {
        let json = serde_json::to_string(result)
            .map_err(|error| Error::new(ErrorKind::Host, "Cannot write the result as JSON").because(error))?;
        self.text(&format!("{json}\n"))
    }

    /// Writes text to stdout, for verbs whose result is made for reading.
    pub fn text(&self, text: &str) -> Result<()> {
        let _free = self.suspend();
        match self.stdout.try_write(text) {
            // Whoever read us has read enough, as in `devc list | head -1`.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            written => written.map_err(|error| {
                Error::new(ErrorKind::Host, "Cannot write the result to stdout").because(error)
            }),
        }
    }

    /// The text without secrets and colours, for results that quote what was told.
    pub fn plain(&self, text: &str) -> String {
        without_escapes(&self.mask.apply(text))
    }

    /// Shows why the run ends, on stderr.
    pub fn error(&self, error: &Error) {
        let log = self.log.as_ref().and_then(|log| log.path());
        let plain = self.plain(&failure::render(error, log, &Palette::plain()));
        let notice = Event::Notice { level: Level::Error, text: plain.trim_end().to_owned() };
        if let Some(log) = self.log.as_ref().filter(|_| log.is_some()) {
            log.on_event(&notice);
        }
        if let View::Json(json) = &self.view {
            json.on_event(&notice);
        } else {
            let _free = self.suspend();
            self.stderr.write(&self.mask.apply(&failure::render(error, log, &self.palette)));
        }
    }

    /// Keeps the terminal free, for a prompt or a process that takes it over, until the returned value is dropped.
    pub fn suspend(&self) -> Suspension {
        match &self.view {
            View::Live(live) => Suspension::of(Some(live)),
            View::Plain(_) | View::Json(_) => Suspension::of(None),
        }
    }

    /// The run ends with this exit code. Returns its record, where the history has one of it.
    pub fn ended(&self, exit_code: u8) -> Option<Run> {
        if let Some(event_file) = &self.event_file {
            event_file.finish(exit_code);
        }
        self.recording.as_ref()?.finish(exit_code)
    }

    /// Ends the moving view. To be called before the program ends; dropping does it, too.
    pub fn finish(&self) {
        match &self.view {
            View::Live(live) => live.finish(),
            View::Plain(plain) => plain.finish(),
            View::Json(_) => {}
        }
    }
}

/// The record of a run that is under way.
struct Recording {
    clock: Clock,
    recorder: Mutex<Option<Recorder>>,
}

impl Recording {
    fn new(verb: &str, clock: Clock) -> Self {
        let recorder = Recorder::new(verb, clock.now());
        Self { clock, recorder: Mutex::new(Some(recorder)) }
    }

    fn finish(&self, exit_code: u8) -> Option<Run> {
        Some(lock(&self.recorder).take()?.finish(exit_code, self.clock.now()))
    }
}

impl Listener for Recording {
    fn on_event(&self, event: &Event) {
        if let Some(recorder) = lock(&self.recorder).as_mut() {
            recorder.apply(event, self.clock.now());
        }
    }
}

impl Drop for Ui {
    fn drop(&mut self) {
        self.finish();
    }
}

/// The listener that speaks on stderr.
enum View {
    Live(Arc<Live>),
    Plain(Arc<Plain>),
    Json(Arc<Json>),
}

impl View {
    fn new(options: &Options, stderr: Sink, palette: Palette, clock: Clock) -> Self {
        if options.format == Format::Json {
            Self::Json(Arc::new(Json::new(stderr, header(), clock)))
        } else if options.wants_live_view() {
            let painter = Painter::new(stderr, terminal_size(options.columns, options.rows));
            Self::Live(Arc::new(Live::new(painter, palette, clock)))
        } else {
            Self::Plain(Arc::new(Plain::new(stderr, options.level, palette, clock)))
        }
    }

    fn listener(&self) -> Arc<dyn Listener> {
        match self {
            Self::Live(live) => live.clone(),
            Self::Plain(plain) => plain.clone(),
            Self::Json(json) => json.clone(),
        }
    }
}

/// Hands events to all listeners of a run.
struct Everybody {
    view: Arc<dyn Listener>,
    log: Option<Arc<LogFile>>,
    event_file: Option<Arc<EventFile>>,
    recording: Option<Arc<Recording>>,
}

impl Listener for Everybody {
    fn on_event(&self, event: &Event) {
        if let Some(log) = &self.log {
            log.on_event(event);
        }
        if let Some(event_file) = &self.event_file {
            event_file.on_event(event);
        }
        if let Some(recording) = &self.recording {
            recording.on_event(event);
        }
        self.view.on_event(event);
    }
}

/// The first line of logs. Who sends us a log need not be asked for their version.
fn header() -> String {
    format!("devc {}. {} {}.", env!("CARGO_PKG_VERSION"), std::env::consts::OS, std::env::consts::ARCH)
}

/// Asks the terminal each time, because people resize windows.
fn terminal_size(columns: usize, rows: usize) -> Size {
    Arc::new(move || match rustix::termios::tcgetwinsize(io::stderr()) {
        Ok(size) if size.ws_col > 0 && size.ws_row > 0 => (size.ws_col.into(), size.ws_row.into()),
        _ => (columns, rows),
    })
}

#[cfg(test)]
mod tests {
    use super::super::clock::by_hand::Hand;
    use super::super::sink::memory::Memory;
    use super::*;
    use insta::assert_snapshot;
    use serde_json::json;

    fn options() -> Options {
        Options {
            format: Format::Text,
            level: Level::Info,
            stderr_is_terminal: false,
            stdout_is_terminal: false,
            dumb_terminal: false,
            color: Color::Auto,
            columns: 80,
            rows: 24,
            log_file: None,
            events: None,
            history_name: None,
            secrets: vec!["hunter2".to_owned()],
            ci: false,
        }
    }

    struct Fixture {
        ui: Ui,
        stdout: Memory,
        stderr: Memory,
    }

    fn fixture(options: Options) -> Fixture {
        let (stdout, stderr) = (Memory::default(), Memory::default());
        let ui = Ui::on(options, stdout.sink(), stderr.sink(), Hand::new().clock());
        Fixture { ui, stdout, stderr }
    }

    fn failure() -> Error {
        Error::new(ErrorKind::Hook, "`login hunter2` failed").because("exit code 1").hint("Try again.")
    }

    #[test]
    fn the_result_is_one_line_on_stdout() {
        let fixture = fixture(options());
        fixture.ui.result(&json!({"outcome": "success", "containerId": "c1"})).unwrap();
        assert_eq!(fixture.stdout.take(), "{\"outcome\":\"success\",\"containerId\":\"c1\"}\n");
        assert_eq!(fixture.stderr.take(), "");
    }

    #[test]
    fn an_error_is_told_on_stderr_without_secrets() {
        let fixture = fixture(options());
        fixture.ui.error(&failure());
        assert_eq!(fixture.stdout.take(), "");
        assert_snapshot!(fixture.stderr.take(), @"
        error: `login ********` failed
          caused by: exit code 1

        → Try again.
        ");
    }

    #[test]
    fn in_the_json_log_an_error_is_an_event() {
        let fixture = fixture(Options { format: Format::Json, ..options() });
        fixture.ui.error(&failure());
        let told = fixture.stderr.take();
        let last: serde_json::Value = serde_json::from_str(told.lines().last().unwrap()).unwrap();
        assert_eq!(told.lines().count(), 2);
        assert_eq!(last["type"], "text");
        assert_eq!(last["level"], 5);
        assert_eq!(last["text"], "error: `login ********` failed\n  caused by: exit code 1\n\n→ Try again.");
    }

    #[test]
    fn secrets_reach_neither_the_terminal_nor_the_log_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.log");
        let fixture = fixture(Options { log_file: Some(path.clone()), ..options() });
        fixture.ui.events().notice(Level::Info, "using hunter2");
        fixture.ui.error(&failure());
        let (shown, logged) = (fixture.stderr.take(), std::fs::read_to_string(&path).unwrap());
        assert!(shown.contains("using ********") && !shown.contains("hunter2"), "{shown}");
        assert!(logged.contains("`login ********` failed") && !logged.contains("hunter2"), "{logged}");
        assert!(shown.ends_with(&format!("Full log: {}\n", path.display())), "{shown}");
    }

    #[test]
    fn only_a_terminal_of_a_person_gets_the_moving_view() {
        let terminal = Options { stderr_is_terminal: true, ..options() };
        assert!(terminal.wants_live_view());
        assert!(!options().wants_live_view());
        assert!(!Options { ci: true, ..terminal.clone() }.wants_live_view());
        assert!(!Options { dumb_terminal: true, ..terminal.clone() }.wants_live_view());
        assert!(!Options { level: Level::Debug, ..terminal }.wants_live_view());
    }
}
