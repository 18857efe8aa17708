//! Whether a task has to run.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Record, Sight, Task};
use crate::name::hex;

/// What a task depends on, as digests: no value of a variable can be read from it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// What runs, where, as whom.
    pub command: String,
    /// Its own variables.
    pub env: String,
    /// The files of its programs.
    pub tools: String,
    /// The contents of what it reads.
    pub inputs: String,
    /// Sizes and times of what it has made.
    pub outputs: String,
}

/// Whether a task has to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It has to.
    Run(Reason),
    /// It is done already, which took so long when it ran.
    Done(Duration),
}

/// Why a task has to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Somebody wants it.
    Forced,
    /// Nothing says on what it depends.
    NoInputs,
    /// It has never been done here.
    NeverDone,
    /// This is not as it was.
    Changed(&'static str),
    /// Nothing matches this pattern of its outputs.
    Gone(String),
}

/// Holds what is seen of a task against what is remembered of it.
pub fn verdict(task: &Task, record: &Record, sight: &Sight) -> Verdict {
    if task.inputs.is_empty() {
        return Verdict::Run(Reason::NoInputs);
    }
    let Some((last, stamp)) =
        record.tasks.get(&task.name).and_then(|last| Some((last, last.stamp.as_ref()?)))
    else {
        return Verdict::Run(Reason::NeverDone);
    };
    let now = sight.stamp(task);
    let parts = [
        ("its command", now.command == stamp.command),
        ("its variables", now.env == stamp.env),
        ("its programs", now.tools == stamp.tools),
        ("its inputs", now.inputs == stamp.inputs),
    ];
    if let Some((part, _)) = parts.into_iter().find(|(_, is_same)| !is_same) {
        return Verdict::Run(Reason::Changed(part));
    }
    match sight.missing.first() {
        Some(pattern) => Verdict::Run(Reason::Gone(pattern.clone())),
        None if now.outputs != stamp.outputs => Verdict::Run(Reason::Changed("its outputs")),
        None => Verdict::Done(Duration::from_millis(last.milliseconds)),
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Forced => formatter.write_str("forced"),
            Self::NoInputs => formatter.write_str("always: it declares no inputs"),
            Self::NeverDone => formatter.write_str("not done yet"),
            Self::Changed(part) => write!(formatter, "{part} changed"),
            Self::Gone(pattern) => write!(formatter, "{pattern} is not there"),
        }
    }
}

impl Task {
    /// What makes it the task that it is, apart from its variables.
    pub(super) fn identity(&self) -> Vec<String> {
        let place = format!("{:?} {:?} {:?} {:?}", self.place, self.cwd, self.user, self.when);
        self.argv.iter().cloned().chain([place]).collect()
    }
}

/// A digest of texts, each apart from the next.
pub(super) fn digest(texts: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    let mut hash = Sha256::new();
    for text in texts {
        hash.update(text.as_ref());
        hash.update([0]);
    }
    hex(&hash.finalize()[..16])
}

#[cfg(test)]
mod tests {
    use super::super::record::{Last, LastState};
    use super::*;

    fn task() -> Task {
        Task {
            inputs: vec!["in".into()],
            outputs: vec!["out".into()],
            env: [("TOKEN".to_owned(), "hunter2".to_owned())].into(),
            ..Task::new("x", 0, vec!["make".to_owned()])
        }
    }

    fn sight() -> Sight {
        Sight {
            tools: vec!["make 1".into()],
            inputs: [("in".to_owned(), "abc".to_owned())].into(),
            outputs: vec!["out 5".into()],
            missing: Vec::new(),
        }
    }

    fn record() -> Record {
        let mut record = Record::of("c");
        let stamp = Some(sight().stamp(&task()));
        record.note(&task(), Last { milliseconds: 1_500, stamp, ..Last::of(LastState::Done) });
        record
    }

    fn check(task: &Task, sight: &Sight, expected: &str) {
        let seen = match verdict(task, &record(), sight) {
            Verdict::Run(reason) => reason.to_string(),
            Verdict::Done(time) => format!("done in {time:?}"),
        };
        assert_eq!(seen, expected);
    }

    #[test]
    fn nothing_changed_means_nothing_to_do() {
        check(&task(), &sight(), "done in 1.5s");
    }

    #[test]
    fn each_change_is_named() {
        check(&Task { argv: vec!["ninja".into()], ..task() }, &sight(), "its command changed");
        check(&Task { cwd: Some("web".into()), ..task() }, &sight(), "its command changed");
        check(&Task { env: [].into(), ..task() }, &sight(), "its variables changed");
        check(&task(), &Sight { tools: vec!["make 2".into()], ..sight() }, "its programs changed");
        check(&task(), &Sight { inputs: [].into(), ..sight() }, "its inputs changed");
        check(&task(), &Sight { outputs: vec!["out 6".into()], ..sight() }, "its outputs changed");
        check(&task(), &Sight { missing: vec!["out".into()], ..sight() }, "out is not there");
        check(&Task { inputs: vec![], ..task() }, &sight(), "always: it declares no inputs");
        check(&Task { name: "y".into(), ..task() }, &sight(), "not done yet");
    }

    #[test]
    fn a_task_that_began_again_is_not_done() {
        let mut record = record();
        record.begin(&task(), "2026-01-02T03:04:05Z".to_owned());
        assert_eq!(verdict(&task(), &record, &sight()), Verdict::Run(Reason::NeverDone));
    }

    #[test]
    fn no_value_can_be_read_from_a_record() {
        assert!(!record().to_text().contains("hunter2"));
    }
}
