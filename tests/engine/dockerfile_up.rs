//! `devc up` for a configuration that names a Dockerfile.

use serde_json::{Value, json};

use crate::docker::BASE;
use crate::world::scenario;

#[test]
fn a_dockerfile_is_built_with_its_arguments_target_and_context() {
    scenario(|world| {
        world.config(json!({
            "build": {
                "dockerfile": "../docker/Dockerfile",
                "context": "..",
                "args": {"GREETING": "hello ${localWorkspaceFolderBasename}"},
                "target": "work",
            },
        }));
        world.write(
            "docker/Dockerfile",
            &format!(
                "FROM {BASE} AS base\nFROM base AS work\nARG GREETING\nCOPY . /seen\nRUN echo \"$GREETING\" > /greeting\n\
                 FROM base AS other\nRUN exit 1\n"
            ),
        );
        world.write("kept", "kept");
        world.write("secret/left-out", "left out");
        world.write(".dockerignore", "secret\n");
        let container = world.up();
        assert_eq!(container.sh("cat /greeting"), format!("hello {}", world.name));
        assert_eq!(container.sh("cat /seen/kept"), "kept");
        assert!(!container.test("test -e /seen/secret"), "the .dockerignore must hold");
    });
}

#[test]
fn an_ignore_file_beside_the_dockerfile_wins() {
    scenario(|world| {
        world.config(json!({"build": {"dockerfile": "Dockerfile", "context": ".."}}));
        world.write(".devcontainer/Dockerfile", &format!("FROM {BASE}\nCOPY . /seen\n"));
        world.write(".devcontainer/Dockerfile.dockerignore", "b\n");
        world.write(".dockerignore", "a\n");
        world.write("a", "");
        world.write("b", "");
        assert_eq!(world.up().sh("cd /seen; ls"), "a");
    });
}

#[test]
fn the_image_carries_the_metadata_label_after_that_of_its_base() {
    scenario(|world| {
        let base = format!("{}-base", world.name);
        let label = r#"LABEL devcontainer.metadata='[{"id":"below","remoteEnv":{"A":"1"}}]'"#;
        world.docker.build(&base, &format!("FROM {BASE}\n{label}\n"));
        world.config(json!({"build": {"dockerfile": "Dockerfile"}, "remoteEnv": {"B": "$it's \"2\"\\"}}));
        world.write(".devcontainer/Dockerfile", &format!("FROM {base}\n"));
        let container = world.up();
        let expected =
            [json!({"id": "below", "remoteEnv": {"A": "1"}}), json!({"remoteEnv": {"B": "$it's \"2\"\\"}})];
        assert_eq!(container.metadata(), expected);
        let image = world.docker.inspect("image", container.text("/Image")).unwrap();
        let label = image["Config"]["Labels"]["devcontainer.metadata"].as_str().unwrap();
        assert_eq!(serde_json::from_str::<Vec<Value>>(label).unwrap(), expected);
        let seen = world.devc(&["exec", "sh", "-c", "echo \"$A $B\""]).succeeds();
        assert_eq!(seen.text(), "1 $it's \"2\"\\\n");
    });
}

#[test]
fn a_second_up_does_not_build_again() {
    scenario(|world| {
        world.config(json!({"build": {"dockerfile": "Dockerfile"}}));
        world.write(".devcontainer/Dockerfile", &format!("FROM {BASE}\nRUN date +%N > /made\n"));
        let first = world.up();
        let images = world.docker.lines(&[
            "images",
            "-q",
            "--no-trunc",
            "--filter",
            &format!("reference=*{}*", world.name),
        ]);
        world.devc(&["up"]).succeeds().does_not_say("Building");
        assert_eq!(world.container().id, first.id);
        let after = world.docker.lines(&[
            "images",
            "-q",
            "--no-trunc",
            "--filter",
            &format!("reference=*{}*", world.name),
        ]);
        assert_eq!(images, after);
    });
}
