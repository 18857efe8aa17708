//! Mistakes that only an engine or a disk shows: one clear error each, and nothing left behind.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use serde_json::json;

use crate::docker::BASE;
use crate::world::{World, scenario};

#[test]
fn an_image_that_does_not_exist_is_named() {
    scenario(|world| {
        world.config(json!({"image": "devc-no-such-image:1"}));
        let run = world.devc(&["up"]).fails().says("devc-no-such-image:1").says("docker login");
        assert_eq!(run.json()["outcome"], "error");
        assert!(world.containers().is_empty());
        world.devc(&["build"]).fails().says("devc-no-such-image:1");
    });
}

#[test]
fn a_base_image_that_does_not_exist_is_named() {
    scenario(|world| {
        world.config(json!({"build": {"dockerfile": "Dockerfile"}}));
        world.write(".devcontainer/Dockerfile", "FROM devc-no-such-image:1\n");
        world.devc(&["up"]).fails().says("devc-no-such-image:1");
        assert!(world.containers().is_empty() && world.images().is_empty());
    });
}

#[test]
fn an_image_name_that_cannot_be_one_is_named() {
    scenario(|world| {
        world.config(json!({"image": "Not A Name"}));
        world.devc(&["up"]).fails().says("Not A Name");
        assert!(world.containers().is_empty());
    });
}

#[test]
fn a_failing_build_shows_the_step_and_its_last_words() {
    scenario(|world| {
        world.config(json!({"build": {"dockerfile": "Dockerfile"}}));
        world.write(
            ".devcontainer/Dockerfile",
            &format!("FROM {BASE}\nRUN echo the last words >&2; exit 42\n"),
        );
        let run = world.devc(&["up"]).fails().says("the last words").says("exit code 42");
        assert_eq!(run.json()["kind"], "build");
        assert!(world.log().contains("the last words"));
        assert!(world.containers().is_empty() && world.images().is_empty());
    });
}

#[test]
fn a_missing_dockerfile_and_a_missing_context_are_named() {
    scenario(|world| {
        world.config(json!({"build": {"dockerfile": "no-such-file"}}));
        world.devc(&["up"]).fails().says("no-such-file");
        world.write(".devcontainer/Dockerfile", &format!("FROM {BASE}\n"));
        world.config(json!({"build": {"dockerfile": "Dockerfile", "context": "no-such-folder"}}));
        world.devc(&["up"]).fails().says("no-such-folder");
        world.config(json!({"build": {"dockerfile": "Dockerfile", "target": "no-such-stage"}}));
        world.devc(&["up"]).fails().says("no-such-stage");
        assert!(world.containers().is_empty() && world.images().is_empty());
    });
}

#[test]
fn a_mount_whose_source_is_missing_is_named_and_leaves_nothing_behind() {
    scenario(|world| {
        world.config(json!({"image": BASE, "mounts": ["source=/no/such/folder,target=/data,type=bind"]}));
        world.devc(&["up"]).fails().says("/no/such/folder");
        assert!(world.containers().is_empty());
    });
}

#[test]
fn a_container_that_does_not_exist_is_named() {
    scenario(|world| {
        world.config(json!({"image": BASE}));
        world
            .devc(&["exec", "--container-id", "no-such-container", "true"])
            .fails()
            .says("no-such-container");
        world.devc(&["run-user-commands"]).fails().says("Dev container not found");
        world.devc(&["logs"]).fails().says("Dev container not found");
        let run = world.devc(&["run-user-commands", "--container-id", "no-such-container"]).fails();
        assert_eq!(run.json()["kind"], "not-found");
    });
}

/// A second view of the workspace that cannot be written, for as long as it lives.
struct ReadOnly(std::path::PathBuf);

impl ReadOnly {
    fn of(world: &World) -> Option<Self> {
        let view = world.outside("view").join(&world.name);
        fs::create_dir_all(&view).unwrap();
        let mount = |words: &[&str]| {
            Command::new("mount").args(words).arg(&view).status().is_ok_and(|it| it.success())
        };
        let workspace = world.workspace().display().to_string();
        if !mount(&["--bind", &workspace]) {
            return None;
        }
        let view = Self(view);
        mount_read_only(&view.0);
        Some(view)
    }
}

fn mount_read_only(path: &std::path::Path) {
    let status = Command::new("mount").args(["-o", "remount,bind,ro"]).arg(path).status();
    assert!(status.unwrap().success());
}

impl Drop for ReadOnly {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

#[test]
fn a_read_only_workspace_comes_up_and_only_its_own_hooks_may_fail() {
    scenario(|world| {
        world.config(json!({"image": BASE, "postCreateCommand": "echo ran > /tmp/ran"}));
        let Some(view) = ReadOnly::of(&world) else { return };
        let folder = view.0.display().to_string();
        let words = ["up", "--workspace-folder", &folder];
        let run = world.devc(&words).succeeds();
        let id = run.json()["containerId"].as_str().unwrap().to_owned();
        assert_eq!(world.docker.ask(&["exec", &id, "cat", "/tmp/ran"]), "ran");
        world.docker.ask(&["rm", "-f", &id]);
        world.config(json!({"image": BASE, "postCreateCommand": "touch file"}));
        world.devc(&words).fails().says("Read-only file system").says("postCreateCommand");
        world.devc(&["down", "--workspace-folder", &folder]).succeeds();
    });
}

#[test]
fn a_home_that_cannot_be_written_costs_nothing_but_memory() {
    scenario(|world| {
        world.config(json!({"image": BASE, "postCreateCommand": "echo ran >> order"}));
        let home = world.home();
        fs::remove_dir_all(&home).unwrap();
        // Not even root can make folders below a file.
        fs::write(&home, "").unwrap();
        world.up();
        world.up();
        assert_eq!(world.take_order(), ["ran"], "the markers in the container remember");
        world.devc(&["exec", "true"]).succeeds();
        fs::remove_file(&home).unwrap();
    });
}

#[test]
fn a_configuration_that_cannot_be_read_is_named() {
    scenario(|mut world| {
        world.config(json!({"image": BASE}));
        if !world.become_user(4711) {
            return;
        }
        let path = world.workspace().join(".devcontainer/devcontainer.json");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
        world.devc(&["up"]).fails().says("devcontainer.json").says("ermission denied");
        assert!(world.containers().is_empty());
    });
}
