//! `--secrets-file`: what happens when it cannot be used, and that nothing of it is shown.

use insta::assert_snapshot;

use crate::sandbox::Sandbox;

fn check(secrets: &str) -> String {
    let sandbox = Sandbox::with(r#"{ "image": "debian" }"#).file("secrets.json", secrets);
    let outcome = sandbox.run("up --secrets-file secrets.json").to_string();
    assert!(!outcome.contains("hunter2"), "{outcome}");
    outcome
}

#[test]
fn a_missing_file_is_named() {
    let sandbox = Sandbox::with(r#"{ "image": "debian" }"#);
    assert_snapshot!(sandbox.run("up --secrets-file secrets.json"), @r#"
    exit code: 1
    --- stdout
    {"outcome":"error","message":"[ROOT]/project/secrets.json: No such file or directory (os error 2)","description":"Failed to read/parse secrets","kind":"config"}
    --- stderr
    error: Failed to read/parse secrets
      caused by: [ROOT]/project/secrets.json: No such file or directory (os error 2)

    → The file holds one JSON object of names and texts: {"TOKEN": "..."}.
    "#);
    assert_snapshot!(sandbox.run("run-user-commands --secrets-file secrets.json"), @r#"
    exit code: 1
    --- stdout
    {"outcome":"error","message":"[ROOT]/project/secrets.json: No such file or directory (os error 2)","description":"Failed to read/parse secrets","kind":"config"}
    --- stderr
    error: Failed to read/parse secrets
      caused by: [ROOT]/project/secrets.json: No such file or directory (os error 2)

    → The file holds one JSON object of names and texts: {"TOKEN": "..."}.
    "#);
}

#[test]
fn a_file_that_is_no_object_of_texts_is_refused_without_an_excerpt() {
    let broken = check("{ \"TOKEN\": \"hunter2\"");
    assert_snapshot!(broken, @r#"
    exit code: 1
    --- stdout
    {"outcome":"error","message":"Invalid json data","description":"Failed to read/parse secrets","kind":"config"}
    --- stderr
    error: Failed to read/parse secrets
      caused by: Invalid json data

    → The file holds one JSON object of names and texts: {"TOKEN": "..."}.
    "#);
    for secrets in [
        "{ \"TOKEN\": { \"value\": \"hunter2\" } }",
        "[\"hunter2\"]",
        "hunter2",
        "",
        "{ \"PORT\": 8080, \"TOKEN\": \"hunter2\" }",
    ] {
        assert_eq!(check(secrets), broken, "{secrets}");
    }
}

#[test]
fn a_secret_in_a_message_is_hidden() {
    let sandbox = Sandbox::with(r#"{ "image": "debian" }"#)
        .file("secrets.json", r#"{ /* comments are fine */ "TOKEN": "no-engine.sock", "EMPTY": "" }"#);
    assert_snapshot!(sandbox.run("up --secrets-file secrets.json"), @r#"
    exit code: 1
    --- stdout
    {"outcome":"error","message":"the socket does not exist: the engine is not running, or not installed","description":"cannot reach the container engine at unix://[ROOT]/******** (DOCKER_HOST)","kind":"engine-unavailable"}
    --- stderr
    error: cannot reach the container engine at unix://[ROOT]/******** (DOCKER_HOST)
      caused by: the socket does not exist: the engine is not running, or not installed

    → Start the engine (`sudo systemctl start docker`, or open Docker Desktop), then run the command again.
    "#);
}
