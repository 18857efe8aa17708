//! `devc templates` with Templates in folders.

use insta::assert_snapshot;
use serde_json::json;

use crate::sandbox::Sandbox;

/// A project with a Template in the folder `t`, beside a project that uses it.
fn sandbox() -> Sandbox {
    Sandbox::new()
        .file(
            "t/devcontainer-template.json",
            r#"{"id": "t", "version": "1.0.0", "name": "T", // ours
                "options": {
                    "tag": {"type": "string", "proposals": ["1", "2"], "default": "1"},
                    "shell": {"type": "string", "enum": ["bash", "zsh"], "default": "bash"},
                    "debug": {"type": "boolean", "default": false}},
                "optionalPaths": ["extra/*"]}"#,
        )
        .file("t/README.md", "About ${templateOption:tag}")
        .file(
            "t/.devcontainer/devcontainer.json",
            "{\n\t// The base.\n\t\"image\": \"debian:${templateOption:tag}\",\n\t\"init\": ${templateOption:debug}\n}\n",
        )
        .file("t/extra/logo.png", b"\xff\xfe${templateOption:tag}")
        .file("t/extra/notes.txt", "${templateOption: shell } ${templateOption:none}.\n")
}

fn read(sandbox: &Sandbox, path: &str) -> Vec<u8> {
    std::fs::read(sandbox.project().join(path)).unwrap()
}

