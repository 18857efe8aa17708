//! `--events FILE`: what happens during a run, for programs, in a format that is ours alone (docs/events.md).
//!
//! Names and times only: no title, no output and no reason of a failure, as those may hold words of a command.

use super::clock::Clock;
use super::sink::Sink;
use crate::error::{Error, ErrorKind, Result};
use crate::event::{Event, Listener, StepId, milliseconds};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

/// The version of the format; a reader refuses one that it does not know.
const VERSION: u32 = 1;

/// A download or upload is told about this often.
const PACE: Duration = Duration::from_millis(200);

/// Listens and writes one JSON object per line.
pub struct EventFile {
    clock: Clock,
    sink: Sink,
    transfers: Mutex<BTreeMap<StepId, Transfer>>,
}

/// How far a transfer is, and when that was last told.
#[derive(Clone, Copy)]
struct Transfer {
    bytes: u64,
    told: Duration,
}

/// One line.
#[derive(Serialize)]
#[serde(tag = "event", rename_all = "kebab-case", rename_all_fields = "camelCase")]
enum Line<'a> {
    Run {
        format: &'static str,
        version: u32,
        devc: &'static str,
        verb: &'a str,
    },
    DevContainer {
        id: &'a str,
    },
    Start {
        step: u64,
        #[serde(skip_serializing_if = "Option::is_none")]
        parent: Option<u64>,
        kind: &'static str,
        name: &'a str,
    },
    Progress {
        step: u64,
        bytes: u64,
        #[serde(skip_serializing_if = "Option::is_none")]
        total_bytes: Option<u64>,
    },
    Exit {
        step: u64,
        exit_code: i64,
        #[serde(skip_serializing_if = "Option::is_none")]
        cpu_milliseconds: Option<u64>,
        #[serde(skip_serializing_if = "Option::is_none")]
        peak_memory_bytes: Option<u64>,
    },
    Retry {
        step: u64,
        attempt: u32,
    },
    End {
        step: u64,
        outcome: &'static str,
        milliseconds: u64,
        #[serde(skip_serializing_if = "Option::is_none")]
        bytes: Option<u64>,
    },
    Finish {
        exit_code: u8,
    },
}

/// A line with its time, in milliseconds since the Unix epoch.
#[derive(Serialize)]
struct Timed<'a> {
    time: u64,
    #[serde(flatten)]
    line: Line<'a>,
}

impl EventFile {
    /// Writes to a file, pipe or device; a file that is there is emptied first. `verb` is what runs.
    pub fn create(path: &Path, verb: &str) -> Result<Self> {
        let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path);
        let file = file.map_err(|error| {
            Error::new(ErrorKind::Host, format!("could not write events to {}", path.display()))
                .because(error)
                .hint("Give --events a file in a folder that you may write to.")
        })?;
        Ok(Self::on(Sink::new(file), verb, Clock::system()))
    }

    fn on(sink: Sink, verb: &str, clock: Clock) -> Self {
        let events = Self { clock, sink, transfers: Mutex::default() };
        let devc = env!("CARGO_PKG_VERSION");
        events.write(Line::Run { format: "devc-events", version: VERSION, devc, verb });
        events
    }

    /// Writes the last line: the run ends with this exit code.
    pub(super) fn finish(&self, exit_code: u8) {
        self.write(Line::Finish { exit_code });
    }

    fn progress(&self, step: StepId, bytes: u64, total_bytes: Option<u64>) {
        let now = self.clock.now();
        let mut transfers = super::sink::lock(&self.transfers);
        let known = transfers.get(&step).copied();
        let is_due = known.is_none_or(|known| now.saturating_sub(known.told) >= PACE);
        let told = if is_due { now } else { known.map_or(now, |known| known.told) };
        transfers.insert(step, Transfer { bytes, told });
        if is_due {
            self.write(Line::Progress { step: step.0, bytes, total_bytes });
        }
    }

    /// A full disk or a reader that went away must not end the run.
    fn write(&self, line: Line<'_>) {
        let timed = Timed { time: milliseconds(self.clock.now()), line };
        if let Ok(text) = serde_json::to_string(&timed) {
            self.sink.write(&format!("{text}\n"));
        }
    }
}

