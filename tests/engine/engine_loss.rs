//! The engine goes away, or was never there.

use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;

use serde_json::json;

use crate::docker::BASE;
use crate::private_engine::{Disk, private_scenario};
use crate::wait::SOON;
use crate::world::scenario;

#[test]
fn an_engine_that_is_killed_during_a_hook_ends_devc_with_a_clear_error() {
    private_scenario(Disk::Shared, |world, mut engine| {
        world.config(json!({"image": BASE, "postCreateCommand": "touch begun; sleep 86400"}));
        let up = world.start(&["up"]);
        world.until_there_is("begun");
        engine.kill();
        let run = up.finish_within(SOON).fails().says("cannot reach the container engine");
        assert_eq!(run.json()["kind"], "engine-unavailable");
    });
}

#[test]
fn an_engine_that_is_killed_during_exec_ends_devc_with_a_clear_error() {
    private_scenario(Disk::Shared, |world, mut engine| {
        world.config(json!({"image": BASE}));
        world.up();
        let exec = world.start(&["exec", "sh", "-c", "touch begun; exec sleep 86400"]);
        world.until_there_is("begun");
        engine.kill();
        exec.finish_within(SOON).fails().says("cannot reach the container engine");
    });
}

#[test]
fn an_engine_that_is_killed_during_a_build_ends_devc_with_a_clear_error() {
    private_scenario(Disk::Shared, |world, mut engine| {
        world.config(json!({"build": {"dockerfile": "Dockerfile"}}));
        world.write(".devcontainer/Dockerfile", &format!("FROM {BASE}\nRUN echo has begun; sleep 86400\n"));
        let up = world.start(&["up"]);
        up.until_it_says("has begun");
        engine.kill();
        up.finish_within(SOON).fails();
    });
}

#[test]
fn a_full_disk_is_named_with_what_to_do_and_nothing_is_left_behind() {
    private_scenario(Disk::OfMebibytes(400), |world, engine| {
        world.config(json!({"build": {"dockerfile": "Dockerfile"}}));
        world.write(
            ".devcontainer/Dockerfile",
            &format!("FROM {BASE}\nRUN dd if=/dev/zero of=/big bs=1M count=1000\n"),
        );
        let run = world.devc(&["up"]).fails().says("No space left on device").says("docker system df");
        assert_eq!(run.json()["kind"], "build");
        assert!(world.containers().is_empty());
        assert!(world.images().is_empty());

        world.write(".devcontainer/Dockerfile", &format!("FROM {BASE}\n"));
        let container = world.up();
        container.test("cat /dev/zero > /big");
        let run = world
            .devc(&["up", "--rebuild=always"])
            .fails()
            .says("no space left on device")
            .says("docker system df");
        assert_eq!(run.json()["containerId"], container.id);
        assert_eq!(world.container().state(), "running");
        container.sh("rm /big");
        world.up_with(&["--rebuild=always"]);
        drop(engine);
    });
}

#[test]
fn no_engine_is_one_clear_error() {
    scenario(|mut world| {
        world.config(json!({"image": BASE}));
        world.set("DOCKER_HOST", "unix:///no/such/engine.sock");
        for words in [&["up"][..], &["exec", "true"], &["down"], &["list"], &["build"]] {
            let run =
                world.devc(words).fails().says("/no/such/engine.sock (DOCKER_HOST)").says("Start the engine");
            assert!(run.elapsed < SOON, "{run}");
        }
        assert_eq!(world.devc(&["up"]).json()["kind"], "engine-unavailable");
        world.devc(&["read-configuration"]).succeeds();
    });
}

#[test]
fn an_engine_that_nobody_listens_for_is_not_running() {
    scenario(|mut world| {
        world.config(json!({"image": BASE}));
        let path = world.outside("dead.sock");
        drop(UnixListener::bind(&path).unwrap());
        world.set("DOCKER_HOST", format!("unix://{}", path.display()));
        world.devc(&["up"]).fails().says("nothing listens there").says("Start the engine");
        world.set("DOCKER_HOST", "tcp://127.0.0.1:1");
        world.devc(&["up"]).fails().says("tcp://127.0.0.1:1").says("nothing listens there");
    });
}

#[test]
fn an_engine_that_we_may_not_use_is_told_with_the_group_to_join() {
    scenario(|mut world| {
        world.config(json!({"image": BASE}));
        let path = world.outside("private.sock");
        let _listener = UnixListener::bind(&path).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o000)).unwrap();
        if !world.become_user(4711) {
            return;
        }
        world.set("DOCKER_HOST", format!("unix://{}", path.display()));
        world.devc(&["up"]).fails().says("permission denied").says("usermod -aG docker");
    });
}

#[test]
fn waiting_for_an_engine_that_does_not_answer_can_be_interrupted() {
    scenario(|mut world| {
        world.config(json!({"image": BASE}));
        let path = world.outside("silent.sock");
        let silent = UnixListener::bind(&path).unwrap();
        world.set("DOCKER_HOST", format!("unix://{}", path.display()));
        let up = world.start(&["up"]);
        let _connection = silent.accept().unwrap();
        up.signal(rustix::process::Signal::INT);
        up.finish_within(SOON).exits(130);
    });
}
