//! `devc up` for a configuration that names an image.

use serde_json::json;

use crate::docker::BASE;
use crate::world::scenario;

#[test]
fn an_image_becomes_a_running_container_with_labels_and_the_workspace() {
    scenario(|world| {
        world.config(json!({"image": BASE, "customizations": {"editor": {"a": 1}}}));
        world.write("hello.txt", "from the host");
        let run = world.devc(&["up"]).succeeds();
        let container = world.container();
        assert_eq!(container.state(), "running");
        assert_eq!(container.text("/Config/Image"), BASE);
        let workspace = world.workspace().display().to_string();
        assert_eq!(container.label("devcontainer.local_folder"), Some(&*workspace));
        let config = format!("{workspace}/.devcontainer/devcontainer.json");
        assert_eq!(container.label("devcontainer.config_file"), Some(&*config));
        assert_eq!(container.metadata(), [json!({"customizations": {"editor": {"a": 1}}})]);
        assert_eq!(container.mount(&world.inside())["Source"], workspace);
        assert_eq!(container.sh(&format!("cat {}/hello.txt", world.inside())), "from the host");
        assert_eq!(
            run.json(),
            json!({
                "outcome": "success",
                "containerId": container.id,
                "remoteUser": "root",
                "remoteWorkspaceFolder": world.inside(),
            })
        );
    });
}

#[test]
fn a_second_up_plans_nothing_and_does_nothing() {
    scenario(|world| {
        world.config(json!({"image": BASE, "postCreateCommand": "echo made >> made"}));
        let first = world.up();
        let second = world.devc(&["up", "--plan"]).succeeds();
        assert_eq!(second.text(), "Nothing to do: the dev container is running and up to date.\n");
        let plan = world.devc(&["up", "--plan=json"]).succeeds();
        assert_eq!(plan.json(), json!({"version": 1, "steps": []}));
        let since = world.docker.ask(&["info", "--format", "{{.SystemTime}}"]);
        assert_eq!(world.up().id, first.id);
        assert_eq!(world.read("made").as_deref(), Some("made\n"));
        let until = world.docker.ask(&["info", "--format", "{{.SystemTime}}"]);
        let filter = format!("container={}", first.id);
        let events = world.docker.ask(&["events", "--since", &since, "--until", &until, "--filter", &filter]);
        assert_eq!(events, "", "a second up must not touch the container");
    });
}

#[test]
fn a_plan_changes_nothing_and_names_each_step_with_its_cause() {
    scenario(|world| {
        world.config(json!({"image": BASE, "onCreateCommand": "true"}));
        let plan = world.devc(&["up", "--plan"]).succeeds();
        assert!(world.containers().is_empty());
        let steps: Vec<&str> = plan.text().lines().map(str::trim_end).collect();
        assert_eq!(steps.len(), 2, "{plan}");
        assert!(steps[0].starts_with(&format!("create-container from {BASE}")), "{plan}");
        assert!(steps[0].contains("# there is none for this workspace"), "{plan}");
        assert!(steps[1].starts_with("run-hook onCreateCommand"), "{plan}");
        assert!(steps[1].contains("# it has not succeeded in this container yet"), "{plan}");
    });
}

#[test]
fn an_exited_container_is_started_and_a_paused_one_goes_on() {
    scenario(|world| {
        world.config(json!({"image": BASE}));
        let first = world.up();
        world.docker.ask(&["stop", "-t", "5", &first.id]);
        let again = world.up();
        assert_eq!((again.id.as_str(), again.state()), (first.id.as_str(), "running"));
        world.docker.ask(&["pause", &first.id]);
        let resumed = world.up();
        assert_eq!((resumed.id.as_str(), resumed.state()), (first.id.as_str(), "running"));
    });
}

#[test]
fn a_container_is_replaced_or_expected_only_when_that_was_asked_for() {
    scenario(|world| {
        world.config(json!({"image": BASE}));
        world
            .devc(&["up", "--expect-existing-container"])
            .fails()
            .says("The expected container does not exist");
        assert!(world.containers().is_empty());
        let first = world.up();
        assert_eq!(world.up_with(&["--expect-existing-container"]).id, first.id);
        assert_ne!(world.up_with(&["--remove-existing-container"]).id, first.id);
    });
}

#[test]
fn id_labels_name_a_container_of_their_own() {
    scenario(|mut world| {
        world.config(json!({"image": BASE}));
        let plain = world.up();
        let label = format!("name={}=x", world.name);
        let folder = world.workspace().display().to_string();
        let run = world.devc(&["up", "--workspace-folder", &folder, "--id-label", &label]).succeeds();
        let id = run.json()["containerId"].as_str().unwrap().to_owned();
        assert_ne!(id, plain.id);
        let found = world.docker.ask(&["ps", "-q", "--no-trunc", "--filter", &format!("label={label}")]);
        assert_eq!(found, id);
        assert_eq!(world.container().id, plain.id, "it must not carry the labels of the folder");
        world.set("IGNORED", "1");
        let hostname = world.devc(&["exec", "--id-label", &label, "cat", "/etc/hostname"]).succeeds();
        assert_eq!(hostname.text().trim(), &id[..12]);
        world.docker.ask(&["rm", "-f", &id]);
    });
}

#[test]
fn the_result_shows_the_configuration_on_request() {
    scenario(|world| {
        world.config(json!({"image": BASE, "remoteEnv": {"WHERE": "${containerWorkspaceFolder}"}}));
        let run = world.devc(&["up", "--include-configuration", "--include-merged-configuration"]).succeeds();
        let result = run.json();
        assert_eq!(result["configuration"]["image"], BASE, "{run}");
        assert_eq!(result["configuration"]["remoteEnv"]["WHERE"], world.inside(), "{run}");
        assert_eq!(result["mergedConfiguration"]["remoteEnv"]["WHERE"], world.inside(), "{run}");
    });
}
