//! Which devcontainer.json is read.

use insta::assert_snapshot;

use crate::sandbox::{Sandbox, pretty};

fn config(name: &str) -> String {
    format!(r#"{{ "name": "{name}", "image": "debian:bookworm" }}"#)
}

/// The name in the configuration that a run of `read-configuration` with these flags reads, and its path.
fn check(sandbox: &Sandbox, flags: &str, expected: &str) {
    let result = sandbox.run(&format!("read-configuration {flags}")).json();
    let configuration = &result["configuration"];
    let path = configuration["configFilePath"]["fsPath"].as_str().unwrap();
    let path = path.strip_prefix("[ROOT]/project/").unwrap_or(path);
    assert_eq!(format!("{} {path}", configuration["name"].as_str().unwrap()), expected, "{flags}");
}

#[test]
fn the_folder_comes_before_the_single_file_and_that_one_before_named_folders() {
    let sandbox = Sandbox::new().file(".devcontainer/node/devcontainer.json", config("node"));
    check(&sandbox, "", "node .devcontainer/node/devcontainer.json");
    let sandbox = sandbox.file(".devcontainer.json", config("single"));
    check(&sandbox, "", "single .devcontainer.json");
    let sandbox = sandbox.file(".devcontainer/devcontainer.json", config("folder"));
    check(&sandbox, "", "folder .devcontainer/devcontainer.json");
}

#[test]
fn several_named_ones_need_a_choice() {
    let sandbox = Sandbox::new()
        .file(".devcontainer/node/devcontainer.json", config("node"))
        .file(".devcontainer/rust/devcontainer.json", config("rust"))
        .file(".devcontainer/notes/README.md", "no config");
    assert_snapshot!(sandbox.run("read-configuration"), @"
    exit code: 1
    --- stderr
    error: There are several dev container configs: node, rust

    → Choose one, for example with `--config-name node`.
    ");
    assert_snapshot!(sandbox.run("read-configuration --config-name go"), @"
    exit code: 1
    --- stderr
    error: There is no dev container config named go

    → There are: node, rust.
    ");
    check(&sandbox, "--config-name rust", "rust .devcontainer/rust/devcontainer.json");
    check(
        &sandbox,
        "--config .devcontainer/node/devcontainer.json",
        "node .devcontainer/node/devcontainer.json",
    );
    let chosen = sandbox.devc(["read-configuration"]).env("DEVC_CONFIG_NAME", "node").run().json();
    assert_eq!(chosen["configuration"]["name"], "node");
}

#[test]
fn the_workspace_can_be_elsewhere() {
    let sandbox = Sandbox::new()
        .file("app/.devcontainer.json", config("app"))
        .file("app/app.code-workspace", "{}")
        .file("empty/.keep", "");
    check(&sandbox, "--workspace-folder app", "app app/.devcontainer.json");
    check(&sandbox, "--workspace-folder ./empty/../app/", "app app/.devcontainer.json");
    check(&sandbox, "--workspace-folder app/app.code-workspace", "app app/.devcontainer.json");
    let by_variable = sandbox.devc(["read-configuration"]).env("DEVC_WORKSPACE_FOLDER", "app").run().json();
    assert_eq!(by_variable["configuration"]["name"], "app");
}

#[test]
fn folders_further_up_are_not_searched() {
    let sandbox = Sandbox::with(&config("above")).file("sub/.keep", "");
    assert_snapshot!(sandbox.devc(["read-configuration"]).inside("sub").run(), @"
    exit code: 1
    --- stderr
    error: Dev container config ([ROOT]/project/sub/.devcontainer/devcontainer.json) not found.

    → Create one with `devc init`, or name one with `--config <path>`.
    → Or use the one of [ROOT]/project: `--workspace-folder [ROOT]/project`.
    ");
}

#[test]
fn a_config_that_is_named_says_so_in_its_uri() {
    let sandbox = Sandbox::with(&config("x"));
    let scheme = |flags: &str| {
        let result = sandbox.run(&format!("read-configuration {flags}")).json();
        result["configuration"]["configFilePath"]["scheme"].as_str().unwrap().to_owned()
    };
    assert_eq!(scheme(""), "vscode-fileHost");
    assert_eq!(scheme("--config .devcontainer/devcontainer.json"), "file");
}

#[test]
fn an_override_brings_the_content_and_the_project_keeps_its_identity() {
    let sandbox = Sandbox::with(&config("own")).file("other.json", config("other"));
    check(&sandbox, "--override-config other.json", "other .devcontainer/devcontainer.json");
    let without_own = Sandbox::new().file("other.json", config("other"));
    check(&without_own, "--override-config other.json", "other .devcontainer/devcontainer.json");
    assert_snapshot!(sandbox.run("read-configuration --override-config missing.json"), @"
    exit code: 1
    --- stderr
    error: Dev container config ([ROOT]/project/missing.json) not found.

    → Create one with `devc init`, or name one with `--config <path>`.
    ");
}

#[test]
fn no_config_at_all_says_where_it_was_expected() {
    assert_snapshot!(Sandbox::new().run("read-configuration"), @"
    exit code: 1
    --- stderr
    error: Dev container config ([ROOT]/project/.devcontainer/devcontainer.json) not found.

    → Create one with `devc init`, or name one with `--config <path>`.
    ");
    assert_snapshot!(Sandbox::new().run("read-configuration --workspace-folder nowhere"), @"
    exit code: 1
    --- stderr
    error: Dev container config ([ROOT]/project/nowhere/.devcontainer/devcontainer.json) not found.

    → Create one with `devc init`, or name one with `--config <path>`.
    → Check the path: [ROOT]/project/nowhere is no folder.
    ");
    assert_snapshot!(Sandbox::new().run("up --config nowhere/devcontainer.json"), @r#"
    exit code: 1
    --- stdout
    {"outcome":"error","message":"Dev container config ([ROOT]/project/nowhere/devcontainer.json) not found.","description":"Dev container config ([ROOT]/project/nowhere/devcontainer.json) not found.","kind":"not-found"}
    --- stderr
    error: Dev container config ([ROOT]/project/nowhere/devcontainer.json) not found.

    → Create one with `devc init`, or name one with `--config <path>`.
    "#);
}

#[test]
fn id_labels_change_the_identity_and_nothing_else() {
    let sandbox = Sandbox::with(r#"{ "image": "x", "name": "${devcontainerId}" }"#);
    let id = |flags: &str| {
        let words = format!("read-configuration --workspace-folder . {flags}");
        let output = sandbox.run(&words).json();
        pretty(&output["configuration"]["name"])
    };
    assert_eq!(id(""), "\"[ID]\"");
    assert_eq!(id("--id-label app=shop --id-label zone=eu"), "\"[ID]\"");
}
