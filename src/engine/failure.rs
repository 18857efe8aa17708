//! Engine errors, sorted by what a person can do about them.

use bollard::errors::Error as BollardError;

use crate::engine::Endpoint;
use crate::error::{Error, ErrorKind};

/// The engine could not be reached at all.
pub(super) fn cannot_connect(endpoint: &Endpoint, error: BollardError) -> Error {
    let unreachable = Error::new(
        ErrorKind::EngineUnavailable,
        format!("cannot reach the container engine at {} ({})", endpoint.address, endpoint.origin),
    );
    match error {
        BollardError::SocketNotFoundError(_) => unreachable
            .because("the socket does not exist: the engine is not running, or not installed")
            .hint("Start the engine (`sudo systemctl start docker`, or open Docker Desktop), then run the command again."),
        BollardError::UnsupportedURISchemeError { .. } => unreachable
            .because("devc speaks to engines over unix:// and tcp:// (without TLS) only")
            .hint("Forward the remote socket, for example with `ssh -nNT -L /tmp/engine.sock:/var/run/docker.sock HOST`, and set DOCKER_HOST=unix:///tmp/engine.sock."),
        other => explain_connection(unreachable, &other),
    }
}

/// Turns an engine error into one that says what we were doing and what to do next.
pub(super) fn classify(endpoint: &Endpoint, doing: String, error: BollardError) -> Error {
    match error {
        BollardError::DockerResponseServerError { status_code, message } => {
            let kind = if status_code == 404 { ErrorKind::NotFound } else { ErrorKind::Engine };
            with_disk_hint(Error::new(kind, format!("could not {doing}")), &message).because(message)
        }
        BollardError::DockerStreamError { error } => {
            with_disk_hint(Error::new(ErrorKind::Engine, format!("could not {doing}")), &error).because(error)
        }
        BollardError::RequestTimeoutError => Error::new(ErrorKind::Engine, format!("could not {doing}"))
            .because("the engine did not answer within two minutes")
            .hint("Look at the engine's own log; restarting the engine usually helps."),
        error if is_connection(&error) => {
            Error::new(ErrorKind::EngineUnavailable, format!("could not {doing}"))
                .because(cannot_connect(endpoint, error))
        }
        error @ (BollardError::JsonDataError { .. } | BollardError::JsonSerdeError { .. }) => {
            Error::new(ErrorKind::Engine, format!("could not {doing}")).because(error).hint(format!(
                "Check that {} ({}) is a Docker engine: `docker version`.",
                endpoint.address, endpoint.origin
            ))
        }
        other => Error::new(ErrorKind::Engine, format!("could not {doing}")).because(other),
    }
}

/// Whether the engine says that the thing asked for does not exist.
pub(super) fn is_not_found(error: &BollardError) -> bool {
    matches!(error, BollardError::DockerResponseServerError { status_code: 404, .. })
}

/// Whether the engine says that things already are as asked for.
pub(super) fn is_already_so(error: &BollardError) -> bool {
    matches!(error, BollardError::DockerResponseServerError { status_code: 304, .. })
}

/// Whether something else stands in the way: a removal that is under way, a container that uses the image.
pub(super) fn is_conflict(error: &BollardError) -> bool {
    matches!(error, BollardError::DockerResponseServerError { status_code: 409, .. })
}

/// Adds the remedy when the engine's message is about a full disk.
pub(super) fn with_disk_hint(error: Error, message: &str) -> Error {
    if message.contains("no space left on device") {
        return error.hint(
            "The engine's disk is full. See what takes the room with `docker system df`; `docker builder prune` and `docker image prune` free what can be made again.",
        );
    }
    error
}

fn is_connection(error: &BollardError) -> bool {
    matches!(
        error,
        BollardError::HyperLegacyError { .. }
            | BollardError::HyperResponseError { .. }
            | BollardError::IOError { .. }
            | BollardError::SocketNotFoundError(_)
    )
}

fn explain_connection(unreachable: Error, error: &BollardError) -> Error {
    match root_io_error(error) {
        Some(std::io::ErrorKind::PermissionDenied) => unreachable
            .because("permission denied on its socket")
            .hint("Add yourself to the group that owns the socket (`sudo usermod -aG docker $USER`, then log in again), or use a rootless engine."),
        Some(std::io::ErrorKind::ConnectionRefused | std::io::ErrorKind::NotFound) => unreachable
            .because("nothing listens there: the engine is not running")
            .hint("Start the engine (`sudo systemctl start docker`, or open Docker Desktop), then run the command again."),
        _ => unreachable
            .because(error.to_string())
            .hint("Check that the engine is running: `docker version`."),
    }
}

fn root_io_error(error: &(dyn std::error::Error + 'static)) -> Option<std::io::ErrorKind> {
    let mut next = Some(error);
    while let Some(current) = next {
        if let Some(io) = current.downcast_ref::<std::io::Error>() {
            return Some(io.kind());
        }
        next = current.source();
    }
    None
}
