//! Volumes whose folders `devc` cannot or must not reach by itself: a helper does the work, and leaves nothing behind.

use std::fs;
use std::net::{Shutdown, TcpListener};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::thread;

use rustix::process::Signal;
use serde_json::json;

use crate::docker::{BASE, Docker};
use crate::private_engine::{Disk, private_scenario};
use crate::run::Running;
use crate::wait::{SOON, eventually};
use crate::world::{World, scenario};

/// A user who may speak to the engine and is nothing else.
const USER: u32 = 4242;

/// A scenario of that user; `false` where it cannot be played.
fn plain_user(act: impl FnOnce(World)) {
    scenario(|mut world| {
        if world.become_user(USER) {
            act(world);
        }
    });
}

/// Makes a volume and fills it by a script that runs in it.
#[track_caller]
fn volume(world: &World, name: &str, script: &str) -> String {
    let name = format!("{}-{name}", world.name);
    world.docker.ask(&["volume", "create", "--label", "team=shop", &name]);
    inside(world, &name, script);
    name
}

#[track_caller]
fn inside(world: &World, volume: &str, script: &str) -> String {
    let mount = format!("{volume}:/data");
    world.docker.ask(&[
        "run",
        "--rm",
        "--network=none",
        "-v",
        &mount,
        "-w",
        "/data",
        BASE,
        "sh",
        "-ec",
        script,
    ])
}

/// Everything that a shell can tell about a volume, but for what a killed restore has left.
#[track_caller]
fn look(world: &World, volume: &str) -> String {
    let script = "kept() { find . -name '.devc-restore-*' -prune -o \"$@\"; }
                  kept -type d -printf '%p %m %U:%G %T@\\n' | sort
                  kept ! -type d -printf '%p %y %m %U:%G %T@ %s %n %l\\n' | sort
                  kept -type f -exec sha256sum {} + | sort";
    inside(world, volume, script)
}

/// The helpers that have a volume, whatever their state.
fn helpers(world: &World, volume: &str) -> Vec<String> {
    let of_volume = format!("volume={volume}");
    world.docker.lines(&["ps", "-aq", "--filter", "label=devc.helper", "--filter", &of_volume])
}

/// What is done to a volume.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Work {
    Read,
    Write,
}

#[track_caller]
fn assert_no_helper(world: &World, volume: &str) {
    eventually("no helper is left", || helpers(world, volume).is_empty().then_some(()));
}

/// The helper that works on a volume right now.
#[track_caller]
fn helper_at_work(world: &World, volume: &str, work: Work) -> String {
    let is_at_work = |helper: &String| {
        let Some(facts) = world.docker.inspect("container", helper) else { return false };
        let mounts = facts["Mounts"].as_array().unwrap().iter();
        let mut own = mounts.filter(|mount| mount["Name"] == volume);
        facts["State"]["Running"] == true && own.all(|mount| mount["RW"] == (work == Work::Write))
    };
    eventually("a helper works", || helpers(world, volume).into_iter().find(is_at_work))
}

const ALL_KINDS: &str = r"
    mkdir -p a/b c; echo text > a/b/c; ln a/b/c hard; ln -s /etc/passwd soft; mkfifo pipe; mknod null c 1 3
    truncate -s 64M sparse; head -c 3000000 /dev/urandom > large; cp /bin/ls ls
    for number in $(seq 60); do mkdir -p d/$((number % 7)); head -c $((number * 37)) /dev/urandom > d/$((number % 7))/$number; done
    touch $(printf 'c/\377name'); chown -h 70000:3000000000 a hard soft; chown 1000:1000 d
    chmod 4751 large; chmod 1777 a; chmod 000 c; touch -d '2001-02-03 04:05:06.123456789' a/b soft -h; chmod 700 .";

