//! `devc init`, by flags and by answers.

use std::os::unix::fs::symlink;

use expectrl::process::unix::WaitStatus;
use expectrl::session::OsSession;
use expectrl::{ControlCode, Eof, Expect};
use insta::assert_snapshot;
use serde_json::json;

use crate::sandbox::Sandbox;

const CONFIG: &str = ".devcontainer/devcontainer.json";
const DOWN: &str = "\u{1b}[B";

fn read(sandbox: &Sandbox, path: &str) -> String {
    std::fs::read_to_string(sandbox.project().join(path)).unwrap()
}

fn is_empty(sandbox: &Sandbox) -> bool {
    std::fs::read_dir(sandbox.project()).unwrap().next().is_none()
}

#[track_caller]
fn ends_with(mut session: OsSession, code: i32) {
    session.expect(Eof).unwrap();
    match session.get_process().wait().unwrap() {
        WaitStatus::Exited(_, own) => assert_eq!(own, code),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_templates_of_devc_are_listed() {
    assert_snapshot!(Sandbox::new().run("init --list"), @"
    exit code: 0
    --- stdout
    TEMPLATE  NAME                    DESCRIPTION
    debian    Debian                  Debian with git and the packages that you name
    node      Node.js                 Node.js with npm; installs the packages of package.json
    python    Python                  Python with pip; installs requirements.txt into .venv
    rust      Rust                    Rust with Cargo, Clippy and rustfmt; fetches the crates of Cargo.toml
    go        Go                      Go; fetches the modules of go.mod
    postgres  Debian with PostgreSQL  Two containers with Docker Compose: one to work in, one with a PostgreSQL database
    ");
    let list = Sandbox::new().run("init --list --json").json();
    let rust = list.as_array().unwrap().iter().find(|one| one["id"] == "rust").unwrap();
    assert_eq!(rust["options"]["image"]["default"], "rust:1-bookworm");
}

#[test]
fn flags_are_enough() {
    let sandbox = Sandbox::new();
    let line = "init node --yes --option image=node:24-bookworm --feature ghcr.io/a/b/c:1={\"x\":\"y\"} --feature d/e/f";
    assert_snapshot!(sandbox.run(line), @"
    exit code: 0
    --- stdout
    Wrote .devcontainer/Dockerfile
    Wrote .devcontainer/devcontainer.json
    Next: devc up
    ");
    assert!(read(&sandbox, ".devcontainer/Dockerfile").starts_with("FROM node:24-bookworm\n"));
    assert_snapshot!(read(&sandbox, CONFIG), @r#"
    // What may stand here: https://containers.dev/implementors/json_reference
    {
      "name": "Node.js",
      "build": { "dockerfile": "Dockerfile" },
      "remoteUser": "dev",

      // Runs once, when the container is new.
      "postCreateCommand": "if [ -f package.json ]; then npm install; fi",
      "features": {
        "ghcr.io/a/b/c:1": {
          "x": "y"
        },
        "d/e/f": {}
      }
    }
    "#);
    assert_eq!(sandbox.run("read-configuration").json()["configuration"]["name"], "Node.js");
}

#[test]
fn a_dry_run_writes_nothing() {
    let sandbox = Sandbox::new();
    assert_snapshot!(sandbox.run("init debian --dry-run"), @r#"
    exit code: 0
    --- stdout
    In [ROOT]/project:
      .devcontainer/Dockerfile
      .devcontainer/devcontainer.json

    .devcontainer/devcontainer.json:
    // What may stand here: https://containers.dev/implementors/json_reference
    {
      "name": "Debian",
      "build": { "dockerfile": "Dockerfile" },
      "remoteUser": "dev"
    }
    "#);
    let result = sandbox.run("init debian --dry-run --json").json();
    assert_eq!((&result["written"], &result["files"][0]["effect"]), (&json!(false), &json!("new")));
    assert!(is_empty(&sandbox));
}

#[test]
fn without_a_terminal_everything_has_to_be_said() {
    let sandbox = Sandbox::new();
    assert_snapshot!(sandbox.run("init rust"), @"
    exit code: 1
    --- stderr
    error: `devc init` cannot go on: there is no terminal to ask on

    → Name a Template, and pass --yes to take its defaults: `devc init debian --yes`.
    → See the Templates that devc has with `devc init --list`.
    ");
    assert_snapshot!(sandbox.run("init --yes"), @"
    exit code: 1
    --- stderr
    error: `devc init` cannot go on: no Template is named

    → Name a Template, and pass --yes to take its defaults: `devc init debian --yes`.
    → See the Templates that devc has with `devc init --list`.
    ");
    assert_snapshot!(sandbox.run("init rsut --yes"), @"
    exit code: 1
    --- stderr
    error: devc has no Template 'rsut'

    → Did you mean 'rust'?
    → devc has debian, node, python, rust, go, postgres.
    → Write a folder as ./NAME and one in a registry as ghcr.io/devcontainers/templates/NAME.
    ");
    assert_snapshot!(sandbox.run("init rust --yes --option imaeg=x"), @"
    exit code: 1
    --- stderr
    error: the Template cannot be used with these options
      caused by: The Template has no option 'imaeg' (image, packages); did you mean 'image'?

    → Correct the values given with --option.
    ");
    assert_eq!(sandbox.run("init rust --yes --feature x=y").code, Some(1));
    assert!(is_empty(&sandbox));
}

#[test]
fn what_is_there_is_replaced_only_with_consent_and_kept() {
    let sandbox = Sandbox::with("{ \"image\": \"mine\" }\n").file(".devcontainer/Dockerfile", "FROM mine\n");
    assert_snapshot!(sandbox.run("init rust --yes"), @"
    exit code: 1
    --- stderr
    error: [ROOT]/project/.devcontainer/devcontainer.json exists already; nothing was written

    → Pass --force to replace it: a copy is kept.
    → Run `devc up` to use it as it is.
    ");
    assert_eq!(read(&sandbox, CONFIG), "{ \"image\": \"mine\" }\n");
    assert_snapshot!(sandbox.run("init rust --yes --force"), @"
    exit code: 0
    --- stdout
    Wrote .devcontainer/Dockerfile
    Wrote .devcontainer/devcontainer.json
    What was replaced is in [ROOT]/home/.local/state/devc/replaced/[KEPT]
    Next: devc up
    ");
    assert!(read(&sandbox, CONFIG).contains("\"Rust\""));
    let kept = std::fs::read_dir(sandbox.state().join("replaced")).unwrap().next().unwrap().unwrap().path();
    assert_eq!(std::fs::read_to_string(kept.join(CONFIG)).unwrap(), "{ \"image\": \"mine\" }\n");
    assert_eq!(std::fs::read_to_string(kept.join(".devcontainer/Dockerfile")).unwrap(), "FROM mine\n");
    assert_snapshot!(sandbox.run("init rust --yes --force"), @"
    exit code: 0
    --- stdout
    Next: devc up
    ");
}

#[test]
fn other_files_in_the_way_need_consent_too() {
    let sandbox = Sandbox::new().file(".devcontainer/Dockerfile", "FROM mine\n");
    assert_snapshot!(sandbox.run("init rust --yes"), @"
    exit code: 1
    --- stderr
    error: files with other content exist already: .devcontainer/Dockerfile
      caused by: nothing was written

    → Pass --force to replace them: copies are kept.
    → Leave some out with --omit-path.
    ");
    assert!(!sandbox.project().join(CONFIG).exists());
}

#[test]
fn a_second_configuration_is_told() {
    let sandbox = Sandbox::new().file(".devcontainer.json", "{}");
    assert_snapshot!(sandbox.run("init go --yes --force"), @"
    exit code: 0
    --- stdout
    Wrote .devcontainer/Dockerfile
    Wrote .devcontainer/devcontainer.json
    Next: devc up
    --- stderr
    warning: [ROOT]/project/.devcontainer.json is still there. `devc up` takes .devcontainer/devcontainer.json, else .devcontainer.json: remove one.
    ");
}

#[test]
fn nothing_is_written_through_a_link_out_of_the_project() {
    let sandbox = Sandbox::new();
    let elsewhere = sandbox.root().join("elsewhere");
    std::fs::create_dir(&elsewhere).unwrap();
    symlink(&elsewhere, sandbox.project().join(".devcontainer")).unwrap();
    assert_snapshot!(sandbox.run("init go --yes"), @"
    exit code: 1
    --- stderr
    error: .devcontainer/Dockerfile would end up outside of the project
      caused by: [ROOT]/project/.devcontainer is a link that leads there

    → Nothing was written. Leave that path out if the rest is wanted.
    ");
    assert_eq!(std::fs::read_dir(&elsewhere).unwrap().count(), 0);
}

#[test]
fn answers_make_a_configuration() {
    let sandbox = Sandbox::new();
    let mut session = sandbox.on_a_terminal("init");
    session.expect("Which Template?").unwrap();
    session.send(format!("{DOWN}{DOWN}\r")).unwrap();
    session.expect("Base image").unwrap();
    session.send(format!("{DOWN}\r")).unwrap();
    session.expect("More Debian packages").unwrap();
    session.send("graphviz\r").unwrap();
    session.expect("Which Features?").unwrap();
    session.send(format!("{DOWN}{DOWN}{DOWN} \r")).unwrap();
    session.expect(CONFIG).unwrap();
    session.expect("Write these files?").unwrap();
    session.send("y").unwrap();
    session.expect("Next: devc up").unwrap();
    ends_with(session, 0);
    let dockerfile = read(&sandbox, ".devcontainer/Dockerfile");
    assert!(dockerfile.starts_with("FROM python:3.12-bookworm\n"), "{dockerfile}");
    assert!(dockerfile.contains("git sudo graphviz "), "{dockerfile}");
    let config = read(&sandbox, CONFIG);
    assert!(config.contains("ghcr.io/devcontainers/features/github-cli:1"), "{config}");
}

#[test]
fn the_template_of_the_projects_language_is_offered_first() {
    let sandbox = Sandbox::new().file("go.mod", "module x\n");
    let mut session = sandbox.on_a_terminal("init --feature a/b/c --option packages=");
    session.expect("Which Template?").unwrap();
    session.send("\r").unwrap();
    session.expect("Base image").unwrap();
    session.expect("another one").unwrap();
    session.send(format!("{DOWN}{DOWN}{DOWN}\r")).unwrap();
    session.expect("golang:1.25-bookworm").unwrap();
    session.send("\u{15}ours/go:1\r").unwrap();
    session.expect("Write these files?").unwrap();
    session.send("y").unwrap();
    ends_with(session, 0);
    assert!(read(&sandbox, ".devcontainer/Dockerfile").starts_with("FROM ours/go:1\n"));
}

#[test]
fn a_no_and_an_interrupt_write_nothing() {
    let sandbox = Sandbox::new();
    let mut refused = sandbox.on_a_terminal("init postgres --option image=x --option databaseImage=y --option database=z --option packages= --feature a/b/c");
    refused.expect("Write these files?").unwrap();
    refused.send("n").unwrap();
    refused.expect("nothing was written").unwrap();
    ends_with(refused, 130);
    let mut interrupted = sandbox.on_a_terminal("init");
    interrupted.expect("PostgreSQL").unwrap();
    interrupted.send(ControlCode::EndOfText).unwrap();
    ends_with(interrupted, 130);
    assert!(is_empty(&sandbox));
}

#[test]
fn an_existing_configuration_is_asked_about_first() {
    let sandbox = Sandbox::with("{}");
    let mut session = sandbox.on_a_terminal("init");
    session.expect("keep a copy of it?").unwrap();
    session.send("n").unwrap();
    session.expect("exists already").unwrap();
    ends_with(session, 1);
    assert_eq!(read(&sandbox, CONFIG), "{}");
}
