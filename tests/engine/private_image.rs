//! Images in a registry that asks for a password.

use std::fs;

use serde_json::json;

use crate::docker::BASE;
use crate::server::{PASSWORD, Server, Setup, USER};
use crate::world::{World, scenario};

/// `docker login`, as it writes itself down where there is no store for passwords.
fn log_in(world: &World, server: &Server) {
    let command = ["docker", "login", "--username", USER, "--password", PASSWORD, &server.host()];
    world.host(&command);
}

#[test]
fn an_image_is_pulled_with_the_login_of_docker() {
    scenario(|world| {
        let server = Server::start(Setup::Password);
        let image = format!("{}/team/base:1", server.host());
        log_in(&world, &server);
        for words in [
            &["docker", "tag", BASE, &image][..],
            &["docker", "push", "-q", &image],
            &["docker", "rmi", &image],
        ] {
            world.host(words);
        }
        world.config(json!({"image": image}));

        let settings = world.home().join(".docker/config.json");
        let login = fs::read(&settings).unwrap();
        fs::remove_file(&settings).unwrap();
        let refused = world.devc(&["up"]);
        assert_eq!(refused.code, 1, "{refused}");
        assert!(refused.stderr.contains("docker login"), "{refused}");

        fs::write(&settings, r#"{"credsStore": "devc-has-none"}"#).unwrap();
        let refused = world.devc(&["up"]);
        assert!(refused.stderr.contains("docker-credential-devc-has-none could not be run"), "{refused}");

        fs::write(&settings, login).unwrap();
        world.up();
        let _ = world.devc(&["down"]);
        world.host(&["docker", "rmi", &image]);
    });
}
