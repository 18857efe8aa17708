//! Who runs what, and whose the files are.

use std::fs;
use std::os::unix::fs::MetadataExt;

use serde_json::json;

use crate::docker::BASE;
use crate::world::{World, scenario};

/// Nobody in any image has it.
const STRANGER: u32 = 4711;

/// The ids of the remote user inside the container.
#[track_caller]
fn ids(world: &World) -> String {
    world.devc(&["exec", "sh", "-c", "echo $(id -u):$(id -g)"]).succeeds().text().trim().to_owned()
}

#[test]
fn the_remote_user_runs_hooks_and_commands_in_its_own_home() {
    scenario(|world| {
        let image = world.image_with_user("");
        world.config(json!({
            "image": image,
            "remoteUser": "dev",
            "postCreateCommand": "echo \"$(id -un) $HOME\" > seen",
        }));
        world.open_to_all();
        let run = world.devc(&["up"]).succeeds();
        assert_eq!(run.json()["remoteUser"], "dev");
        assert_eq!(world.read("seen").as_deref(), Some("dev /home/dev\n"));
        let container = world.container();
        assert_eq!(container.text("/Config/User"), "", "the main process stays the image's");
        let marker = "stat -c %U /home/dev/.devcontainer /home/dev/.devcontainer/.postCreateCommandMarker";
        assert_eq!(container.sh(marker), "dev\ndev");
    });
}

#[test]
fn the_users_of_image_container_and_configuration_are_told_apart() {
    scenario(|world| {
        let image = world.image_with_user("RUN useradd -m -u 1001 app\nUSER dev");
        world.config(json!({"image": image}));
        let run = world.devc(&["up", "--update-remote-user-uid-default", "never"]).succeeds();
        assert_eq!(run.json()["remoteUser"], "dev");
        assert_eq!(ids(&world), "1000:1000");
        world.config(json!({"image": image, "containerUser": "app", "remoteUser": "root"}));
        let container = world.up_with(&["--rebuild=auto"]);
        assert_eq!(container.text("/Config/User"), "app");
        assert_eq!(ids(&world), "0:0");
    });
}

#[test]
fn a_user_that_does_not_exist_is_named() {
    scenario(|world| {
        world.config(json!({"image": BASE, "remoteUser": "nobody-knows", "postCreateCommand": "true"}));
        world.devc(&["up"]).fails().says("nobody-knows");
    });
}

#[test]
fn files_made_in_the_workspace_belong_to_the_user_of_this_machine() {
    scenario(|mut world| {
        let image =
            world.image_with_user("RUN install -d -o dev /home/dev/deep && echo x > /home/dev/deep/of-root");
        world.config(json!({"image": image, "remoteUser": "dev", "postCreateCommand": "touch made"}));
        if !world.become_user(STRANGER) {
            return;
        }
        let container = world.up();
        assert_eq!(ids(&world), format!("{STRANGER}:{STRANGER}"));
        let made = fs::metadata(world.workspace().join("made")).unwrap();
        assert_eq!((made.uid(), made.gid()), (STRANGER, STRANGER));
        assert_eq!(container.sh("stat -c %u /home/dev /home/dev/.bashrc"), format!("{STRANGER}\n{STRANGER}"));
        let name = container.text("/Config/Image").to_owned();
        assert!(name.starts_with(&format!("vsc-{}-", world.name)) && name.ends_with("-uid"), "{name}");
        assert!(container.metadata().iter().any(|entry| entry["remoteUser"] == "dev"));
    });
}

#[test]
fn no_image_is_built_when_the_ids_fit_already() {
    scenario(|mut world| {
        let image = world.image_with_user("");
        world.config(json!({"image": image, "remoteUser": "dev"}));
        if !world.become_user(1000) {
            return;
        }
        let before = world.images();
        let run = world.devc(&["up"]).succeeds().does_not_say("ids of this machine's user");
        assert_eq!(world.container().text("/Config/Image"), image, "{run}");
        assert_eq!(world.images(), before);
        assert_eq!(ids(&world), "1000:1000");
    });
}

#[test]
fn ids_are_left_alone_when_the_configuration_or_the_command_line_says_so() {
    scenario(|mut world| {
        let image = world.image_with_user("");
        world.config(json!({"image": image, "remoteUser": "dev", "updateRemoteUserUID": false}));
        if !world.become_user(STRANGER) {
            return;
        }
        world.up();
        assert_eq!(ids(&world), "1000:1000");
        world.config(json!({"image": image, "remoteUser": "dev"}));
        world.up_with(&["--rebuild=always", "--update-remote-user-uid-default", "off"]);
        assert_eq!(ids(&world), "1000:1000");
        world.up_with(&["--rebuild=always"]);
        assert_eq!(ids(&world), format!("{STRANGER}:{STRANGER}"));
    });
}

#[test]
fn a_user_who_has_the_ids_already_gives_them_up() {
    scenario(|mut world| {
        let other = format!("RUN useradd -m -u {STRANGER} ubuntu && touch /home/ubuntu/own");
        let image = world.image_with_user(&other);
        world.config(json!({"image": image, "remoteUser": "dev", "postCreateCommand": "touch made"}));
        if !world.become_user(STRANGER) {
            return;
        }
        let container = world.up();
        assert_eq!(container.sh("id -u dev"), STRANGER.to_string());
        assert_ne!(container.sh("id -u ubuntu"), STRANGER.to_string());
        assert_eq!(fs::metadata(world.workspace().join("made")).unwrap().uid(), STRANGER);
    });
}

#[test]
fn a_dockerfile_gets_the_ids_in_an_image_of_its_own() {
    scenario(|mut world| {
        world.config(json!({"build": {"dockerfile": "Dockerfile"}}));
        world.write(
            ".devcontainer/Dockerfile",
            &format!("FROM {BASE}\nRUN useradd -m -u 1000 -s /bin/bash dev\nUSER dev\nENV KEPT=1\n"),
        );
        if !world.become_user(STRANGER) {
            return;
        }
        let container = world.up();
        assert_eq!(ids(&world), format!("{STRANGER}:{STRANGER}"));
        assert_eq!(container.env("KEPT"), Some("1"));
        assert_eq!(container.text("/Config/User"), "dev");
        assert!(container.text("/Config/Image").ends_with("-uid"));
    });
}
