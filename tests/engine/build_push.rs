//! Where the image of `devc build` goes.

use serde_json::json;

use crate::docker::BASE;
use crate::server::{PASSWORD, Server, Setup, USER};
use crate::world::{World, scenario};

fn dockerfile(world: &World) {
    world.config(json!({"build": {"dockerfile": "Dockerfile"}, "remoteUser": "root"}));
    world.write(".devcontainer/Dockerfile", &format!("FROM {BASE}\nRUN echo in > /in\n"));
}

/// The tags of a repository, as the registry itself tells them.
fn tags(world: &World, server: &Server, repository: &str, login: &str) -> Vec<String> {
    let address = format!("http://{login}{}/v2/{repository}/tags/list", server.host());
    let answer: serde_json::Value = serde_json::from_str(&world.host(&["curl", "-sS", &address])).unwrap();
    let tags = answer["tags"].as_array().cloned().unwrap_or_default();
    let mut tags: Vec<String> = tags.iter().filter_map(|tag| Some(tag.as_str()?.to_owned())).collect();
    tags.sort();
    tags
}

#[test]
fn an_image_is_pushed_under_all_names_and_comes_up_from_there() {
    scenario(|world| {
        dockerfile(&world);
        let server = Server::start(Setup::Open);
        let repository = format!("{}/app", world.name);
        let names = ["1", "2"].map(|tag| format!("{}/{repository}:{tag}", server.host()));
        let words = ["build", "--push", "--image-name", &names[0], "--image-name", &names[1]];
        assert_eq!(world.devc(&words).succeeds().json()["imageName"], json!(names));
        assert_eq!(tags(&world, &server, &repository, ""), ["1", "2"]);
        world.docker.ask(&["rmi", "-f", &names[0], &names[1]]);
        world.config(json!({"image": names[1]}));
        let container = world.up();
        assert_eq!(container.read("/in").as_deref(), Some("in"));
        assert_eq!(container.metadata()[0], json!({"remoteUser": "root"}));
    });
}

#[test]
fn a_registry_with_a_password_gets_the_login_of_the_docker_configuration() {
    scenario(|mut world| {
        dockerfile(&world);
        let server = Server::start(Setup::Password);
        let repository = format!("{}/app", world.name);
        let name = format!("{}/{repository}:1", server.host());
        world.set("DOCKER_CONFIG", world.home());
        let words = ["build", "--push", "--image-name", &name];
        let run = world.devc(&words).fails().says("Pushing the image").says("docker login");
        assert_eq!(run.json()["kind"], "registry");
        // What `echo -n dev:hunter2 | base64` says.
        assert_eq!((USER, PASSWORD), ("dev", "hunter2"));
        let auths = json!({"auths": {server.host(): {"auth": "ZGV2Omh1bnRlcjI="}}});
        std::fs::write(world.home().join("config.json"), auths.to_string()).unwrap();
        world.devc(&words).succeeds();
        assert_eq!(tags(&world, &server, &repository, &format!("{USER}:{PASSWORD}@")), ["1"]);
    });
}

#[test]
fn the_image_of_a_compose_service_goes_where_any_image_goes() {
    scenario(|world| {
        world.config(json!({"dockerComposeFile": "compose.yaml", "service": "app", "remoteUser": "root"}));
        world.write(
            ".devcontainer/compose.yaml",
            "services:\n  app:\n    build: .\n  other:\n    image: no.example/such-image\n",
        );
        world.write(".devcontainer/Dockerfile", &format!("FROM {BASE}\nRUN echo in > /in\n"));
        let server = Server::start(Setup::Open);
        let repository = format!("{}/compose", world.name);
        let name = format!("{}/{repository}:1", server.host());
        let words =
            ["build", "--push", "--image-name", &name, "--label", "team=a", "--platform", "linux/amd64"];
        assert_eq!(world.devc(&words).succeeds().json()["imageName"], json!([name]));
        assert_eq!(tags(&world, &server, &repository, ""), ["1"]);
        let labels = &world.docker.inspect("image", &name).unwrap()["Config"]["Labels"];
        assert_eq!(labels["team"], "a");
        assert!(labels["devcontainer.metadata"].as_str().unwrap().contains("root"));
        let archive = world.outside("image.tar");
        world.devc(&["build", "--output", &format!("type=tar,dest={}", archive.display())]).succeeds();
        assert!(archive.metadata().unwrap().len() > 1_000_000);
    });
}

#[test]
fn where_the_image_cannot_go_is_told() {
    scenario(|world| {
        dockerfile(&world);
        let name = format!("localhost:1/{}", world.name);
        let down = world.devc(&["build", "--push", "--image-name", &name]).fails();
        down.says("Pushing the image").says("a registry could not be reached");
        world.devc(&["build", "--push"]).fails().says("--image-name registry.example/team/app:dev");
        let both = world.devc(&["build", "--push", "--output", "type=tar,dest=x"]).fails();
        assert_eq!(both.json()["description"], "--push true cannot be used with --output.");
    });
}

#[test]
fn several_platforms_need_a_builder_that_can() {
    scenario(|world| {
        dockerfile(&world);
        let words = ["build", "--platform", "linux/amd64", "--platform", "linux/arm64"];
        let run = world.devc(&words).fails().says("docker buildx create --use");
        assert_eq!(run.json()["kind"], "unsupported");
        let name = format!("{}-one", world.name);
        world.devc(&["build", "--platform", "linux/amd64", "--image-name", &name]).succeeds();
        assert_eq!(world.docker.inspect("image", &name).unwrap()["Architecture"], "amd64");
    });
}

#[test]
fn steps_are_reused_from_an_image_that_carries_its_cache() {
    scenario(|world| {
        dockerfile(&world);
        let name = format!("{}-cached", world.name);
        world.devc(&["build", "--image-name", &name, "--cache-to", "type=inline"]).succeeds();
        let again = world.devc(&["build", "--image-name", &name, "--cache-from", &name]).succeeds();
        again.says("cached");
        let words = ["build", "--image-name", &name, "--no-cache"];
        world.devc(&words).succeeds().does_not_say("RUN echo in > /in: cached");
        let local = format!("type=local,dest={}", world.outside("cache").display());
        world.devc(&["build", "--cache-to", &local]).fails().says("Cache export is not supported");
    });
}
