//! One run of a verb as a line of JSON.

use serde::{Deserialize, Serialize};

/// The version of the format; a line of another one is not read.
pub(super) const VERSION: u32 = 1;

/// What a run did, and how long it took.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Run {
    pub(super) version: u32,
    /// When it began, in milliseconds since the Unix epoch.
    pub started: u64,
    /// What ran: `up`.
    pub verb: String,
    /// The id of the dev container that it was about, where it came to know it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dev_container: Option<String>,
    /// How long it took.
    pub milliseconds: u64,
    /// What it ended with.
    pub exit_code: u8,
    /// Its steps in the order in which they began.
    #[serde(default)]
    pub spans: Vec<Span>,
}

/// A step of a run that has ended.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Span {
    /// Its number in the run.
    pub step: u64,
    /// The step of which it is a part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<u64>,
    /// What it is about: `hook`.
    pub kind: String,
    /// What it is called: `postCreateCommand`.
    pub name: String,
    /// When it began, in milliseconds since the run began.
    pub start: u64,
    /// How long it took.
    pub milliseconds: u64,
    /// How it ended: `done`.
    pub outcome: String,
    /// What its process ended with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i64>,
    /// How often it was tried, where that was more than once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempts: Option<u32>,
    /// How many bytes it moved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// The processor time of its process.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu_milliseconds: Option<u64>,
    /// The most memory of its process at one time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peak_memory_bytes: Option<u64>,
}

impl Run {
    /// The record as one line, without its end.
    pub fn to_line(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// The runs of a history, oldest first. What is no whole line of this format is left out: a run that was killed while it
/// wrote, a full disk, another version of `devc`.
pub fn read(bytes: &[u8]) -> Vec<Run> {
    let lines = bytes.split(|byte| *byte == b'\n');
    let runs = lines.filter_map(|line| serde_json::from_slice::<Run>(line).ok());
    runs.filter(|run| run.version == VERSION).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn run(verb: &str) -> Run {
        let span = Span { kind: "hook".to_owned(), name: "postCreateCommand".to_owned(), ..Span::default() };
        Run { version: VERSION, verb: verb.to_owned(), spans: vec![span], ..Run::default() }
    }

    fn verbs(bytes: &[u8]) -> Vec<String> {
        read(bytes).into_iter().map(|run| run.verb).collect()
    }

    #[test]
    fn a_torn_line_and_one_of_another_version_cost_only_themselves() {
        let (first, last) = (run("up").to_line(), run("build").to_line());
        let newer = Run { version: VERSION + 1, ..run("up") }.to_line();
        let text = format!("{first}\n{}\n{newer}\n\u{0}\n{last}\n", &first[..20]);
        assert_eq!(verbs(text.as_bytes()), ["up", "build"]);
        assert_eq!(verbs(format!("{first}\n{}", &last[..30]).as_bytes()), ["up"]);
    }

    proptest! {
        #[test]
        fn nothing_that_stands_around_a_run_hides_it(before: Vec<u8>, after: Vec<u8>) {
            let line = run("up").to_line();
            let history = [&before[..], b"\n", line.as_bytes(), b"\n", &after[..]].concat();
            prop_assert!(read(&history).contains(&run("up")));
        }
    }
}
