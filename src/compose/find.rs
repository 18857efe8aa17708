//! Finds compose, and makes sure that it is new enough.

use std::path::{Path, PathBuf};

use crate::error::{Error, ErrorKind, Result};
use crate::host::docker_plugin;

/// What we rely on: files in JSON with long-form mounts, several `--env-file`, `required` dependencies.
const OLDEST: (u64, u64) = (2, 20);

/// Where compose is looked for.
#[derive(Clone, Debug)]
pub struct Places {
    /// `--docker-path`, or `docker`.
    pub docker: PathBuf,
    /// `--docker-compose-path`, or `docker-compose`: used where docker has no `compose` of its own.
    pub compose: PathBuf,
    /// `DOCKER_CONFIG`.
    pub docker_config: Option<PathBuf>,
    /// The user's home folder.
    pub home: Option<PathBuf>,
    /// The address of the engine.
    pub engine: String,
}

/// The program that runs compose projects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compose {
    pub(super) program: PathBuf,
    /// What stands before compose's own arguments.
    pub(super) prefix: Option<&'static str>,
    pub(super) engine: String,
}

impl Compose {
    /// Finds compose. The plugin itself is started where it is found, which saves the docker client's 30 ms for each call.
    ///
    /// Fails where there is none, and where it is older than 2.20.
    pub async fn find(places: &Places) -> Result<Self> {
        let candidates = candidates(places);
        for candidate in &candidates {
            if let Some(version) = candidate.version().await {
                candidate.check(&version)?;
                return Ok(candidate.clone());
            }
        }
        let tried: Vec<String> = candidates.iter().map(Self::command_line).collect();
        Err(Error::new(ErrorKind::NotFound, "Docker Compose is not installed")
            .because(format!("tried {}", tried.join(", ")))
            .hint("Install it: on Debian and Ubuntu with `apt-get install docker-compose-plugin` or `docker-compose`.")
            .hint("Say where it is with --docker-compose-path."))
    }

    fn command_line(&self) -> String {
        let words = [Some(self.program.display().to_string()), self.prefix.map(str::to_owned)];
        format!("`{}`", words.into_iter().flatten().collect::<Vec<_>>().join(" "))
    }

    fn check(&self, version: &str) -> Result<()> {
        if is_new_enough(version) {
            return Ok(());
        }
        let (major, minor) = OLDEST;
        let summary = format!("Docker Compose {version} is too old: {major}.{minor} or newer is needed");
        Err(Error::new(ErrorKind::Unsupported, summary)
            .because(format!("it was found as {}", self.command_line()))
            .hint("Install a newer one, or say where it is with --docker-compose-path."))
    }
}

/// The plugin comes first, as in the reference CLI. Another docker than the usual one, such as podman, brings its own.
fn candidates(places: &Places) -> Vec<Compose> {
    let make = |program: PathBuf, prefix| Compose { program, prefix, engine: places.engine.clone() };
    let is_usual = places.docker == Path::new("docker");
    let plugin = docker_plugin("docker-compose", places.docker_config.as_deref(), places.home.as_deref());
    let first = match plugin.filter(|_| is_usual) {
        Some(program) => make(program, None),
        None => make(places.docker.clone(), Some("compose")),
    };
    vec![first, make(places.compose.clone(), None)]
}

/// Versions look like `2.26.1-4` or `v2.20.0`. One that cannot be read is taken for a new one.
fn is_new_enough(version: &str) -> bool {
    let mut numbers = version.trim_start_matches('v').split('.').map_while(|part| part.parse::<u64>().ok());
    match (numbers.next(), numbers.next()) {
        (Some(major), Some(minor)) => (major, minor) >= OLDEST,
        (Some(major), None) => major > OLDEST.0,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_number() {
        for (version, expected) in [
            ("2.26.1-4", true),
            ("v2.20.0", true),
            ("2.9.0", false),
            ("1.29.2", false),
            ("5.0.1", true),
            ("dev", true),
        ] {
            assert_eq!(is_new_enough(version), expected, "{version}");
        }
    }

    #[test]
    fn the_plugin_comes_first_and_is_started_directly() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join(".docker/cli-plugins");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("docker-compose"), "").unwrap();
        let places = |docker: &str| Places {
            docker: docker.into(),
            compose: "docker-compose".into(),
            docker_config: None,
            home: Some(home.path().to_owned()),
            engine: String::new(),
        };
        let lines =
            |docker: &str| candidates(&places(docker)).iter().map(Compose::command_line).collect::<Vec<_>>();
        assert_eq!(
            lines("docker"),
            [format!("`{}`", folder.join("docker-compose").display()), "`docker-compose`".into()]
        );
        assert_eq!(lines("podman"), ["`podman compose`", "`docker-compose`"]);
    }
}
