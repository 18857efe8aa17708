//! What the steps of a run have told so far: a small model that views draw from.

use super::text;
use crate::event::{Event, Outcome, StepId, StepKind};
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

/// So many lines of output are kept per step, to be shown if it fails.
const TAIL: usize = 20;

/// Bytes done, of how many, and since when, for rate and time left.
#[derive(Clone, Copy, Debug)]
pub(super) struct Transfer {
    /// Bytes done.
    pub(super) done: u64,
    /// Bytes in all, when known.
    pub(super) total: Option<u64>,
    /// When the first bytes were reported, and how many they were.
    pub(super) first: (Duration, u64),
}

/// How a step ended, and after how long.
#[derive(Clone, Debug)]
pub(super) struct End {
    /// How.
    pub(super) outcome: Outcome,
    /// After how long.
    pub(super) elapsed: Duration,
}

/// One step.
#[derive(Clone, Debug)]
pub(super) struct Step {
    /// The step of which it is a part.
    pub(super) parent: Option<StepId>,
    /// What it is about.
    pub(super) kind: StepKind,
    /// What it does.
    pub(super) title: String,
    /// What exactly it runs, the first line of it.
    pub(super) detail: Option<String>,
    /// When it began.
    pub(super) began: Duration,
    /// The last lines that it printed, cleaned.
    pub(super) tail: VecDeque<String>,
    /// How far a download is.
    pub(super) transfer: Option<Transfer>,
    /// Its end, once it has come.
    pub(super) end: Option<End>,
}

impl Step {
    fn remember(&mut self, line: &str) {
        let line = text::clean(line);
        if self.tail.len() == TAIL {
            self.tail.pop_front();
        }
        self.tail.push_back(line);
    }

    fn advance(&mut self, done: u64, total: Option<u64>, now: Duration) {
        let first = self.transfer.map_or((now, done), |transfer| transfer.first);
        self.transfer = Some(Transfer { done, total, first });
    }

    /// Whether it failed.
    pub(super) fn failed(&self) -> bool {
        matches!(&self.end, Some(End { outcome: Outcome::Failed(_), .. }))
    }
}

/// All steps that are under way, and what belongs to them, in the order in which they began.
#[derive(Default)]
pub(super) struct Steps(BTreeMap<StepId, Step>);

impl Steps {
    /// Takes in what happened at `now`.
    pub(super) fn apply(&mut self, event: &Event, now: Duration) {
        match event {
            Event::Started { step, parent, kind, title, detail, .. } => {
                // A part that outlives its whole stands for itself.
                let parent = parent.filter(|parent| self.0.contains_key(parent));
                self.0.insert(*step, new_step(parent, *kind, title, detail.as_deref(), now));
            }
            Event::Output { step, line } => self.change(*step, |step| step.remember(line)),
            Event::Progress { step, done, total } => {
                self.change(*step, |step| step.advance(*done, *total, now));
            }
            Event::Finished { step, outcome, elapsed } => {
                let end = End { outcome: outcome.clone(), elapsed: *elapsed };
                self.change(*step, |step| step.end = Some(end));
            }
            Event::Exited { .. }
            | Event::Retried { .. }
            | Event::Identified { .. }
            | Event::Notice { .. } => {}
        }
    }

    fn change(&mut self, step: StepId, change: impl FnOnce(&mut Step)) {
        if let Some(step) = self.0.get_mut(&step) {
            change(step);
        }
    }

    /// One step, if it is known.
    pub(super) fn get(&self, step: StepId) -> Option<&Step> {
        self.0.get(&step)
    }

    /// The steps without a parent.
    pub(super) fn roots(&self) -> impl Iterator<Item = (StepId, &Step)> {
        self.with_parent(None)
    }

    /// The steps that have not ended.
    pub(super) fn running(&self) -> impl Iterator<Item = (StepId, &Step)> {
        self.0.iter().filter(|(_, step)| step.end.is_none()).map(|(id, step)| (*id, step))
    }

    /// The parts of a step.
    pub(super) fn children(&self, parent: StepId) -> impl Iterator<Item = (StepId, &Step)> {
        self.with_parent(Some(parent))
    }

    fn with_parent(&self, parent: Option<StepId>) -> impl Iterator<Item = (StepId, &Step)> {
        self.0.iter().filter(move |(_, step)| step.parent == parent).map(|(id, step)| (*id, step))
    }

    /// How many of the build steps below a step were reused, of how many in all.
    pub(super) fn cached(&self, parent: StepId) -> (usize, usize) {
        let ends = self.children(parent).filter(|(_, step)| step.kind == StepKind::BuildStep);
        ends.fold((0, 0), |(cached, all), (_, step)| {
            let reused = matches!(&step.end, Some(End { outcome: Outcome::Cached, .. }));
            (cached + usize::from(reused), all + 1)
        })
    }

    /// Forgets a step and its parts.
    pub(super) fn forget(&mut self, step: StepId) {
        let parts: Vec<StepId> = self.children(step).map(|(part, _)| part).collect();
        for part in parts {
            self.forget(part);
        }
        self.0.remove(&step);
    }
}

fn new_step(
    parent: Option<StepId>,
    kind: StepKind,
    title: &str,
    detail: Option<&str>,
    began: Duration,
) -> Step {
    let title = text::clean(title);
    let detail = detail.and_then(|detail| detail.lines().next()).map(text::clean);
    Step { parent, kind, title, detail, began, tail: VecDeque::new(), transfer: None, end: None }
}
