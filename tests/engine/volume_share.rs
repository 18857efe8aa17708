//! Volumes that are shared through a real registry: little is sent twice, and nothing is taken that is not sound.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::backups::{inside, look, volume};
use crate::server::{PASSWORD, Server, Setup, USER};
use crate::world::{World, scenario};

/// A volume with 2,000 small files that hardly compress, and a large one.
fn cache(world: &World) -> String {
    let volume = volume(world);
    let script =
        "for d in 1 2 3 4 5 6 7 8; do mkdir $d; head -c 2000000 /dev/urandom | split -a 3 -b 8000 - $d/; done
                  head -c 9000000 /dev/urandom > large; ln -s large link; chown -R 1000:1000 .";
    inside(world, &volume, script);
    volume
}

fn reference(server: &Server) -> String {
    format!("{}/team/cache:main", server.host())
}

#[track_caller]
fn push(world: &World, volume: &str, reference: &str) -> Value {
    world.devc(&["volume", "push", volume, reference, "--json"]).succeeds().json()
}

#[track_caller]
fn pull(world: &World, reference: &str, volume: &str, more: &[&str]) -> Value {
    let words = [&["volume", "pull", reference, volume, "--json"], more].concat();
    world.devc(&words).succeeds().json()
}

fn bytes(told: &Value, name: &str) -> u64 {
    told[name].as_u64().unwrap_or_else(|| panic!("{name} in {told}"))
}

/// The large files that a registry has taken.
fn blobs(server: &Server) -> Vec<PathBuf> {
    large_files(&server.folder().join("data/docker/registry/v2/blobs"))
}

fn large_files(folder: &Path) -> Vec<PathBuf> {
    // What comes and goes meanwhile does not count.
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let found = entries.flat_map(|entry| match entry.metadata() {
        Ok(metadata) if metadata.is_dir() => large_files(&entry.path()),
        Ok(metadata) if metadata.len() > 1_000_000 => vec![entry.path()],
        _ => Vec::new(),
    });
    found.collect()
}

#[test]
fn after_a_small_change_a_small_part_is_sent_and_fetched() {
    scenario(|world| {
        let (server, volume) = (Server::start(Setup::Open), cache(&world));
        let (reference, copy) = (reference(&server), format!("{}-copy", world.name));
        let first_look = look(&world, &volume);
        let first = push(&world, &volume, &reference);
        assert_eq!(bytes(&first, "sentBytes"), bytes(&first, "bytes"), "{first}");
        let again = push(&world, &volume, &reference);
        assert!(bytes(&again, "sentBytes") * 50 < bytes(&first, "sentBytes"), "{again}");
        assert_eq!(look(&world, &volume), first_look);

        let pulled = pull(&world, &reference, &copy, &[]);
        assert_eq!(look(&world, &copy), first_look, "{pulled}");

        inside(
            &world,
            &volume,
            "for d in 1 2 3 4 5 6 7 8; do for f in aab acd; do head -c 8000 /dev/urandom > $d/$f; done; done
             rm 8/aaa; echo x > new",
        );
        let second_look = look(&world, &volume);
        let second = push(&world, &volume, &reference);
        assert!(bytes(&second, "sentBytes") * 20 < bytes(&first, "sentBytes"), "{second}");
        world.devc(&["volume", "pull", &reference, &copy]).fails().says("--replace");
        let pulled = pull(&world, &reference, &copy, &["--replace", "--yes"]);
        assert_eq!(look(&world, &copy), second_look);
        assert!(bytes(&pulled, "fetchedBytes") * 20 < bytes(&first, "sentBytes"), "{pulled}");

        // The first state is still there under its digest, also for a machine that has nothing yet.
        fs::remove_dir_all(world.home().join(".cache/devc/blobs")).unwrap();
        let digest = first["digest"].as_str().unwrap();
        let pulled =
            pull(&world, &reference.replace(":main", &format!("@{digest}")), &copy, &["--replace", "--yes"]);
        assert_eq!(look(&world, &copy), first_look);
        assert!(bytes(&pulled, "fetchedBytes") > 20_000_000, "{pulled}");
        world.devc(&["volume", "undo", "--yes"]).succeeds();
        assert_eq!(look(&world, &copy), second_look);
    });
}

#[test]
fn what_was_sent_before_a_push_was_killed_is_not_sent_again() {
    scenario(|world| {
        let (server, volume) = (Server::start(Setup::Open), cache(&world));
        inside(&world, &volume, "head -c 80000000 /dev/urandom > larger");
        let reference = reference(&server);
        let run = world.start(&["volume", "push", &volume, &reference]);
        crate::wait::eventually("packs arrive", || (blobs(&server).len() > 9).then_some(()));
        run.signal(rustix::process::Signal::KILL);
        drop(run.finish());
        world.devc(&["volume", "pull", &reference, "nothing"]).fails().says("manifest unknown");
        let pushed = push(&world, &volume, &reference);
        assert!(bytes(&pushed, "bytes") - bytes(&pushed, "sentBytes") > 8_000_000, "{pushed}");
        let copy = format!("{}-copy", world.name);
        pull(&world, &reference, &copy, &[]);
        assert_eq!(look(&world, &copy), look(&world, &volume));
    });
}

#[test]
fn what_is_damaged_or_something_else_takes_nobodys_place() {
    scenario(|world| {
        let (server, volume) = (Server::start(Setup::Password), cache(&world));
        let reference = reference(&server);
        world.devc(&["volume", "push", &volume, &reference]).fails().says("docker login");
        let command = ["docker", "login", "--username", USER, "--password", PASSWORD, &server.host()];
        world.host(&command);
        push(&world, &volume, &reference);

        let copy = format!("{}-copy", world.name);
        world.docker.ask(&["volume", "create", &copy]);
        inside(&world, &copy, "echo mine > file");
        let blob = blobs(&server).remove(0);
        let mut content = fs::read(&blob).unwrap();
        let middle = content.len() / 2;
        content[middle] ^= 1;
        fs::write(&blob, content).unwrap();
        let run = world.devc(&["volume", "pull", &reference, &copy, "--replace", "--yes", "--no-backup"]);
        run.fails().says("the digest did not match");
        assert_eq!(inside(&world, &copy, "ls; cat file"), "file\nmine");

        let image = format!("{}/team/image:1", server.host());
        for words in [["docker", "tag", crate::docker::BASE, &image], ["docker", "push", "-q", &image]] {
            world.host(&words);
        }
        world.docker.ask(&["rmi", &image]);
        world.devc(&["volume", "push", &volume, &image]).fails().says("is not the content of a volume");
        world.devc(&["volume", "pull", &image]).fails().says("is not the content of a volume");
    });
}