#[test]
fn a_plain_user_reaches_all_that_root_reaches() {
    plain_user(|world| {
        let data = volume(&world, "data", ALL_KINDS);
        let before = look(&world, &data);
        let status = world.devc(&["volume", "status", &data, "--json"]).succeeds().json();
        let measured = &status["volumes"][0];
        let bytes: u64 = inside(&world, &data, "du -s --block-size=1 . | cut -f1").parse().unwrap();
        assert_eq!((&measured["bytes"], &measured["owner"]), (&json!(bytes), &json!([0, 0])));

        let made = world.devc(&["volume", "backup", &data, "--json"]).succeeds().json();
        let backup = made["backups"][0]["file"].as_str().unwrap();
        assert_eq!(fs::metadata(backup).unwrap().len(), made["backups"][0]["bytes"].as_u64().unwrap());
        world.devc(&["volume", "verify", backup]).succeeds();
        assert_eq!(world.devc(&["volume", "diff", backup, &data]).succeeds().text(), "");

        let copy = format!("{}-copy", world.name);
        world.devc(&["volume", "clone", &data, &copy]).succeeds();
        assert_eq!(look(&world, &copy), before);
        world.devc(&["volume", "clean", &copy, "--yes"]).succeeds().says("The old content is kept in ");
        assert_eq!(inside(&world, &copy, "ls -A"), "");
        world.devc(&["volume", "restore", &copy]).succeeds();
        assert_eq!(look(&world, &copy), before);

        inside(&world, &copy, "rm -r d; echo other > ls");
        let found = world.devc(&["volume", "diff", &data, &copy, "--json"]).exits(1).json();
        assert!(found["removed"].as_array().unwrap().contains(&json!("d/0/7")), "{found}");
        world.devc(&["volume", "restore", backup, "--into", &copy, "--replace", "--yes"]).succeeds();
        assert_eq!(look(&world, &copy), before);

        let file = world.outside("home/plain.tar.gz").display().to_string();
        let third = format!("{}-third", world.name);
        world.devc(&["volume", "export", &data, "--to", &file]).succeeds();
        world.devc(&["volume", "import", &third, &file]).succeeds();
        assert_eq!(look(&world, &third), before);
        let renamed = format!("{}-renamed", world.name);
        world.devc(&["volume", "rename", &third, &renamed]).succeeds();
        assert_eq!(look(&world, &renamed), before);
        for volume in [&data, &copy, &third, &renamed] {
            assert_eq!(helpers(&world, volume), [""; 0], "a helper is gone when devc ends");
        }
    });
}

/// Makes a volume that is a folder of this machine: only the engine knows what to do with it.
#[track_caller]
fn with_a_place_of_its_own(world: &World) -> (String, PathBuf) {
    let folder = world.outside("place");
    fs::create_dir(&folder).unwrap();
    let name = format!("{}-data", world.name);
    let device = format!("device={}", folder.display());
    let options = ["-o", "type=none", "-o", "o=bind", "-o", &device];
    world.docker.ask(&[&["volume", "create"], &options[..], &[&name]].concat());
    (name, folder)
}

#[test]
fn a_volume_with_a_place_of_its_own_is_worked_on_where_the_engine_mounts_it() {
    scenario(|world| {
        let (name, folder) = with_a_place_of_its_own(&world);
        inside(&world, &name, "echo text > file; chown 1234 file");
        world.devc(&["volume", "backup", &name]).succeeds();
        fs::remove_file(folder.join("file")).unwrap();
        world.devc(&["volume", "restore", &name]).succeeds();
        assert_eq!(inside(&world, &name, "cat file; stat -c %u file"), "text\n1234");
        assert_eq!(fs::read_to_string(folder.join("file")).unwrap(), "text\n");
    });
}

#[test]
fn a_folder_that_only_has_the_name_of_a_volume_is_never_taken_for_it() {
    private_scenario(Disk::OfMebibytes(700), |world, engine| {
        let data = volume(&world, "data", "echo real > file");
        let other = engine.mountpoint_here(&data);
        fs::create_dir_all(&other).unwrap();
        fs::write(other.join("precious"), "").unwrap();
        world.devc(&["volume", "backup", &data]).succeeds();
        world.devc(&["volume", "clean", &data, "--yes", "--no-backup"]).succeeds();
        assert!(other.join("precious").exists());
        assert_eq!(inside(&world, &data, "ls -A"), "");
        world.devc(&["volume", "restore", &data]).succeeds();
        assert_eq!(inside(&world, &data, "cat *"), "real");

        let images = || engine.docker.lines(&["images", "-q", "devc-helper"]);
        assert_eq!(images().len(), 1, "one image for all of it");
        world.devc(&["setup", "--undo", "--yes"]).succeeds();
        assert_eq!(images(), [""; 0]);
    });
}

/// Fills a volume that takes a while to read.
const LARGE: &str = "for n in 1 2; do head -c 100000000 /dev/urandom > $n; done";

/// A volume that takes a while to read, and what it holds.
#[track_caller]
fn large(world: &World) -> (String, String) {
    let data = volume(world, "data", LARGE);
    let before = look(world, &data);
    (data, before)
}

/// Backs a volume up, and returns the file.
#[track_caller]
fn back_up(world: &World, volume: &str) -> String {
    let made = world.devc(&["volume", "backup", volume, "--json"]).succeeds().json();
    made["backups"][0]["file"].as_str().unwrap().to_owned()
}

#[track_caller]
fn assert_one_backup(world: &World, volume: &str) {
    let kept = world.devc(&["volume", "backups", volume, "--json"]).succeeds().json();
    assert_eq!(kept["backups"].as_array().map(Vec::len), Some(1), "{kept}");
}

/// A verb, and what its helper does to which volume.
type Verb<'a> = (Vec<&'a str>, &'a str, Work);

/// Puts a backup in the place of what is in a volume.
fn replace<'a>(backup: &'a str, volume: &'a str) -> Verb<'a> {
    (vec!["volume", "restore", backup, "--replace", "--yes", "--no-backup"], volume, Work::Write)
}

