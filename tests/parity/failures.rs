//! What goes wrong: the same exit codes, and results that name the same thing.

use serde_json::{Value, json};

use crate::compare::{Presence, set, values};
use crate::container::without_id;
use crate::differences::intended;
use crate::place::Place;
use crate::tool::{Ran, Tool, docker, needs_engine};

/// Both fail with the same result; texts are compared apart from what `texts` says of `devc`'s.
fn check(place: &Place, line: &str) -> [Ran; 2] {
    let [reference, devc] = both(place, line);
    let kind = devc.json()["kind"].clone();
    values(without_id(reference.json()), without_id(devc.json()), &format!("{reference}\n{devc}"))
        .expect("N7", Presence::Always, |result| set(result, "/kind", kind))
        .check();
    [reference, devc]
}

/// As [`check`], but the texts are `devc`'s own: they have to name the cause.
fn check_in_own_words(place: &Place, line: &str, cause: &str) {
    intended("N11");
    let [reference, devc] = both(place, line);
    let [expected, found] = [&reference, &devc].map(|ran| {
        let mut result = without_id(ran.json());
        let text = format!("{} {}", result["message"], result["description"]);
        for key in ["message", "description", "kind"] {
            result.as_object_mut().expect("results are objects").shift_remove(key);
        }
        (result, text)
    });
    assert_eq!(expected.0, found.0, "{reference}\n{devc}");
    assert!(found.1.contains(cause), "{devc}");
}

fn both(place: &Place, line: &str) -> [Ran; 2] {
    let ran = [Tool::Reference, Tool::Devc].map(|tool| {
        let ran = place.run(tool, line);
        place.remove_containers();
        ran
    });
    assert_eq!((ran[0].code, ran[1].code), (1, 1), "{}\n{}", ran[0], ran[1]);
    ran
}

const UP: &str = "up --workspace-folder {workspace}";

#[test]
fn a_hook_that_fails() {
    needs_engine!();
    let image = "devc-base:bookworm";
    for config in [
        json!({"image": image, "postCreateCommand": "echo before; exit 7"}),
        json!({"image": image, "onCreateCommand": ["/bin/sh", "-c", "exit 3"], "postCreateCommand": "true"}),
        json!({"image": image, "postStartCommand": {"good": "true", "bad": "false"}}),
        json!({"image": image, "postAttachCommand": ["no-such-program", "x"]}),
        json!({"image": image, "initializeCommand": "exit 4"}),
    ] {
        check(&Place::with_config("failing-hook", &config), UP);
    }
}

#[test]
fn a_configuration_that_is_not_there() {
    needs_engine!();
    let place = Place::empty("missing");
    check(&place, UP);
    check(&place, "build --workspace-folder .");
    check(&place, "up --workspace-folder . --config other/devcontainer.json");
    check_in_own_words(
        &place,
        "up --workspace-folder . --config other.json",
        "Filename must be devcontainer.json",
    );
    check_in_own_words(&place, "run-user-commands --workspace-folder .", "not found");
}

