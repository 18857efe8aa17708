//! Plays events to a listener in tests, with a clock that moves by hand.

use super::clock::by_hand::Hand;
use crate::event::{Event, Exit, Level, Listener, Outcome, StepId, StepKind};
use std::collections::BTreeMap;
use std::time::Duration;

/// A run that a test makes up.
pub(super) struct Script<'a> {
    listener: &'a dyn Listener,
    hand: Hand,
    began: BTreeMap<u64, Duration>,
}

impl<'a> Script<'a> {
    /// A run that `listener` hears.
    pub(super) fn new(listener: &'a dyn Listener, hand: &Hand) -> Self {
        Self { listener, hand: hand.clone(), began: BTreeMap::new() }
    }

    /// A step without a parent begins.
    pub(super) fn start(&mut self, step: u64, kind: StepKind, title: &str) -> &mut Self {
        self.begin(step, None, kind, title, None)
    }

    /// A step without a parent begins, and says what exactly it runs.
    pub(super) fn start_with(&mut self, step: u64, kind: StepKind, title: &str, detail: &str) -> &mut Self {
        self.begin(step, None, kind, title, Some(detail.to_owned()))
    }

    /// A part of a step begins.
    pub(super) fn part(&mut self, step: u64, parent: u64, kind: StepKind, title: &str) -> &mut Self {
        self.begin(
            step,
            Some(StepId(parent)),
            kind,
            title,
            (kind == StepKind::Hook).then(|| "make".to_owned()),
        )
    }

    fn begin(
        &mut self,
        step: u64,
        parent: Option<StepId>,
        kind: StepKind,
        title: &str,
        detail: Option<String>,
    ) -> &mut Self {
        self.began.insert(step, self.hand.clock().now());
        let (title, name) = (title.to_owned(), title.to_owned());
        self.tell(&Event::Started { step: StepId(step), parent, kind, title, name, detail })
    }

    /// A step prints a line.
    pub(super) fn line(&mut self, step: u64, line: &str) -> &mut Self {
        self.tell(&Event::Output { step: StepId(step), line: line.to_owned() })
    }

    /// A step gets further.
    pub(super) fn progress(&mut self, step: u64, done: u64, total: Option<u64>) -> &mut Self {
        self.tell(&Event::Progress { step: StepId(step), done, total })
    }

    /// The run is about a dev container.
    pub(super) fn identify(&mut self, id: &str) -> &mut Self {
        self.tell(&Event::Identified { dev_container: id.to_owned() })
    }

    /// The process of a step ends.
    pub(super) fn exit(&mut self, step: u64, exit: Exit) -> &mut Self {
        self.tell(&Event::Exited { step: StepId(step), exit })
    }

    /// A step begins once more.
    pub(super) fn retry(&mut self, step: u64, attempt: u32) -> &mut Self {
        self.tell(&Event::Retried { step: StepId(step), attempt })
    }

    /// A step ends well.
    pub(super) fn done(&mut self, step: u64) -> &mut Self {
        self.end(step, Outcome::Done)
    }

    /// A step fails.
    pub(super) fn fail(&mut self, step: u64, reason: &str) -> &mut Self {
        self.end(step, Outcome::Failed(reason.to_owned()))
    }

    /// A step ends.
    pub(super) fn end(&mut self, step: u64, outcome: Outcome) -> &mut Self {
        let elapsed = self.hand.clock().now() - self.began[&step];
        self.tell(&Event::Finished { step: StepId(step), outcome, elapsed })
    }

    /// Something is told.
    pub(super) fn notice(&mut self, level: Level, text: &str) -> &mut Self {
        self.tell(&Event::Notice { level, text: text.to_owned() })
    }

    /// Time passes.
    pub(super) fn pass(&mut self, milliseconds: u64) -> &mut Self {
        self.hand.pass(milliseconds);
        self
    }

    fn tell(&mut self, event: &Event) -> &mut Self {
        self.listener.on_event(event);
        self
    }
}
