//! How the hooks and tasks of a container stand: what is planned beside what is written down.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::config::HookCommand;
use crate::config::hook::{self, Hook};
use crate::config::metadata::Entry;
use crate::host::{ContainerRecord, WorkRecord, WorkState};
use crate::plan::{DOTFILES, HookPlan, Timestamps};
use crate::tasks::{Declaration, Last, LastState, Record};

/// How far something has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Standing {
    /// It has succeeded.
    Done,
    /// It has failed, and runs again with the next `up`.
    Failed,
    /// It had begun when whoever ran it was killed.
    Interrupted,
    /// It runs right now.
    Running,
    /// Its turn has not come.
    #[default]
    Waiting,
}

impl Standing {
    /// The stable name in results.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Interrupted => "interrupted",
            Self::Running => "running",
            Self::Waiting => "waiting",
        }
    }
}

/// A hook, an entry of one, the dotfiles, or a task.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Work {
    /// What records call it.
    pub(super) name: String,
    /// How far it has come.
    pub(super) standing: Standing,
    /// Whether the container is good without it.
    is_optional: bool,
    /// When it began the last time, as RFC 3339 has it.
    pub(super) started: Option<String>,
    /// How long it took.
    pub(super) milliseconds: Option<u64>,
    /// What its process ended with.
    pub(super) exit_code: Option<i64>,
    /// Where its output is.
    pub(super) log: Option<PathBuf>,
}

impl Work {
    /// Whether it is no reason to call the container anything but ready.
    pub(super) fn is_well(&self) -> bool {
        match self.standing {
            Standing::Done => true,
            Standing::Waiting => self.is_optional,
            Standing::Failed | Standing::Interrupted | Standing::Running => self.name == DOTFILES,
        }
    }

    pub(super) fn to_json(&self) -> Value {
        json!({
            "name": self.name,
            "state": self.standing.name(),
            "started": self.started,
            "milliseconds": self.milliseconds,
            "exitCode": self.exit_code,
            "log": self.log,
        })
    }

    /// As the record of its last run has it, if there is one.
    fn new(name: String, standing: Standing, is_optional: bool, record: Option<&WorkRecord>) -> Self {
        let work = Self { name, standing, is_optional, ..Self::default() };
        match record.cloned() {
            None => work,
            Some(WorkRecord { started, milliseconds, exit_code, log, .. }) => {
                Self { started: Some(started), milliseconds, exit_code, log, ..work }
            }
        }
    }

    fn of_task(name: &str, last: Option<&Last>, is_optional: bool, is_busy: bool) -> Self {
        let standing = match last.map(|last| last.state) {
            None => Standing::Waiting,
            Some(LastState::Began) if is_busy => Standing::Running,
            Some(LastState::Began) => Standing::Interrupted,
            Some(LastState::Done) => Standing::Done,
            Some(LastState::Failed) => Standing::Failed,
        };
        Self {
            name: name.to_owned(),
            standing,
            is_optional,
            started: last.and_then(|last| last.started.clone()),
            milliseconds: last.filter(|last| last.state != LastState::Began).map(|last| last.milliseconds),
            exit_code: last.and_then(|last| last.exit_code),
            log: last.and_then(|last| last.log.as_ref()).map(PathBuf::from),
        }
    }
}

/// Every hook that has a command, in order, each followed by its entries; `is_busy` says that a `devc` is at work.
pub(super) fn survey(
    entries: &[Entry],
    left: &HookPlan,
    record: &ContainerRecord,
    times: Timestamps<'_>,
    is_busy: bool,
) -> Vec<Work> {
    let mut all: Vec<Work> = Vec::new();
    for hook in Hook::IN_CONTAINER {
        let known = |name: String| {
            // What ran for an earlier start says nothing about this one.
            let known =
                record.work.get(&name).filter(|work| work.occasion.as_deref() == times.occasion(hook));
            let standing = standing(known, left.has(&name), is_busy);
            Work::new(name, standing, hook == Hook::PostAttach, known)
        };
        for name in names(entries, hook) {
            if all.iter().all(|work| work.name != name) {
                all.push(known(name));
            }
        }
    }
    let dotfiles = record.work.get(DOTFILES).map(|known| {
        let standing = standing(Some(known), known.state != WorkState::Done, is_busy);
        Work::new(DOTFILES.to_owned(), standing, true, Some(known))
    });
    all.extend(dotfiles);
    all
}

/// Every declared task, in order, as it is written down for the container.
pub(super) fn survey_tasks(declaration: &Declaration, record: &Record, is_busy: bool) -> Vec<Work> {
    let is_optional = !declaration.on_up;
    let names = declaration.tasks.iter().map(|task| &task.name);
    names.map(|name| Work::of_task(name, record.tasks.get(name), is_optional, is_busy)).collect()
}

/// What records call the commands of a hook and their entries.
fn names(entries: &[Entry], hook: Hook) -> Vec<String> {
    let commands = hook::hooks_of(entries, hook);
    let names = commands.iter().flat_map(|(origin, command)| {
        let whole = hook::record_name(hook, origin);
        let parts = match command {
            HookCommand::Parallel(parts) => {
                parts.iter().map(|(entry, _)| hook::part_name(&whole, entry)).collect()
            }
            _ => Vec::new(),
        };
        [whole].into_iter().chain(parts)
    });
    names.collect()
}

fn standing(known: Option<&WorkRecord>, is_left: bool, is_busy: bool) -> Standing {
    match known.map(|work| work.state) {
        Some(WorkState::Running) if is_busy => Standing::Running,
        Some(WorkState::Running) if is_left => Standing::Interrupted,
        Some(WorkState::Failed) if is_left => Standing::Failed,
        Some(WorkState::Done) => Standing::Done,
        _ if is_left => Standing::Waiting,
        _ => Standing::Done,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn work(state: WorkState) -> WorkRecord {
        let started = "2026-01-02T03:04:05Z".to_owned();
        WorkRecord { state, started, occasion: None, milliseconds: None, exit_code: None, log: None }
    }

    #[test]
    fn a_hook_stands_as_its_record_says_as_long_as_it_is_left_to_run() {
        let check = |state: Option<WorkState>, is_left, is_busy, expected| {
            assert_eq!(standing(state.map(work).as_ref(), is_left, is_busy), expected, "{state:?}");
        };
        check(None, true, false, Standing::Waiting);
        check(None, false, false, Standing::Done);
        check(Some(WorkState::Running), true, true, Standing::Running);
        check(Some(WorkState::Running), true, false, Standing::Interrupted);
        check(Some(WorkState::Failed), true, false, Standing::Failed);
        check(Some(WorkState::Failed), false, false, Standing::Done);
        check(Some(WorkState::Done), true, false, Standing::Done);
    }

    #[test]
    fn only_what_runs_on_every_up_may_wait_in_a_container_that_is_ready() {
        let is_well = |standing, is_optional| {
            Work::new("postAttachCommand".to_owned(), standing, is_optional, None).is_well()
        };
        assert!(is_well(Standing::Waiting, true) && !is_well(Standing::Waiting, false));
        assert!(!is_well(Standing::Failed, true) && !is_well(Standing::Interrupted, true));
    }
}
