//! `--events`, the history of runs, and `metrics`.

use std::os::unix::fs::PermissionsExt;

use insta::assert_snapshot;
use serde_json::Value;

use crate::sandbox::Sandbox;

const CONFIG: &str = r#"{ "image": "debian" }"#;

/// A history line of an `up` that took so long for its hook.
fn up(dev_container: &str, second: u64, hook: u64) -> String {
    let started = 1_767_323_045_000 + second * 1_000;
    format!(
        r#"{{"version":1,"started":{started},"verb":"up","devContainer":"{dev_container}","milliseconds":{hook},"exitCode":0,"spans":[{{"step":1,"kind":"hook","name":"postCreateCommand","start":0,"milliseconds":{hook},"outcome":"done"}}]}}"#
    )
}

/// What a run that cannot reach an engine writes to `--events`.
pub fn events_of_up(sandbox: &Sandbox) -> Vec<Value> {
    assert_eq!(sandbox.run("up --events ../events.jsonl").code, Some(1));
    let text = std::fs::read_to_string(sandbox.root().join("events.jsonl")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn the_events_of_a_failed_run_have_a_beginning_and_an_end() {
    let events = events_of_up(&Sandbox::with(CONFIG));
    let without_times = events.into_iter().map(|mut event| {
        let members = event.as_object_mut().unwrap();
        assert!(members.shift_remove("time").unwrap().is_u64());
        members.values_mut().for_each(|value| {
            if value == env!("CARGO_PKG_VERSION") {
                *value = "[VERSION]".into()
            }
        });
        if let Some(id) = members.get_mut("id") {
            *id = "[ID]".into();
        }
        event.to_string()
    });
    assert_snapshot!(without_times.collect::<Vec<_>>().join("\n"), @r#"
    {"event":"run","format":"devc-events","version":1,"devc":"[VERSION]","verb":"up"}
    {"event":"dev-container","id":"[ID]"}
    {"event":"finish","exitCode":1}
    "#);
}

#[test]
fn events_that_cannot_be_written_end_the_run_before_it_begins() {
    assert_snapshot!(Sandbox::with(CONFIG).run("list --events /no/such/folder/events"), @"
    exit code: 1
    --- stderr
    error: could not write events to /no/such/folder/events
      caused by: No such file or directory (os error 2)

    → Give --events a file in a folder that you may write to.
    ");
}

#[test]
fn runs_are_kept_in_a_private_history_and_looks_are_not() {
    let sandbox = Sandbox::with(CONFIG);
    sandbox.run("up");
    sandbox.run("list");
    sandbox.run("up --plan");
    let path = sandbox.state().join("history/runs.jsonl");
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let text = std::fs::read_to_string(path).unwrap();
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(text.contains(r#""verb":"up""#) && text.contains(r#""exitCode":1"#), "{text}");
}

#[test]
fn metrics_compare_the_newest_run_of_this_dev_container_with_those_before() {
    let sandbox = Sandbox::with(CONFIG);
    let own =
        events_of_up(&sandbox).iter().find_map(|event| event["id"].as_str().map(str::to_owned)).unwrap();
    let lines = [up(&own, 0, 2_000), up("other", 1, 9), up(&own, 2, 6_000), "{torn".to_owned()];
    std::fs::write(sandbox.state().join("history/runs.jsonl"), lines.join("\n")).unwrap();
    assert_snapshot!(sandbox.devc(["metrics"]).env("TZ", "UTC").run(), @"
    exit code: 0
    --- stdout
    RUN                  VERB  TOOK   RESULT
    2026-01-02 03:04:05  up    2.0 s  done
    2026-01-02 03:04:07  up    6.0 s  done

    PHASE              LAST   SPEED-UP  REUSED  BEFORE  TREND
    postCreateCommand  6.0 s                    2.0 s   3.0x slower
    ");
    let json = sandbox.run("metrics --json").result();
    assert_eq!(json["phases"][0]["trend"], "slower");
    assert_eq!(json["phases"][0]["factor"], 3.0);
    assert_eq!(sandbox.run("metrics --json --all").result()["runs"].as_array().unwrap().len(), 3);
    assert_eq!(sandbox.run("metrics --json --last 1").result()["phases"][0]["trend"], "new");
}