#[test]
fn a_configuration_that_makes_no_sense() {
    needs_engine!();
    let place = Place::with_config("senseless", &json!(["a"]));
    check_in_own_words(&place, UP, "must contain a JSON object literal");
    place.write(".devcontainer/devcontainer.json", "{}");
    check_in_own_words(&place, UP, "is missing one of \\\"image\\\"");
    check_in_own_words(&place, "build --workspace-folder .", "is missing one of");
    place.write(".devcontainer/devcontainer.json", r#"{"image": "a", "remoteEnv": {"A": "${localEnv}"}}"#);
    check_in_own_words(&place, UP, "no environment variable name is given");
}

#[test]
fn images_and_dockerfiles_that_are_not_there() {
    needs_engine!();
    let place = Place::with_config("no-image", &json!({"image": "127.0.0.1:9/no/such:image"}));
    check_in_own_words(&place, UP, "127.0.0.1:9/no/such:image");
    let place = Place::with_config("no-dockerfile", &json!({"build": {"dockerfile": "missing/Dockerfile"}}));
    check_in_own_words(&place, UP, "missing/Dockerfile");
    let place = Place::with_config("bad-dockerfile", &json!({"build": {"dockerfile": "Dockerfile"}}));
    place.write(".devcontainer/Dockerfile", "FROM devc-base:bookworm\nRUN exit 5\n");
    check_in_own_words(&place, UP, "exit 5");
    check_in_own_words(&place, "build --workspace-folder .", "exit 5");
    place.write(".devcontainer/Dockerfile", "RUN true\n");
    check_in_own_words(&place, UP, "before the first FROM");
}

#[test]
fn containers_that_cannot_be_made() {
    needs_engine!();
    let image = "devc-base:bookworm";
    let place = Place::with_config(
        "no-mount",
        &json!({"image": image, "mounts": ["type=bind,source=/no/such,target=/x"]}),
    );
    check_in_own_words(&place, UP, "/no/such");
    let place = Place::with_config("bad-args", &json!({"image": image, "runArgs": ["--no-such-flag"]}));
    check_in_own_words(&place, UP, "--no-such-flag");
}

#[test]
fn containers_that_are_not_there() {
    needs_engine!();
    let place = Place::with_config("no-container", &json!({"image": "devc-base:bookworm"}));
    check(&place, &format!("{UP} --expect-existing-container"));
    check_in_own_words(&place, "run-user-commands --workspace-folder .", "Dev container not found.");
    check_in_own_words(&place, "run-user-commands --container-id 0123456789ab", "Dev container not found.");
    let [reference, devc] = both(&place, "exec --workspace-folder . true");
    assert_eq!((reference.stdout.as_str(), devc.stdout.as_str()), ("", ""));
    assert!(reference.stderr.contains("Dev container not found."), "{reference}");
    assert!(devc.stderr.contains("Dev container not found."), "{devc}");
    intended("Q15");
    let [reference, devc] = both(&place, "exec --container-id 0123456789ab true");
    assert_eq!((reference.stdout.as_str(), reference.stderr.as_str()), ("", ""));
    assert!(devc.stderr.contains("Dev container not found."), "{devc}");
}

#[test]
fn containers_that_do_not_run() {
    needs_engine!();
    let place = Place::with_config("stopped", &json!({"image": "devc-base:bookworm"}));
    place.run(Tool::Devc, UP).success();
    docker(&["stop", "-t", "0", &place.containers()[0]]);
    for line in ["exec --workspace-folder . true", "run-user-commands --workspace-folder ."] {
        let ran = [Tool::Reference, Tool::Devc].map(|tool| place.run(tool, line));
        assert_eq!((ran[0].code, ran[1].code), (1, 1), "{}\n{}", ran[0], ran[1]);
        assert!(ran[1].stderr.contains("not running"), "{}", ran[1]);
    }
}

#[test]
fn secrets_that_cannot_be_read() {
    needs_engine!();
    let place = Place::with_config("secrets", &json!({"image": "devc-base:bookworm"}));
    place.write("list.json", "[1");
    check(&place, &format!("{UP} --secrets-file list.json"));
    check_in_own_words(&place, &format!("{UP} --secrets-file missing.json"), "missing.json");
}

#[test]
fn words_that_make_no_sense() {
    needs_engine!();
    let place = Place::with_config("usage", &json!({"image": "devc-base:bookworm"}));
    for line in [
        "",
        "no-such-command",
        "up --no-such-flag",
        "up --log-level loud",
        "up --id-label novalue",
        "up --remote-env novalue",
        "up --mount nonsense",
        "up --terminal-columns 80",
        "up --update-remote-user-uid-default maybe",
        "read-configuration --no-such-flag",
        "build --no-such-flag",
        "exec --no-such-flag true",
    ] {
        let [reference, devc] = both(&place, line);
        assert_eq!((reference.stdout.as_str(), devc.stdout.as_str()), ("", ""), "{reference}\n{devc}");
        assert!(!devc.stderr.is_empty(), "{devc}");
    }
    assert!(place.containers().is_empty());
}

#[test]
fn exec_without_a_command_says_so() {
    needs_engine!();
    intended("Q15");
    let place = Place::with_config("exec-nothing", &json!({"image": "devc-base:bookworm"}));
    let ran = place.run(Tool::Devc, "exec --workspace-folder .");
    assert_eq!((ran.code, ran.stdout.as_str()), (1, ""));
    assert!(ran.stderr.contains("COMMAND"), "{ran}");
}

#[test]
fn version_and_help_are_a_success_on_stdout() {
    needs_engine!();
    let place = Place::empty("help");
    for line in ["--version", "--help", "up --help", "exec --help"] {
        let ran = [Tool::Reference, Tool::Devc].map(|tool| place.run(tool, line));
        assert_eq!((ran[0].code, ran[1].code), (0, 0), "{}\n{}", ran[0], ran[1]);
        assert!(!ran[1].stdout.is_empty() && ran[1].stderr.is_empty(), "{}", ran[1]);
    }
}

/// What a failed hook leaves undone is done by the next `up`; the reference takes it for done.
#[test]
fn a_failed_hook_runs_again() {
    needs_engine!();
    intended("Q1");
    let place = Place::with_config(
        "again",
        &json!({
            "image": "devc-base:bookworm",
            "onCreateCommand": "echo onCreate >> /tmp/ran",
            "postCreateCommand": "echo postCreate >> /tmp/ran; test -e /workspaces/again/fixed",
            "postStartCommand": "echo postStart >> /tmp/ran",
        }),
    );
    for (tool, expected) in [
        (Tool::Reference, "onCreate postCreate postStart"),
        (Tool::Devc, "onCreate postCreate postCreate postStart"),
    ] {
        let failed = place.run(tool, UP);
        assert_eq!(failed.code, 1, "{failed}");
        place.write("fixed", "");
        place.run(tool, UP).success();
        let ran = docker(&["exec", &place.containers()[0], "cat", "/tmp/ran"]);
        assert_eq!(ran.split_whitespace().collect::<Vec<_>>().join(" "), expected, "{tool:?}");
        place.remove_containers();
        place.host("rm fixed");
    }
}

/// Only [`Value`]s that differ in text are own words; a result is always one.
#[test]
fn every_failure_of_up_is_a_result() {
    needs_engine!();
    let place = Place::empty("results");
    let result: Value = place.run(Tool::Devc, "up --workspace-folder /no/such/folder").json();
    assert_eq!(result["outcome"], "error");
    assert!(result["message"].is_string() && result["description"].is_string());
}
