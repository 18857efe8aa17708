//! The dev container of this repository, brought up by devc, which restores and compiles in it.
//!
//! The whole of devc is not compiled here, as that takes two processors for minutes; one of its dependencies is.

use std::path::Path;
use std::process::Command;

use crate::docker::BASE;
use crate::world::{World, scenario};

/// A program with its arguments.
fn output(words: &[&str]) -> String {
    let output =
        Command::new(words[0]).args(&words[1..]).current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Copies what the repository is made of into the workspace.
fn clone(world: &World) {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
    for file in output(&["git", "ls-files"]).lines().filter(|file| repository.join(file).is_file()) {
        let to = world.workspace().join(file);
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        std::fs::copy(repository.join(file), to).unwrap();
    }
}

#[test]
fn the_own_dev_container_restores_and_compiles_and_nothing_twice() {
    scenario(|mut world| {
        clone(&world);
        // Rust's own server is out of reach for some, so the Rust of this machine is lent.
        world.set("DEVC_BASE_IMAGE", BASE);
        world.set("DEVC_RUST", "mounted");
        let rust = output(&["rustc", "--print", "sysroot"]);
        let mount = |folder: &str| {
            format!("type=bind,source={rust}/{folder},target=/usr/local/cargo/{folder},readonly")
        };
        let container = world.up_with(&["--mount", &mount("bin"), "--mount", &mount("lib")]);
        world.devc(&["prebuild", "crates"]).succeeds();
        world.devc(&["prebuild", "crates", "--plan"]).succeeds().does_not_say("would run");
        let compile = ["exec", "cargo", "build", "--locked", "--offline", "-p", "strsim"];
        world.devc(&compile).succeeds().says("Finished");
        assert_eq!(container.sh("stat -c %U /home/dev/target/debug"), "dev");
        let mounts = container.get("/Mounts").as_array().unwrap().clone();
        let target = mounts.iter().find(|mount| mount["Destination"] == "/home/dev/target").unwrap();
        world.docker.ask(&["rm", "-f", &container.id]);
        world.docker.ask(&["volume", "rm", target["Name"].as_str().unwrap()]);
    });
}
