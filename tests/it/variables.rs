//! `${variables}` in values.

use insta::assert_snapshot;

use crate::sandbox::{Sandbox, pretty};

/// What a value in `containerEnv` becomes.
fn check(written: &str, expected: &str) {
    let config = serde_json::json!({ "image": "debian", "containerEnv": { "X": written } });
    let sandbox = Sandbox::with(&config.to_string());
    let result = sandbox.devc(["read-configuration"]).env("COLOUR", "blue").env("EMPTY", "").run().result();
    assert_eq!(result["configuration"]["containerEnv"]["X"].as_str().unwrap(), expected, "{written}");
}

#[test]
fn variables_of_this_machine() {
    check("${localEnv:COLOUR}", "blue");
    check("${env:COLOUR}", "blue");
    check("a ${localEnv:COLOUR} b ${localEnv:COLOUR}", "a blue b blue");
    check("${localEnv:MISSING}", "");
    check("${localEnv:MISSING:red}", "red");
    check("${localEnv:EMPTY:red}", "");
    check("$COLOUR ${ no } $${localEnv:COLOUR}", "$COLOUR ${ no } $blue");
}

#[test]
fn folders() {
    check("${localWorkspaceFolder}", "[ROOT]/project");
    check("${localWorkspaceFolderBasename}", "project");
    check("${containerWorkspaceFolder}", "/workspaces/project");
    check("${containerWorkspaceFolderBasename}", "project");
}

#[test]
fn the_id_is_known_without_a_container_and_its_environment_is_not() {
    check("cache-${devcontainerId}", "cache-[ID]");
    check("${containerEnv:PATH}:/opt/bin", "${containerEnv:PATH}:/opt/bin");
}

#[test]
fn every_value_is_looked_at_and_no_key() {
    let sandbox = Sandbox::with(
        r#"{
            "name": "${localWorkspaceFolderBasename}",
            "build": { "dockerfile": "Dockerfile", "args": { "${localEnv:HOME}": "${localEnv:USER:nobody}" } },
            "mounts": [{ "type": "volume", "source": "v-${localWorkspaceFolderBasename}", "target": "/v" }],
            "workspaceFolder": "/src/${localWorkspaceFolderBasename}",
            "workspaceMount": "type=bind,source=${localWorkspaceFolder},target=/src/project",
            "postCreateCommand": ["echo", "${containerWorkspaceFolder}"],
            "forwardPorts": [3000],
            "init": true,
        }"#,
    );
    assert_snapshot!(pretty(&sandbox.run("read-configuration").json()), @r#"
    {
      "configuration": {
        "name": "project",
        "build": {
          "dockerfile": "Dockerfile",
          "args": {
            "${localEnv:HOME}": "nobody"
          }
        },
        "mounts": [
          {
            "type": "volume",
            "source": "v-project",
            "target": "/v"
          }
        ],
        "workspaceFolder": "/src/project",
        "workspaceMount": "type=bind,source=[ROOT]/project,target=/src/project",
        "postCreateCommand": [
          "echo",
          "/src/project"
        ],
        "forwardPorts": [
          3000
        ],
        "init": true,
        "configFilePath": {
          "$mid": 1,
          "fsPath": "[ROOT]/project/.devcontainer/devcontainer.json",
          "path": "[ROOT]/project/.devcontainer/devcontainer.json",
          "scheme": "vscode-fileHost"
        }
      },
      "workspace": {
        "workspaceFolder": "/src/project",
        "workspaceMount": "type=bind,source=[ROOT]/project,target=/src/project"
      }
    }
    "#);
}

#[test]
fn an_unknown_variable_is_told_and_left_alone() {
    let sandbox = Sandbox::with(
        r#"{
  "image": "debian",
  "containerEnv": {
    "A": "${localWorkspaceFoldr}/x",
    "B": "${workspaceRoot}"
  },
  "postCreateCommand": "echo ${HOME} ${localEnvv:X}"
}"#,
    );
    let outcome = sandbox.run("read-configuration");
    assert_eq!(outcome.result()["configuration"]["containerEnv"]["A"], "${localWorkspaceFoldr}/x");
    assert_eq!(outcome.code, Some(0));
    assert_snapshot!(outcome.stderr, @r#"
    warning: unknown variable `${localWorkspaceFoldr}`
     --> [ROOT]/project/.devcontainer/devcontainer.json:4:10
      |
    4 |     "A": "${localWorkspaceFoldr}/x",
      |          ^^^^^^^^^^^^^^^^^^^^^^^^^^ stays as it is
      |
      = help: Did you mean `localWorkspaceFolder`?
    warning: unknown variable `${workspaceRoot}`
     --> [ROOT]/project/.devcontainer/devcontainer.json:5:10
      |
    5 |     "B": "${workspaceRoot}"
      |          ^^^^^^^^^^^^^^^^^^ stays as it is
    warning: unknown variable `${localEnvv:X}`
     --> [ROOT]/project/.devcontainer/devcontainer.json:7:24
      |
    7 |   "postCreateCommand": "echo ${HOME} ${localEnvv:X}"
      |                        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ stays as it is
      |
      = help: Did you mean `localEnv`?
    "#);
}

#[test]
fn a_variable_without_a_name_is_an_error() {
    let sandbox = Sandbox::with(r#"{ "image": "debian", "name": "${localEnv}" }"#);
    assert_snapshot!(sandbox.run("read-configuration"), @"
    exit code: 1
    --- stderr
    error: a variable in [ROOT]/project/.devcontainer/devcontainer.json lacks a name
      caused by: '${localEnv}' can not be resolved because no environment variable name is given

    → Write ${localEnv:NAME} or ${containerEnv:NAME}.
    ");
}
