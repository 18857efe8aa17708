//! `--events` of a real run is what docs/events.md says, and the history is of the same run.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::docker::BASE;
use crate::world::scenario;

/// The members of an event, and whether each must be there.
type Members = BTreeMap<String, bool>;

/// The events of docs/events.md: rows such as ``| `start` | `step`, `parent`?, `kind`, `name` | ... |``.
fn documented() -> BTreeMap<String, Members> {
    let text = include_str!("../../docs/events.md");
    let (_, table) = text.split_once("| event | members | meaning |\n|---|---|---|\n").unwrap();
    let rows = table.lines().take_while(|line| line.starts_with('|'));
    rows.map(|row| {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let members = cells[2].split(", ").map(|member| {
            (member.trim_end_matches('?').trim_matches('`').to_owned(), !member.ends_with('?'))
        });
        (cells[1].trim_matches('`').to_owned(), members.collect())
    })
    .collect()
}

/// The names that docs/events.md gives in a table with this heading, or in a sentence.
fn check_members(event: &Value, documented: &BTreeMap<String, Members>) {
    let members = &documented[event["event"].as_str().unwrap()];
    let found: BTreeSet<&str> = event.as_object().unwrap().keys().map(String::as_str).collect();
    let own: BTreeSet<&str> =
        found.iter().copied().filter(|name| !matches!(*name, "event" | "time")).collect();
    assert!(event["time"].is_u64(), "{event}");
    assert!(own.iter().all(|name| members.contains_key(*name)), "{event} has more than {members:?}");
    let required = members.iter().filter(|(_, is_required)| **is_required);
    assert!(required.clone().all(|(name, _)| own.contains(&**name)), "{event} lacks some of {members:?}");
}

#[test]
fn the_events_of_a_run_are_those_of_the_document_and_hold_no_command() {
    scenario(|world| {
        world.config(json!({
            "build": {"dockerfile": "Dockerfile", "args": {"TOKEN": "hunter2"}},
            "postCreateCommand": {"web": "echo hunter3; sleep 0.3", "api": "sleep 0.3"},
            "postStartCommand": "echo hunter3; exit 4",
        }));
        let unique = &world.name;
        world.write(
            ".devcontainer/Dockerfile",
            &format!("FROM {BASE} AS deps\nARG TOKEN\nRUN echo {unique} $TOKEN\nRUN echo {unique} hunter4\n"),
        );
        world.devc(&["up", "--events", "events.jsonl"]).fails();
        let text = world.read("events.jsonl").unwrap();
        let documented = documented();
        let events: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        events.iter().for_each(|event| check_members(event, &documented));
        assert!(!text.contains("hunter") && !text.contains("sleep"), "{text}");
        let names: Vec<&str> = events.iter().filter_map(|event| event["name"].as_str()).collect();
        for name in
            ["[deps 2/3] RUN", "[deps 3/3] RUN", "postCreateCommand", "web", "api", "postStartCommand"]
        {
            assert!(names.contains(&name), "{name} is not in {names:?}");
        }
        let exits = events.iter().filter(|event| event["event"] == "exit").map(|event| &event["exitCode"]);
        assert_eq!(exits.collect::<Vec<_>>(), [0, 0, 4]);
        let (first, last) = (&events[0], events.last().unwrap());
        assert_eq!((&first["event"], &first["verb"]), (&json!("run"), &json!("up")));
        assert_eq!((&last["event"], &last["exitCode"]), (&json!("finish"), &json!(1)));

        let history = std::fs::read_to_string(world.state().join("history/runs.jsonl")).unwrap();
        assert!(!history.contains("hunter") && !history.contains("sleep"), "{history}");
        let metrics = world.devc(&["metrics", "--json"]).succeeds().json();
        let phases = metrics["phases"].as_array().unwrap();
        let phase = |name: &str| phases.iter().find(|phase| phase["name"] == name).unwrap();
        assert!(phase("postCreateCommand")["speedUp"].as_f64().unwrap() > 1.3, "{metrics}");
        assert_eq!((&phase("build")["parts"], &phase("build")["reused"]), (&json!(2), &json!(0)));
        assert!(phase("container")["milliseconds"].is_u64());
    });
}
