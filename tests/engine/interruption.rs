//! `devc` is ended in the middle: nothing stays half-made, and the next `up` goes on.

use std::time::Duration;

use rustix::process::Signal;
use serde_json::json;

use crate::docker::BASE;
use crate::wait::eventually;
use crate::world::{World, scenario};

/// A hook that tells that it has begun, and ends when there is a file `go`.
const WAITS: &str = "touch begun; until [ -e go ]; do sleep 0.05; done; echo waited >> order";

/// Longer than an interrupt may take on a busy machine, shorter than anything that waits for a hook.
const SOON: Duration = Duration::from_secs(30);

#[test]
fn an_interrupt_ends_the_hook_inside_the_container_and_the_next_up_runs_it_again() {
    scenario(|world| {
        world.config(json!({
            "image": BASE,
            "onCreateCommand": "echo onCreate >> order",
            "postCreateCommand": WAITS,
            "postStartCommand": "echo postStart >> order",
        }));
        let up = world.start(&["up"]);
        world.until_there_is("begun");
        let container = world.container();
        assert!(container.runs("until [ -e go ]"));
        up.signal(Signal::INT);
        let run = up.finish_within(SOON).exits(130);
        assert_eq!(run.json()["kind"], "interrupted");
        eventually("the hook's process ends", || (!container.runs("until [ -e go ]")).then_some(()));
        assert_eq!(container.again().state(), "running");
        assert_eq!(world.take_order(), ["onCreate"]);

        world.write("go", "");
        assert_eq!(world.up().id, container.id);
        assert_eq!(world.take_order(), ["waited", "postStart"]);
    });
}

#[test]
fn a_terminate_signal_ends_parallel_hooks_of_any_user_inside_the_container() {
    scenario(|world| {
        let image = world.image_with_user("");
        let waits = |name: &str| format!("touch {name}; sleep 86400");
        world.config(json!({
            "image": image,
            "remoteUser": "dev",
            "postCreateCommand": {"a": waits("a"), "b": waits("b")},
        }));
        world.open_to_all();
        let up = world.start(&["up"]);
        world.until_there_is("a");
        world.until_there_is("b");
        up.signal(Signal::TERM);
        up.finish_within(SOON).exits(130);
        let container = world.container();
        eventually("both processes end", || (!container.runs("sleep 86400")).then_some(()));
    });
}

#[test]
fn an_up_that_was_killed_during_a_hook_is_continued_by_the_next() {
    scenario(|world| {
        let image = world.image_with_user("");
        world.config(json!({
            "image": image,
            "remoteUser": "dev",
            "onCreateCommand": "echo onCreate >> order; sleep 86400 &",
            "updateContentCommand": {"waits": "echo begun >> order; until [ -e go ]; do sleep 0.05; done; echo waited >> order"},
            "postCreateCommand": "echo postCreate >> order",
        }));
        world.open_to_all();
        let begun = |times: usize| {
            eventually("the hook begins", || {
                let order = world.read("order").unwrap_or_default();
                (order.matches("begun").count() == times).then_some(())
            });
        };
        let up = world.start(&["up"]);
        begun(1);
        up.signal(Signal::KILL);
        up.finish().exits(137);
        let container = world.container();
        let processes =
            || container.processes().iter().filter(|line| line.contains("until [ -e go ]")).count();
        assert_eq!(processes(), 1, "nobody could tell it to end");

        let up = world.start(&["up"]);
        begun(2);
        assert_eq!(processes(), 1, "the new one runs alone");
        assert!(container.runs("sleep 86400"), "what a hook that has ended left in the background stays");
        world.write("go", "");
        let run = up.finish().succeeds();
        assert_eq!(run.json()["containerId"], container.id);
        assert_eq!(world.take_order(), ["onCreate", "begun", "begun", "waited", "postCreate"]);
    });
}