#[test]
fn a_folder_is_a_template() {
    let sandbox = sandbox();
    let words = ["templates", "apply", "-t", "./t", "-w", "app", "-a", r#"{"tag":"2"}"#];
    let result = sandbox.devc(words).run().json();
    let files = ["./.devcontainer/devcontainer.json", "./extra/logo.png", "./extra/notes.txt"];
    assert_eq!(result, json!({ "files": files }));
    assert_eq!(
        String::from_utf8(read(&sandbox, "app/.devcontainer/devcontainer.json")).unwrap(),
        "{\n\t// The base.\n\t\"image\": \"debian:2\",\n\t\"init\": false\n}\n"
    );
    assert_eq!(read(&sandbox, "app/extra/logo.png"), b"\xff\xfe${templateOption:tag}");
    assert_eq!(read(&sandbox, "app/extra/notes.txt"), b"bash .\n");
    assert!(!sandbox.project().join("app/README.md").exists());
}

#[test]
fn features_are_added_and_paths_left_out() {
    let sandbox = sandbox();
    let features = r#"[{"id":"ghcr.io/a/b/c:1"},{"id":"ghcr.io/a/b/d:1","options":{"x":"y"}}]"#;
    let words =
        ["templates", "apply", "-t", "./t", "-w", "app", "-f", features, "--omit-paths", r#"["extra/*"]"#];
    assert_eq!(sandbox.devc(words).run().json(), json!({"files": ["./.devcontainer/devcontainer.json"]}));
    let text = String::from_utf8(read(&sandbox, "app/.devcontainer/devcontainer.json")).unwrap();
    assert_snapshot!(text.replace('\t', "  "), @r#"
    {
      // The base.
      "image": "debian:1",
      "init": false,
      "features": {
        "ghcr.io/a/b/c:1": {},
        "ghcr.io/a/b/d:1": {
          "x": "y"
        }
      }
    }
    "#);
}

#[test]
fn what_is_replaced_is_named_and_kept() {
    let sandbox = sandbox().file("app/extra/notes.txt", "mine\n");
    assert_snapshot!(sandbox.run("templates apply -t ./t -w app"), @r#"
    exit code: 0
    --- stdout
    {"files":["./.devcontainer/devcontainer.json","./extra/logo.png","./extra/notes.txt"]}
    --- stderr
    warning: Replaced extra/notes.txt. What was there before is in [ROOT]/home/.local/state/devc/replaced/[KEPT].
    "#);
    let kept = std::fs::read_dir(sandbox.state().join("replaced")).unwrap().next().unwrap().unwrap().path();
    assert_eq!(std::fs::read(kept.join("extra/notes.txt")).unwrap(), b"mine\n");
    let again = sandbox.run("templates apply -t ./t -w app");
    assert_eq!((again.code, again.stderr.as_str()), (Some(0), ""), "the same is no replacement");
}

#[test]
fn odd_values_are_used_and_told() {
    let sandbox = sandbox();
    let words = ["templates", "apply", "-t", "./t", "-w", "app", "-a", r#"{"shell":"fish","tga":"2"}"#];
    assert_snapshot!(sandbox.devc(words).run(), @r#"
    exit code: 0
    --- stdout
    {"files":["./.devcontainer/devcontainer.json","./extra/logo.png","./extra/notes.txt"]}
    --- stderr
    warning: The option 'shell' has no value 'fish' (bash, zsh).
    warning: The Template has no option 'tga' (tag, shell, debug); did you mean 'tag'?
    "#);
    assert_eq!(read(&sandbox, "app/extra/notes.txt"), b"fish .\n");
}

#[test]
fn wrong_arguments_are_explained() {
    let sandbox = sandbox();
    let check = |flag: &str, json: &str| {
        let outcome = sandbox.devc(["templates", "apply", "-t", "./t", "-w", "app", flag, json]).run();
        assert_eq!((outcome.code, outcome.stdout.as_str()), (Some(1), ""));
        outcome.stderr.lines().next().unwrap_or_default().to_owned()
    };
    assert_snapshot!(check("-a", r#"{"tag":2}"#), @r#"error: invalid value '{"tag":2}' for '--template-args <JSON>': write the value of "tag" as a text: "2""#);
    assert_snapshot!(check("-a", "[]"), @"error: invalid value '[]' for '--template-args <JSON>': write a JSON object of texts (invalid type: sequence, expected a map at line 1 column 0)");
    assert_snapshot!(check("-f", r#"[{"options":{}}]"#), @r#"error: invalid value '[{"options":{}}]' for '--features <JSON>': {"options":{}} has no `id`"#);
    assert_snapshot!(check("--omit-paths", "extra"), @r#"error: invalid value 'extra' for '--omit-paths <JSON>': write a JSON array of texts, such as [".github/*"] (expected value at line 1 column 1)"#);
    assert!(!sandbox.project().join("app").exists());
}

#[test]
fn a_folder_and_a_file_in_each_others_way_stop_everything() {
    let sandbox = sandbox().file("app/extra/notes.txt/x", "");
    assert_snapshot!(sandbox.run("templates apply -t ./t -w app"), @"
    exit code: 1
    --- stderr
    error: [ROOT]/project/app/extra/notes.txt is in the way: it is a folder, and the Template has a file

    → Nothing was written. Move it away first.
    ");
    assert!(!sandbox.project().join("app/.devcontainer").exists());
}

#[test]
fn what_is_no_template_is_refused() {
    let sandbox = sandbox();
    assert_snapshot!(sandbox.run("templates apply -t ./t/extra"), @"
    exit code: 1
    --- stderr
    error: [ROOT]/project/t/extra is not a Template
      caused by: it has no devcontainer-template.json
    ");
    assert_snapshot!(sandbox.run("templates apply -t pyton"), @"
    exit code: 1
    --- stderr
    error: devc has no Template 'pyton'

    → Did you mean 'python'?
    → devc has debian, node, python, rust, go, postgres.
    → Write a folder as ./NAME and one in a registry as ghcr.io/devcontainers/templates/NAME.
    ");
    assert_snapshot!(sandbox.run("templates metadata ./t/extra"), @"
    exit code: 1
    --- stdout
    {}
    --- stderr
    error: [ROOT]/project/t/extra is not a Template
      caused by: it has no devcontainer-template.json
    ");
}

#[test]
fn metadata_is_printed_in_the_order_of_the_file() {
    let outcome = sandbox().run("templates metadata ./t");
    assert!(
        outcome.stdout.starts_with(r#"{"id":"t","version":"1.0.0","name":"T","options":{"tag":"#),
        "{outcome}"
    );
}
