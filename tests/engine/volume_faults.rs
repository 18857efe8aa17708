//! What is in volumes survives: `devc` killed at any moment, full and read-only disks, two runs at once, somebody writing.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use rustix::process::Signal;

use crate::backups::{inside, look, newest, volume, writer};
use crate::run::Finished;
use crate::wait::{eventually, within};
use crate::world::{World, scenario};

/// How many moments of a run are tried.
const MOMENTS: u32 = 4;

/// Fills a volume so that work on it takes a while; `id` is in the content.
fn fill(world: &World, volume: &str, id: &str) {
    let script = "head -c 6000000 /dev/urandom > large; mkdir -p many; head -c 1200000 /dev/urandom | split -a 3 -b 2k - many/";
    inside(world, volume, &format!("rm -rf *; echo {id} > {id}; {script}"));
}

/// Kills `devc` at moments spread over the time that an undisturbed run takes. `before` says what to run, and `after` holds
/// what is left against that.
fn killed_throughout(world: &World, mut before: impl FnMut() -> Vec<String>, mut after: impl FnMut(&[&str])) {
    let start = |words: &[String]| world.start(&words.iter().map(String::as_str).collect::<Vec<_>>());
    let whole = start(&before()).finish().succeeds().elapsed;
    for moment in 1..=MOMENTS {
        let words = before();
        let mut run = start(&words);
        let _ = within(whole * moment / (MOMENTS + 1), || (!run.is_running()).then_some(()));
        if run.is_running() {
            run.signal(Signal::KILL);
        }
        drop(run.finish());
        after(&words.iter().map(String::as_str).collect::<Vec<_>>());
    }
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn are_same(world: &World, one: &str, other: &str) -> bool {
    let run = world.devc(&["volume", "diff", one, other]);
    if run.text().is_empty() {
        run.exits(0);
        return true;
    }
    run.exits(1);
    false
}

/// A volume with content, and a backup of it.
fn backed_up(world: &World, id: &str) -> (String, String) {
    let volume = volume(world);
    fill(world, &volume, id);
    world.devc(&["volume", "backup", &volume]).succeeds();
    let backup = newest(world).display().to_string();
    (volume, backup)
}

#[test]
fn a_backup_that_is_killed_is_none_and_leaves_nothing() {
    scenario(|world| {
        let (volume, backup) = backed_up(&world, "first");
        let run = || words(&["volume", "backup", &volume]);
        killed_throughout(&world, run, |_| drop(world.devc(&["volume", "verify", &volume]).succeeds()));
        world.devc(&["volume", "backup", &volume]).succeeds();
        let folder = Path::new(&backup).parent().unwrap();
        let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
        let parts = names.filter(|name| !name.to_string_lossy().ends_with(".tar.zst"));
        assert_eq!(parts.collect::<Vec<_>>(), [""; 0]);
    });
}

#[test]
fn a_restore_that_is_killed_is_done_again() {
    scenario(|world| {
        let (_, backup) = backed_up(&world, "first");
        let copy = format!("{}-copy", world.name);
        let run = || {
            world.docker.ask(&["volume", "rm", "-f", &copy]);
            words(&["volume", "restore", &backup, "--into", &copy])
        };
        killed_throughout(&world, run, |again| {
            // It may have come to its end before it was killed; then the volume is not empty.
            drop(world.devc(again));
            assert!(are_same(&world, &backup, &copy));
        });
    });
}

#[test]
fn content_whose_replacement_is_killed_is_the_old_or_the_new() {
    scenario(|world| {
        let (volume, first) = backed_up(&world, "first");
        fill(&world, &volume, "second");
        world.devc(&["volume", "backup", &volume]).succeeds();
        let second = newest(&world).display().to_string();
        let run = || {
            let other = if are_same(&world, &volume, &first) { &second } else { &first };
            words(&["volume", "restore", other, "--replace", "--yes", "--no-backup"])
        };
        killed_throughout(&world, run, |_| {
            world.devc(&["volume", "resume", &volume]).succeeds();
            assert!(are_same(&world, &volume, &first) || are_same(&world, &volume, &second));
            assert!(!inside(&world, &volume, "ls -A").contains(".devc"));
        });
    });
}

#[test]
fn a_clone_that_is_killed_is_done_again() {
    scenario(|world| {
        let (volume, backup) = backed_up(&world, "first");
        let copy = format!("{}-copy", world.name);
        let run = || {
            world.docker.ask(&["volume", "rm", "-f", &copy]);
            words(&["volume", "clone", &volume, &copy])
        };
        killed_throughout(&world, run, |again| {
            drop(world.devc(again));
            assert!(are_same(&world, &backup, &copy));
        });
        assert!(are_same(&world, &backup, &volume));
    });
}

#[test]
fn what_a_killed_clean_has_taken_comes_back() {
    scenario(|world| {
        let (volume, backup) = backed_up(&world, "first");
        let run = || {
            if !are_same(&world, &backup, &volume) {
                let words =
                    ["volume", "restore", &backup, "--into", &volume, "--replace", "--yes", "--no-backup"];
                world.devc(&words).succeeds();
            }
            words(&["volume", "clean", &volume, "--yes"])
        };
        killed_throughout(&world, run, |_| {
            if !are_same(&world, &backup, &volume) {
                world.devc(&["volume", "undo", "--yes"]).succeeds();
                assert!(are_same(&world, &backup, &volume));
            }
        });
    });
}

#[test]
fn a_killed_run_lets_the_containers_go_on_that_it_had_made_hold_still() {
    scenario(|world| {
        let (volume, _) = backed_up(&world, "first");
        inside(&world, &volume, "head -c 300000000 /dev/urandom > larger");
        let writer = writer(&world, &volume);
        for (how, state) in [("--pause", "paused"), ("--stop", "exited")] {
            let run = world.start(&["volume", "backup", &volume, how]);
            eventually("the container holds still", || (writer.again().state() == state).then_some(()));
            run.signal(Signal::KILL);
            drop(run.finish());
            eventually("it goes on", || (writer.again().state() == "running").then_some(()));
        }
    });
}

/// Runs `devc` as another program starts it.
fn started_by(world: &World, starter: &[&str], words: &[&str]) -> Finished {
    let devc = world.command(words);
    let mut command = Command::new(starter[0]);
    command.args(&starter[1..]).arg(devc.get_program()).args(devc.get_args());
    command.current_dir(world.workspace()).env_clear().stdin(Stdio::null());
    command.envs(devc.get_envs().filter_map(|(name, value)| Some((name, value?))));
    world.launch(command).finish()
}

/// Runs `devc` with a file system of its own over a folder; nobody else sees that. Then tells what is in it.
fn devc_with(world: &World, file_system: &str, folder: &str, words: &[&str]) -> Finished {
    const SCRIPT: &str = r#"
mount -t tmpfs -o "$0" tmpfs "$1"
[ "${0#ro}" != "$0" ] || echo old > "$1/old"
cd "$1"; shift
"$@" && code=0 || code=$?
echo "left: $(ls -A . | tr '\n' ' ')" >&2
exit $code"#;
    started_by(world, &["unshare", "-m", "sh", "-ec", SCRIPT, file_system, folder], words)
}

#[test]
fn a_disk_that_is_full_or_read_only_costs_nothing_but_the_attempt() {
    if !rustix::process::getuid().is_root() {
        return;
    }
    scenario(|world| {
        let (volume, backup) = backed_up(&world, "first");
        let folder = world.outside("backups");
        fs::create_dir(&folder).unwrap();
        let to = folder.to_str().unwrap();
        let backs_up = ["volume", "backup", &volume, "--to", to];
        let run = devc_with(&world, "size=2m", to, &backs_up).fails();
        run.says("No space left").says(&format!("left: {volume} old"));
        devc_with(&world, "ro,size=2m", to, &backs_up).fails().says("could not write").says("--to");

        let facts = world.docker.inspect("volume", &volume).unwrap();
        let mountpoint = facts["Mountpoint"].as_str().unwrap();
        let restores = ["volume", "restore", &backup, "--into", &volume, "--replace", "--yes", "--no-backup"];
        let run = devc_with(&world, "size=2m", mountpoint, &restores).fails();
        run.says("Make room").says("left: old \n");
    });
}

#[test]
fn devices_that_may_not_be_made_are_named_and_nothing_else_happens() {
    if !rustix::process::getuid().is_root() {
        return;
    }
    scenario(|world| {
        let (volume, copy) = (volume(&world), format!("{}-copy", world.name));
        inside(&world, &volume, "mkdir dev; mknod dev/null c 1 3; echo first > file");
        world.devc(&["volume", "backup", &volume]).succeeds();
        let backup = newest(&world).display().to_string();
        let archive = world.outside("archive.tar").display().to_string();
        world.devc(&["volume", "export", &volume, "--to", &archive]).succeeds();
        inside(&world, &volume, "rm -r dev; echo second > file");
        let before = look(&world, &volume);

        let refused = |words: &[&str]| {
            let run = started_by(&world, &["setpriv", "--bounding-set=-mknod"], words).fails();
            run.says("could not write dev/null").says("Only root may make devices");
        };
        refused(&["volume", "restore", &backup, "--replace", "--yes", "--no-backup"]);
        refused(&["volume", "import", &volume, &archive, "--replace", "--yes", "--no-backup"]);
        refused(&["volume", "import", &copy, &archive]);
        assert_eq!(look(&world, &volume), before);
        assert!(!world.volumes().contains(&copy), "what was made for it goes with the failure");
    });
}

#[test]
fn folders_may_lie_within_each_other_as_deep_as_paths_go() {
    scenario(|world| {
        let (volume, copy) = (volume(&world), format!("{}-copy", world.name));
        inside(
            &world,
            &volume,
            "path=$(yes d/ | head -n 1900 | tr -d '\\n'); mkdir -p $path; echo text > ${path}f",
        );
        let run = |words: &[&str]| started_by(&world, &["prlimit", "--nofile=1024:"], words).succeeds();
        run(&["volume", "backup", &volume]);
        run(&["volume", "clone", &volume, &copy]);
        run(&["volume", "restore", &volume, "--into", &copy, "--replace", "--yes", "--no-backup"]);
        assert_eq!(inside(&world, &copy, "ls -A; find . | wc -l"), "d\n1902");
    });
}

#[test]
fn two_backups_of_one_volume_at_once_are_both_whole() {
    scenario(|world| {
        let (volume, _) = backed_up(&world, "first");
        let runs = [(); 2].map(|()| world.start(&["volume", "backup", &volume]));
        runs.into_iter().for_each(|run| drop(run.finish().succeeds()));
        let run = world.devc(&["volume", "backups", &volume, "--json"]).succeeds().json();
        let files = run["backups"].as_array().unwrap().iter().map(|backup| backup["file"].as_str().unwrap());
        let files: Vec<&str> = files.collect();
        assert_eq!(files.len(), 3);
        files.iter().for_each(|file| drop(world.devc(&["volume", "verify", file]).succeeds()));
    });
}

#[test]
fn a_volume_that_changes_while_it_is_read_is_told() {
    scenario(|world| {
        let (volume, _) = backed_up(&world, "first");
        let mount = format!("{volume}:/data");
        let script = "while :; do echo more >> /data/large; done";
        let name = format!("{}-busy", world.name);
        world.docker.ask(&[
            "run",
            "-d",
            "--name",
            &name,
            "-v",
            &mount,
            crate::docker::BASE,
            "sh",
            "-c",
            script,
        ]);
        let copy = format!("{}-copy", world.name);
        for words in [&["backup", &volume, "--live"][..], &["clone", &volume, &copy, "--live"]] {
            let run = world.devc(&[&["volume"], words].concat()).succeeds();
            run.says("changed while being read: large");
        }
    });
}

/// More than any volume may cost, in KiB: 64 MiB less what the pages of a release build's program take.
const MOST_MEMORY: u64 = (64 - 14) << 10;

/// Runs `devc` and returns the most memory that it has taken, in KiB, without the pages of its program: those of a debug
/// build are more than twice those of the one that people run.
fn peak(world: &World, words: &[&str]) -> u64 {
    let mut run = world.start(words);
    let status = format!("/proc/{}/status", run.pid());
    let mut peak = 0;
    eventually("it ends", || {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let amount = |name: &str| -> Option<u64> {
            let line = text.lines().find_map(|line| line.strip_prefix(name))?;
            line.trim().strip_suffix(" kB")?.parse().ok()
        };
        if let (Some(all), Some(program)) = (amount("VmHWM:"), amount("RssFile:")) {
            peak = peak.max(all.saturating_sub(program));
        }
        (!run.is_running()).then_some(())
    });
    drop(run.finish().succeeds());
    peak
}

#[test]
fn memory_stays_bounded_whatever_the_volume_holds() {
    scenario(|world| {
        let volume = volume(&world);
        let script =
            "head -c 90000000 /dev/urandom > large; head -c 20000000 /dev/urandom > a; cat a a a a > b
            mkdir many; seq 24000 | split -a 4 -l 2 - many/; mkdir deep; cp -r many deep";
        inside(&world, &volume, script);
        let backup = world.outside("backup").join(&volume).display().to_string();
        let to = world.outside("backup").display().to_string();
        let check_reading = |archives: u64, words: &[&str]| {
            let peak = peak(&world, words);
            assert!(peak > 0 && peak < archives * MOST_MEMORY, "devc {}: {peak} KiB", words.join(" "));
        };
        let check = |words: &[&str]| check_reading(1, words);
        check(&["volume", "backup", &volume, "--to", &to]);
        let file = fs::read_dir(&backup).unwrap().next().unwrap().unwrap().path();
        let (file, copy) = (file.to_str().unwrap(), format!("{}-copy", world.name));
        let clone = format!("{}-clone", world.name);
        check(&["volume", "verify", file]);
        check(&["volume", "restore", file, "--into", &copy]);
        check(&["volume", "clone", &volume, &clone]);
        check_reading(2, &["volume", "diff", &clone, file]);
        check(&["volume", "status", &volume]);
    });
}