#[test]
fn the_initialize_command_ends_with_devc_however_that_ends() {
    scenario(|world| {
        world.config(json!({"image": BASE, "initializeCommand": "echo $$ > pid; touch begun; sleep 86400"}));
        for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 130), (Signal::KILL, 137)] {
            let up = world.start(&["up"]);
            world.until_there_is("begun");
            let pid = world.read("pid").unwrap();
            up.signal(signal);
            up.finish_within(SOON).exits(code);
            let process = std::path::PathBuf::from(format!("/proc/{}", pid.trim()));
            eventually("the process on this machine ends", || (!process.exists()).then_some(()));
            std::fs::remove_file(world.workspace().join("begun")).unwrap();
        }
        assert!(world.containers().is_empty());
    });
}

#[test]
fn an_initialize_command_that_does_not_want_to_end_is_killed() {
    scenario(|world| {
        let stubborn = "trap '' INT TERM; echo $$ > pid; touch begun; while :; do sleep 1; done";
        world.config(json!({"image": BASE, "initializeCommand": stubborn}));
        let up = world.start(&["up"]);
        world.until_there_is("begun");
        let process = std::path::PathBuf::from(format!("/proc/{}", world.read("pid").unwrap().trim()));
        up.signal(Signal::INT);
        up.finish_within(SOON).exits(130);
        eventually("the process on this machine ends", || (!process.exists()).then_some(()));
    });
}

/// A build whose second instruction does not end.
fn write_endless_build(world: &World) {
    world.config(json!({"build": {"dockerfile": "Dockerfile"}}));
    world.write(".devcontainer/Dockerfile", &format!("FROM {BASE}\nRUN echo 'has begun' && sleep 86400\n"));
}

/// Whether a program of this machine works on the image of the world.
fn is_being_built(world: &World) -> bool {
    world.processes_of_this_machine().iter().any(|line| line.contains("buildx") && line.contains(&world.name))
}

#[test]
fn an_interrupt_during_a_build_ends_it_and_leaves_nothing_behind() {
    scenario(|world| {
        write_endless_build(&world);
        let up = world.start(&["up"]);
        up.until_it_says("has begun");
        assert!(is_being_built(&world));
        up.signal(Signal::INT);
        up.finish_within(SOON).exits(130);
        eventually("the builder ends", || (!is_being_built(&world)).then_some(()));
        assert!(world.images().is_empty());
        assert!(world.containers().is_empty());

        world.write(".devcontainer/Dockerfile", &format!("FROM {BASE}\n"));
        world.up();
    });
}

#[test]
fn an_up_that_was_killed_during_a_build_can_be_run_again() {
    scenario(|world| {
        write_endless_build(&world);
        let up = world.start(&["up"]);
        up.until_it_says("has begun");
        up.signal(Signal::KILL);
        up.finish().exits(137);
        assert!(world.containers().is_empty());
        eventually("the builder ends", || (!is_being_built(&world)).then_some(()));
        eventually("its files are removed", || {
            std::fs::read_dir(world.outside("tmp")).unwrap().next().is_none().then_some(())
        });
        world.write(".devcontainer/Dockerfile", &format!("FROM {BASE}\n"));
        world.up();
    });
}

#[test]
fn a_container_that_was_made_but_not_started_is_started() {
    scenario(|world| {
        world.config(json!({"image": BASE, "onCreateCommand": "echo onCreate >> order"}));
        let folder = world.workspace().display().to_string();
        let id = world.docker.ask(&[
            "create",
            "-l",
            &format!("devcontainer.local_folder={folder}"),
            "-l",
            &format!("devcontainer.config_file={folder}/.devcontainer/devcontainer.json"),
            "-v",
            &format!("{folder}:{}", world.inside()),
            BASE,
            "sleep",
            "86400",
        ]);
        let container = world.up();
        assert_eq!(container.id, id);
        assert_eq!(world.take_order(), ["onCreate"]);
    });
}

