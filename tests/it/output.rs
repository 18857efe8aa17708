//! How runs report: colours, the JSON log, the log file, results for scripts.

use insta::assert_snapshot;
use serde_json::Value;

use crate::sandbox::{Outcome, Sandbox, pretty};

const UNKNOWN_PROPERTY: &str = r#"{ "image": "debian", "imagee": "x" }"#;

fn has_colour(outcome: &Outcome) -> bool {
    assert!(!outcome.stdout.contains('\u{1b}'), "stdout is data: {outcome}");
    outcome.stderr.contains("\u{1b}[")
}

#[test]
fn colours_come_only_where_they_are_wanted() {
    let sandbox = Sandbox::with(UNKNOWN_PROPERTY);
    let read = |flags: &str, variables: &[(&str, &str)]| {
        let words = format!("read-configuration {flags}");
        let run = sandbox.devc(words.split_whitespace());
        has_colour(&variables.iter().fold(run, |run, (name, value)| run.env(name, value)).run())
    };
    assert!(!read("", &[]), "a pipe gets none");
    assert!(read("--color always", &[]));
    assert!(read("--color always", &[("NO_COLOR", "1")]), "a flag is stronger than a variable");
    assert!(read("", &[("DEVC_COLOR", "always")]));
    assert!(read("", &[("CLICOLOR_FORCE", "1")]));
    assert!(!read("", &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
    assert!(!read("--color never", &[("CLICOLOR_FORCE", "1")]));
}

#[test]
fn errors_keep_to_the_same_rules() {
    let sandbox = Sandbox::new();
    assert!(!has_colour(&sandbox.run("read-configuration")));
    assert!(has_colour(&sandbox.run("read-configuration --color always")));
}

#[test]
fn the_json_log_has_one_event_a_line() {
    let outcome = Sandbox::with(UNKNOWN_PROPERTY).run("up --log-format json");
    let mut events: Vec<Value> = outcome.stderr.lines().map(event).collect();
    let header = events.remove(0);
    assert!(header["text"].as_str().unwrap().starts_with("devc [VERSION]. "), "{header}");
    assert_snapshot!(events.iter().map(pretty).collect::<Vec<_>>().join("\n"), @r#"
    {
      "type": "text",
      "level": 4,
      "timestamp": 0,
      "text": "unknown property `imagee`\n --> [ROOT]/project/.devcontainer/devcontainer.json:1:22\n  |\n1 | { \"image\": \"debian\", \"imagee\": \"x\" }\n  |                      ^^^^^^^^ nothing reads it\n  |\n  = help: Did you mean `image`?"
    }
    {
      "type": "text",
      "level": 5,
      "timestamp": 0,
      "text": "error: cannot reach the container engine at unix://[ROOT]/no-engine.sock (DOCKER_HOST)\n  caused by: the socket does not exist: the engine is not running, or not installed\n\n→ Start the engine (`sudo systemctl start docker`, or open Docker Desktop), then run the command again.\nFull log: [ROOT]/home/.local/state/devc/logs/[LOG]"
    }
    "#);
    assert_snapshot!(pretty(&outcome.result()), @r#"
    {
      "outcome": "error",
      "message": "the socket does not exist: the engine is not running, or not installed",
      "description": "cannot reach the container engine at unix://[ROOT]/no-engine.sock (DOCKER_HOST)",
      "kind": "engine-unavailable"
    }
    "#);
}

/// An event, with its time replaced.
fn event(line: &str) -> Value {
    let mut event: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    let time = event.get_mut("timestamp").filter(|time| time.is_u64());
    *time.unwrap_or_else(|| panic!("no time: {line}")) = Value::from(0);
    event
}

#[test]
fn only_errors_are_told_at_level_error() {
    let outcome = Sandbox::with(UNKNOWN_PROPERTY).run("read-configuration --log-level error");
    assert_eq!((outcome.code, outcome.stderr.as_str()), (Some(0), ""));
}

#[test]
fn a_result_on_stdout_is_one_line_of_json() {
    let sandbox = Sandbox::with(UNKNOWN_PROPERTY);
    for words in ["up", "build", "run-user-commands", "stop", "down --log-level debug"] {
        let result = sandbox.run(words).result();
        assert_eq!(result["outcome"], "error", "{words}");
        assert_eq!(result["kind"], "engine-unavailable", "{words}");
        assert!(result["message"].is_string() && result["description"].is_string(), "{words}");
    }
}

#[test]
fn verbs_without_a_result_leave_stdout_empty_when_they_fail() {
    let sandbox = Sandbox::with(UNKNOWN_PROPERTY);
    for words in ["exec true", "shell", "list", "list --json", "logs", "read-configuration --container-id x"]
    {
        assert_eq!(sandbox.run(words).stdout, "", "{words}");
    }
}

#[test]
fn the_kinds_of_errors_are_stable() {
    let kind = |config: &str, words: &str| Sandbox::with(config).run(words).result()["kind"].clone();
    assert_eq!(kind("{ \"image\": 1 }", "up"), "config");
    assert_eq!(kind("{}", "up"), "config");
    assert_eq!(kind("{}", "up --config x/devcontainer.json"), "not-found");
    assert_eq!(kind("{}", "up --config x.json"), "usage");
    assert_eq!(kind("{ \"dockerComposeFile\": \"c.yaml\", \"service\": \"a\" }", "up"), "config");
    assert_eq!(kind("{ \"image\": \"debian\" }", "up"), "engine-unavailable");
}

#[test]
fn a_home_that_cannot_be_written_is_no_obstacle() {
    let sandbox = Sandbox::with(UNKNOWN_PROPERTY);
    let nowhere = sandbox.devc(["up"]).env("HOME", "/proc/nowhere").run();
    assert_eq!(nowhere.result()["kind"], "engine-unavailable", "{nowhere}");
    let read = sandbox.devc(["read-configuration"]).env("HOME", "/proc/nowhere").run();
    assert_eq!(read.code, Some(0), "{read}");
}

#[test]
fn looking_leaves_nothing_behind() {
    let sandbox = Sandbox::with(UNKNOWN_PROPERTY);
    for words in ["read-configuration", "list", "logs", "up --help", "up --plan", "up --nonsense"] {
        sandbox.run(words);
    }
    assert!(!sandbox.state().join("locks").exists());
    let home = std::fs::read_dir(sandbox.root().join("home")).unwrap().count();
    assert_eq!(home, 0, "something was written to the home folder");
}
