//! `devc prebuild` in a container: one exec a task, and a record that lives with the container.

use std::time::Duration;

use serde_json::{Value, json};

use crate::docker::BASE;
use crate::run::Finished;
use crate::wait::eventually;
use crate::world::{World, scenario};

fn config(world: &World, tasks: Value, more: Value) {
    let prebuild = json!({"phases": {"all": {"tasks": tasks}}});
    let mut config = json!({"image": BASE, "customizations": {"devc": {"prebuild": prebuild}}});
    config.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    world.config(config);
}

/// What became of each task: `one: done, two: failed (exit code 3)`.
fn fates(run: &Finished) -> String {
    let result = run.json();
    let fate = |task: &Value| {
        let reason = task["reason"].as_str().map(|reason| format!(" ({reason})")).unwrap_or_default();
        format!("{}: {}{reason}", task["task"].as_str().unwrap(), task["state"].as_str().unwrap())
    };
    result["tasks"].as_array().unwrap().iter().map(fate).collect::<Vec<_>>().join(", ")
}

fn prebuild(world: &World) -> Finished {
    world.devc(&["prebuild", "--json", "--local=false"])
}

#[test]
fn what_is_done_stays_done_also_in_a_new_container_if_it_is_still_there() {
    scenario(|world| {
        let tasks = json!({
            "kept": {"run": "cp in \"$PLACE\" && id -un > who", "env": {"PLACE": "kept"}, "inputs": "in", "outputs": ["kept"]},
            "lost": {"run": "cp in /opt/lost", "inputs": "in", "outputs": "/opt/lost"},
            "told": {"run": "echo told >> order", "inputs": "in"},
            "here": {"run": "pwd > place", "where": "host"},
        });
        config(&world, tasks, json!({"remoteEnv": {"FROM": "remote"}}));
        world.write("in", "one");
        let plan = ["prebuild", "--plan", "--local=false"];
        let told = world.devc(&plan).succeeds().says("No dev container is running yet");
        assert_eq!(told.text().matches("not done yet").count(), 4, "{told}");
        let container = world.up();
        assert_eq!(fates(&prebuild(&world)), "kept: done, lost: done, told: done, here: done");
        assert_eq!(world.read("who").as_deref(), Some("root\n"));
        assert_eq!(world.read("place"), Some(format!("{}\n", world.workspace().display())));
        assert_eq!(fates(&prebuild(&world)), "kept: skipped, lost: skipped, told: skipped, here: done");

        // The record lives with the container, so a machine that knows nothing finds it there.
        std::fs::remove_dir_all(world.state()).unwrap();
        assert_eq!(fates(&prebuild(&world)), "kept: skipped, lost: skipped, told: skipped, here: done");

        world.docker.ask(&["rm", "-f", &container.id]);
        world.up();
        assert_eq!(fates(&prebuild(&world)), "kept: skipped, lost: done, told: done, here: done");
    });
}

#[test]
fn a_task_that_does_not_end_is_ended_with_all_that_it_started() {
    scenario(|world| {
        let run = "trap '' TERM; sleep 345 & sleep 345; sleep 345";
        config(&world, json!({"stubborn": {"run": run, "timeout": "500ms"}}), json!({}));
        let container = world.up();
        assert_eq!(fates(&prebuild(&world)), "stubborn: failed (not done after 500ms)");
        eventually("nothing is left of the task", || (!container.runs("sleep 345")).then_some(()));
    });
}

#[test]
fn what_stays_in_the_background_does_not_hold_up_the_run() {
    scenario(|world| {
        config(&world, json!({"daemon": "sleep 60 & echo started"}), json!({}));
        world.up();
        let run = prebuild(&world);
        assert_eq!(fates(&run), "daemon: done");
        assert!(run.elapsed < Duration::from_secs(30), "{run}");
    });
}

#[test]
fn a_container_that_stops_loses_only_what_was_under_way() {
    scenario(|world| {
        let tasks = json!({
            "first": {"run": "touch first", "inputs": "in", "outputs": "first"},
            "second": {"run": "touch started; [ -e go ] || sleep 300", "needs": "first"},
        });
        config(&world, tasks, json!({}));
        world.write("in", "");
        let container = world.up();
        let running = world.start(&["prebuild", "--json", "--local=false"]);
        world.until_there_is("started");
        world.docker.stop(&container.id);
        let run = running.finish();
        assert_eq!(run.code, 1, "{run}");
        assert_eq!(fates(&run), "first: done, second: failed (the container has stopped)");
        world.write("go", "");
        world.up();
        assert_eq!(fates(&prebuild(&world)), "first: skipped, second: done");
    });
}

