//! Finds and runs buildx.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::io::AsyncReadExt;
use tokio::process::{Child, Command};

use super::failure::Failure;
use super::progress::Progress;
use super::request::{BuildOutcome, BuildRequest};
use super::staging::Staging;
use crate::event::Step;
use crate::host::{ProcessGroup, docker_plugin};
use crate::{Error, ErrorKind, Result};

/// Where programs are looked for.
#[derive(Clone, Debug)]
pub struct Places {
    /// `--docker-path`, or `docker`.
    pub docker: PathBuf,
    /// `DOCKER_CONFIG`.
    pub docker_config: Option<PathBuf>,
    /// The user's home folder.
    pub home: Option<PathBuf>,
    /// The address of the engine, which buildx would else look for by rules of its own.
    pub engine: String,
}

/// The program that builds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Buildx {
    pub(super) program: PathBuf,
    /// What stands before `build`.
    pub(super) prefix: Option<&'static str>,
    pub(super) engine: String,
}

impl Buildx {
    /// Finds buildx.
    ///
    /// The plugin itself is started where it is found, which saves the docker client's 30 ms for each build.
    pub fn find(places: &Places) -> Self {
        // Another docker than the usual one, such as podman, brings its own buildx.
        let is_usual = places.docker == Path::new("docker");
        let plugin = docker_plugin("docker-buildx", places.docker_config.as_deref(), places.home.as_deref());
        let engine = places.engine.clone();
        match plugin.filter(|_| is_usual) {
            Some(program) => Self { program, prefix: None, engine },
            None => Self { program: places.docker.clone(), prefix: Some("buildx"), engine },
        }
    }

    /// Builds an image, and reports its instructions as children of `step`.
    ///
    /// When the future is dropped, buildx is interrupted, and killed if that does not help.
    pub async fn build(&self, request: &BuildRequest, step: &Step) -> Result<BuildOutcome> {
        let staging = Staging::prepare(request)?;
        let start = Instant::now();
        let mut child = self.start(request, &staging)?;
        let group = ProcessGroup::interrupted(&child, staging.folder.path());
        let mut progress = Progress::new(step, &request.hidden, &request.names);
        let status = follow(&mut child, &mut progress).await?;
        group.ended();
        progress.finish();
        if status.success() {
            return Ok(outcome(&staging, &progress, start.elapsed()));
        }
        let failed = progress.failed();
        let failure =
            Failure { failed: failed.as_ref(), texts: progress.texts(), status: status.to_string() };
        Err(failure.error(request))
    }

    fn start(&self, request: &BuildRequest, staging: &Staging) -> Result<Child> {
        let mut command = Command::new(&self.program);
        command
            .args(self.prefix)
            .args(request.arguments(staging))
            .envs(request.environment())
            .env("DOCKER_HOST", &self.engine)
            .env_remove("DOCKER_CONTEXT")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .process_group(0);
        command.spawn().map_err(|error| self.cannot_start(error))
    }

    fn cannot_start(&self, error: std::io::Error) -> Error {
        let program = self.program.display();
        if error.kind() == std::io::ErrorKind::NotFound {
            return Error::new(ErrorKind::NotFound, format!("Neither buildx nor {program} is installed"))
                .hint("Install them: on Debian and Ubuntu with `apt-get install docker-cli docker-buildx`.");
        }
        Error::new(ErrorKind::Host, format!("Cannot start {program}")).because(error)
    }
}

/// Reads what buildx says until it ends.
async fn follow(child: &mut Child, progress: &mut Progress<'_>) -> Result<ExitStatus> {
    let failed = |error| Error::new(ErrorKind::Host, "Lost contact with buildx").because(error);
    if let Some(output) = &mut child.stderr {
        let mut buffer = vec![0; 64 * 1024];
        loop {
            match output.read(&mut buffer).await.map_err(failed)? {
                0 => break,
                length => progress.push(&buffer[..length]),
            }
        }
    }
    child.wait().await.map_err(failed)
}

fn outcome(staging: &Staging, progress: &Progress<'_>, duration: Duration) -> BuildOutcome {
    let metadata = fs::read_to_string(&staging.metadata).ok();
    let metadata: Value = metadata.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    let image_id = fs::read_to_string(&staging.image_id).ok().map(|id| id.trim().to_owned());
    BuildOutcome {
        image_id: image_id.filter(|id| !id.is_empty()),
        digest: metadata["containerimage.digest"].as_str().map(str::to_owned),
        summary: progress.summary(),
        duration,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(home: &Path, docker: &str) -> Places {
        let engine = "unix:///var/run/docker.sock".to_owned();
        Places { docker: docker.into(), docker_config: None, home: Some(home.to_owned()), engine }
    }

    #[test]
    fn the_users_own_plugin_comes_first_and_is_started_directly() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join(".docker/cli-plugins");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("docker-buildx"), "").unwrap();
        let found = Buildx::find(&places(home.path(), "docker"));
        assert_eq!((found.program, found.prefix), (folder.join("docker-buildx"), None));
    }

    #[test]
    fn another_docker_brings_its_own_buildx() {
        let found = Buildx::find(&places(Path::new("/nowhere"), "podman"));
        assert_eq!((found.program, found.prefix), ("podman".into(), Some("buildx")));
    }
}
