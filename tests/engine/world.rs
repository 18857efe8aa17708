//! A project of its own on this machine, with all that `devc` makes of it.

use std::ffi::OsString;
use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

use crate::container::Container;
use crate::docker::{BASE, Docker};
use crate::run::{Finished, Running};
use crate::wait::eventually;

/// Variables that the real environment may hand on: how to reach programs, the engine and the network.
const HANDED_ON: [&str; 14] = [
    "PATH",
    "DOCKER_CONFIG",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "FTP_PROXY",
    "NO_PROXY",
    "ALL_PROXY",
    "http_proxy",
    "https_proxy",
    "ftp_proxy",
    "no_proxy",
    "all_proxy",
    "SSL_CERT_FILE",
    "LANG",
];

static WORLDS: AtomicUsize = AtomicUsize::new(0);

/// Runs a scenario in a world of its own, unless the engine's tests are not wanted. The world ends with it.
pub fn scenario(act: impl FnOnce(World)) {
    if let Some(docker) = Docker::of_this_machine() {
        act(World::new(docker));
    }
}

/// A workspace, a home folder and an engine.
pub struct World {
    /// No other world has it: names of images and volumes begin with it.
    pub name: String,
    /// The engine.
    pub docker: Docker,
    root: TempDir,
    workspace: PathBuf,
    variables: Vec<(String, OsString)>,
    user: Option<u32>,
    runs: AtomicUsize,
}

