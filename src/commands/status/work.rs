//! How the hooks of a container stand: what is planned beside what is written down.

use serde_json::{Value, json};

use crate::config::HookCommand;
use crate::config::hook::{self, Hook};
use crate::config::metadata::Entry;
use crate::host::{ContainerRecord, WorkRecord, WorkState};
use crate::plan::{DOTFILES, HookPlan, Timestamps};

/// How far something has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

/// A hook, an entry of one, or the dotfiles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Work {
    /// What records call it.
    pub(super) name: String,
    /// How far it has come.
    pub(super) standing: Standing,
    /// Whether the container is good without it.
    is_optional: bool,
    /// What is written down of its last run.
    pub(super) record: Option<WorkRecord>,
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
        let record = self.record.as_ref();
        json!({
            "name": self.name,
            "state": self.standing.name(),
            "started": record.map(|record| &record.started),
            "milliseconds": record.and_then(|record| record.milliseconds),
            "exitCode": record.and_then(|record| record.exit_code),
            "log": record.and_then(|record| record.log.as_ref()),
        })
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
            Work { name, standing, is_optional: hook == Hook::PostAttach, record: known.cloned() }
        };
        for name in names(entries, hook) {
            if all.iter().all(|work| work.name != name) {
                all.push(known(name));
            }
        }
    }
    let dotfiles = record.work.get(DOTFILES).map(|known| Work {
        name: DOTFILES.to_owned(),
        standing: standing(Some(known), known.state != WorkState::Done, is_busy),
        is_optional: true,
        record: Some(known.clone()),
    });
    all.extend(dotfiles);
    all
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
            Work { name: "postAttachCommand".to_owned(), standing, is_optional, record: None }.is_well()
        };
        assert!(is_well(Standing::Waiting, true) && !is_well(Standing::Waiting, false));
        assert!(!is_well(Standing::Failed, true) && !is_well(Standing::Interrupted, true));
    }
}
