//! Secrets reach hooks and nobody else.

use serde_json::json;

use crate::docker::BASE;
use crate::world::{World, scenario};

const SECRET: &str = "hunter2-with-\"quotes\"-and-$dollars";

fn write_secrets(world: &World) -> String {
    let path = world.outside("secrets.json");
    std::fs::write(&path, json!({"TOKEN": SECRET, "EMPTY": ""}).to_string()).unwrap();
    path.display().to_string()
}

#[test]
fn a_secret_is_visible_in_hooks_and_masked_in_everything_that_is_written() {
    scenario(|world| {
        let secrets = write_secrets(&world);
        world.config(json!({
            "image": BASE,
            "postCreateCommand": "printf %s \"$TOKEN\" > seen; echo \"the token is $TOKEN\"; echo \"$TOKEN\" >&2",
        }));
        let run = world.devc(&["up", "--secrets-file", &secrets, "--log-level", "trace"]).succeeds();
        assert_eq!(world.read("seen").as_deref(), Some(SECRET));
        let container = world.container();
        let everything = container.get("").to_string();
        assert!(!everything.contains("hunter2"), "docker inspect shows the secret");
        let log = world.log();
        for text in [&run.stderr, run.text(), &log] {
            assert!(!text.contains("hunter2"), "{text}");
        }
        run.says("the token is ********");
        assert!(log.contains("the token is ********"), "{log}");
        let later = world.devc(&["exec", "sh", "-c", "echo ${TOKEN-nothing}"]).succeeds();
        assert_eq!(later.text(), "nothing\n", "secrets are for hooks only");
    });
}

#[test]
fn a_secret_is_masked_in_json_logs_and_in_errors() {
    scenario(|world| {
        let secrets = write_secrets(&world);
        world.config(json!({"image": BASE, "postCreateCommand": "echo \"the token is $TOKEN\"; exit 3"}));
        let run = world.devc(&["up", "--secrets-file", &secrets, "--log-format", "json"]).exits(1);
        assert!(run.stderr.contains("the token is ********"), "{run}");
        for text in [&run.stderr, run.text(), &world.log()] {
            assert!(!text.contains("hunter2"), "{text}");
        }
    });
}

#[test]
fn a_secret_is_in_no_argument_list() {
    scenario(|world| {
        let secrets = write_secrets(&world);
        world.config(json!({
            "image": BASE,
            "runArgs": ["--hostname", "box"],
            "postCreateCommand": "touch begun; until [ -e go ]; do sleep 0.05; done",
        }));
        let up = world.start(&["up", "--secrets-file", &secrets]);
        world.until_there_is("begun");
        let lines = world.processes_of_this_machine();
        assert!(lines.iter().any(|line| line.contains("until [ -e go ]")), "the hook has to be among them");
        let telling: Vec<_> = lines.iter().filter(|line| line.contains("hunter2")).collect();
        assert!(telling.is_empty(), "{telling:?}");
        world.write("go", "");
        up.finish().succeeds();
    });
}

#[test]
fn variables_of_the_container_are_in_no_argument_list_either() {
    scenario(|mut world| {
        world.set("LOCAL_TOKEN", "hunter2");
        // With runArgs the docker client makes the container; this one writes down what it was given.
        let client = world.outside("docker-that-tells");
        let told = world.outside("told");
        let text = format!("#!/bin/sh\necho \"$@\" >> {}\nexec docker \"$@\"\n", told.display());
        world.write_program(&client, &text);
        world.config(json!({
            "image": BASE,
            "runArgs": ["--hostname", "box"],
            "containerEnv": {"TOKEN": "${localEnv:LOCAL_TOKEN}"},
            "remoteEnv": {"OTHER": "${localEnv:LOCAL_TOKEN}"},
            "postCreateCommand": "printf %s \"$TOKEN $OTHER\" > seen",
        }));
        let container = world.up_with(&["--docker-path", &client.display().to_string()]);
        assert_eq!(container.env("TOKEN"), Some("hunter2"));
        assert_eq!(world.read("seen").as_deref(), Some("hunter2 hunter2"));
        let told = std::fs::read_to_string(told).unwrap();
        assert!(told.contains("--hostname box") && !told.contains("hunter2"), "{told}");
        assert!(
            !container.get("/Config/Labels").to_string().contains("hunter2"),
            "labels hold what is written"
        );
    });
}

#[test]
fn a_secrets_file_that_cannot_be_read_stops_everything_and_shows_nothing_of_it() {
    scenario(|world| {
        world.config(json!({"image": BASE}));
        let path = world.outside("secrets.json");
        let words = ["up", "--secrets-file", &path.display().to_string()];
        world.devc(&words).fails().says("secrets.json");
        for wrong in ["{\"TOKEN\": \"hunter2\"", "{\"TOKEN\": [\"hunter2\"]}", "\"hunter2\""] {
            std::fs::write(&path, wrong).unwrap();
            let run = world.devc(&words).fails().does_not_say("hunter2");
            assert_eq!(run.json()["description"], "Failed to read/parse secrets");
            assert!(!run.text().contains("hunter2"), "{run}");
        }
        assert!(world.containers().is_empty());
    });
}
