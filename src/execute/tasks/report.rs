//! What became of each task of a run.

use std::path::PathBuf;
use std::time::Duration;

use crate::tasks::{Ending, TaskId};

/// What became of one task.
#[derive(Clone, Debug)]
pub struct TaskReport {
    /// Which task.
    pub task: TaskId,
    /// What became of it.
    pub fate: Fate,
    /// How long it took, all tries together.
    pub elapsed: Duration,
    /// How often it was tried.
    pub tries: u32,
    /// What the last try ended with, if that ended by itself.
    pub exit_code: Option<i64>,
    /// Its time on processors, as far as that is known.
    pub cpu: Option<Duration>,
    /// The most memory that one of its processes had, as far as that is known.
    pub peak_memory: Option<u64>,
    /// How many bytes it printed.
    pub bytes: u64,
    /// What it printed, if anything.
    pub log: Option<PathBuf>,
}

/// What became of a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It ran and succeeded.
    Done,
    /// It was done already; running it took so long then.
    Skipped(Duration),
    /// It is left out, and why.
    LeftOut(&'static str),
    /// It failed, and why.
    Failed(String),
    /// It was ended, since another task had failed.
    Ended,
    /// It did not start, since this task, which it needs, has failed.
    Blocked(TaskId),
    /// It did not start, since another task had failed.
    NotStarted,
}

impl TaskReport {
    /// The report of a task that did not run.
    pub(super) fn of(task: TaskId, fate: Fate) -> Self {
        let elapsed = Duration::ZERO;
        Self {
            task,
            fate,
            elapsed,
            tries: 0,
            exit_code: None,
            cpu: None,
            peak_memory: None,
            bytes: 0,
            log: None,
        }
    }

    /// What the end of the task means for those that need it.
    pub(super) fn ending(&self) -> Ending {
        match self.fate {
            Fate::Done | Fate::Skipped(_) | Fate::LeftOut(_) => Ending::Done,
            _ => Ending::Failed,
        }
    }

    /// Whether it has failed itself.
    pub fn has_failed(&self) -> bool {
        matches!(self.fate, Fate::Failed(_))
    }
}

impl Fate {
    /// One word for it.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Skipped(_) => "skipped",
            Self::LeftOut(_) => "left out",
            Self::Failed(_) => "failed",
            Self::Ended => "ended",
            Self::Blocked(_) => "blocked",
            Self::NotStarted => "not started",
        }
    }
}
