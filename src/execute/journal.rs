//! What becomes of the hooks of a container, written down as it happens: however `devc` ends, the next run and
//! `devc status` know how far it came.

use std::cell::{Ref, RefCell};
use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::event::milliseconds;
use crate::execute::tasks::TaskLog;
use crate::host::{self, ContainerRecord, WorkRecord, WorkState};

/// The record of a container that is being changed, by several hooks at the same time.
pub struct Journal<'a> {
    state_dir: &'a Path,
    container: &'a str,
    record: RefCell<ContainerRecord>,
}

impl<'a> Journal<'a> {
    /// Goes on with `record`.
    pub fn new(state_dir: &'a Path, container: &'a str, record: ContainerRecord) -> Self {
        Self { state_dir, container, record: RefCell::new(record) }
    }

    /// The record as it is now.
    pub fn record(&self) -> Ref<'_, ContainerRecord> {
        self.record.borrow()
    }

    /// Changes the record and writes it.
    pub fn change<T>(&self, change: impl FnOnce(&mut ContainerRecord) -> T) -> T {
        let mut record = self.record.borrow_mut();
        let changed = change(&mut record);
        record.save(self.state_dir, self.container);
        changed
    }

    /// Something begins. `occasion` is what it runs for.
    pub(super) fn begin(&self, name: String, occasion: Option<&str>) -> Entry<'_> {
        let log = ContainerRecord::log_folder(self.state_dir, self.container).join(log_name(&name));
        let work = WorkRecord {
            state: WorkState::Running,
            started: host::now(),
            occasion: occasion.map(str::to_owned),
            milliseconds: None,
            exit_code: None,
            log: Some(log.clone()),
        };
        self.change(|record| record.work.insert(name.clone(), work));
        Entry { journal: self, name, began: Instant::now(), log: TaskLog::new(log) }
    }
}

/// Something that has begun. Dropped before its end, it stays written down as begun.
pub(super) struct Entry<'a> {
    journal: &'a Journal<'a>,
    name: String,
    began: Instant,
    log: TaskLog,
}

impl Entry<'_> {
    /// Where its output goes.
    pub(super) fn log(&mut self) -> &mut TaskLog {
        &mut self.log
    }

    /// It has ended.
    pub(super) fn end(mut self, state: WorkState, exit_code: Option<i64>) {
        // A log that could not be written is only missed by who looks for it.
        let _lost = self.log.finish();
        let log: Option<PathBuf> = self.log.path().map(ToOwned::to_owned);
        let milliseconds = Some(milliseconds(self.began.elapsed()));
        self.journal.change(|record| {
            if let Some(work) = record.work.get_mut(&self.name) {
                *work = WorkRecord { state, milliseconds, exit_code, log, ..work.clone() };
            }
        });
    }

    /// Its process has ended with this exit code; `None` if that could not be told.
    pub(super) fn exited(self, code: Option<i64>) {
        self.end(if code == Some(0) { WorkState::Done } else { WorkState::Failed }, code);
    }
}

/// A file name that no other name of a hook or entry has: `postCreateCommand.web.log`.
fn log_name(name: &str) -> String {
    let safe = |letter: char| match letter {
        '/' => ".".to_owned(),
        '-' | '_' => letter.to_string(),
        _ if letter.is_alphanumeric() => letter.to_string(),
        _ => format!("%{:02x}", u32::from(letter)),
    };
    format!("{}.log", name.chars().map(safe).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_of_an_entry_leads_out_of_the_folder_of_logs() {
        assert_eq!(log_name("postCreateCommand/web"), "postCreateCommand.web.log");
        assert_eq!(log_name("postCreateCommand/../../x y"), "postCreateCommand.%2e%2e.%2e%2e.x%20y.log");
        assert_eq!(log_name("postStartCommand of ./feature"), "postStartCommand%20of%20%2e.feature.log");
    }
}
