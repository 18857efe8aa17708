//! Where the docker client's plugins are: buildx and compose.

use std::path::{Path, PathBuf};

const SYSTEM: [&str; 4] = [
    "/usr/local/lib/docker/cli-plugins",
    "/usr/local/libexec/docker/cli-plugins",
    "/usr/lib/docker/cli-plugins",
    "/usr/libexec/docker/cli-plugins",
];

/// Finds a plugin as the docker client does: the user's own first. `docker_config` is the folder that `DOCKER_CONFIG` names.
pub fn docker_plugin(name: &str, docker_config: Option<&Path>, home: Option<&Path>) -> Option<PathBuf> {
    let config = docker_config.map(Path::to_owned).or_else(|| Some(home?.join(".docker")));
    let own = config.map(|config| config.join("cli-plugins"));
    own.into_iter()
        .chain(SYSTEM.map(PathBuf::from))
        .map(|folder| folder.join(name))
        .find(|path| path.is_file())
}
