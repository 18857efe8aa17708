//! `devc doctor` where there is no engine to look at.

use serde_json::{Value, json};

use crate::sandbox::Sandbox;

fn health<'a>(report: &'a Value, name: &str) -> &'a Value {
    let rows = report["checks"].as_array().unwrap();
    &rows.iter().find(|row| row["name"] == name).unwrap_or_else(|| panic!("no {name} in {report:#}"))["health"]
}

#[test]
fn without_an_engine_that_is_the_problem_and_the_rest_is_told_too() {
    let run = Sandbox::new().run("doctor --json");
    assert_eq!(run.code, Some(1), "{run}");
    let report = run.result();
    assert_eq!((&report["version"], &report["outcome"]), (&json!(1), &json!("problem")));
    assert_eq!(health(&report, "engine"), "problem");
    for name in ["buildx", "compose", "network", "user"] {
        assert!(health(&report, name).is_string(), "{run}");
    }
}

#[test]
fn a_missing_buildx_comes_with_advice() {
    let sandbox = Sandbox::new();
    let run = sandbox.devc(["doctor", "--docker-path", "/nowhere/docker"]).run();
    assert_eq!(run.code, Some(1), "{run}");
    assert!(run.stdout.contains("buildx: Install version 0.13 or later"), "{run}");
    assert_eq!(run.stderr, "", "{run}");
}

#[test]
fn a_variable_that_turns_buildkit_off_is_told() {
    let run = Sandbox::new().devc(["doctor", "--json"]).env("DOCKER_BUILDKIT", "0").run();
    assert_eq!(health(&run.result(), "buildkit"), "warning", "{run}");
}
