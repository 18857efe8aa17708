//! `devc set-up`: containers that `devc` did not make.

use serde_json::json;

use crate::container::Container;
use crate::docker::BASE;
use crate::world::{World, scenario};

const CONFIG: [&str; 2] = ["--config", ".devcontainer/devcontainer.json"];

/// A running container that knows nothing of dev containers.
#[track_caller]
fn foreign(world: &World, image: &str) -> Container {
    let name = format!("{}-foreign", world.name);
    let mount = format!("{}:/src", world.workspace().display());
    world.docker.ask(&["run", "-d", "--name", &name, "-v", &mount, image, "sleep", "86400"]);
    Container::find(&world.docker, &name).unwrap()
}

#[test]
fn a_foreign_container_becomes_a_dev_container_once() {
    scenario(|world| {
        let image = world.image_with_user("ENV GREETING=hello");
        world.config(json!({
            "workspaceFolder": "/src", "remoteUser": "dev", "remoteEnv": {"WORD": "${containerEnv:GREETING}"},
            "onCreateCommand": "echo \"create $(id -un) $WORD $PWD\" >> order",
            "postStartCommand": "echo start >> order",
            "postAttachCommand": "echo attach >> order",
        }));
        world.open_to_all();
        let container = foreign(&world, &image);
        let words = [&["set-up", "--container-id", &container.id[..12]], &CONFIG[..]].concat();
        assert_eq!(world.devc(&words).succeeds().json(), json!({"outcome": "success"}));
        assert_eq!(world.take_order(), ["create dev hello /src", "start", "attach"]);
        assert!(container.read("/etc/environment").unwrap().contains("GREETING="));
        world.devc(&words).succeeds();
        assert_eq!(world.take_order(), ["attach"], "every attachment runs its hook, and the others ran once");
        assert_eq!(container.again().text("/Created"), container.text("/Created"));
    });
}

#[test]
fn secrets_reach_the_hooks_and_nothing_else() {
    scenario(|world| {
        world.config(
            json!({"workspaceFolder": "/src", "onCreateCommand": "echo $TOKEN; echo $TOKEN > /seen"}),
        );
        let container = foreign(&world, BASE);
        let secrets = world.outside("secrets.json");
        std::fs::write(&secrets, r#"{"TOKEN": "hunter2"}"#).unwrap();
        let secrets = secrets.display().to_string();
        let id = container.id.as_str();
        let words = [&["set-up", "--container-id", id, "--secrets-file", &secrets], &CONFIG[..]].concat();
        world.devc(&words).succeeds().does_not_say("hunter2");
        assert_eq!(container.read("/seen").as_deref(), Some("hunter2"));
        assert!(!world.log().contains("hunter2"));
    });
}

#[test]
fn a_hook_that_failed_runs_again() {
    scenario(|world| {
        world.config(json!({"workspaceFolder": "/src", "onCreateCommand": "test -e ready"}));
        let container = foreign(&world, BASE);
        let words = [&["set-up", "--container-id", &container.id], &CONFIG[..]].concat();
        let run = world.devc(&words).fails().says("onCreateCommand");
        assert_eq!(run.json()["containerId"], container.id);
        world.write("ready", "");
        world.devc(&words).succeeds();
    });
}

#[test]
fn only_a_running_container_can_be_set_up() {
    scenario(|world| {
        let container = foreign(&world, BASE);
        world.docker.ask(&["stop", "-t", "0", &container.id]);
        let run = world
            .devc(&["set-up", "--container-id", &container.id])
            .fails()
            .says("not running")
            .says("docker start");
        assert_eq!(run.json()["kind"], "not-found");
        world
            .devc(&["set-up", "--container-id", "no-such-container"])
            .fails()
            .says("Dev container not found.");
    });
}
