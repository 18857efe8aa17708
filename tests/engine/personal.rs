//! Dotfiles: the user's own files in the container.

use serde_json::json;

use crate::network::DOCKERFILE;
use crate::world::{World, scenario};

/// A repository in the workspace, with these files.
fn repository(world: &World, files: &[(&str, &str)]) -> String {
    world.host(&["git", "init", "-q", "dotfiles"]);
    for (path, text) in files {
        world.write(&format!("dotfiles/{path}"), text);
    }
    world.host(&["git", "-C", "dotfiles", "add", "-A"]);
    let identity = ["-c", "user.name=a", "-c", "user.email=a@example.org"];
    world.host(&[&["git", "-C", "dotfiles"], &identity[..], &["commit", "-q", "-m", "one"]].concat());
    format!("{}/dotfiles/.git", world.inside())
}

/// Git refuses repositories of other users unless it is told that they are fine.
const TRUSTING: &str = "git config --global --add safe.directory '*'";

fn configure(world: &World) {
    world.write(".devcontainer/Dockerfile", DOCKERFILE);
    world.config(json!({
        "build": {"dockerfile": "Dockerfile"},
        "remoteUser": "dev",
        "onCreateCommand": TRUSTING,
        "postCreateCommand": "ls -d ~/dotfiles 2>/dev/null >> order; echo postCreate >> order",
        "postStartCommand": "ls -d ~/dotfiles >> order; echo postStart >> order",
    }));
    world.open_to_all();
}

#[test]
fn dotfiles_are_linked_into_the_home_folder_once() {
    scenario(|world| {
        let repository = repository(&world, &[(".vimrc", "set nu"), ("README.md", "")]);
        configure(&world);
        let container = world.up_with(&["--dotfiles-repository", &repository]);
        assert_eq!(world.take_order(), ["postCreate", "/home/dev/dotfiles", "postStart"]);
        assert_eq!(container.sh("cat /home/dev/.vimrc; stat -c %U /home/dev/dotfiles"), "set nudev");
        assert!(!container.test("test -e /home/dev/README.md"));
        container.sh("rm /home/dev/.vimrc");
        world.up_with(&["--dotfiles-repository", &repository]);
        assert!(!container.test("test -e /home/dev/.vimrc"), "once is enough");
    });
}

#[test]
fn the_install_script_of_the_dotfiles_runs_with_the_secrets() {
    scenario(|world| {
        let script = "#!/bin/sh\necho \"$0 $PWD $TOKEN\" > ~/installed\n";
        let repository = repository(&world, &[("bootstrap.sh", script), (".vimrc", "")]);
        configure(&world);
        let secrets = world.outside("secrets.json");
        std::fs::write(&secrets, r#"{"TOKEN": "hunter2"}"#).unwrap();
        let secrets = secrets.display().to_string();
        let container = world.up_with(&[
            "--dotfiles-repository",
            &repository,
            "--dotfiles-target-path",
            "~/my files",
            "--secrets-file",
            &secrets,
        ]);
        assert_eq!(container.sh("cat /home/dev/installed"), "./bootstrap.sh /home/dev/my files hunter2");
        assert!(!container.test("test -e /home/dev/.vimrc"), "the script is in charge");
    });
}

#[test]
fn dotfiles_that_cannot_be_installed_are_a_warning_and_tried_again() {
    scenario(|world| {
        configure(&world);
        let missing = format!("{}/no-such-repository", world.inside());
        let words = ["up", "--dotfiles-repository", &missing, "--dotfiles-install-command", "setup"];
        world.devc(&words).succeeds().says("the next up tries again");
        let container = world.container();
        assert!(!container.test("test -e /home/dev/.devcontainer/.dotfilesMarker"));
        let repository = repository(&world, &[("setup", "#!/bin/sh\ntouch ~/installed\n")]);
        let words = ["--dotfiles-repository", &*repository, "--dotfiles-install-command", "setup"];
        world.up_with(&words);
        assert!(container.test("test -e /home/dev/installed"));
        assert!(container.test("test -e /home/dev/.devcontainer/.dotfilesMarker"));
    });
}