/// What is done to a volume while something dies.
fn verbs<'a>(data: &'a str, copy: &'a str, restore: Verb<'a>) -> [Verb<'a>; 3] {
    [
        (vec!["volume", "backup", data], data, Work::Read),
        restore,
        (vec!["volume", "clone", data, copy], copy, Work::Write),
    ]
}

/// Runs `devc`, and ends it as `kill` says while a helper works on a volume.
#[track_caller]
fn killed(world: &World, (words, volume, work): &Verb<'_>, kill: impl FnOnce(&Running, &str)) -> Running {
    let run = world.start(words);
    kill(&run, &helper_at_work(world, volume, *work));
    run
}

#[test]
fn a_killed_devc_takes_its_helper_with_it() {
    plain_user(|world| {
        let (data, before) = large(&world);
        let (backup, copy) = (back_up(&world, &data), format!("{}-copy", world.name));
        for verb in verbs(&data, &copy, replace(&backup, &data)) {
            let run = killed(&world, &verb, |run, _| run.signal(Signal::KILL));
            drop(run.finish());
            assert_no_helper(&world, verb.1);
            assert_eq!(look(&world, &data), before, "{verb:?}");
        }
        assert_one_backup(&world, &data);
        world.devc(&replace(&backup, &data).0).succeeds();
        assert_eq!(look(&world, &data), before, "what a killed restore has left is gone");
    });
}

#[test]
fn a_killed_helper_fails_the_run_and_loses_nothing() {
    plain_user(|world| {
        let (data, before) = large(&world);
        let (backup, copy) = (back_up(&world, &data), format!("{}-copy", world.name));
        let restore = (vec!["volume", "restore", &backup, "--into", &copy], &*copy, Work::Write);
        for verb in verbs(&data, &copy, restore) {
            let kill = |_: &Running, helper: &str| drop(world.docker.try_ask(&["kill", helper]));
            killed(&world, &verb, kill).finish().fails().says("helper");
            assert_no_helper(&world, verb.1);
        }
        assert_eq!(look(&world, &data), before);
        assert!(!world.volumes().contains(&copy), "a new volume goes with what failed");
        assert_one_backup(&world, &data);
    });
}

#[test]
fn an_engine_that_is_killed_half_way_loses_nothing() {
    private_scenario(Disk::Shared, |world, mut engine| {
        let (data, _) = with_a_place_of_its_own(&world);
        inside(&world, &data, LARGE);
        let before = look(&world, &data);
        let (backup, copy) = (back_up(&world, &data), format!("{}-copy", world.name));
        for verb in verbs(&data, &copy, replace(&backup, &data)) {
            let run = killed(&world, &verb, |_, _| engine.kill());
            run.finish_within(SOON).fails().says("helper");
            engine.restart();
            assert_eq!(look(&world, &data), before, "{verb:?}");
            assert_one_backup(&world, &data);
        }
        world.devc(&replace(&backup, &data).0).succeeds();
        assert_eq!(look(&world, &data), before);
        world.devc(&["volume", "clone", &data, &format!("{copy}-2")]).succeeds();
    });
}

/// Has an engine answer at a port of this machine as well, as one does that is far away. Returns the address.
fn at_a_port(docker: &Docker) -> String {
    let socket = docker.host.strip_prefix("unix://").unwrap().to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("tcp://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for here in listener.incoming().flatten() {
            let there = UnixStream::connect(&socket).unwrap();
            let (mut from, mut to) = (here.try_clone().unwrap(), there.try_clone().unwrap());
            thread::spawn(move || {
                let _ = std::io::copy(&mut from, &mut to);
                to.shutdown(Shutdown::Write)
            });
            let (mut from, mut to) = (there, here);
            thread::spawn(move || {
                let _ = std::io::copy(&mut from, &mut to);
                to.shutdown(Shutdown::Write)
            });
        }
    });
    address
}

#[test]
fn an_engine_that_is_far_away_keeps_its_volumes_as_well() {
    scenario(|mut world| {
        let data = volume(&world, "data", ALL_KINDS);
        let before = look(&world, &data);
        let address = at_a_port(&world.docker);
        world.set("DOCKER_HOST", address);
        let backup = back_up(&world, &data);
        world.devc(&["volume", "clean", &data, "--yes", "--no-backup"]).succeeds();
        assert_eq!(inside(&world, &data, "ls -A"), "");
        world.devc(&["volume", "restore", &backup, "--into", &data]).succeeds();
        assert_eq!(look(&world, &data), before);
        let copy = format!("{}-copy", world.name);
        world.devc(&["volume", "clone", &data, &copy]).succeeds();
        assert_eq!(look(&world, &copy), before);
        world.devc(&["volume", "status", &copy]).succeeds();
    });
}
