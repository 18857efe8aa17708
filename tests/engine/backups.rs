//! Backups of volumes: taken, proven, restored; and what happens when something is in the way.

use std::fs;
use std::path::PathBuf;

use serde_json::json;

use crate::container::Container;
use crate::docker::BASE;
use crate::world::{World, scenario};

/// Runs a script with a volume at `/data`.
#[track_caller]
pub fn inside(world: &World, volume: &str, script: &str) -> String {
    world.docker.ask(&[
        "run",
        "--rm",
        "-v",
        &format!("{volume}:/data"),
        "-w",
        "/data",
        BASE,
        "sh",
        "-ec",
        script,
    ])
}

/// Everything that a shell can tell about a volume.
#[track_caller]
pub fn look(world: &World, volume: &str) -> String {
    let script =
        "find . -printf '%p %y %m %U:%G %T@ %s %n %l\\n' | sort; find . -type f -exec sha256sum {} + | sort";
    inside(world, volume, script)
}

/// A volume with a label.
/// A volume with a label, and nothing in it.
pub fn volume(world: &World) -> String {
    let name = format!("{}-data", world.name);
    world.docker.ask(&["volume", "create", "--label", "team=shop", &name]);
    name
}

/// A container that may write to a volume.
pub fn writer(world: &World, volume: &str) -> Container {
    let name = format!("{}-writer", world.name);
    let mount = format!("{volume}:/data");
    world.docker.ask(&["run", "-d", "--name", &name, "-v", &mount, BASE, "sleep", "86400"]);
    Container::find(&world.docker, &name).unwrap()
}

/// The newest backup of a volume.
#[track_caller]
pub fn newest(world: &World) -> PathBuf {
    let run = world.devc(&["volume", "backups", "--json"]).succeeds();
    PathBuf::from(run.json()["backups"][0]["file"].as_str().unwrap())
}

#[test]
fn what_was_in_a_lost_volume_comes_back_with_all_that_was_known_of_it() {
    scenario(|world| {
        let volume = volume(&world);
        inside(
            &world,
            &volume,
            "mkdir -p a/b; echo text > a/b/c; ln a/b/c hard; ln -s /etc/passwd soft; mkfifo pipe; mknod null c 1 3
             truncate -s 1G sparse; head -c 3000000 /dev/urandom > large; chown -h 70000:3000000000 a hard soft
             chmod 4751 large; chmod 1777 a; touch -d '2001-02-03 04:05:06.123456789' a/b soft -h; chmod 700 .",
        );
        let before = look(&world, &volume);
        let run = world.devc(&["volume", "backup", &volume, "--json"]).succeeds();
        let made = run.json()["backups"][0].clone();
        assert_eq!(made["content"]["files"], 3, "{run}");
        world.docker.ask(&["volume", "rm", &volume]);

        let run = world.devc(&["volume", "verify", &volume, "--json"]).succeeds();
        assert_eq!(run.json()["backups"][0]["sound"], true, "{run}");
        world.devc(&["volume", "restore", &volume]).succeeds();
        assert_eq!(look(&world, &volume), before);
        let facts = world.docker.inspect("volume", &volume).unwrap();
        assert_eq!(facts["Labels"]["team"], "shop");

        let copy = format!("{}-copy", world.name);
        world.devc(&["volume", "restore", made["file"].as_str().unwrap(), "--into", &copy]).succeeds();
        assert_eq!(look(&world, &copy), before);
    });
}

#[test]
fn a_volume_that_is_written_to_is_backed_up_only_as_somebody_says() {
    scenario(|world| {
        let volume = volume(&world);
        let writer = writer(&world, &volume);
        world.devc(&["volume", "backup", &volume]).fails().says("--pause").says("writer");
        for how in ["--pause", "--stop", "--live"] {
            world.devc(&["volume", "backup", &volume, how]).succeeds();
            assert_eq!(writer.again().state(), "running", "{how}");
        }
        let run =
            world.devc(&["volume", "backups", &volume, "--keep-last", "1", "--dry-run", "--json"]).succeeds();
        assert_eq!(run.json()["removed"].as_array().unwrap().len(), 2);
        world.devc(&["volume", "backups", &volume, "--keep-last", "1"]).fails().says("--yes");
        world.devc(&["volume", "backups", &volume, "--keep-last", "1", "--yes"]).succeeds();
        let run = world.devc(&["volume", "backups", &volume, "--json"]).succeeds();
        assert_eq!(run.json()["backups"].as_array().unwrap().len(), 1);
    });
}

