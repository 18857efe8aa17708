//! Lifecycle hooks: their forms, their order, and how often they run.

use serde_json::json;

use crate::docker::BASE;
use crate::world::scenario;

#[test]
fn all_hooks_run_in_order_whatever_their_form() {
    scenario(|world| {
        world.config(json!({
            "image": BASE,
            "initializeCommand": ["sh", "-c", "echo initialize >> order"],
            "onCreateCommand": "echo onCreate >> order; echo \"$HOME\" > home",
            "updateContentCommand": ["sh", "-c", "echo updateContent $1 >> order", "sh", "with $words"],
            "postCreateCommand": {
                "first": "echo postCreate >> order",
                "second": ["sh", "-c", "echo postCreate >> order"],
            },
            "postStartCommand": "echo postStart >> order",
            "postAttachCommand": "echo postAttach >> order",
        }));
        world.up();
        let all = [
            "initialize",
            "onCreate",
            "updateContent with $words",
            "postCreate",
            "postCreate",
            "postStart",
            "postAttach",
        ];
        assert_eq!(world.take_order(), all);
        assert_eq!(world.read("home").as_deref(), Some("/root\n"));
    });
}

#[test]
fn a_hook_runs_once_per_container_once_per_start_or_on_every_up() {
    scenario(|world| {
        world.config(json!({
            "image": BASE,
            "initializeCommand": "echo initialize >> order",
            "onCreateCommand": "echo onCreate >> order",
            "updateContentCommand": "echo updateContent >> order",
            "postCreateCommand": "echo postCreate >> order",
            "postStartCommand": "echo postStart >> order",
            "postAttachCommand": "echo postAttach >> order",
        }));
        let first = world.up();
        world.take_order();
        world.up();
        assert_eq!(world.take_order(), ["initialize", "postAttach"]);
        world.up_with(&["--skip-post-attach"]);
        assert_eq!(world.take_order(), ["initialize"]);
        world.devc(&["stop"]).succeeds();
        assert_eq!(world.up().id, first.id);
        assert_eq!(world.take_order(), ["initialize", "postStart", "postAttach"]);
        world.docker.ask(&["restart", "-t", "0", &first.id]);
        world.up();
        assert_eq!(world.take_order(), ["initialize", "postStart", "postAttach"]);
    });
}

#[test]
fn parallel_entries_run_side_by_side() {
    scenario(|world| {
        let wait = |own: &str, other: &str| {
            format!("touch {own}; until [ -e {other} ]; do sleep 0.05; done; echo {own} >> order")
        };
        world.config(json!({
            "image": BASE,
            "postCreateCommand": {"left": wait("left", "right"), "right": wait("right", "left")},
        }));
        // Each waits for the other, so one after the other would never end.
        world.up();
        let mut order = world.take_order();
        order.sort();
        assert_eq!(order, ["left", "right"]);
    });
}

#[test]
fn hooks_of_the_base_image_run_before_those_of_the_configuration() {
    scenario(|world| {
        let base = format!("{}-base", world.name);
        let label = r#"LABEL devcontainer.metadata='[{"id":"f","onCreateCommand":"echo below >> order"}]'"#;
        world.docker.build(&base, &format!("FROM {BASE}\n{label}\n"));
        world.config(json!({"image": base, "onCreateCommand": "echo own >> order"}));
        world.devc(&["up"]).succeeds();
        assert_eq!(world.take_order(), ["below", "own"]);
    });
}

#[test]
fn what_does_not_block_can_be_left_to_run_user_commands() {
    scenario(|world| {
        world.config(json!({
            "image": BASE,
            "onCreateCommand": "echo onCreate >> order",
            "postCreateCommand": "echo postCreate >> order",
            "postStartCommand": "echo postStart >> order",
            "postAttachCommand": "echo postAttach >> order",
            "waitFor": "postCreateCommand",
        }));
        world.up_with(&["--skip-non-blocking-commands"]);
        assert_eq!(world.take_order(), ["onCreate", "postCreate"]);
        let blocking = world.devc(&["run-user-commands", "--skip-non-blocking-commands"]).succeeds();
        assert_eq!(blocking.json(), json!({"outcome": "success", "result": "skipNonBlocking"}));
        assert!(world.take_order().is_empty());
        let personal = world.devc(&["run-user-commands", "--stop-for-personalization"]).succeeds();
        assert_eq!(personal.json()["result"], "stopForPersonalization");
        assert!(world.take_order().is_empty());
        let rest = world.devc(&["run-user-commands"]).succeeds();
        assert_eq!(rest.json(), json!({"outcome": "success", "result": "done"}));
        assert_eq!(world.take_order(), ["postStart", "postAttach"]);
    });
}

