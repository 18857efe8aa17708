//! The engine as an outsider sees it: through the docker client, never through the code under test.

use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use serde_json::Value;

use crate::wait::eventually;

/// The image that every scenario starts from; `scripts/engine` makes it.
pub const BASE: &str = "devc-base:bookworm";

/// One engine.
#[derive(Clone, Debug)]
pub struct Docker {
    /// The value of `DOCKER_HOST`.
    pub host: String,
}

impl Docker {
    /// The engine of this machine; `None` when its tests are not wanted.
    pub fn of_this_machine() -> Option<Self> {
        static FOUND: OnceLock<Option<Docker>> = OnceLock::new();
        FOUND.get_or_init(find).clone()
    }

    /// A docker client for this engine.
    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new("docker");
        command.args(words).env("DOCKER_HOST", &self.host).env_remove("DOCKER_CONTEXT").stdin(Stdio::null());
        command
    }

    /// What the client answers; it has to succeed.
    #[track_caller]
    pub fn ask(&self, words: &[&str]) -> String {
        self.try_ask(words).unwrap_or_else(|error| panic!("docker {}: {error}", words.join(" ")))
    }

    /// Stops a container, also for those who ask for a list: the engine's list lags behind the end of a process.
    #[track_caller]
    pub fn stop(&self, id: &str) {
        self.ask(&["stop", "-t", "0", id]);
        let ended = ["ps", "-aq", "--filter", &format!("id={id}"), "--filter", "status=exited"];
        eventually("the engine lists the container as stopped", || {
            Some(self.ask(&ended)).filter(|ids| !ids.is_empty())
        });
    }

    /// What the client answers, or what it says when it fails.
    pub fn try_ask(&self, words: &[&str]) -> Result<String, String> {
        let output = self.command(words).output().map_err(|error| error.to_string())?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim_end().to_owned();
        if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
    }

    /// The first element of what `docker ... inspect` answers; `None` when there is no such thing.
    pub fn inspect(&self, kind: &str, name: &str) -> Option<Value> {
        let text = self.try_ask(&["inspect", "--type", kind, name]).ok()?;
        serde_json::from_str::<Vec<Value>>(&text).ok()?.into_iter().next()
    }

    /// Lines of an answer, without empty ones.
    #[track_caller]
    pub fn lines(&self, words: &[&str]) -> Vec<String> {
        self.ask(words).lines().filter(|line| !line.is_empty()).map(str::to_owned).collect()
    }

    /// Makes an image from the text of a Dockerfile without a context.
    #[track_caller]
    pub fn build(&self, tag: &str, dockerfile: &str) {
        let mut client = self.command(&["build", "-q", "-t", tag, "-"]);
        let client = client.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut client = client.spawn().unwrap();
        client.stdin.take().unwrap().write_all(dockerfile.as_bytes()).unwrap();
        let output = client.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

#[expect(clippy::disallowed_methods, reason = "the tests' own settings")]
fn find() -> Option<Docker> {
    if std::env::var_os("DEVC_TEST_ENGINE").is_some_and(|value| value == "0") {
        // Written past the test harness, which would swallow it.
        let _ = writeln!(std::io::stderr(), "DEVC_TEST_ENGINE=0: the engine scenarios are skipped");
        return None;
    }
    let host = std::env::var("DOCKER_HOST").ok().filter(|host| !host.is_empty()).or_else(host_of_context);
    let docker = Docker { host: host.unwrap_or_else(|| "unix:///var/run/docker.sock".to_owned()) };
    for question in [&["version"][..], &["image", "inspect", BASE]] {
        if let Err(error) = docker.try_ask(question) {
            panic!(
                "The engine scenarios need a Docker engine and the image {BASE}: run scripts/engine, or set \
                 DEVC_TEST_ENGINE=0 to skip them. docker {}: {error}",
                question.join(" ")
            );
        }
    }
    Some(docker)
}

fn host_of_context() -> Option<String> {
    let words = ["context", "inspect", "--format", "{{.Endpoints.docker.Host}}"];
    let output = Command::new("docker").args(words).output().ok()?;
    let host = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    (output.status.success() && !host.is_empty()).then_some(host)
}