impl Listener for EventFile {
    fn on_event(&self, event: &Event) {
        match event {
            Event::Identified { dev_container } => self.write(Line::DevContainer { id: dev_container }),
            Event::Started { step, parent, kind, name, .. } => self.write(Line::Start {
                step: step.0,
                parent: parent.map(|parent| parent.0),
                kind: kind.name(),
                name,
            }),
            Event::Progress { step, done, total } => self.progress(*step, *done, *total),
            Event::Exited { step, exit } => self.write(Line::Exit {
                step: step.0,
                exit_code: exit.code,
                cpu_milliseconds: exit.cpu.map(milliseconds),
                peak_memory_bytes: exit.peak_memory,
            }),
            Event::Retried { step, attempt } => {
                self.write(Line::Retry { step: step.0, attempt: *attempt });
            }
            Event::Finished { step, outcome, elapsed } => {
                let transfer = super::sink::lock(&self.transfers).remove(step);
                self.write(Line::End {
                    step: step.0,
                    outcome: outcome.name(),
                    milliseconds: milliseconds(*elapsed),
                    bytes: transfer.map(|transfer| transfer.bytes),
                });
            }
            Event::Output { .. } | Event::Notice { .. } => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::clock::by_hand::Hand;
    use super::super::script::Script;
    use super::super::sink::memory::Memory;
    use super::*;
    use crate::event::{Exit, Outcome, StepKind};
    use insta::assert_snapshot;

    /// What is written of a run, with milliseconds since its start in place of the time.
    fn written(act: impl FnOnce(&mut Script<'_>)) -> String {
        let (hand, memory) = (Hand::new(), Memory::default());
        let events = EventFile::on(memory.sink(), "up", hand.clock());
        act(&mut Script::new(&events, &hand));
        events.finish(1);
        memory.take().replace("17673230450", "0").replace(env!("CARGO_PKG_VERSION"), "0.0.0")
    }

    #[test]
    fn steps_are_told_by_name_with_what_they_took() {
        let text = written(|run| {
            run.identify("0a1b2c").start_with(1, StepKind::Hook, "postCreateCommand", "echo secret");
            run.line(1, "secret").pass(10);
            run.exit(1, Exit { code: 3, cpu: Some(Duration::from_millis(7)), peak_memory: Some(4_096) });
            run.retry(1, 2).fail(1, "`echo secret` failed");
        });
        assert_snapshot!(text, @r#"
        {"time":000,"event":"run","format":"devc-events","version":1,"devc":"0.0.0","verb":"up"}
        {"time":000,"event":"dev-container","id":"0a1b2c"}
        {"time":000,"event":"start","step":1,"kind":"hook","name":"postCreateCommand"}
        {"time":010,"event":"exit","step":1,"exitCode":3,"cpuMilliseconds":7,"peakMemoryBytes":4096}
        {"time":010,"event":"retry","step":1,"attempt":2}
        {"time":010,"event":"end","step":1,"outcome":"failed","milliseconds":10}
        {"time":010,"event":"finish","exitCode":1}
        "#);
        assert!(!text.contains("secret"));
    }

    #[test]
    fn a_transfer_is_told_now_and_then_and_as_a_whole_at_its_end() {
        let text = written(|run| {
            run.start(1, StepKind::Pull, "Pulling image debian").progress(1, 1, Some(9)).progress(
                1,
                2,
                Some(9),
            );
            run.pass(99).progress(1, 3, Some(9)).done(1).start(2, StepKind::BuildStep, "[1/2] FROM");
            run.end(2, Outcome::Cached);
        });
        assert_snapshot!(text, @r#"
        {"time":000,"event":"run","format":"devc-events","version":1,"devc":"0.0.0","verb":"up"}
        {"time":000,"event":"start","step":1,"kind":"pull","name":"Pulling image debian"}
        {"time":000,"event":"progress","step":1,"bytes":1,"totalBytes":9}
        {"time":099,"event":"end","step":1,"outcome":"done","milliseconds":99,"bytes":3}
        {"time":099,"event":"start","step":2,"kind":"build-step","name":"[1/2] FROM"}
        {"time":099,"event":"end","step":2,"outcome":"cached","milliseconds":0}
        {"time":099,"event":"finish","exitCode":1}
        "#);
    }
}
