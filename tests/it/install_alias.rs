//! `devc install-alias`, and what `devc` is under the name of the reference CLI.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::sandbox::Sandbox;

const CONFIG: &str = r#"{ "image": "debian:bookworm" }"#;

/// A folder for programs inside the sandbox.
fn folder(sandbox: &Sandbox, name: &str) -> PathBuf {
    let folder = sandbox.root().join(name);
    fs::create_dir(&folder).unwrap();
    folder
}

fn path_with(folder: &std::path::Path) -> String {
    format!("{}:/usr/bin:/bin", folder.display())
}

#[test]
fn the_link_answers_in_place_of_the_reference() {
    let sandbox = Sandbox::with(CONFIG);
    let bin = folder(&sandbox, "bin");
    let words = ["install-alias", bin.to_str().unwrap()];
    let outcome = sandbox.devc(words).env("PATH", path_with(&bin)).run();
    assert_eq!(
        (outcome.code, outcome.stdout.as_str(), outcome.stderr.as_str()),
        (Some(0), "[ROOT]/bin/devcontainer\n", "")
    );
    let program = bin.join("devcontainer");
    let ask = |words: &[&str]| {
        let output = Command::new(&program).args(words).current_dir(sandbox.project()).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    assert_eq!(ask(&["--version"]), "0.89.0\n");
    assert!(ask(&["up", "--help"]).contains("Usage: devcontainer up"));
    let read = ask(&["read-configuration", "--workspace-folder", "."]);
    assert!(read.trim_end().ends_with(r#""authServerRedirect":false}}"#), "{read}");
    assert!(!sandbox.run("read-configuration").stdout.contains("ociAuthDiagnostics"));
}

#[test]
fn a_second_time_changes_nothing() {
    let sandbox = Sandbox::new();
    let bin = folder(&sandbox, "bin");
    for _ in 0..2 {
        let outcome =
            sandbox.devc(["install-alias", bin.to_str().unwrap()]).env("PATH", path_with(&bin)).run();
        assert_eq!(outcome.code, Some(0), "{outcome}");
    }
    assert_eq!(fs::read_dir(&bin).unwrap().count(), 1);
}

#[test]
fn beside_devc_the_link_names_no_folder() {
    let sandbox = Sandbox::new();
    let bin = folder(&sandbox, "bin");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_devc"), bin.join("devc")).unwrap();
    let outcome = sandbox.devc(["install-alias"]).env("PATH", path_with(&bin)).run();
    assert_eq!(outcome.code, Some(0), "{outcome}");
    assert_eq!(fs::read_link(bin.join("devcontainer")).unwrap(), PathBuf::from("devc"));
}

#[test]
fn another_program_of_that_name_is_replaced_only_on_demand() {
    let sandbox = Sandbox::new();
    let bin = folder(&sandbox, "bin");
    fs::write(bin.join("devcontainer"), "the reference").unwrap();
    let words = ["install-alias", bin.to_str().unwrap(), "--force"];
    let refused = sandbox.devc(&words[..2]).env("PATH", path_with(&bin)).run();
    assert_eq!((refused.code, refused.stdout.as_str()), (Some(1), ""));
    assert!(refused.stderr.contains("is there already") && refused.stderr.contains("--force"), "{refused}");
    assert_eq!(fs::read_to_string(bin.join("devcontainer")).unwrap(), "the reference");
    assert_eq!(sandbox.devc(words).env("PATH", path_with(&bin)).run().code, Some(0));
    assert!(bin.join("devcontainer").is_symlink());
}

#[test]
fn a_link_that_nobody_finds_is_told() {
    let sandbox = Sandbox::new();
    let (bin, other) = (folder(&sandbox, "bin"), folder(&sandbox, "other"));
    let words = ["install-alias", bin.to_str().unwrap()];
    let outcome = sandbox.devc(words).run();
    assert!(outcome.stderr.contains("[ROOT]/bin is not in PATH"), "{outcome}");
    fs::write(other.join("devcontainer"), "").unwrap();
    let path = format!("{}:{}", other.display(), bin.display());
    let outcome = sandbox.devc(words).env("PATH", path).run();
    assert!(outcome.stderr.contains("[ROOT]/other/devcontainer comes first in PATH"), "{outcome}");
    let missing = sandbox.devc(["install-alias", "/nowhere/bin"]).run();
    assert_eq!(missing.code, Some(1));
    assert!(missing.stderr.contains("could not create /nowhere/bin/devcontainer"), "{missing}");
}