/// Starts `up --rebuild=auto` with a docker client that does not answer, waits until it is asked to create the new
/// container, and kills `devc` there: the old one is stopped then, and the new one not there yet.
fn kill_a_rebuild_half_way(world: &World) {
    let client = world.outside("slow-docker");
    let asked = world.outside("asked");
    let text = format!("#!/bin/sh\ntouch {}\nwhile sleep 0.05; do :; done\n", asked.display());
    world.write_program(&client, &text);
    let client = client.display().to_string();
    let up = world.start(&["up", "--rebuild=auto", "--docker-path", &client]);
    eventually("the client is asked", || asked.exists().then_some(()));
    up.signal(Signal::KILL);
    up.finish().exits(137);
    world.kill_processes_of_this_machine(&client);
}

#[test]
fn a_rebuild_that_was_killed_half_way_loses_no_container() {
    scenario(|world| {
        world.config(json!({"image": BASE, "runArgs": ["--hostname", "one"]}));
        let first = world.up();
        world.config(json!({"image": BASE, "runArgs": ["--hostname", "two"]}));
        kill_a_rebuild_half_way(&world);
        assert_eq!(world.container().state(), "exited");
        let back = world.up();
        assert_eq!((back.id.as_str(), back.state()), (first.id.as_str(), "running"));
        assert_eq!(back.text("/Name"), first.text("/Name"), "it gets its name back");
    });
}

#[test]
fn a_rebuild_that_was_killed_half_way_is_finished_by_the_next() {
    scenario(|world| {
        world.config(json!({"image": BASE, "runArgs": ["--hostname", "one", "--name", world.name]}));
        let first = world.up();
        world.config(json!({"image": BASE, "runArgs": ["--hostname", "two", "--name", world.name]}));
        kill_a_rebuild_half_way(&world);
        let second = world.up_with(&["--rebuild=auto"]);
        assert_ne!(second.id, first.id);
        assert_eq!(second.text("/Config/Hostname"), "two");
        assert_eq!(second.text("/Name"), format!("/{}", world.name));
    });
}

#[test]
fn what_a_killed_rebuild_left_over_goes_with_the_container() {
    scenario(|world| {
        world.config(json!({"image": BASE, "runArgs": ["--name", world.name]}));
        let first = world.up();
        // As if devc had been killed when the new container had started, but the old one was not removed yet.
        world.docker.ask(&["rename", &first.id, &format!("{}-replaced-by-devc", world.name)]);
        world.docker.ask(&["stop", "-t", "0", &first.id]);
        let create = ["create", "--name", &world.name];
        let labels = ["devcontainer.local_folder", "devcontainer.config_file"]
            .map(|name| format!("{name}={}", first.label(name).unwrap()));
        let second = world
            .docker
            .ask(&[&create[..], &["-l", &labels[0], "-l", &labels[1], BASE, "sleep", "86400"]].concat());
        world.docker.ask(&["start", &second]);
        let run = world.devc(&["up"]).succeeds();
        assert_eq!(run.json()["containerId"], second);
        assert_eq!(world.up_with(&["--rebuild=always"]).text("/Name"), format!("/{}", world.name));
        world.docker.ask(&[
            "run",
            "-d",
            "--name",
            &format!("{}-replaced-by-devc", world.name),
            "-l",
            &labels[0],
            "-l",
            &labels[1],
            BASE,
            "sleep",
            "86400",
        ]);
        world.devc(&["down"]).succeeds();
        assert!(world.containers().is_empty());
    });
}

#[test]
fn a_container_that_is_taken_away_during_a_hook_ends_devc_with_an_error() {
    scenario(|world| {
        world.config(json!({"image": BASE, "postCreateCommand": "touch begun; sleep 86400"}));
        for words in [&["kill"][..], &["rm", "-f"]] {
            let up = world.start(&["up"]);
            world.until_there_is("begun");
            world.docker.ask(&[words, &[&*world.container().id]].concat());
            up.finish_within(SOON).fails().says("postCreateCommand");
            std::fs::remove_file(world.workspace().join("begun")).unwrap();
        }
        assert!(world.containers().is_empty());
        world.config(json!({"image": BASE}));
        world.up();
    });
}
