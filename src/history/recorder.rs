//! The events of a run become its record.

use std::collections::BTreeMap;
use std::time::Duration;

use super::run::{Run, Span, VERSION};
use crate::event::{Event, Exit, Outcome, StepId, StepKind, milliseconds};

/// So many steps are kept of one run; what comes later is only part of its whole time.
const MOST_SPANS: usize = 2_000;

/// Listens to a run.
pub struct Recorder {
    began: Duration,
    run: Run,
    open: BTreeMap<StepId, Span>,
}

impl Recorder {
    /// A run of `verb` begins; `now` is the time since the Unix epoch, as everywhere here.
    pub fn new(verb: &str, now: Duration) -> Self {
        let run =
            Run { version: VERSION, started: milliseconds(now), verb: verb.to_owned(), ..Run::default() };
        Self { began: now, run, open: BTreeMap::new() }
    }

    /// Takes in what happened.
    pub fn apply(&mut self, event: &Event, now: Duration) {
        match event {
            Event::Identified { dev_container } => self.run.dev_container = Some(dev_container.clone()),
            Event::Started { step, parent, kind, name, .. } => {
                self.begin(*step, *parent, *kind, name, now);
            }
            Event::Progress { step, done, .. } => self.change(*step, |span| span.bytes = Some(*done)),
            Event::Exited { step, exit } => self.change(*step, |span| exited(span, *exit)),
            Event::Retried { step, attempt } => self.change(*step, |span| span.attempts = Some(*attempt)),
            Event::Finished { step, outcome, elapsed } => self.end(*step, outcome, *elapsed),
            Event::Output { .. } | Event::Notice { .. } => {}
        }
    }

    /// The record of the run, which ends now. What is still open was given up.
    pub fn finish(mut self, exit_code: u8, now: Duration) -> Run {
        let took = milliseconds(now.saturating_sub(self.began));
        let open = std::mem::take(&mut self.open).into_values();
        self.run.spans.extend(open.map(|span| Span {
            milliseconds: took.saturating_sub(span.start),
            outcome: Outcome::Cancelled.name().to_owned(),
            ..span
        }));
        self.run.spans.sort_by_key(|span| span.step);
        Run { milliseconds: took, exit_code, ..self.run }
    }

    fn begin(&mut self, step: StepId, parent: Option<StepId>, kind: StepKind, name: &str, now: Duration) {
        if self.run.spans.len() + self.open.len() < MOST_SPANS {
            let span = Span {
                step: step.0,
                parent: parent.map(|parent| parent.0),
                kind: kind.name().to_owned(),
                name: name.to_owned(),
                start: milliseconds(now.saturating_sub(self.began)),
                ..Span::default()
            };
            self.open.insert(step, span);
        }
    }

    fn change(&mut self, step: StepId, change: impl FnOnce(&mut Span)) {
        if let Some(span) = self.open.get_mut(&step) {
            change(span);
        }
    }

    fn end(&mut self, step: StepId, outcome: &Outcome, elapsed: Duration) {
        if let Some(span) = self.open.remove(&step) {
            let outcome = outcome.name().to_owned();
            self.run.spans.push(Span { milliseconds: milliseconds(elapsed), outcome, ..span });
        }
    }
}

fn exited(span: &mut Span, exit: Exit) {
    span.exit_code = Some(exit.code);
    span.cpu_milliseconds = exit.cpu.map(milliseconds);
    span.peak_memory_bytes = exit.peak_memory;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn started(step: u64, parent: Option<u64>, name: &str) -> Event {
        Event::Started {
            step: StepId(step),
            parent: parent.map(StepId),
            kind: StepKind::Hook,
            title: "Running `login secret`".to_owned(),
            name: name.to_owned(),
            detail: Some("login secret".to_owned()),
        }
    }

    #[test]
    fn a_run_is_recorded_by_names_and_times_and_what_was_open_counts_as_given_up() {
        let at = Duration::from_millis;
        let mut recorder = Recorder::new("up", at(1_000));
        recorder.apply(&Event::Identified { dev_container: "0a1b".to_owned() }, at(1_000));
        recorder.apply(&started(1, None, "postCreateCommand"), at(1_100));
        recorder.apply(&started(2, Some(1), "web"), at(1_200));
        let exit = Exit { code: 1, ..Exit::default() };
        recorder.apply(&Event::Exited { step: StepId(2), exit }, at(1_500));
        let outcome = Outcome::Failed("`login secret` failed".to_owned());
        recorder.apply(&Event::Finished { step: StepId(2), outcome, elapsed: at(300) }, at(1_500));
        let run = recorder.finish(130, at(2_000));
        insta::assert_snapshot!(run.to_line(), @r#"{"version":1,"started":1000,"verb":"up","devContainer":"0a1b","milliseconds":1000,"exitCode":130,"spans":[{"step":1,"kind":"hook","name":"postCreateCommand","start":100,"milliseconds":900,"outcome":"cancelled"},{"step":2,"parent":1,"kind":"hook","name":"web","start":200,"milliseconds":300,"outcome":"failed","exitCode":1}]}"#);
        assert_eq!(super::super::read(run.to_line().as_bytes()), [run]);
    }
}
