//! `stop`, `down`, `list`, `logs` and `shell`.

use serde_json::{Value, json};

use crate::docker::BASE;
use crate::world::{World, scenario};

fn with_volume(world: &World) -> String {
    let volume = format!("{}-data", world.name);
    world.config(json!({
        "build": {"dockerfile": "Dockerfile"},
        "mounts": [{"type": "volume", "source": volume, "target": "/data"}, {"type": "volume", "target": "/nameless"}],
    }));
    world.write(".devcontainer/Dockerfile", &format!("FROM {BASE}\n"));
    volume
}

#[test]
fn stop_keeps_the_container_and_is_fine_twice() {
    scenario(|world| {
        world.config(json!({"image": BASE}));
        assert_eq!(world.devc(&["stop"]).succeeds().json(), json!({"outcome": "success"}));
        let container = world.up();
        for _ in 0..2 {
            let run = world.devc(&["stop"]).succeeds();
            assert_eq!(run.json(), json!({"outcome": "success", "containerId": container.id}));
            assert_eq!(container.again().state(), "exited");
        }
    });
}

#[test]
fn down_removes_the_container_and_keeps_named_volumes_and_images() {
    scenario(|world| {
        let volume = with_volume(&world);
        let container = world.up();
        let nameless = container.mount("/nameless")["Name"].as_str().unwrap().to_owned();
        let run = world.devc(&["down"]).succeeds();
        assert_eq!(run.json()["containerId"], container.id);
        assert!(world.containers().is_empty());
        assert_eq!(world.volumes(), [volume]);
        assert!(world.docker.inspect("volume", &nameless).is_none(), "nobody could find it again");
        assert_eq!(world.images().len(), 1);
        world.devc(&["down"]).succeeds();
    });
}

#[test]
fn volumes_are_removed_only_with_consent() {
    scenario(|world| {
        let volume = with_volume(&world);
        let container = world.up();
        container.sh("echo precious >/data/file");
        world.devc(&["down", "--volumes"]).fails().says(&volume).says("--yes");
        assert_eq!(world.container().id, container.id, "nothing is removed without an answer");
        let run = world.devc(&["down", "--volumes", "--images", "--yes"]).succeeds();
        assert_eq!(run.json()["volumes"], json!([volume]));
        assert!(world.containers().is_empty());
        assert!(world.volumes().is_empty());
        assert!(world.images().is_empty());

        world.devc(&["volume", "restore", &volume]).succeeds();
        assert_eq!(world.up().sh("cat /data/file"), "precious");
    });
}

#[test]
fn what_another_container_uses_is_not_removed() {
    scenario(|world| {
        let volume = with_volume(&world);
        world.up();
        let other = format!("{}-other", world.name);
        let mount = format!("{volume}:/data");
        world.docker.ask(&["run", "-d", "--name", &other, "-v", &mount, BASE, "sleep", "86400"]);
        let run = world.devc(&["down", "--volumes", "--yes"]).succeeds().says(&volume);
        assert_eq!(run.json()["volumes"], json!([]));
        assert_eq!(world.volumes(), [volume]);
        assert!(world.containers().is_empty());
    });
}

#[test]
fn list_shows_the_containers_of_every_workspace() {
    scenario(|world| {
        world.config(json!({"image": BASE}));
        let container = world.up();
        let listed = world.devc(&["list", "--json"]).succeeds().json();
        let own: Vec<&Value> =
            listed.as_array().unwrap().iter().filter(|one| one["containerId"] == container.id).collect();
        assert_eq!(own.len(), 1);
        assert_eq!(own[0]["state"], "running");
        assert_eq!(own[0]["image"], BASE);
        assert_eq!(own[0]["workspaceFolder"], world.workspace().display().to_string());
        let table = world.devc(&["list"]).succeeds();
        let line = table.text().lines().find(|line| line.contains(&world.name)).unwrap();
        assert!(line.contains(&container.id[..12]) && line.contains("running"), "{line}");
    });
}

#[test]
fn logs_are_what_the_main_process_wrote() {
    scenario(|world| {
        let image = world.image_with_user(
            "CMD [\"sh\", \"-c\", \"echo one; echo two >&2; echo three; exec sleep 86400\"]",
        );
        world.config(json!({"image": image, "overrideCommand": false}));
        world.up();
        let run = world.devc(&["logs"]).succeeds();
        assert!(run.text().ends_with("one\nthree\n"), "{run}");
        assert_eq!(run.stderr, "two\n");
        // The engine reads the two streams apart, so either may have the last line.
        let last = world.devc(&["logs", "--tail", "1"]).succeeds();
        assert!(["three\n", "two\n"].contains(&format!("{}{}", last.text(), last.stderr).as_str()), "{last}");
    });
}

#[test]
fn followed_logs_end_with_the_container() {
    scenario(|world| {
        world.config(json!({"image": BASE}));
        let container = world.up();
        let follow = world.start(&["logs", "--follow"]);
        container.sh("echo written later > /proc/1/fd/1");
        crate::wait::eventually("the line comes", || {
            follow.stdout_so_far().contains("written later").then_some(())
        });
        world.devc(&["stop"]).succeeds();
        follow.finish().succeeds();
    });
}

#[test]
fn a_shell_runs_what_it_reads_as_the_remote_user() {
    scenario(|world| {
        let image = world.image_with_user("");
        world.config(json!({"image": image, "remoteUser": "dev", "remoteEnv": {"A": "1"}}));
        world.up();
        let run = world.devc_with_input(&["shell"], b"echo \"$(id -un) $A $0\"; pwd; exit 7\n").exits(7);
        assert_eq!(run.text(), format!("dev 1 /bin/bash\n{}\n", world.inside()), "{run}");
    });
}