#[test]
fn a_task_that_fills_the_disk_fails_alone() {
    scenario(|world| {
        let tasks = json!({
            "greedy": {"run": "dd if=/dev/zero of=/small/x bs=1M count=64", "onFailure": "continue"},
            "modest": {"run": "touch modest", "inputs": "in", "outputs": "modest"},
        });
        config(&world, tasks, json!({"runArgs": ["--tmpfs", "/small:size=1m"]}));
        world.write("in", "");
        world.up();
        let run = prebuild(&world);
        assert_eq!((run.code, fates(&run).as_str()), (1, "greedy: failed (exit code 1), modest: done"));
        assert!(run.stderr.contains("No space left on device"), "{run}");
    });
}

#[test]
fn memory_is_measured_where_there_is_perl() {
    scenario(|world| {
        // Without line ends `tail` keeps all that it reads.
        let run = "head -c 150000000 /dev/zero | tail -n 1 | wc -c";
        let tasks = json!({
            "large": {"run": run, "onFailure": "continue"},
            "killed": {"run": "kill -9 $$", "onFailure": "continue"},
            "unknown": {"run": ["no-such-program", "-e"], "onFailure": "continue"},
        });
        config(&world, tasks, json!({}));
        world.up();
        let peaks = |run: &Finished| -> Vec<Option<u64>> {
            run.json()["tasks"]
                .as_array()
                .unwrap()
                .iter()
                .map(|task| task["peakMemoryBytes"].as_u64())
                .collect()
        };
        let fates_of_all = "large: done, killed: failed (ended by signal 9), unknown: failed (exit code 127)";
        let run = prebuild(&world);
        assert_eq!(fates(&run), fates_of_all);
        let peaks_with = peaks(&run);
        assert!(
            peaks_with[0].is_some_and(|bytes| (150_000_000..300_000_000).contains(&bytes)),
            "{peaks_with:?}"
        );
        assert!(peaks_with[1].is_some_and(|bytes| bytes < 50_000_000), "{peaks_with:?}");

        world.devc(&["exec", "mv", "/usr/bin/perl", "/usr/bin/perl.away"]).succeeds();
        let run = prebuild(&world);
        assert_eq!(fates(&run), fates_of_all);
        assert_eq!(peaks(&run), [None; 3]);
    });
}

#[test]
fn a_program_that_a_startup_file_brings_in_is_noticed() {
    scenario(|world| {
        config(&world, json!({"it": {"run": "tool > out", "inputs": "in", "outputs": "out"}}), json!({}));
        world.write("in", "");
        world.up();
        let bring = |place: &str| {
            let script = format!(
                "mkdir -p {place} && printf '#!/bin/sh\\necho {place}' > {place}/tool && chmod +x {place}/tool \
                 && echo 'export PATH={place}:$PATH' > ~/.profile"
            );
            world.devc(&["exec", "sh", "-c", &script]).succeeds();
        };
        bring("/opt/a");
        assert_eq!(fates(&prebuild(&world)), "it: done");
        assert_eq!(fates(&prebuild(&world)), "it: skipped");
        bring("/opt/b");
        assert_eq!(fates(&prebuild(&world)), "it: done");
        assert_eq!(world.read("out").as_deref(), Some("/opt/b\n"));
    });
}

#[test]
fn up_runs_the_tasks_of_a_project_that_wants_it() {
    scenario(|world| {
        let tasks = json!({"all": {"tasks": {"mark": {"run": "echo task >> order", "inputs": "in"}}}});
        world.config(json!({
            "image": BASE,
            "postCreateCommand": "echo hook >> order",
            "customizations": {"devc": {"prebuild": {"onUp": true, "phases": tasks}}},
        }));
        world.write("in", "");
        world.up();
        assert_eq!(world.take_order(), ["hook", "task"]);
        world.up();
        assert!(world.take_order().is_empty());
    });
}

#[test]
fn three_ecosystems_are_really_restored_and_built_without_a_declaration() {
    scenario(|world| {
        let image = world.image_with_user(
            "RUN apt-get update && apt-get install -y --no-install-recommends \\
             nodejs npm python3-venv cargo-web rustc-web gcc libc6-dev",
        );
        world.take_example("mixed");
        let devc = json!({"prebuild": true});
        world.config(json!({"image": image, "customizations": {"devc": devc}}));
        world.up();
        let first = "restore-pip:api: done, restore-cargo:stock: done, restore-npm:web: done, \
                     build-cargo:stock: done, build-npm:web: done";
        assert_eq!(fates(&prebuild(&world).succeeds()), first);
        let works = "api/.venv/bin/python -c 'import flask' && stock/target/release/stock < stock/prices.csv && test -s web/dist/main.js";
        world.devc(&["exec", "sh", "-c", works]).succeeds();
        let again = fates(&prebuild(&world).succeeds());
        assert_eq!(again.matches("restore").count(), again.matches("skipped").count(), "{again}");
        // What they have made is in the workspace, so it is there in a new container too.
        world.up_with(&["--rebuild=always"]);
        let kept = fates(&prebuild(&world).succeeds());
        assert!(
            kept.contains("restore-pip:api: skipped") && kept.contains("restore-npm:web: skipped"),
            "{kept}"
        );
    });
}
