//! Hooks that fail: what is said, what is kept, and how the next `up` goes on.

use serde_json::json;

use crate::docker::BASE;
use crate::world::scenario;

#[test]
fn a_failed_hook_is_run_again_by_the_next_up_and_the_later_ones_follow() {
    scenario(|world| {
        world.config(json!({
            "image": BASE,
            "onCreateCommand": "echo onCreate >> order",
            "updateContentCommand": "sh ./update.sh",
            "postCreateCommand": "echo postCreate >> order",
        }));
        world.write("update.sh", "echo broken >> order; echo 'no such dependency' >&2; exit 7");
        let failed = world.devc(&["up"]).fails();
        let container = world.container();
        assert_eq!(container.state(), "running", "a failed hook leaves the container to be looked at");
        let result = failed.json();
        assert_eq!(result["outcome"], "error");
        assert_eq!(result["containerId"], container.id);
        assert_eq!(result["description"], "updateContentCommand from devcontainer.json failed.");
        assert_eq!(result["message"], "Command failed: /bin/sh -c sh ./update.sh");
        assert_eq!(world.take_order(), ["onCreate", "broken"]);
        failed.says("no such dependency").says("exit code 7");
        let marker = |name: &str| container.read(&format!("/root/.devcontainer/.{name}Marker"));
        assert_eq!(marker("onCreateCommand").as_deref(), Some(container.text("/Created")));
        assert_eq!(marker("updateContentCommand"), None);

        world.devc(&["up"]).fails();
        assert_eq!(world.take_order(), ["broken"]);

        world.write("update.sh", "echo fixed >> order");
        assert_eq!(world.up().id, container.id);
        assert_eq!(world.take_order(), ["fixed", "postCreate"]);
        assert_eq!(marker("updateContentCommand").as_deref(), Some(container.text("/Created")));
        world.up();
        assert!(world.take_order().is_empty());
    });
}

#[test]
fn a_failed_parallel_entry_is_named_and_the_others_end_by_themselves() {
    scenario(|world| {
        world.config(json!({
            "image": BASE,
            "postCreateCommand": {
                "good": "until [ -e failed ]; do sleep 0.05; done; echo good >> order",
                "bad": "touch failed; exit 3",
                "worse": ["false"],
            },
            "postStartCommand": "echo postStart >> order",
        }));
        let failed = world.devc(&["up"]).fails();
        assert_eq!(failed.json()["description"], "bad of postCreateCommand from devcontainer.json failed.");
        assert_eq!(world.take_order(), ["good"]);
    });
}

#[test]
fn a_command_that_does_not_exist_is_a_failed_hook() {
    scenario(|world| {
        world.config(json!({"image": BASE, "postCreateCommand": ["no-such-program", "x"]}));
        let failed = world.devc(&["up"]).fails().says("no-such-program");
        assert_eq!(failed.json()["description"], "postCreateCommand from devcontainer.json failed.");
        assert!(world.container().read("/root/.devcontainer/.postCreateCommandMarker").is_none());
    });
}

#[test]
fn a_failed_initialize_command_leaves_nothing_behind() {
    scenario(|world| {
        world.config(json!({"image": BASE, "initializeCommand": "echo 'not today' >&2; exit 4"}));
        let failed = world.devc(&["up"]).fails().says("not today");
        assert_eq!(failed.json()["description"], "The initializeCommand in the devcontainer.json failed.");
        assert!(world.containers().is_empty());
    });
}

#[test]
fn a_failed_hook_that_was_corrected_in_the_file_runs_as_it_is_now() {
    scenario(|world| {
        world.config(json!({"image": BASE, "postCreateCommand": "echo first >> order; exit 1"}));
        world.devc(&["up"]).fails();
        let first = world.container();
        world.config(json!({
            "image": BASE,
            "postCreateCommand": "echo corrected >> order",
            "postStartCommand": "echo added >> order",
        }));
        assert_eq!(world.up().id, first.id);
        assert_eq!(world.take_order(), ["first", "corrected", "added"]);
    });
}

#[test]
fn a_hook_that_has_run_is_not_run_again_because_it_was_edited() {
    scenario(|world| {
        world.config(json!({"image": BASE, "postCreateCommand": "echo first >> order"}));
        world.up();
        world.config(json!({"image": BASE, "postCreateCommand": "echo edited >> order"}));
        world.devc(&["up"]).succeeds().says("postCreateCommand").says("devc up --rebuild=auto");
        assert_eq!(world.take_order(), ["first"]);
    });
}

#[test]
fn run_user_commands_reports_a_failed_hook_too() {
    scenario(|world| {
        world.config(json!({"image": BASE, "postCreateCommand": "exit 5"}));
        let container = world.up_with(&["--skip-post-create"]);
        let failed = world.devc(&["run-user-commands"]).fails().says("exit code 5");
        let result = failed.json();
        assert_eq!(result["description"], "postCreateCommand from devcontainer.json failed.");
        assert_eq!(result["containerId"], container.id);
    });
}

#[test]
fn a_marker_that_cannot_be_written_does_not_keep_hooks_from_running() {
    scenario(|world| {
        world.config(json!({
            "image": BASE,
            "runArgs": ["--read-only", "--tmpfs", "/tmp"],
            "postCreateCommand": "echo ran >> order",
        }));
        world.devc(&["up"]).succeeds();
        assert_eq!(world.take_order(), ["ran"]);
        world.up();
        assert!(world.take_order().is_empty(), "the record of this machine knows");
    });
}
