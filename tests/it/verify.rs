//! `devc verify`, as far as it needs no engine: what is sent along with a build.

use serde_json::{Value, json};

use crate::sandbox::Sandbox;

const CONTEXT_CHECKS: &str = "verify --only context-size,context-reduction,context-secrets";

const DOCKERFILE: &str = "FROM a\nCOPY . /app\n";
const ENVIRONMENT: &str = "PASSWORD=hunter2\n";

/// Put together here, so that nobody's scanner takes this file for a leak.
fn token() -> String {
    format!("ghp_{}", "Ab3dEf7h".repeat(5))
}

/// A project in which nothing is as it should be.
fn careless() -> Sandbox {
    Sandbox::new()
        .file("Dockerfile", DOCKERFILE)
        .file("src/app.py", format!("print(1)\nTOKEN = '{}'\n", token()))
        .file(".env", ENVIRONMENT)
        .file("big.bin", vec![1; 2_000_000])
}

/// Name, verdict and measurement of each check.
fn verdicts(report: &Value) -> Vec<Value> {
    let rows = report["checks"].as_array().unwrap().iter();
    rows.map(|row| json!([row["name"], row["verdict"], row["measured"]])).collect()
}

#[test]
fn a_context_without_dockerignore_is_told_with_all_that_is_wrong() {
    let run = careless().run(&format!("{CONTEXT_CHECKS} --max-context 1 --json"));
    assert_eq!(run.code, Some(1), "{run}");
    let report = run.result();
    let source = "print(1)\nTOKEN = ''\n".len() + token().len();
    let size = 2_000_000 + DOCKERFILE.len() + source + ENVIRONMENT.len();
    assert_eq!((&report["version"], &report["outcome"]), (&json!(1), &json!("failed")));
    assert_eq!(
        verdicts(&report),
        [
            json!(["context-size", "failed", size as f64]),
            json!(["context-reduction", "failed", 0.0]),
            json!(["context-secrets", "failed", 2.0]),
        ]
    );
    assert_eq!(
        report["checks"][2]["findings"],
        json!([
            {"place": ".env", "line": null, "kind": "environment file"},
            {"place": "src/app.py", "line": 2, "kind": "GitHub token"},
        ])
    );
}

#[test]
fn values_of_secrets_are_never_told() {
    let run = careless().run(CONTEXT_CHECKS);
    assert_eq!(run.code, Some(1), "{run}");
    assert!(run.stdout.contains("src/app.py:2: GitHub token"), "{run}");
    for text in [run.stdout.as_str(), run.stderr.as_str()] {
        assert!(!text.contains("hunter2") && !text.contains(&token()), "{run}");
    }
}

#[test]
fn what_dockerignore_hides_is_not_sent() {
    let project =
        careless().file(".dockerignore", "*\n!src\nsrc/app.py\n!src/main.py\n").file("src/main.py", "1\n");
    let report = project.run(&format!("{CONTEXT_CHECKS} --json")).json();
    assert_eq!(report["outcome"], "passed");
    assert_eq!(verdicts(&report)[0], json!(["context-size", "passed", 2.0]));
}

#[test]
fn the_dockerfiles_own_dockerignore_comes_first() {
    let project =
        careless().file(".dockerignore", "*\n").file("Dockerfile.dockerignore", "big.bin\n.env\nsrc\n");
    let report = project.run(&format!("{CONTEXT_CHECKS} --json")).json();
    assert_eq!(
        report["checks"][0]["measured"],
        (DOCKERFILE.len() + "*\n".len() + "big.bin\n.env\nsrc\n".len()) as f64
    );
}

#[test]
fn the_dockerfile_of_devcontainer_json_is_the_one_that_is_verified() {
    let project = Sandbox::with(r#"{"build": {"dockerfile": "Dev", "context": ".."}}"#)
        .file(".devcontainer/Dev", DOCKERFILE);
    let report = project.run(&format!("{CONTEXT_CHECKS} --json")).json();
    assert_eq!(report["dockerfile"], "[ROOT]/project/.devcontainer/Dev");
    assert_eq!(report["context"], "[ROOT]/project/.devcontainer/..");
}

#[test]
fn an_image_of_somebody_else_cannot_be_verified() {
    let run = Sandbox::with(r#"{"image": "debian"}"#).run(CONTEXT_CHECKS);
    insta::assert_snapshot!(run, @"
    exit code: 1
    --- stderr
    error: There is no Dockerfile to verify
      caused by: [ROOT]/project/.devcontainer/devcontainer.json names an image that somebody else has built

    → Name a Dockerfile with --dockerfile.
    ");
}

#[test]
fn checks_can_be_listed() {
    insta::assert_snapshot!(Sandbox::new().run("verify --list"), @"
    exit code: 0
    --- stdout
    CHECK              WHAT IT IS ABOUT
    cache-mounts       BuildKit builds, and a cache mount keeps its content from one build to the next
    stages             Every named stage builds on its own
    parallel           Stages that do not need each other run at the same time
    cached             The share of steps that a second, unchanged build finds in the cache
    rebuild            How long a second, unchanged build takes
    source-edit        How long a build takes after a change to a source file
    dependency-edit    How long a build takes after a change to the dependencies
    context-size       What is sent along with a build
    context-reduction  How much of the folder .dockerignore leaves out
    context-secrets    Files with secrets that are sent along with a build
    image-secrets      Secrets in the layers, the environment and the history of the image
    ");
}

#[test]
fn a_check_that_does_not_exist_is_refused() {
    let run = careless().run("verify --only context");
    assert_eq!(run.code, Some(1), "{run}");
    assert!(run.stderr.contains("invalid value 'context'"), "{run}");
}
