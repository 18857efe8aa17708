//! `devc config`: what is settled for this machine, and who wins.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::sandbox::Sandbox;

/// Writes the user's `config.toml`.
fn settle(sandbox: &Sandbox, text: &str) {
    let folder = sandbox.root().join("home/.config/devc");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("config.toml"), text).unwrap();
}

fn settled(sandbox: &Sandbox) -> String {
    fs::read_to_string(sandbox.root().join("home/.config/devc/config.toml")).unwrap()
}

/// A setting of the JSON.
fn found(result: &Value, name: &str) -> Value {
    let settings = result["settings"].as_array().unwrap();
    let setting = settings.iter().find(|setting| setting["name"] == name).unwrap();
    json!([setting["value"], setting["origin"]])
}

#[test]
fn every_setting_is_shown_with_who_says_so() {
    let sandbox = Sandbox::with(r#"{"image": "a", "customizations": {"devc": {"volumes": false}}}"#);
    settle(&sandbox, "# mine\neditor = \"zed\"\noptimize = false\n");
    let outcome = sandbox.devc(["config"]).env("DEVC_MAX_PARALLEL", "3").run();
    assert_snapshot!(outcome, @r#"
    exit code: 0
    --- stdout
    SETTING         VALUE  ORIGIN                      MEANING
    editor          zed    config.toml:2               the editor that dev containers are opened in
    max-parallel    3      variable DEVC_MAX_PARALLEL  how many prebuild tasks run side by side
    volumes-folder  -      default                     where caches of type "host" are kept on this machine
    ca-file         -      default                     certificates (PEM) to trust beyond those of this machine
    optimize        false  config.toml:3               whether builds get package caches and a faster dpkg
    cache-volumes   false  devcontainer.json           whether caches, editor servers and shell history outlive containers
    "#);
    let result = sandbox.devc(["config", "--json"]).env("DEVC_EDITOR", "nvim").run().json();
    assert_eq!(result["version"], 1);
    assert_eq!(found(&result, "editor"), json!(["nvim", {"kind": "variable", "name": "DEVC_EDITOR"}]));
    assert_eq!(found(&result, "cache-volumes"), json!([false, {"kind": "project"}]));
    assert_eq!(found(&result, "optimize")[1]["line"], 3);
    assert_eq!(found(&result, "ca-file"), json!([null, {"kind": "default"}]));
}

#[test]
fn a_setting_is_settled_and_left_again_and_comments_stay() {
    let sandbox = Sandbox::new();
    assert_snapshot!(sandbox.run("config set editor nvim"), @"
    exit code: 0
    --- stdout
    [ROOT]/home/.config/devc/config.toml
    ");
    settle(&sandbox, &format!("# What I like\n\n{}# slow disk\noptimize = true\n", settled(&sandbox)));
    assert_eq!(sandbox.run("config set optimize no").code, Some(0));
    assert_eq!(sandbox.run("config set ca-file ~/ca.pem").code, Some(0));
    assert_eq!(sandbox.run("config unset editor").code, Some(0));
    assert_snapshot!(settled(&sandbox), @r#"
    # What I like

    # slow disk
    optimize = false
    ca-file = "~/ca.pem"
    "#);
}

#[test]
fn mistakes_are_told_with_their_place() {
    let sandbox = Sandbox::new();
    assert_snapshot!(sandbox.run("config set max-parallel many"), @"
    exit code: 1
    --- stderr
    error: max-parallel must be a whole number, at least 1
    ");
    assert_snapshot!(sandbox.devc(["config"]).env("DEVC_EDITOR", "ed").run(), @"
    exit code: 1
    --- stderr
    error: DEVC_EDITOR must be one of code, code-insiders, cursor, codium, zed, jetbrains, nvim, shell

    → Correct it, or unset it: `unset DEVC_EDITOR`.
    ");
    settle(&sandbox, "editer = \"zed\"\n");
    assert_snapshot!(sandbox.run("config"), @r#"
    exit code: 1
    --- stderr
    error: [ROOT]/home/.config/devc/config.toml cannot be used as it is
      caused by:
        error: unknown setting `editer`
         --> [ROOT]/home/.config/devc/config.toml:1:1
          |
        1 | editer = "zed"
          | ^^^^^^
          |
          = help: Did you mean `editor`?
    "#);
}

#[test]
fn the_drop_in_does_not_mind_the_file() {
    let sandbox = Sandbox::with(r#"{"image": "a"}"#);
    settle(&sandbox, "editer = \"zed\"\n");
    let program = sandbox.root().join("devcontainer");
    symlink(env!("CARGO_BIN_EXE_devc"), &program).unwrap();
    let mut command = Command::new(program);
    command.args(["read-configuration", "--workspace-folder", "."]).current_dir(sandbox.project());
    let output =
        command.env("HOME", sandbox.root().join("home")).env_remove("XDG_CONFIG_HOME").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(sandbox.run("read-configuration").code, Some(1));
}
