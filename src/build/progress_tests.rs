//! Recorded builds as the steps that a user sees.

use std::sync::{Arc, Mutex};

use super::*;
use crate::event::{Event, Events, Listener};

/// Writes events down, one per line, without times.
#[derive(Default)]
struct Notes(Mutex<Vec<String>>);

impl Listener for Notes {
    fn on_event(&self, event: &Event) {
        let note = match event {
            Event::Started { step, title, .. } => format!("{} starts: {title}", step.0),
            Event::Output { step, line } => format!("{} | {line}", step.0),
            Event::Finished { step, outcome, .. } => format!("{} {outcome:?}", step.0),
            _ => return,
        };
        self.0.lock().unwrap().push(note);
    }
}

/// The steps of a recorded build, and what is known at its end.
fn followed(recorded: &str) -> String {
    let notes = Arc::new(Notes::default());
    let step = Events::new(notes.clone()).step(StepKind::Build, "Building");
    let mut progress = Progress::new(&step, &[], &[]);
    progress.push(recorded.as_bytes());
    progress.finish();
    let (summary, failed) = (progress.summary(), progress.failed());
    let mut text = notes.0.lock().unwrap().join("\n");
    text += &format!("\n= {} of {} cached", summary.cached, summary.total);
    if let Some(failed) = failed {
        text += &format!("\n= {} failed: {}\n= {}", failed.name, failed.error, failed.tail.join("\n= "));
    }
    text
}

macro_rules! fixture {
    ($name:literal) => {
        followed(include_str!(concat!("../../tests/fixtures/rawjson/", $name, ".pretty")))
    };
}

#[test]
fn a_build_becomes_steps_with_output() {
    insta::assert_snapshot!(fixture!("success"), @r#"
    1 starts: Building
    2 starts: load metadata for docker.io/library/devc-base:bookworm
    2 Done
    3 starts: [tools 1/2] FROM docker.io/library/devc-base:bookworm
    3 Cached
    4 starts: [tools 2/2] RUN echo one && printf 'two\nno line end' && echo problem >&2
    5 starts: load build context
    5 Done
    4 | one
    4 | two
    4 | no line endproblem
    4 Done
    6 starts: [stage-1 1/2] COPY file /file
    6 Done
    7 starts: [stage-1 2/2] RUN <<END (echo "from a heredoc")
    7 | from a heredoc
    7 Done
    8 starts: exporting to image
    8 Done
    = 0 of 3 cached
    "#);
}

#[test]
fn cached_instructions_are_told_as_such() {
    insta::assert_snapshot!(fixture!("cached"), @r#"
    1 starts: Building
    2 starts: load metadata for docker.io/library/devc-base:bookworm
    2 Done
    3 starts: [tools 1/2] FROM docker.io/library/devc-base:bookworm
    3 Done
    4 starts: load build context
    4 Done
    5 starts: [tools 2/2] RUN echo one && printf 'two\nno line end' && echo problem >&2
    5 Cached
    6 starts: [stage-1 1/2] COPY file /file
    6 Cached
    7 starts: [stage-1 2/2] RUN <<END (echo "from a heredoc")
    7 Cached
    8 starts: exporting to image
    8 Done
    = 3 of 3 cached
    "#);
}

#[test]
fn a_failing_instruction_is_named_with_its_last_lines() {
    insta::assert_snapshot!(fixture!("failure"), @r#"
    1 starts: Building
    2 starts: load metadata for docker.io/library/devc-base:bookworm
    2 Done
    3 starts: [1/3] FROM docker.io/library/devc-base:bookworm
    3 Cached
    4 starts: [2/3] RUN echo fine
    4 | fine
    4 Done
    5 starts: [3/3] RUN echo before && ls /nonexistent; echo "the end: café"; exit 3
    5 | before
    5 | ls: cannot access '/nonexistent': No such file or directory
    5 | the end: café
    5 Failed("exit code 3")
    = 0 of 1 cached
    = [3/3] RUN echo before && ls /nonexistent; echo "the end: café"; exit 3 failed: process "/bin/sh -c echo before && ls /nonexistent; echo \"the end: café\"; exit 3" did not complete successfully: exit code: 3
    = before
    = ls: cannot access '/nonexistent': No such file or directory
    = the end: café
    "#);
}

#[test]
fn an_interrupted_instruction_is_cancelled() {
    insta::assert_snapshot!(fixture!("cancelled"), @r#"
    1 starts: Building
    2 starts: load metadata for docker.io/library/devc-base:bookworm
    2 Done
    3 starts: [1/2] FROM docker.io/library/devc-base:bookworm
    3 Done
    4 starts: [2/2] RUN echo started && sleep 30
    4 | started
    4 Cancelled
    = 0 of 0 cached
    = [2/2] RUN echo started && sleep 30 failed: process "/bin/sh -c echo started && sleep 30" did not complete successfully: exit code: 137: context canceled: context canceled
    = started
    "#);
}

#[test]
fn failures_before_the_first_instruction_are_text() {
    insta::assert_snapshot!(fixture!("bad_target"), @"
    1 starts: Building
    = 0 of 0 cached
    ");
    insta::assert_snapshot!(fixture!("missing_image"), @r#"
    1 starts: Building
    2 starts: load metadata for docker.io/library/devc-no-such-image:1
    2 Failed("failed to do request: Head \"https://registry.example.org/v2/library/devc-no-such-image/manifests/1\": dial tcp: lookup registry.example.org on 192.0.2.1:53: no such host")
    = 0 of 0 cached
    = [internal] load metadata for docker.io/library/devc-no-such-image:1 failed: failed to do request: Head "https://registry.example.org/v2/library/devc-no-such-image/manifests/1": dial tcp: lookup registry.example.org on 192.0.2.1:53: no such host
    =
    "#);
}

#[test]
fn what_devc_added_to_an_instruction_is_hidden() {
    assert_eq!(title("[2/2] RUN --mount=x make", &["--mount=x".to_owned()]), "[2/2] RUN make");
    assert_eq!(title("[dev_container_auto_added_stage_label 2/2] RUN make", &[]), "[2/2] RUN make");
}

#[test]
fn a_title_is_one_line_of_bearable_length() {
    assert_eq!(title(&"é".repeat(300), &[]), format!("{}...", "é".repeat(200)));
    assert_eq!(title("[2/2] RUN a\n  b", &[]), "[2/2] RUN a b");
}

#[test]
fn only_instructions_count() {
    for name in ["[2/2] RUN a", "[stage-0 2/15] COPY a b", "[linux/amd64 x 1/1] WORKDIR /"] {
        assert!(counts(name), "{name}");
    }
    for name in [
        "[1/2] FROM a",
        "[internal] load build context",
        "exporting to image",
        "[a 3/4] LINK COPY x y",
        "[context extra] load from client",
        "[a] exporting to image",
    ] {
        assert!(!counts(name), "{name}");
    }
}
