//! An engine of our own that may be killed: a daemon in namespaces of its own, which go with it.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::docker::{BASE, Docker};
use crate::wait::within;
use crate::world::{World, scenario};

/// How long a daemon may take to answer.
const START: Duration = Duration::from_secs(60);

/// A scenario on an engine of its own.
pub fn private_scenario(disk: Disk, act: impl FnOnce(World, PrivateEngine)) {
    scenario(|_| {
        if let Some(engine) = PrivateEngine::start(disk) {
            act(World::new(engine.docker.clone()), engine);
        }
    });
}

/// A second engine. It ends, with all its containers, when it is dropped.
pub struct PrivateEngine {
    /// How to ask it.
    pub docker: Docker,
    /// The process that holds the namespaces: with it ends everything in them.
    holder: Child,
    folder: TempDir,
    disk: Disk,
}

/// What a private engine stands on.
#[derive(Clone, Copy, Debug)]
pub enum Disk {
    /// The disk of this machine.
    Shared,
    /// A disk of its own with so many mebibytes, and with the base image on it.
    OfMebibytes(u32),
}

impl PrivateEngine {
    /// Starts one with the base image. `None`, with a word on why, where that is not possible: it takes root, and a
    /// daemon of this machine.
    fn start(disk: Disk) -> Option<Self> {
        let is_root = rustix::process::getuid().is_root();
        let can =
            |program: &str| Command::new(program).arg("--version").stdout(Stdio::null()).status().is_ok();
        if !is_root || !can("dockerd") || !can("unshare") {
            let _ =
                writeln!(std::io::stderr(), "skipped: an engine of our own needs root, dockerd and unshare");
            return None;
        }
        let folder = tempfile::Builder::new().prefix("devc-private-").tempdir().unwrap();
        let docker = Docker { host: format!("unix://{}", folder.path().join("engine.sock").display()) };
        let engine = Self { docker, holder: launch(folder.path(), disk), folder, disk };
        engine.wait();
        engine.load_base_image();
        Some(engine)
    }

    /// Starts it again after it was killed. What it had on the disk of this machine is there again.
    pub fn restart(&mut self) {
        self.holder = launch(self.folder.path(), self.disk);
        self.wait();
    }

    fn wait(&self) {
        if within(START, || self.docker.try_ask(&["version"]).ok()).is_none() {
            panic!("the private engine does not answer:\n{}", self.log());
        }
    }

    /// Where this machine would have a volume of the engine, if the engine's disk were its own.
    pub fn mountpoint_here(&self, volume: &str) -> PathBuf {
        self.folder.path().join("data/volumes").join(volume).join("_data")
    }

    /// Takes the base image over from the engine of this machine.
    fn load_base_image(&self) {
        let machine = Docker::of_this_machine().unwrap();
        let mut save = machine.command(&["save", BASE]).stdout(Stdio::piped()).spawn().unwrap();
        let stream = save.stdout.take().unwrap();
        let load = self.docker.command(&["load", "-q"]).stdin(stream).stdout(Stdio::null()).status().unwrap();
        assert!(save.wait().unwrap().success() && load.success(), "{}", self.log());
    }

    /// Ends the daemon and everything it runs, without a word.
    pub fn kill(&mut self) {
        // The process below the holder is the first of the namespace: with it, all others are killed.
        for child in children(self.holder.id()) {
            let _ = kill_process(Pid::from_raw(child).unwrap(), Signal::KILL);
        }
        let _ = self.holder.wait();
    }

    fn log(&self) -> String {
        let text = fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }
}

impl Drop for PrivateEngine {
    fn drop(&mut self) {
        self.kill();
    }
}

fn launch(root: &Path, disk: Disk) -> Child {
    let mut script = String::from("set -e\nrm -rf pid engine.sock exec\n");
    if let Disk::OfMebibytes(size) = disk {
        script += "mkdir -p data\n";
        script += &format!("mount -t tmpfs -o size={size}m tmpfs data\n");
    }
    // Its own network namespace keeps its bridge and rules away from the machine's, and a `/run` of its own the
    // machine's containerd, which it would use else.
    script += "ip link set lo up\nmount -t tmpfs tmpfs /run\n";
    script += "exec dockerd --data-root $PWD/data --exec-root $PWD/exec --pidfile $PWD/pid --config-file $PWD/none.json \
               -H unix://$PWD/engine.sock\n";
    fs::write(root.join("none.json"), "{}").unwrap();
    let log = fs::File::create(root.join("log")).unwrap();
    let namespaces =
        ["--net", "--mount", "--pid", "--uts", "--ipc", "--fork", "--kill-child", "--mount-proc"];
    Command::new("unshare")
        .args(namespaces)
        .args(["sh", "-c", &script])
        .current_dir(root)
        .stdin(Stdio::null())
        .stdout(log.try_clone().unwrap())
        .stderr(log)
        .spawn()
        .unwrap()
}

fn children(parent: u32) -> Vec<i32> {
    let path = format!("/proc/{parent}/task/{parent}/children");
    let text = fs::read_to_string(Path::new(&path)).unwrap_or_default();
    text.split_whitespace().filter_map(|id| id.parse().ok()).collect()
}
