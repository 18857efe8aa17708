//! What is remembered of the last run of each task: the format of `prebuild.json`.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::verdict::digest;
use super::{Declaration, Stamp, Task};

/// The version of the format; another one is not read.
const VERSION: u32 = 1;

/// All tasks that have run for a container.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    version: u32,
    /// How often the record was changed: of two, the one with more changes is newer, whatever the clock says.
    pub changes: u64,
    /// The container that it speaks of.
    #[serde(default)]
    pub container: String,
    /// The tasks by name.
    pub tasks: BTreeMap<String, Last>,
}

/// The last run of a task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Last {
    /// How far it came.
    pub state: LastState,
    /// When it began, as RFC 3339 has it: for people, and compared with nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started: Option<String>,
    /// How long it took.
    pub milliseconds: u64,
    /// What its process ended with, if that ended by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i64>,
    /// The log on the machine that ran it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log: Option<String>,
    /// What it depended on; only of a task that is done and may be skipped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stamp: Option<Stamp>,
}

/// How far a task came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LastState {
    /// It began, and nobody saw its end.
    Began,
    /// It succeeded.
    Done,
    /// It failed.
    Failed,
}

impl Last {
    /// A run that came so far, of which nothing else is known.
    pub fn of(state: LastState) -> Self {
        Self { state, started: None, milliseconds: 0, exit_code: None, log: None, stamp: None }
    }
}

impl Record {
    /// A record without tasks.
    pub fn of(container: &str) -> Self {
        Self { version: VERSION, changes: 0, container: container.to_owned(), tasks: BTreeMap::new() }
    }

    /// The name of the file for the tasks of one of the folders that a container may hold.
    pub fn file_name(folder: &str) -> String {
        format!("prebuild-{}.json", &digest([folder])[..12])
    }

    /// Reads a record; what cannot be read counts as none.
    pub fn parse(text: &str) -> Option<Self> {
        serde_json::from_str::<Self>(text).ok().filter(|record| record.version == VERSION)
    }

    /// The record as text.
    pub fn to_text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// What holds for `container`, given its own record and the one of this machine. A new container has only what
    /// outlives containers: what tasks with outputs have made, if that is there.
    pub fn newest(
        container: &str,
        own: Option<Self>,
        known: Option<Self>,
        declaration: &Declaration,
    ) -> Self {
        let known = known.map(|known| match known.container == container {
            true => known,
            false => known.carried_over(container, declaration),
        });
        let newest = own.into_iter().chain(known).max_by_key(|record| record.changes);
        newest
            .map_or_else(|| Self::of(container), |record| Self { container: container.to_owned(), ..record })
    }

    fn carried_over(mut self, container: &str, declaration: &Declaration) -> Self {
        self.changes = 0;
        container.clone_into(&mut self.container);
        for (name, last) in &mut self.tasks {
            let task = declaration.find(name).map(|task| &declaration.tasks[task]);
            if task.is_none_or(|task| task.outputs.is_empty()) {
                last.stamp = None;
            }
        }
        self
    }

    /// How long a task took when it last succeeded.
    pub fn time_of(&self, task: &Task) -> Option<Duration> {
        let last = self.tasks.get(&task.name).filter(|last| last.state == LastState::Done)?;
        Some(Duration::from_millis(last.milliseconds))
    }

    /// Takes in the newest run of a task.
    pub fn note(&mut self, task: &Task, last: Last) {
        self.changes += 1;
        self.tasks.insert(task.name.clone(), last);
    }

    /// A task that began was not to run at all.
    pub fn withdraw(&mut self, task: &Task) {
        self.changes += 1;
        self.tasks.remove(&task.name);
    }

    /// From now on nothing is known of a task but that it has begun, at this time.
    pub fn begin(&mut self, task: &Task, started: String) {
        let milliseconds = self.tasks.get(&task.name).map_or(0, |last| last.milliseconds);
        let began = Last { started: Some(started), milliseconds, ..Last::of(LastState::Began) };
        self.note(task, began);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(container: &str, changes: u64, tasks: &[&str]) -> Record {
        let stamp = Stamp::default();
        let last = Last { milliseconds: 5, stamp: Some(stamp), ..Last::of(LastState::Done) };
        let tasks = tasks.iter().map(|name| ((*name).to_owned(), last.clone())).collect();
        Record { changes, tasks, ..Record::of(container) }
    }

    fn declaration() -> Declaration {
        let mut made = Task::new("made", 0, vec!["true".to_owned()]);
        made.outputs.push("dist".into());
        let tasks = vec![made, Task::new("told", 0, vec!["true".to_owned()])];
        Declaration { tasks, ..Declaration::default() }
    }

    #[test]
    fn the_record_with_more_changes_is_the_newer_one() {
        let (own, known) = (record("c", 3, &["made"]), record("c", 4, &["told"]));
        let newest = Record::newest("c", Some(own.clone()), Some(known.clone()), &declaration());
        assert_eq!(newest, known);
        assert_eq!(Record::newest("c", Some(own.clone()), None, &declaration()), own);
    }

    #[test]
    fn a_new_container_has_what_tasks_have_made_and_nothing_else() {
        let known = record("old", 9, &["made", "told", "gone"]);
        let newest = Record::newest("new", None, Some(known), &declaration());
        let stamped = newest.tasks.iter().filter(|(_, last)| last.stamp.is_some());
        assert_eq!(stamped.map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["made"]);
        assert_eq!((newest.container.as_str(), newest.changes), ("new", 0));
        assert_eq!(newest.time_of(&declaration().tasks[1]), Some(Duration::from_millis(5)));
    }

    #[test]
    fn a_record_survives_as_text_and_a_damaged_one_counts_as_none() {
        let record = record("c", 1, &["made"]);
        assert_eq!(Record::parse(&record.to_text()), Some(record));
        assert_eq!(Record::parse("{\"version\":1,\"chan"), None);
        assert_eq!(Record::parse("{\"version\":9,\"changes\":1,\"tasks\":{}}"), None);
    }
}
