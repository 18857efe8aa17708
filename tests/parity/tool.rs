//! Runs either program on the same words and in the same environment.

use std::ffi::OsStr;
use std::fmt;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use devc::host::Environment;
use serde_json::Value;

/// Nothing here takes longer, so what does, hangs.
const DEADLINE: Duration = Duration::from_secs(120);

/// One of the two programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tool {
    Reference,
    Devc,
}

/// What a program did.
pub(crate) struct Ran {
    pub(crate) tool: Tool,
    pub(crate) words: String,
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// What both programs need to know of this machine, found once.
struct World {
    reference: PathBuf,
    /// A link under the reference's own name.
    devc: PathBuf,
    variables: Vec<(String, String)>,
}

/// A user of this machine, given the group that may use the engine.
pub(crate) struct User {
    uid: u32,
    gid: u32,
}

/// Whether the comparisons can run; says so when they cannot.
#[expect(clippy::print_stderr, reason = "a skipped test has to say so")]
pub(crate) fn engine_is_wanted() -> bool {
    let wanted = Environment::capture().get("DEVC_TEST_ENGINE") != Some("0");
    if !wanted {
        eprintln!("skipped: DEVC_TEST_ENGINE=0 turns off everything that needs a container engine");
    }
    wanted
}

/// Ends the test where there is no engine to run it on.
macro_rules! needs_engine {
    () => {
        if !$crate::tool::engine_is_wanted() {
            return;
        }
    };
}
pub(crate) use needs_engine;

impl Tool {
    /// Runs the program in `folder`, with more variables, and waits for its end.
    pub(crate) fn run(self, folder: &Path, words: &[String], variables: &[(&str, &str)]) -> Ran {
        let mut command = self.command();
        prepare(&mut command, folder, words, variables);
        run_to_end(self, &mut command, words.join(" "))
    }

    /// As [`Tool::run`], as another user.
    pub(crate) fn run_as(
        self,
        user: &User,
        folder: &Path,
        words: &[String],
        variables: &[(&str, &str)],
    ) -> Ran {
        let mut command = user.command(self.command().get_program());
        prepare(&mut command, folder, words, variables);
        run_to_end(self, &mut command, words.join(" "))
    }

    fn command(self) -> Command {
        match self {
            Self::Reference => Command::new(&world().reference),
            Self::Devc => Command::new(&world().devc),
        }
    }
}

impl User {
    /// The user with this name.
    pub(crate) fn named(name: &str) -> Self {
        let passwd = std::fs::read_to_string("/etc/passwd").expect("there are users");
        let line = passwd.lines().find(|line| line.starts_with(&format!("{name}:")));
        let ids = line.expect("there is this user").split(':').skip(2).take(2);
        let ids: Vec<u32> = ids.map(|id| id.parse().expect("an id")).collect();
        Self { uid: ids[0], gid: ids[1] }
    }

    /// Whether the user may run both programs: they may lie in somebody's home folder.
    pub(crate) fn can_reach_the_programs(&self) -> bool {
        [Tool::Reference, Tool::Devc].iter().all(|tool| {
            let mut command = self.command(tool.command().get_program());
            let output = command.arg("--version").stdin(Stdio::null()).output();
            output.is_ok_and(|output| output.status.success())
        })
    }

    fn command(&self, program: &OsStr) -> Command {
        let mut command = Command::new("setpriv");
        let engine = rustix::fs::stat("/var/run/docker.sock").map_or(self.gid, |socket| socket.st_gid);
        let Self { uid, gid } = self;
        command.args([format!("--reuid={uid}"), format!("--regid={gid}"), format!("--groups={engine}")]);
        command.arg(program);
        command
    }
}

fn prepare(command: &mut Command, folder: &Path, words: &[String], variables: &[(&str, &str)]) {
    command.args(words).current_dir(folder).env_clear();
    command.envs(world().variables.iter().cloned()).envs(variables.iter().copied());
}

impl Ran {
    /// The last line on stdout, which has to be JSON.
    pub(crate) fn json(&self) -> Value {
        let last = self.stdout.lines().last().unwrap_or_default();
        serde_json::from_str(last).unwrap_or_else(|error| panic!("{self} does not end in JSON: {error}"))
    }

    /// The result, after a success.
    pub(crate) fn success(&self) -> Value {
        assert_eq!(self.code, 0, "{self} failed");
        self.json()
    }

    /// A text of the result.
    pub(crate) fn text(&self, name: &str) -> String {
        let result = self.json();
        result[name].as_str().unwrap_or_else(|| panic!("{self} has no \"{name}\"")).to_owned()
    }
}

impl fmt::Display for Ran {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { tool, words, code, stdout, stderr } = self;
        write!(f, "{tool:?} {words}\n--- exit code {code}\n--- stdout\n{stdout}\n--- stderr\n{stderr}\n---")
    }
}

