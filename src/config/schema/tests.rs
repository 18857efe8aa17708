use insta::assert_snapshot;

use crate::config::diagnostic::{SourceFile, render};
use crate::config::{jsonc, schema};

fn check(text: &str) -> String {
    let document = jsonc::parse(SourceFile::new("devcontainer.json", text)).unwrap();
    render(&schema::check(&document), &document.source, false)
}

/// The messages alone, for cases in which the place is plain.
fn messages(text: &str) -> Vec<String> {
    let document = jsonc::parse(SourceFile::new("devcontainer.json", text)).unwrap();
    schema::check(&document).into_iter().map(|diagnostic| diagnostic.message).collect()
}

#[test]
fn all_mistakes_are_reported_in_file_order() {
    assert_snapshot!(check(
        r#"{
  "imge": "debian",
  "image": ["debian"],
  "init": "true",
  "waitFor": "postCreate",
  "shutdownAction": "explode",
  "hostRequirements": { "cpus": 0, "memroy": "8gb" },
  "onCreateCommand": { "a": 1 },
  "args": {}
}"#
    ), @r#"
    warning: unknown property `imge`
     --> devcontainer.json:2:3
      |
    2 |   "imge": "debian",
      |   ^^^^^^ nothing reads it
      |
      = help: Did you mean `image`?

    error: `image` must be a string
     --> devcontainer.json:3:12
      |
    3 |   "image": ["debian"],
      |            ^^^^^^^^^^ this is an array

    error: `init` must be `true` or `false`
     --> devcontainer.json:4:11
      |
    4 |   "init": "true",
      |           ^^^^^^ this is a string
      |
      = help: Write it without quotes.

    error: `waitFor` cannot be "postCreate"
     --> devcontainer.json:5:14
      |
    5 |   "waitFor": "postCreate",
      |              ^^^^^^^^^^^^ not one of its values
      |
      = help: Did you mean "postCreateCommand"?

    error: `shutdownAction` cannot be "explode"
     --> devcontainer.json:6:21
      |
    6 |   "shutdownAction": "explode",
      |                     ^^^^^^^^^ not one of its values
      |
      = help: Use one of "none", "stopContainer" or "stopCompose".

    error: `hostRequirements.cpus` must be a whole number, at least 1
     --> devcontainer.json:7:33
      |
    7 |   "hostRequirements": { "cpus": 0, "memroy": "8gb" },
      |                                 ^

    warning: unknown property `memroy` in `hostRequirements`
     --> devcontainer.json:7:36
      |
    7 |   "hostRequirements": { "cpus": 0, "memroy": "8gb" },
      |                                    ^^^^^^^^ nothing reads it
      |
      = help: Did you mean `memory`?

    error: `onCreateCommand.a` must be a string or an array of strings
     --> devcontainer.json:8:29
      |
    8 |   "onCreateCommand": { "a": 1 },
      |                             ^ this is a number

    warning: unknown property `args`
     --> devcontainer.json:9:3
      |
    9 |   "args": {}
      |   ^^^^^^ nothing reads it
      |
      = help: It belongs inside `build`.
    "#);
}

#[test]
fn a_config_with_everything_has_no_mistakes() {
    let text = r#"{
  "$schema": "x", "name": "n", "image": "i",
  "features": { "a": {}, "b": "1", "c": true, "d": { "x": "y", "z": false } },
  "overrideFeatureInstallOrder": ["a"],
  "workspaceFolder": "/w", "workspaceMount": "",
  "appPort": [8080, "80:80"], "runArgs": ["--rm"],
  "forwardPorts": [3000, "db:5432"],
  "portsAttributes": { "3000": { "label": "l", "protocol": "https", "onAutoForward": "openBrowserOnce",
    "requireLocalPort": true, "elevateIfNeeded": false } },
  "otherPortsAttributes": { "onAutoForward": "silent" },
  "containerEnv": { "A": "${localEnv:A}" }, "remoteEnv": { "B": null, "C": "${containerEnv:PATH}" },
  "containerUser": "u", "remoteUser": "r", "updateRemoteUserUID": true, "userEnvProbe": "loginShell",
  "mounts": ["src=a,dst=/a", { "type": "bind", "source": "/s", "target": "/t", "readonly": true,
    "consistency": "cached", "bind-propagation": "rshared" }, { "type": "volume", "src": "v", "dst": "/v", "external": "true",
    "volume-nocopy": true, "subpath": "x" }],
  "init": true, "privileged": false, "capAdd": ["A"], "securityOpt": ["b"], "overrideCommand": true,
  "shutdownAction": "none",
  "initializeCommand": "a", "onCreateCommand": ["a", "b"], "updateContentCommand": { "x": "a", "y": ["b"] },
  "postCreateCommand": "echo ${HOME}", "postStartCommand": "", "postAttachCommand": [],
  "waitFor": "postStartCommand",
  "hostRequirements": { "cpus": 2, "memory": "8gb", "storage": "${localEnv:SPACE}", "gpu": { "cores": 1, "memory": "1gb" } },
  "secrets": { "KEY": { "description": "d", "documentationUrl": "u" } },
  "customizations": { "vscode": { "anything": [1, null, "${workspaceFolder}"] } },
  "extensions": ["e"], "settings": { "a": 1 }, "devPort": 1
}"#;
    assert_eq!(check(text), "");
}

