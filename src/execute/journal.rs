//! What becomes of the hooks of a container, written down as it happens: however `devc` ends, the next run and
//! `devc status` know how far it came.

use std::cell::{Ref, RefCell};
use std::path::Path;
use std::time::Instant;

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
        let work = WorkRecord {
            state: WorkState::Running,
            started: host::now(),
            occasion: occasion.map(str::to_owned),
            milliseconds: None,
            exit_code: None,
            log: None,
        };
        self.change(|record| record.work.insert(name.clone(), work));
        Entry { journal: self, name, began: Instant::now() }
    }
}

/// Something that has begun. Dropped before its end, it stays written down as begun.
pub(super) struct Entry<'a> {
    journal: &'a Journal<'a>,
    name: String,
    began: Instant,
}

impl Entry<'_> {
    /// It has ended.
    pub(super) fn end(self, state: WorkState, exit_code: Option<i64>) {
        let milliseconds = u64::try_from(self.began.elapsed().as_millis()).ok();
        self.journal.change(|record| {
            if let Some(work) = record.work.get_mut(&self.name) {
                *work = WorkRecord { state, milliseconds, exit_code, ..work.clone() };
            }
        });
    }

    /// Its process has ended with this exit code; `None` if that could not be told.
    pub(super) fn exited(self, code: Option<i64>) {
        self.end(if code == Some(0) { WorkState::Done } else { WorkState::Failed }, code);
    }
}