/// The docker client's answer to `words`; it must succeed.
pub(crate) fn docker(words: &[&str]) -> String {
    let output = Command::new("docker").args(words).stdin(Stdio::null()).output().expect("docker starts");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "docker {} failed: {stderr}", words.join(" "));
    String::from_utf8(output.stdout).expect("docker prints text")
}

fn run_to_end(tool: Tool, command: &mut Command, words: String) -> Ran {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap_or_else(|error| panic!("{tool:?} does not start: {error}"));
    let stdout = read(child.stdout.take());
    let stderr = read(child.stderr.take());
    let code = wait(&mut child);
    let text = |reader: JoinHandle<String>| reader.join().expect("a reader ends");
    let ran = Ran { tool, words, code: code.unwrap_or(-1), stdout: text(stdout), stderr: text(stderr) };
    assert!(code.is_some(), "{ran} did not end within {DEADLINE:?}");
    ran
}

fn read(stream: Option<impl Read + Send + 'static>) -> JoinHandle<String> {
    let mut stream = stream.expect("the stream is piped");
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).expect("the stream can be read");
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

fn wait(child: &mut Child) -> Option<i32> {
    let deadline = Instant::now() + DEADLINE;
    while Instant::now() < deadline {
        if let Some(status) = child.try_wait().expect("the child is ours") {
            return status.code();
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    child.kill().expect("the child is ours");
    None
}

fn world() -> &'static World {
    static WORLD: OnceLock<World> = OnceLock::new();
    WORLD.get_or_init(|| {
        let environment = Environment::capture();
        World { reference: reference(&environment), devc: drop_in(), variables: variables(&environment) }
    })
}

/// As little as both programs need, the same for both, and nothing of the user's own settings.
fn variables(environment: &Environment) -> Vec<(String, String)> {
    let passed = ["PATH", "LANG", "DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG", "USER"];
    let passed = passed.iter().filter_map(|name| Some((*name, environment.get(name)?.to_owned())));
    let own = [
        ("DEVC_NO_HOST_TRUST", "true".to_owned()),
        ("PARITY_SET", "from the host".to_owned()),
        ("PARITY_EMPTY", String::new()),
    ];
    let real_config = environment.home.as_ref().map(|home| home.join(".docker"));
    let config = real_config.filter(|_| environment.get("DOCKER_CONFIG").is_none());
    let config = config.and_then(|path| Some(("DOCKER_CONFIG", path.to_str()?.to_owned())));
    passed.chain(own).chain(config).map(|(name, value)| (name.to_owned(), value)).collect()
}

/// Both ask a web site for a list of forbidden Features before every `up`, unless it has a fresh copy
/// in the user's part of the temporary folder.
pub(crate) fn keep_off_the_network(user: &str, folder: &Path) {
    let cache = folder.join(format!("devcontainercli-{user}"));
    std::fs::create_dir_all(&cache).expect("a cache folder");
    let manifest = r#"{"disallowedFeatures":[],"featureAdvisories":[]}"#;
    std::fs::write(cache.join("control-manifest.json"), manifest).expect("a copy of the list");
    let own = folder.join(".cache/devc");
    std::fs::create_dir_all(&own).expect("a cache folder");
    std::fs::write(own.join("control-manifest.json"), manifest).expect("a copy of the list");
}

/// Everything is compared under the name that editors and scripts call.
fn drop_in() -> PathBuf {
    let program = Path::new(env!("CARGO_BIN_EXE_devc"));
    let link = Path::new(env!("CARGO_TARGET_TMPDIR")).join("devcontainer");
    let is_right = || std::fs::read_link(&link).is_ok_and(|target| target == program);
    if !is_right() {
        // Another test may make it at the same time.
        let _ = std::fs::remove_file(&link);
        let _ = std::os::unix::fs::symlink(program, &link);
        assert!(is_right(), "{} is no link to {}", link.display(), program.display());
    }
    link
}

fn reference(environment: &Environment) -> PathBuf {
    if let Some(path) = environment.get_non_empty("DEVC_REFERENCE_CLI") {
        return PathBuf::from(path);
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/reference");
    let output = Command::new(&script).stderr(Stdio::inherit()).output();
    let output = output.unwrap_or_else(|error| panic!("{} does not start: {error}", script.display()));
    assert!(output.status.success(), "{} could not provide the reference CLI", script.display());
    PathBuf::from(String::from_utf8_lossy(&output.stdout).trim())
}