#[test]
fn gpu_wishes_come_in_three_forms() {
    let gpu = |value: &str| messages(&format!(r#"{{"hostRequirements":{{"gpu":{value}}}}}"#));
    assert!(gpu("true").is_empty() && gpu("\"optional\"").is_empty() && gpu("{}").is_empty());
    assert_eq!(gpu("1"), ["`hostRequirements.gpu` must be `true` or `false`, \"optional\" or an object"]);
    assert_eq!(gpu("\"maybe\""), ["`hostRequirements.gpu` cannot be \"maybe\""]);
}

#[test]
fn scalars_are_used_as_text_where_text_is_wanted() {
    let text = r#"{"containerEnv":{"PORT":8080},"build":{"dockerfile":"D","args":{"DEBUG":true}},"remoteEnv":{"A":[]}}"#;
    let expected = [
        "`containerEnv.PORT` should be a string",
        "`build.args.DEBUG` should be a string",
        "`remoteEnv.A` must be a string or `null`",
    ];
    assert_eq!(messages(text), expected);
}

#[test]
fn what_one_kind_of_config_ignores_is_told() {
    let both = r#"{"image":"i","build":{"dockerfile":"D"},"dockerComposeFile":"c","service":"s"}"#;
    let expected = ["`image` has no effect", "`dockerComposeFile` has no effect", "`service` has no effect"];
    assert_eq!(messages(both), expected);
    let compose = r#"{"dockerComposeFile":["c"],"service":"s","runArgs":[],"workspaceMount":""}"#;
    assert_eq!(messages(compose), ["`runArgs` has no effect", "`workspaceMount` has no effect"]);
    assert_eq!(messages(r#"{"dockerComposeFile":"c"}"#), ["`dockerComposeFile` needs `service`"]);
    assert_eq!(messages(r#"{"build":{"target":"t"}}"#), ["`build` has no effect"]);
}

#[test]
fn a_null_is_told_to_be_nothing() {
    assert_eq!(
        messages(r#"{"postCreateCommand":null}"#),
        ["`postCreateCommand` is null, which is as if it were not there"]
    );
}

#[test]
fn unknown_variables_are_told_except_in_commands() {
    assert_snapshot!(check(r#"{
  "image": "i",
  "remoteEnv": { "PATH": "${PATH}:/x", "A": "${localEnvv:A}" },
  "postCreateCommand": "echo ${HOME} ${localWorkspacefolder}"
}"#), @r#"
    warning: unknown variable `${PATH}`
     --> devcontainer.json:3:26
      |
    3 |   "remoteEnv": { "PATH": "${PATH}:/x", "A": "${localEnvv:A}" },
      |                          ^^^^^^^^^^^^ stays as it is

    warning: unknown variable `${localEnvv:A}`
     --> devcontainer.json:3:45
      |
    3 |   "remoteEnv": { "PATH": "${PATH}:/x", "A": "${localEnvv:A}" },
      |                                             ^^^^^^^^^^^^^^^^ stays as it is
      |
      = help: Did you mean `localEnv`?

    warning: unknown variable `${localWorkspacefolder}`
     --> devcontainer.json:4:24
      |
    4 |   "postCreateCommand": "echo ${HOME} ${localWorkspacefolder}"
      |                        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ stays as it is
      |
      = help: Did you mean `localWorkspaceFolder`?
    "#);
}

#[test]
fn ports_must_be_ports() {
    let text = r#"{"forwardPorts":[70000, "db", "db:1", "3000", 1.5]}"#;
    let expected = [
        "`forwardPorts[0]` must be a whole number, from 0 to 65535",
        "`forwardPorts[1]` should be `host:port`",
        "`forwardPorts[4]` must be a whole number, from 0 to 65535",
    ];
    assert_eq!(messages(text), expected);
}
