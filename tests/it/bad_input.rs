//! A devcontainer.json with mistakes: each is shown with its line, all at once.

use std::os::unix::fs::PermissionsExt;

use insta::assert_snapshot;

use crate::sandbox::Sandbox;

fn check(config: &str) -> String {
    Sandbox::with(config).run("read-configuration").to_string()
}

#[test]
fn broken_json_shows_the_place() {
    assert_snapshot!(check("{\n  \"image\": \"debian\"\n  \"name\": \"x\"\n}\n"), @r#"
    exit code: 1
    --- stderr
    error: [ROOT]/project/.devcontainer/devcontainer.json is not valid JSON
      caused by:
        error: a comma is missing
         --> [ROOT]/project/.devcontainer/devcontainer.json:2:19
          |
        2 |   "image": "debian"
          |                   ^ add `,` here
    "#);
    assert_snapshot!(check("{\n  \"image\": \"debian\n}\n"), @r#"
    exit code: 1
    --- stderr
    error: [ROOT]/project/.devcontainer/devcontainer.json is not valid JSON
      caused by:
        error: this text has no closing quote
         --> [ROOT]/project/.devcontainer/devcontainer.json:2:12
          |
        2 |     "image": "debian
          |  ____________^
        3 | | }
          | |__^
    "#);
    assert_snapshot!(check("{ \"image\": debian }"), @r#"
    exit code: 1
    --- stderr
    error: [ROOT]/project/.devcontainer/devcontainer.json is not valid JSON
      caused by:
        error: `debian` is neither a value nor a property name
         --> [ROOT]/project/.devcontainer/devcontainer.json:1:12
          |
        1 | { "image": debian }
          |            ^^^^^^
          |
          = help: Put text and names in double quotes; the bare words are `true`, `false` and `null`.
    "#);
    assert_snapshot!(check("{ \"image\": \"debian\""), @r#"
    exit code: 1
    --- stderr
    error: [ROOT]/project/.devcontainer/devcontainer.json is not valid JSON
      caused by:
        error: this `{` is never closed
         --> [ROOT]/project/.devcontainer/devcontainer.json:1:1
          |
        1 | { "image": "debian"
          | ^
    "#);
}

#[test]
fn comments_trailing_commas_and_a_byte_order_mark_are_fine() {
    let outcome = Sandbox::with("\u{feff}// top\r\n{ /* in */ \"image\": \"debian\", // end\r\n }\r\n");
    assert_eq!(outcome.run("read-configuration").json()["configuration"]["image"], "debian");
}

#[test]
fn all_mistakes_come_at_once() {
    let config = r#"{
  "image": ["debian"],
  "forwardPorts": [3000, "web", 70000],
  "containerEnv": "A=b",
  "init": "true",
  "waitFor": "postCreateComand",
  "mounts": [{ "type": "bindd", "target": "/x" }],
  "postCreateComand": "make"
}
"#;
    assert_snapshot!(check(config), @r#"
    exit code: 1
    --- stderr
    error: [ROOT]/project/.devcontainer/devcontainer.json cannot be used as it is
      caused by:
        error: `image` must be a string
         --> [ROOT]/project/.devcontainer/devcontainer.json:2:12
          |
        2 |   "image": ["debian"],
          |            ^^^^^^^^^^ this is an array

        warning: `forwardPorts[1]` should be `host:port`
         --> [ROOT]/project/.devcontainer/devcontainer.json:3:26
          |
        3 |   "forwardPorts": [3000, "web", 70000],
          |                          ^^^^^ has no effect

        error: `forwardPorts[2]` must be a whole number, from 0 to 65535
         --> [ROOT]/project/.devcontainer/devcontainer.json:3:33
          |
        3 |   "forwardPorts": [3000, "web", 70000],
          |                                 ^^^^^

        error: `containerEnv` must be an object
         --> [ROOT]/project/.devcontainer/devcontainer.json:4:19
          |
        4 |   "containerEnv": "A=b",
          |                   ^^^^^ this is a string

        error: `init` must be `true` or `false`
         --> [ROOT]/project/.devcontainer/devcontainer.json:5:11
          |
        5 |   "init": "true",
          |           ^^^^^^ this is a string
          |
          = help: Write it without quotes.

        error: `waitFor` cannot be "postCreateComand"
         --> [ROOT]/project/.devcontainer/devcontainer.json:6:14
          |
        6 |   "waitFor": "postCreateComand",
          |              ^^^^^^^^^^^^^^^^^^ not one of its values
          |
          = help: Did you mean "postCreateCommand"?

        error: `mounts[0].type` cannot be "bindd"
         --> [ROOT]/project/.devcontainer/devcontainer.json:7:24
          |
        7 |   "mounts": [{ "type": "bindd", "target": "/x" }],
          |                        ^^^^^^^ not one of its values
          |
          = help: Did you mean "bind"?

        warning: unknown property `postCreateComand`
         --> [ROOT]/project/.devcontainer/devcontainer.json:8:3
          |
        8 |   "postCreateComand": "make"
          |   ^^^^^^^^^^^^^^^^^^ nothing reads it
          |
          = help: Did you mean `postCreateCommand`?
    "#);
}

#[test]
fn an_unknown_property_is_a_warning_and_is_kept() {
    let sandbox =
        Sandbox::with("{\n  \"image\": \"debian\",\n  \"postCreateComand\": \"make\",\n  \"x-team\": 1\n}");
    let outcome = sandbox.run("read-configuration");
    assert_eq!(outcome.result()["configuration"]["postCreateComand"], "make");
    assert_eq!(outcome.code, Some(0));
    assert_snapshot!(outcome.stderr, @r#"
    warning: unknown property `postCreateComand`
     --> [ROOT]/project/.devcontainer/devcontainer.json:3:3
      |
    3 |   "postCreateComand": "make",
      |   ^^^^^^^^^^^^^^^^^^ nothing reads it
      |
      = help: Did you mean `postCreateCommand`?
    warning: unknown property `x-team`
     --> [ROOT]/project/.devcontainer/devcontainer.json:4:3
      |
    4 |   "x-team": 1
      |   ^^^^^^^^ nothing reads it
    "#);
}

#[test]
fn a_property_that_is_there_twice_is_told() {
    assert_snapshot!(check("{\n  \"image\": \"a\",\n  \"image\": \"b\"\n}"), @r#"
    exit code: 0
    --- stdout
    {"configuration":{"image":"b","configFilePath":{"$mid":1,"fsPath":"[ROOT]/project/.devcontainer/devcontainer.json","path":"[ROOT]/project/.devcontainer/devcontainer.json","scheme":"vscode-fileHost"}},"workspace":{"workspaceFolder":"/workspaces/project","workspaceMount":"type=bind,source=[ROOT]/project,target=/workspaces/project"}}
    --- stderr
    warning: `image` appears more than once in this object
     --> [ROOT]/project/.devcontainer/devcontainer.json:3:3
      |
    3 |   "image": "b"
      |   ^^^^^^^ only the last one counts
      |
      = help: Remove or join the earlier ones.
    "#);
}

#[test]
fn an_empty_file() {
    assert_snapshot!(check(""), @r#"
    exit code: 1
    --- stderr
    error: [ROOT]/project/.devcontainer/devcontainer.json is empty

    → Write a configuration into it, for example `{ "image": "debian" }`.
    "#);
    assert_snapshot!(check("// nothing yet\n"), @r#"
    exit code: 1
    --- stderr
    error: [ROOT]/project/.devcontainer/devcontainer.json is empty

    → Write a configuration into it, for example `{ "image": "debian" }`.
    "#);
}

#[test]
fn a_top_level_that_is_no_object() {
    assert_snapshot!(check("[{ \"image\": \"debian\" }]"), @r#"
    exit code: 1
    --- stderr
    error: [ROOT]/project/.devcontainer/devcontainer.json must contain a JSON object literal
      caused by:
        error: the top level must be an object
         --> [ROOT]/project/.devcontainer/devcontainer.json:1:1
          |
        1 | [{ "image": "debian" }]
          | ^^^^^^^^^^^^^^^^^^^^^^^ this is an array
          |
          = help: Put all properties between `{` and `}`.
    "#);
    assert_snapshot!(check("\"debian\""), @r#"
    exit code: 1
    --- stderr
    error: [ROOT]/project/.devcontainer/devcontainer.json must contain a JSON object literal
      caused by:
        error: the top level must be an object
         --> [ROOT]/project/.devcontainer/devcontainer.json:1:1
          |
        1 | "debian"
          | ^^^^^^^^ this is a string
          |
          = help: Put all properties between `{` and `}`.
    "#);
}

#[test]
fn a_file_that_is_no_utf_8() {
    let sandbox = Sandbox::new().file(".devcontainer.json", b"{ \"image\": \"caf\xe9\" }");
    assert_snapshot!(sandbox.run("read-configuration"), @"
    exit code: 1
    --- stderr
    error: could not read [ROOT]/project/.devcontainer.json
      caused by: invalid utf-8 sequence of 1 bytes from index 15

    → Save the file as UTF-8.
    ");
}

#[test]
fn a_config_that_is_a_folder_does_not_count() {
    let sandbox = Sandbox::new().file(".devcontainer/devcontainer.json/oops", "");
    assert_snapshot!(sandbox.run("read-configuration"), @"
    exit code: 1
    --- stderr
    error: Dev container config ([ROOT]/project/.devcontainer/devcontainer.json) not found.

    → Create one with `devc init`, or name one with `--config <path>`.
    ");
    assert_snapshot!(sandbox.run("read-configuration --config .devcontainer/devcontainer.json"), @"
    exit code: 1
    --- stderr
    error: Dev container config ([ROOT]/project/.devcontainer/devcontainer.json) not found.

    → Create one with `devc init`, or name one with `--config <path>`.
    ");
}

#[test]
fn a_file_that_may_not_be_read() {
    let sandbox = Sandbox::with("{}");
    let set = |path: &str, mode| {
        let permissions = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(sandbox.root().join(path), permissions).unwrap();
    };
    set("", 0o755);
    set("project/.devcontainer/devcontainer.json", 0o000);
    assert_snapshot!(sandbox.devc(["read-configuration"]).unprivileged().run(), @"
    exit code: 1
    --- stderr
    error: could not read [ROOT]/project/.devcontainer/devcontainer.json
      caused by: Permission denied (os error 13)
    ");
}

#[test]
fn no_image_at_all() {
    assert_eq!(Sandbox::with("{}").run("read-configuration").code, Some(0));
    assert_snapshot!(Sandbox::with("{ \"name\": \"x\" }").run("up"), @r#"
    exit code: 1
    --- stdout
    {"outcome":"error","message":"[ROOT]/project/.devcontainer/devcontainer.json is missing one of \"image\", \"dockerFile\" or \"dockerComposeFile\" properties.","description":"[ROOT]/project/.devcontainer/devcontainer.json is missing one of \"image\", \"dockerFile\" or \"dockerComposeFile\" properties.","kind":"config"}
    --- stderr
    error: [ROOT]/project/.devcontainer/devcontainer.json is missing one of "image", "dockerFile" or "dockerComposeFile" properties.

    → Add for example "image": "debian:bookworm".
    "#);
}

#[test]
fn compose_files_are_looked_for_before_anything_happens() {
    let compose = r#"{ "dockerComposeFile": "compose.yaml", "service": "app" }"#;
    assert_snapshot!(Sandbox::with(compose).run("up"), @r#"
    exit code: 1
    --- stdout
    {"outcome":"error","message":"the compose file [ROOT]/project/.devcontainer/compose.yaml does not exist","description":"the compose file [ROOT]/project/.devcontainer/compose.yaml does not exist","kind":"config"}
    --- stderr
    error: the compose file [ROOT]/project/.devcontainer/compose.yaml does not exist

    → Correct "dockerComposeFile": its paths are relative to the folder of devcontainer.json.
    "#);
    let nameless = Sandbox::with(r#"{ "dockerComposeFile": "compose.yaml" }"#).run("up");
    assert_eq!(nameless.result()["kind"], "config", "{nameless}");
}

#[test]
fn features_of_the_command_line_are_read_before_anything_happens() {
    let image = r#"{ "image": "debian" }"#;
    let with = |text| Sandbox::with(image).devc(["up", "--additional-features", text]).run();
    assert_snapshot!(with("[\"./x\"]"), @r#"
    exit code: 1
    --- stdout
    {"outcome":"error","message":"error: the top level must be an object\n --> --additional-features:1:1\n  |\n1 | [\"./x\"]\n  | ^^^^^^^ this is an array\n  |\n  = help: Put all properties between `{` and `}`.","description":"--additional-features cannot be read","kind":"usage"}
    --- stderr
    error: --additional-features cannot be read
      caused by: --additional-features must contain a JSON object literal
      caused by:
        error: the top level must be an object
         --> --additional-features:1:1
          |
        1 | ["./x"]
          | ^^^^^^^ this is an array
          |
          = help: Put all properties between `{` and `}`.

    → Write it as {"ghcr.io/devcontainers/features/go:1": {}}, in quotes for the shell.
    "#);
    assert_snapshot!(with("{\"./x\": [\"1.0\"]}"), @r#"
    exit code: 1
    --- stdout
    {"outcome":"error","message":"The options of the Feature './x' are a list, but they must be an object","description":"The options of the Feature './x' are a list, but they must be an object","kind":"config"}
    --- stderr
    error: The options of the Feature './x' are a list, but they must be an object

    → Write "./x": {} for its defaults.
    "#);
    let list = r#"{ "image": "debian", "features": { "./x": ["1.0"] } }"#;
    assert_snapshot!(Sandbox::with(list).run("build"), @r#"
    exit code: 1
    --- stdout
    {"outcome":"error","message":"error: `features../x` must be `true` or `false`, a string or an object\n --> [ROOT]/project/.devcontainer/devcontainer.json:1:43\n  |\n1 | { \"image\": \"debian\", \"features\": { \"./x\": [\"1.0\"] } }\n  |                                           ^^^^^^^ this is an array","description":"[ROOT]/project/.devcontainer/devcontainer.json cannot be used as it is","kind":"config"}
    --- stderr
    error: [ROOT]/project/.devcontainer/devcontainer.json cannot be used as it is
      caused by:
        error: `features../x` must be `true` or `false`, a string or an object
         --> [ROOT]/project/.devcontainer/devcontainer.json:1:43
          |
        1 | { "image": "debian", "features": { "./x": ["1.0"] } }
          |                                           ^^^^^^^ this is an array
    "#);
}

#[test]
fn what_devc_cannot_bring_up_can_still_be_read() {
    let compose = r#"{ "dockerComposeFile": ["a.yaml", "b.yaml"], "service": "app" }"#;
    let read = Sandbox::with(compose).run("read-configuration").json();
    assert_eq!(read["configuration"]["service"], "app");
    let features = r#"{ "image": "debian", "features": { "registry.example/features/git:1": {} } }"#;
    let read = Sandbox::with(features).run("read-configuration").json();
    assert_eq!(read["configuration"]["features"]["registry.example/features/git:1"], serde_json::json!({}));
}

#[test]
fn properties_that_have_no_effect_are_told() {
    let config = "{\n  \"image\": \"debian\",\n  \"build\": { \"dockerfile\": \"Dockerfile\" },\n  \"service\": \"app\"\n}";
    assert_snapshot!(check(config), @r#"
    exit code: 0
    --- stdout
    {"configuration":{"image":"debian","build":{"dockerfile":"Dockerfile"},"service":"app","configFilePath":{"$mid":1,"fsPath":"[ROOT]/project/.devcontainer/devcontainer.json","path":"[ROOT]/project/.devcontainer/devcontainer.json","scheme":"vscode-fileHost"}},"workspace":{"workspaceFolder":"/workspaces/project","workspaceMount":"type=bind,source=[ROOT]/project,target=/workspaces/project"}}
    --- stderr
    warning: `image` has no effect
     --> [ROOT]/project/.devcontainer/devcontainer.json:2:3
      |
    2 |   "image": "debian",
      |   ^^^^^^^ ignored, because the Dockerfile comes first
    warning: `service` has no effect
     --> [ROOT]/project/.devcontainer/devcontainer.json:4:3
      |
    4 |   "service": "app"
      |   ^^^^^^^^^ only used together with `dockerComposeFile`
    "#);
}

#[test]
fn bad_json_in_up_is_an_error_result_too() {
    assert_snapshot!(Sandbox::with("{ \"image\": }").run("up"), @r#"
    exit code: 1
    --- stdout
    {"outcome":"error","message":"error: the property has no value\n --> [ROOT]/project/.devcontainer/devcontainer.json:1:12\n  |\n1 | { \"image\": }\n  |            ^","description":"[ROOT]/project/.devcontainer/devcontainer.json is not valid JSON","kind":"config"}
    --- stderr
    error: [ROOT]/project/.devcontainer/devcontainer.json is not valid JSON
      caused by:
        error: the property has no value
         --> [ROOT]/project/.devcontainer/devcontainer.json:1:12
          |
        1 | { "image": }
          |            ^
    "#);
}

#[test]
fn mistakes_about_volumes_have_a_place_too() {
    let config = r#"{
  "image": "debian",
  "customizations": { "other": 1, "devc": { "volumes": {
    "scope": "everybody",
    "cache": {},
    "caches": {
      "nmp": true,
      "uv": { "size": "1gb", "type": "volume" },
      "models": { "target": "models" },
      "web/node_modules": true
    }
  } } }
}"#;
    assert_snapshot!(check(config), @r#"
    exit code: 1
    --- stderr
    error: [ROOT]/project/.devcontainer/devcontainer.json cannot be used as it is
      caused by:
        error: `customizations.devc.volumes.scope` cannot be "everybody"
         --> [ROOT]/project/.devcontainer/devcontainer.json:4:14
          |
        4 |     "scope": "everybody",
          |              ^^^^^^^^^^^ not one of its values
          |
          = help: Use one of "project" or "shared".

        warning: unknown property `cache` in `customizations.devc.volumes`
         --> [ROOT]/project/.devcontainer/devcontainer.json:5:5
          |
        5 |     "cache": {},
          |     ^^^^^^^ nothing reads it
          |
          = help: Did you mean `caches`?

        error: unknown cache `nmp`
         --> [ROOT]/project/.devcontainer/devcontainer.json:7:7
          |
        7 |       "nmp": true,
          |       ^^^^^
          |
          = help: Did you mean `npm`?

        warning: the size of `uv` has no effect
         --> [ROOT]/project/.devcontainer/devcontainer.json:8:15
          |
        8 |       "uv": { "size": "1gb", "type": "volume" },
          |               ^^^^^^ only memory has one: "type": "tmpfs"

        error: `models` is no path in the container
         --> [ROOT]/project/.devcontainer/devcontainer.json:9:29
          |
        9 |       "models": { "target": "models" },
          |                             ^^^^^^^^
          |
          = help: Begin it with `/` or `~/`.
    "#);
}