#[test]
fn content_is_replaced_only_with_consent_and_never_by_a_damaged_backup() {
    scenario(|world| {
        let volume = volume(&world);
        inside(&world, &volume, "echo first > file; head -c 3000000 /dev/urandom > large");
        world.devc(&["volume", "backup", &volume]).succeeds();
        let backup = newest(&world);
        inside(&world, &volume, "echo second > file");
        let second = look(&world, &volume);
        world.devc(&["volume", "restore", &volume]).fails().says("--replace");
        world.devc(&["volume", "restore", &volume, "--replace"]).fails().says("--yes");

        let damaged = world.outside("damaged.tar.zst");
        let mut bytes = fs::read(&backup).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(&damaged, bytes).unwrap();
        let damaged = damaged.to_str().unwrap();
        world.devc(&["volume", "verify", damaged]).exits(1);
        let words = ["volume", "restore", damaged, "--replace", "--yes", "--no-backup"];
        world.devc(&words).fails().says("large");
        assert_eq!(look(&world, &volume), second);

        let backup = backup.to_str().unwrap();
        world
            .devc(&["volume", "restore", backup, "--replace", "--yes"])
            .succeeds()
            .says("old content is kept");
        assert_eq!(inside(&world, &volume, "cat file"), "first");
        world.devc(&["volume", "restore", &volume, "--replace", "--yes"]).succeeds();
        assert_eq!(
            inside(&world, &volume, "cat file"),
            "second",
            "the newest backup is the one of the old content"
        );
    });
}

#[test]
fn volumes_are_copied_renamed_compared_and_exchanged_with_other_tools() {
    scenario(|world| {
        let volume = volume(&world);
        let [copy, other, third] = ["copy", "other", "third"].map(|name| format!("{}-{name}", world.name));
        inside(
            &world,
            &volume,
            "mkdir a; echo text > a/file; ln -s a b; chown 1000:1000 a; head -c 2500000 /dev/zero > c",
        );
        let before = look(&world, &volume);
        world.devc(&["volume", "clone", &volume, &copy]).succeeds();
        world.devc(&["volume", "clone", &volume, &copy]).fails().says("already");
        assert_eq!(look(&world, &copy), before);
        assert_eq!(world.devc(&["volume", "diff", &volume, &copy]).exits(0).text(), "");

        inside(&world, &copy, "echo other > a/file; chmod 600 c; rm b; touch new");
        let run = world.devc(&["volume", "diff", &volume, &copy, "--json"]).exits(1);
        let found = run.json();
        assert_eq!((&found["removed"], &found["added"]), (&json!(["b"]), &json!(["new"])), "{run}");
        let changed = found["changed"].as_array().unwrap();
        let paths: Vec<&str> = changed.iter().filter_map(|change| change["path"].as_str()).collect();
        assert_eq!(paths, [".", "a/file", "c"], "{run}");

        world.devc(&["volume", "rename", &volume, &other]).succeeds();
        assert_eq!(look(&world, &other), before);
        assert!(world.docker.inspect("volume", &volume).is_none());
        assert_eq!(world.docker.inspect("volume", &other).unwrap()["Labels"]["team"], "shop");

        for name in ["plain.tar", "small.tar.gz", "fast.tar.zst"] {
            let file = world.outside(name).display().to_string();
            world.devc(&["volume", "export", &other, "--to", &file]).succeeds();
            world.devc(&["volume", "export", &other, "--to", &file]).fails().says("exists");
            world.devc(&["volume", "import", &third, &file]).succeeds();
            assert_eq!(look(&world, &third), before, "{name}");
            world.docker.ask(&["volume", "rm", &third]);
            assert!(world.host(&["tar", "-tf", &file]).contains("a/file"), "{name}");
        }
    });
}

#[test]
fn backups_and_archives_go_through_pipes() {
    scenario(|world| {
        let (volume, copy) = (volume(&world), format!("{}-copy", world.name));
        inside(
            &world,
            &volume,
            "mkdir a; echo text > a/file; ln -s a b; chown 1000:1000 a; head -c 2500000 /dev/zero > c",
        );
        for verb in ["backup", "export"] {
            let output = world.command(&["volume", verb, &volume, "--to", "-"]).output().unwrap();
            assert!(output.status.success(), "{verb}: {}", String::from_utf8_lossy(&output.stderr));
            world.devc_with_input(&["volume", "import", &copy, "-"], &output.stdout).succeeds();
            assert_eq!(look(&world, &copy), look(&world, &volume), "{verb}");
            world.docker.ask(&["volume", "rm", &copy]);
        }
        world.devc_with_input(&["volume", "import", &copy, "-"], b"no archive at all").fails();
        assert!(!world.volumes().contains(&copy), "what was made for it goes with the failure");
    });
}
