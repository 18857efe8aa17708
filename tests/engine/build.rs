//! `devc build`: images with names and labels.

use serde_json::{Value, json};

use crate::docker::BASE;
use crate::world::{World, scenario};

#[track_caller]
fn labels_of(world: &World, image: &str) -> Value {
    world.docker.inspect("image", image).unwrap_or_else(|| panic!("no image {image}"))["Config"]["Labels"]
        .clone()
}

#[track_caller]
fn check_names_and_labels(world: &World) {
    let names = [format!("{}-one:1", world.name), format!("{}-two:2", world.name)];
    let run = world
        .devc(&[
            "build",
            "--image-name",
            &names[0],
            "--image-name",
            &names[1],
            "--label",
            "team=a b",
            "--label",
            "x=y=z",
        ])
        .succeeds();
    assert_eq!(run.json(), json!({"outcome": "success", "imageName": names}));
    for name in &names {
        let labels = labels_of(world, name);
        assert_eq!(labels["team"], "a b");
        assert_eq!(labels["x"], "y=z");
        let metadata: Vec<Value> =
            serde_json::from_str(labels["devcontainer.metadata"].as_str().unwrap()).unwrap();
        assert_eq!(metadata, [json!({"remoteUser": "root"})]);
    }
    assert!(world.containers().is_empty(), "build makes no container");
}

#[test]
fn an_image_configuration_is_built_under_all_names_with_labels() {
    scenario(|world| {
        world.config(json!({"image": BASE, "remoteUser": "root"}));
        check_names_and_labels(&world);
    });
}

#[test]
fn a_dockerfile_configuration_is_built_under_all_names_with_labels() {
    scenario(|world| {
        world.config(json!({"build": {"dockerfile": "Dockerfile"}, "remoteUser": "root"}));
        world.write(".devcontainer/Dockerfile", &format!("FROM {BASE}\n"));
        check_names_and_labels(&world);
    });
}

#[test]
fn without_a_name_the_image_is_named_after_the_workspace() {
    scenario(|world| {
        world.config(json!({"build": {"dockerfile": "Dockerfile"}}));
        world.write(".devcontainer/Dockerfile", &format!("FROM {BASE}\n"));
        let run = world.devc(&["build"]).succeeds();
        let name = run.json()["imageName"][0].as_str().unwrap().to_owned();
        assert!(name.starts_with(&format!("vsc-{}-", world.name)), "{run}");
        assert!(world.docker.inspect("image", &name).is_some());
    });
}

#[test]
fn an_output_can_be_a_file_instead_of_the_engine() {
    scenario(|world| {
        world.config(json!({"build": {"dockerfile": "Dockerfile"}}));
        world.write(".devcontainer/Dockerfile", &format!("FROM {BASE}\nRUN echo in > /in\n"));
        let archive = world.outside("image.tar");
        world.devc(&["build", "--output", &format!("type=tar,dest={}", archive.display())]).succeeds();
        assert!(archive.metadata().unwrap().len() > 1_000_000);
        assert_eq!(world.images(), Vec::<String>::new());
    });
}