#[test]
fn a_prebuild_ends_after_the_content_is_updated_and_updates_it_again_each_time() {
    scenario(|world| {
        world.config(json!({
            "image": BASE,
            "onCreateCommand": "echo onCreate >> order",
            "updateContentCommand": "echo updateContent >> order",
            "postCreateCommand": "echo postCreate >> order",
        }));
        world.up_with(&["--prebuild"]);
        assert_eq!(world.take_order(), ["onCreate", "updateContent"]);
        world.up_with(&["--prebuild"]);
        assert_eq!(world.take_order(), ["updateContent"]);
        let again = world.devc(&["run-user-commands", "--prebuild"]).succeeds();
        assert_eq!(again.json()["result"], "prebuild");
        assert_eq!(world.take_order(), ["updateContent"]);
        world.up();
        assert_eq!(world.take_order(), ["postCreate"]);
    });
}

#[test]
fn hooks_can_be_left_out_and_run_later() {
    scenario(|world| {
        world.config(json!({
            "image": BASE,
            "initializeCommand": "echo initialize >> order",
            "onCreateCommand": "echo onCreate >> order",
            "postAttachCommand": "echo postAttach >> order",
        }));
        world.up_with(&["--skip-post-create"]);
        assert_eq!(world.take_order(), ["initialize"]);
        world.up();
        assert_eq!(world.take_order(), ["initialize", "onCreate", "postAttach"]);
    });
}

#[test]
fn a_marker_holds_what_the_reference_writes_and_counts_when_another_tool_wrote_it() {
    scenario(|world| {
        world.config(json!({
            "image": BASE,
            "onCreateCommand": "echo onCreate >> order",
            "postCreateCommand": "echo postCreate >> order",
            "postStartCommand": "echo postStart >> order",
        }));
        let container = world.up_with(&["--skip-post-create"]);
        let created = container.text("/Created");
        // The other tool has run onCreateCommand, and knows nothing of our records.
        container.sh(&format!(
            "mkdir -p ~/.devcontainer; echo '{created}' > ~/.devcontainer/.onCreateCommandMarker"
        ));
        world.up();
        assert_eq!(world.take_order(), ["postCreate", "postStart"]);
        let marker = |name: &str| container.read(&format!("/root/.devcontainer/.{name}Marker"));
        assert_eq!(marker("postCreateCommand").as_deref(), Some(created));
        assert_eq!(marker("updateContentCommand").as_deref(), Some(created));
        assert_eq!(marker("postStartCommand").as_deref(), Some(container.text("/State/StartedAt")));
    });
}

#[test]
fn a_home_on_a_volume_does_not_keep_the_hooks_of_a_new_container_from_running() {
    scenario(|world| {
        let mount = format!("source={},target=/root,type=volume", world.name);
        world.config(json!({
            "image": BASE,
            "mounts": [mount],
            "onCreateCommand": "echo onCreate >> order",
        }));
        world.up();
        world.up_with(&["--remove-existing-container"]);
        assert_eq!(world.take_order(), ["onCreate", "onCreate"]);
    });
}

#[test]
fn a_hook_may_leave_a_process_in_the_background() {
    scenario(|world| {
        world.config(json!({
            "image": BASE,
            "postStartCommand": "sleep 86400 & echo started",
            "postAttachCommand": {"server": "nohup sleep 86401 > /tmp/log 2>&1 &", "other": "true"},
        }));
        let run = world.devc(&["up"]).succeeds().says("started");
        assert!(run.elapsed.as_secs() < 30, "{run}");
        let container = world.container();
        assert!(container.runs("sleep 86400") && container.runs("sleep 86401"));
    });
}

#[test]
fn all_that_a_hook_writes_is_kept_whatever_it_is() {
    scenario(|world| {
        world.config(json!({
            "image": BASE,
            "postCreateCommand": "seq 1 50000; head -c 300000 /dev/zero | tr '\\0' x; echo; printf '\\377\\376 bytes\\n'; \
                                  printf 'one\\rtwo\\r\\nlast words'",
        }));
        world.devc(&["up"]).succeeds().says("last words");
        let log = world.log();
        assert!(log.contains("| 49999\n") && log.contains("| 50000\n"));
        assert!(log.contains(&"x".repeat(300_000)));
        assert!(log.contains("bytes") && log.contains("last words"));
    });
}

#[test]
fn a_hook_that_reads_finds_the_end_of_its_input() {
    scenario(|world| {
        world.config(json!({"image": BASE, "initializeCommand": "cat", "postCreateCommand": "cat; echo read >> order"}));
        world.devc_with_input(&["up"], b"").succeeds();
        assert_eq!(world.take_order(), ["read"]);
    });
}

#[test]
fn progress_for_programs_is_one_json_object_a_line() {
    scenario(|world| {
        world.config(json!({
            "build": {"dockerfile": "Dockerfile"},
            "postCreateCommand": {"a": "echo in a", "b": "echo in b >&2"},
        }));
        world.write(".devcontainer/Dockerfile", &format!("FROM {BASE}\nRUN echo in the build\n"));
        let run = world.devc(&["up", "--log-format", "json"]).succeeds();
        let events: Vec<serde_json::Value> = run
            .stderr
            .lines()
            .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
            .collect();
        assert!(events.iter().all(|event| event["type"].is_string()), "{run}");
        for text in ["in a", "in b", "in the build"] {
            assert!(run.stderr.contains(text), "{text}\n{run}");
        }
        assert_eq!(run.json()["outcome"], "success");
    });
}
