//! `status`, `list` and `resume`: a hook that failed or was killed looks like that everywhere, and is gone on from.

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::docker::BASE;
use crate::world::{World, scenario};

/// The states of hooks and their entries, by name.
fn states(world: &World, code: i32) -> Vec<(String, String)> {
    let status = world.devc(&["status", "--json"]).exits(code).json();
    assert_eq!(status["ready"], code == 0, "{status}");
    let hooks = status["hooks"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    hooks.map(|hook| (text(&hook["name"]), text(&hook["state"]))).collect()
}

fn check(world: &World, code: i32, expected: &[(&str, &str)]) {
    let states = states(world, code);
    let states: Vec<(&str, &str)> = states.iter().map(|(name, state)| (&**name, &**state)).collect();
    assert_eq!(states, expected);
}

#[test]
fn a_failed_hook_shows_in_status_and_list_until_resume_has_run_it() {
    scenario(|world| {
        world.config(json!({
            "image": BASE,
            "onCreateCommand": "echo onCreate >> order",
            "postCreateCommand": {"good": "echo good >> order", "bad": "sh ./bad.sh"},
            "postStartCommand": "echo postStart >> order",
        }));
        world.write("bad.sh", "echo 'no such dependency'; exit 7");
        let none = world.devc(&["status", "--json"]).exits(1).json();
        assert_eq!(
            (&none["container"], &none["next"][0]["action"]),
            (&Value::Null, &json!("create-container"))
        );

        world.devc(&["up"]).fails();
        let failed = [
            ("onCreateCommand", "done"),
            ("postCreateCommand", "failed"),
            ("postCreateCommand/good", "done"),
            ("postCreateCommand/bad", "failed"),
            ("postStartCommand", "waiting"),
        ];
        check(&world, 1, &failed);
        let status = world.devc(&["status", "--json"]).exits(1).json();
        let bad = &status["hooks"][3];
        assert_eq!(bad["exitCode"], 7);
        assert_eq!(std::fs::read_to_string(bad["log"].as_str().unwrap()).unwrap(), "no such dependency\n");
        assert_eq!(
            status["next"][0],
            json!({
                "action": "run-hook",
                "subject": "postCreateCommand",
                "cause": "it has not succeeded in this container yet",
            })
        );
        let id = world.container().id;
        let listed = world.devc(&["list", "--json"]).succeeds().json();
        let own = listed.as_array().unwrap().iter().find(|one| one["containerId"] == id).unwrap();
        assert_eq!(own["unfinishedHook"], "postCreateCommand");

        world.devc(&["resume"]).fails().says("no such dependency");
        check(&world, 1, &failed);
        world.take_order();
        world.write("bad.sh", "echo mended >> order");
        assert_eq!(world.devc(&["resume"]).succeeds().json()["containerId"], id);
        assert_eq!(world.take_order().len(), 3, "the hook that had failed as a whole, and the one behind it");
        check(&world, 0, &failed.map(|(name, _)| (name, "done")));
        let text = world.devc(&["status"]).succeeds();
        assert!(text.text().contains("`devc up` has nothing to do."), "{text}");
        world.devc(&["down"]).succeeds();
        assert!(!world.state().join("logs/hooks").join(&id).exists(), "logs go with their container");
    });
}

#[test]
fn a_hook_whose_devc_was_killed_is_interrupted_and_resume_starts_the_container_and_goes_on() {
    scenario(|world| {
        world.config(json!({
            "image": BASE,
            "onCreateCommand": "echo onCreate >> order",
            "postCreateCommand": "touch begun; until [ -e go ]; do sleep 0.05; done; echo waited >> order",
        }));
        let up = world.start(&["up"]);
        world.until_there_is("begun");
        check(&world, 1, &[("onCreateCommand", "done"), ("postCreateCommand", "running")]);
        up.signal(Signal::KILL);
        up.finish().exits(137);
        let interrupted = [("onCreateCommand", "done"), ("postCreateCommand", "interrupted")];
        check(&world, 1, &interrupted);

        world.docker.stop(&world.container().id);
        check(&world, 1, &interrupted);
        world.write("go", "");
        world.devc(&["resume"]).succeeds();
        assert_eq!(world.take_order(), ["onCreate", "waited"]);
        check(&world, 0, &[("onCreateCommand", "done"), ("postCreateCommand", "done")]);
    });
}

#[test]
fn a_hook_that_another_tool_has_run_meanwhile_counts_as_done() {
    scenario(|world| {
        world.config(json!({"image": BASE, "postCreateCommand": "exit 1"}));
        world.devc(&["up"]).fails();
        let container = world.container();
        let marker = "/root/.devcontainer/.postCreateCommandMarker";
        let write = format!("echo '{}' > {marker}", container.text("/Created"));
        world.docker.ask(&["exec", &container.id, "sh", "-c", &write]);
        check(&world, 0, &[("postCreateCommand", "done")]);
        world.up();
        let listed = world.devc(&["list", "--json"]).succeeds().json();
        let own = listed.as_array().unwrap().iter().find(|one| one["containerId"] == container.id).unwrap();
        assert_eq!(own["unfinishedHook"], Value::Null);
    });
}

#[test]
fn a_failed_task_is_told_beside_the_hooks() {
    scenario(|world| {
        world.config(json!({
            "image": BASE,
            "customizations": {"devc": {"prebuild": {"phases": {"build": {"tasks": {
                "good": {"run": "true"},
                "bad": {"run": "echo broken; test -e mended"},
                "after": {"run": "true", "needs": ["bad"]},
            }}}}}},
        }));
        world.up();
        let tasks = |code| {
            let status = world.devc(&["status", "--json"]).exits(code).json();
            let tasks = status["tasks"].as_array().unwrap().iter();
            let states = tasks.map(|task| task["state"].as_str().unwrap().to_owned());
            (states.collect::<Vec<_>>(), status["tasks"][1].clone())
        };
        assert_eq!(tasks(0).0, ["waiting", "waiting", "waiting"], "a container is ready without them");
        world.devc(&["prebuild", "--keep-going"]).exits(1);
        let (states, bad) = tasks(1);
        assert_eq!(states, ["done", "failed", "waiting"]);
        assert_eq!(std::fs::read_to_string(bad["log"].as_str().unwrap()).unwrap(), "broken\n");
        assert_eq!(bad["exitCode"], 1, "{bad}");
        assert!(bad["started"].is_string(), "{bad}");
        world.devc(&["resume"]).fails().says("bad");
        world.write("mended", "");
        world.devc(&["resume"]).succeeds();
        assert_eq!(tasks(0).0, ["done", "done", "done"]);
    });
}