impl World {
    /// An empty workspace.
    pub fn new(docker: Docker) -> Self {
        let number = WORLDS.fetch_add(1, Ordering::Relaxed);
        let name = format!("devc-test-{}-{number}", std::process::id());
        let root = tempfile::Builder::new().prefix("devc-engine-").tempdir().unwrap();
        // Other users have to get in where a scenario has some.
        fs::set_permissions(root.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let workspace = root.path().join(&name);
        for folder in
            [&workspace, &root.path().join("home"), &root.path().join("runs"), &root.path().join("tmp")]
        {
            fs::create_dir(folder).unwrap();
        }
        let world = Self {
            name,
            docker,
            root,
            workspace,
            variables: Vec::new(),
            user: None,
            runs: AtomicUsize::new(0),
        };
        world.advise(&serde_json::json!({}));
        world
    }

    /// Puts a fresh copy of the control manifest where `devc` keeps it, so that nobody is asked for one.
    pub fn advise(&self, manifest: &Value) {
        let cache = self.home().join(".cache/devc");
        fs::create_dir_all(&cache).unwrap();
        fs::write(cache.join("control-manifest.json"), manifest.to_string()).unwrap();
    }

    /// The workspace folder.
    pub fn workspace(&self) -> &Path {
        &self.workspace
    }

    /// Where the workspace is inside the container.
    pub fn inside(&self) -> String {
        format!("/workspaces/{}", self.name)
    }

    /// A path outside of the workspace that goes with the world.
    pub fn outside(&self, path: &str) -> PathBuf {
        self.root.path().join(path)
    }

    /// The home folder of the one who runs `devc`.
    pub fn home(&self) -> PathBuf {
        self.outside("home")
    }

    /// The folder in which `devc` keeps what it remembers.
    pub fn state(&self) -> PathBuf {
        self.outside("home/.local/state/devc")
    }

    /// From now on, work in a folder below the workspace.
    pub fn enter(&mut self, folder: &str) {
        self.workspace.push(folder);
        fs::create_dir_all(&self.workspace).unwrap();
    }

    /// Sets a variable for `devc`.
    pub fn set(&mut self, name: &str, value: impl Into<OsString>) {
        self.variables.push((name.to_owned(), value.into()));
    }

    /// Runs `devc` as another user, to whom all files of the world then belong. Returns `false`, and does nothing,
    /// where that is not possible because we are not root.
    pub fn become_user(&mut self, id: u32) -> bool {
        if !rustix::process::getuid().is_root() {
            return false;
        }
        let status = Command::new("chown").args(["-R", &format!("{id}:{id}")]).arg(self.root.path()).status();
        assert!(status.unwrap().success());
        self.user = Some(id);
        true
    }

    /// Writes a file of the workspace, and the folders above it.
    pub fn write(&self, path: &str, text: &str) {
        let path = self.workspace.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        if let Some(user) = self.user {
            std::os::unix::fs::chown(&path, Some(user), Some(user)).unwrap();
        }
    }

    /// Writes `.devcontainer/devcontainer.json`.
    pub fn config(&self, config: Value) {
        self.write(".devcontainer/devcontainer.json", &format!("{config:#}"));
    }

    /// Writes a program for this machine.
    pub fn write_program(&self, path: &Path, text: &str) {
        fs::write(path, text).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// Makes an image with a user `dev` (id 1000) who has bash, and with what more lines of a Dockerfile bring.
    #[track_caller]
    pub fn image_with_user(&self, more: &str) -> String {
        let image = format!("{}-base", self.name);
        self.docker.build(&image, &format!("FROM {BASE}\nRUN useradd -m -u 1000 -s /bin/bash dev\n{more}\n"));
        image
    }

    /// Copies one of the projects below `examples/` to the workspace.
    pub fn take_example(&self, name: &str) {
        let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name);
        let tracked = Command::new("git").args(["ls-files", "-z"]).current_dir(&example).output().unwrap();
        for path in String::from_utf8(tracked.stdout).unwrap().split_terminator('\0') {
            self.write(path, &fs::read_to_string(example.join(path)).unwrap());
        }
    }

    /// Reads a file of the workspace; `None` when there is none.
    pub fn read(&self, path: &str) -> Option<String> {
        fs::read_to_string(self.workspace.join(path)).ok()
    }

    /// The lines that hooks have written to the file `order` of the workspace; forgets them.
    pub fn take_order(&self) -> Vec<String> {
        let text = self.read("order").unwrap_or_default();
        let _ = fs::remove_file(self.workspace.join("order"));
        text.lines().map(str::to_owned).collect()
    }

    /// Whether a file of the workspace exists.
    pub fn has(&self, path: &str) -> bool {
        self.workspace.join(path).exists()
    }

    /// Waits until a file of the workspace exists.
    #[track_caller]
    pub fn until_there_is(&self, path: &str) {
        eventually(&format!("there is a file {path}"), || self.has(path).then_some(()));
    }

    /// Lets every user write to the workspace, as users inside a container may have any id.
    pub fn open_to_all(&self) {
        fs::set_permissions(&self.workspace, fs::Permissions::from_mode(0o777)).unwrap();
    }

    /// Runs a program of this machine in the workspace; it has to succeed.
    #[track_caller]
    pub fn host(&self, words: &[&str]) -> String {
        let mut command = Command::new(words[0]);
        let output = command.args(&words[1..]).current_dir(&self.workspace).env("HOME", self.home()).output();
        let output = output.unwrap();
        assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
    }

    /// `devc` with arguments, not yet started.
    #[expect(clippy::disallowed_methods, reason = "what is handed on is listed above")]
    pub fn command(&self, words: &[&str]) -> Command {
        let program = env!("CARGO_BIN_EXE_devc");
        let mut command = match self.user {
            None => Command::new(program),
            Some(user) => self.command_as(user, program),
        };
        command.args(words).current_dir(&self.workspace).env_clear();
        let handed_on = HANDED_ON.iter().filter_map(|name| Some((name, std::env::var_os(name)?)));
        command.envs(handed_on).env("DOCKER_HOST", &self.docker.host).env("HOME", self.home());
        // What a killed devc leaves there goes with the world.
        command.env("TMPDIR", self.outside("tmp"));
        command.envs(self.variables.iter().map(|(name, value)| (name, value))).stdin(Stdio::null());
        command
    }

    /// Another user may not be able to reach the program where cargo put it, so it gets one of its own.
    fn command_as(&self, user: u32, program: &str) -> Command {
        let own = self.outside("devc");
        if !own.exists() {
            fs::hard_link(program, &own).or_else(|_| fs::copy(program, &own).map(drop)).unwrap();
        }
        let mut command = Command::new("setpriv");
        command.arg(format!("--reuid={user}")).arg(format!("--regid={user}"));
        match self.socket_group() {
            Some(group) => command.arg(format!("--groups={group}")),
            None => command.arg("--clear-groups"),
        };
        command.arg(own);
        command
    }

    fn socket_group(&self) -> Option<u32> {
        use std::os::unix::fs::MetadataExt;
        let path = self.docker.host.strip_prefix("unix://")?;
        Some(fs::metadata(path).ok()?.gid())
    }

    /// Starts `devc`.
    pub fn start(&self, words: &[&str]) -> Running {
        self.launch(self.command(words))
    }

    /// Starts a command of [`World::command`].
    pub fn launch(&self, command: Command) -> Running {
        let number = self.runs.fetch_add(1, Ordering::Relaxed);
        Running::start(command, &self.outside("runs").join(number.to_string()))
    }

    /// Runs `devc` to its end.
    #[track_caller]
    pub fn devc(&self, words: &[&str]) -> Finished {
        self.start(words).finish()
    }

    /// Runs `devc` with this on its standard input.
    #[track_caller]
    pub fn devc_with_input(&self, words: &[&str], input: &[u8]) -> Finished {
        let mut command = self.command(words);
        command.stdin(Stdio::piped());
        let mut running = self.launch(command);
        let mut stdin = running.stdin().unwrap();
        std::thread::scope(|scope| {
            scope.spawn(move || {
                // Whoever does not read all of it may have reason to.
                let _ = stdin.write_all(input);
            });
            running.finish()
        })
    }

    /// `devc up`, which has to succeed; returns the container.
    #[track_caller]
    pub fn up(&self) -> Container {
        self.up_with(&[])
    }

    /// `devc up` with more arguments, which has to succeed; returns the container.
    #[track_caller]
    pub fn up_with(&self, words: &[&str]) -> Container {
        let run = self.devc(&[&["up"], words].concat()).succeeds();
        let result = run.json();
        assert_eq!(result["outcome"], "success", "{run}");
        let container = self.container();
        assert_eq!(result["containerId"], container.id, "{run}");
        container
    }

    /// The one container of this workspace.
    #[track_caller]
    pub fn container(&self) -> Container {
        let mut containers = self.containers();
        assert_eq!(containers.len(), 1, "one container is wanted: {containers:?}");
        containers.remove(0)
    }

    /// The containers of this workspace, whatever their state.
    pub fn containers(&self) -> Vec<Container> {
        let label = format!("label=devcontainer.local_folder={}", self.workspace.display());
        let ids = self.docker.lines(&["ps", "-aq", "--no-trunc", "--filter", &label]);
        ids.iter().filter_map(|id| Container::find(&self.docker, id)).collect()
    }

    /// The names of the images made for this world.
    pub fn images(&self) -> Vec<String> {
        let reference = format!("reference=*{}*", self.name);
        let format = "{{.Repository}}:{{.Tag}}";
        self.docker.lines(&["images", "--filter", &reference, "--format", format])
    }

    /// The names of the volumes made for this world.
    pub fn volumes(&self) -> Vec<String> {
        self.docker.lines(&["volume", "ls", "-q", "--filter", &format!("name={}", self.name)])
    }

    /// The command lines of all processes of this machine.
    pub fn processes_of_this_machine(&self) -> Vec<String> {
        processes().into_iter().map(|(_, line)| line).collect()
    }

    /// Ends the processes of this machine whose command line holds a text of this world.
    pub fn kill_processes_of_this_machine(&self, text: &str) {
        assert!(text.contains(&self.root.path().display().to_string()), "only processes of this world");
        for (id, line) in processes() {
            if line.contains(text) {
                let id = Pid::from_raw(id).unwrap();
                let _ = kill_process(id, Signal::KILL);
            }
        }
    }

    /// Everything in the newest log file.
    #[track_caller]
    pub fn log(&self) -> String {
        let entries = fs::read_dir(self.state().join("logs")).unwrap().map(|entry| entry.unwrap().path());
        fs::read_to_string(entries.filter(|path| path.is_file()).max().expect("a log file")).unwrap()
    }

    /// Removes what the world has made on the engine. Nothing may stop it: it also runs after a failure.
    fn clean_up(&self) {
        let root = self.root.path().display().to_string();
        let format = "{{.ID}} {{.Label \"devcontainer.local_folder\"}} {{.Names}} {{.Image}}";
        let all = self.docker.try_ask(&["ps", "-a", "--no-trunc", "--format", format]).unwrap_or_default();
        let own = all.lines().filter(|line| line.contains(&root) || line.contains(&self.name));
        let ids: Vec<&str> = own.filter_map(|line| line.split(' ').next()).collect();
        self.remove(&["rm", "-f", "-v"], &ids);
        let volumes =
            self.docker.try_ask(&["volume", "ls", "-q", "--filter", &format!("name={}", self.name)]);
        self.remove(&["volume", "rm", "-f"], &volumes.unwrap_or_default().lines().collect::<Vec<_>>());
        let networks =
            self.docker.try_ask(&["network", "ls", "-q", "--filter", &format!("name={}", self.name)]);
        self.remove(&["network", "rm"], &networks.unwrap_or_default().lines().collect::<Vec<_>>());
        let reference = format!("reference=*{}*", self.name);
        let format = "{{.Repository}}:{{.Tag}}";
        let images = self.docker.try_ask(&["images", "--filter", &reference, "--format", format]);
        self.remove(&["rmi", "-f"], &images.unwrap_or_default().lines().collect::<Vec<_>>());
    }

    fn remove(&self, words: &[&str], names: &[&str]) {
        if !names.is_empty() {
            let _ = self.docker.try_ask(&[words, names].concat());
        }
    }
}

/// Process ids and command lines of this machine, our own left out.
fn processes() -> Vec<(i32, String)> {
    let own = std::process::id();
    let folders = fs::read_dir("/proc").unwrap().flatten();
    let ids = folders.filter_map(|folder| folder.file_name().to_str()?.parse::<i32>().ok());
    let others = ids.filter(|id| id.cast_unsigned() != own);
    others
        .filter_map(|id| {
            let words = fs::read(format!("/proc/{id}/cmdline")).ok()?;
            Some((id, String::from_utf8_lossy(&words).replace('\0', " ")))
        })
        .collect()
}

impl Drop for World {
    #[expect(clippy::disallowed_methods, reason = "the tests' own settings")]
    fn drop(&mut self) {
        if std::env::var_os("DEVC_TEST_KEEP").is_some_and(|value| value == "1") {
            self.root.disable_cleanup(true);
            let _ = writeln!(std::io::stderr(), "kept {} ({})", self.root.path().display(), self.name);
            return;
        }
        self.clean_up();
    }
}
