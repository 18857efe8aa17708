//! Whether `devc` itself runs in a dev container.

use std::path::Path;

use crate::host::Environment;

/// Variables of places that are dev containers.
const VARIABLES: [&str; 2] = ["CODESPACES", "REMOTE_CONTAINERS"];

/// What tools leave in dev containers.
const DEV_CONTAINER: &str = "/var/devcontainer";

/// What engines leave in all containers.
const CONTAINER: [&str; 2] = ["/.dockerenv", "/run/.containerenv"];

/// Where an engine would be.
const SOCKETS: [&str; 2] = ["/var/run/docker.sock", "/run/podman/podman.sock"];

/// Whether tasks run right here. A container in which an engine can be reached counts as a machine, as it may hold dev
/// containers of its own, unless it is a dev container itself.
pub(super) fn is_container(environment: &Environment) -> bool {
    let says_so =
        VARIABLES.iter().any(|name| environment.get_non_empty(name).is_some_and(|value| value != "false"));
    let has_engine = || {
        environment.get_non_empty("DOCKER_HOST").is_some()
            || SOCKETS.iter().any(|path| Path::new(path).exists())
    };
    let is_container = || CONTAINER.iter().any(|path| Path::new(path).exists());
    says_so || Path::new(DEV_CONTAINER).exists() || is_container() && !has_engine()
}
