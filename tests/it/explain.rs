//! `devc build --explain`, for which no engine has to run.

use serde_json::json;

use crate::sandbox::Sandbox;

const DOCKERFILE: &str = "\
FROM debian:bookworm
RUN apt-get update && apt-get install -y git
COPY . .
RUN pip install --no-cache-dir -r requirements.txt
RUN <<EOF
npm ci
EOF
";

fn project(config: &str) -> Sandbox {
    Sandbox::with(config).file(".devcontainer/Dockerfile", DOCKERFILE)
}

const CONFIG: &str = r#"{ "build": { "dockerfile": "Dockerfile" } }"#;

#[test]
fn a_table_tells_what_is_changed_and_why_the_rest_is_not() {
    insta::assert_snapshot!(project(CONFIG).run("build --explain").stdout, @"
    LINE  COMMAND                                         RESULT      WHY
    2     apt-get update                                  changed     packages come from a cache of verified archives, and dpkg does not wait for the disk
    2     apt-get install -y git                          changed     packages come from a cache of verified archives, and dpkg does not wait for the disk
    4     pip install --no-cache-dir -r requirements.txt  changed     the cache pip outlives the build
    5     <<EOF                                           left alone  it has a heredoc
    ");
}

#[test]
fn programs_get_json_with_the_dockerfile_that_is_built() {
    let told = project(CONFIG).run("build --explain --json").json();
    assert_eq!(told["version"], 1);
    assert_eq!(
        told["steps"][3],
        json!({"line": 5, "command": "<<EOF", "outcome": "left alone", "why": "it has a heredoc"})
    );
    assert!(told["text"].as_str().unwrap().contains("--mount=type=cache,id=devc-pip-http,"), "{told}");
}

#[test]
fn who_does_not_want_it_gets_the_dockerfile_as_it_is() {
    let off =
        r#"{ "build": { "dockerfile": "Dockerfile" }, "customizations": { "devc": { "optimize": false } } }"#;
    for told in [project(off).run("build --explain"), project(CONFIG).run("build --explain --no-optimize")] {
        assert_eq!(told.stdout, "Optimization is turned off: the Dockerfile is built as it is.\n", "{told}");
    }
    let told = Sandbox::with(r#"{ "image": "debian" }"#).run("build --explain");
    assert_eq!(told.stdout, "There is no Dockerfile: the image is debian.\n", "{told}");
}
