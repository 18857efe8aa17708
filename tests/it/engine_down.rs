//! No engine answers: one error with the address, the reason and the remedy.

use insta::assert_snapshot;

use crate::sandbox::Sandbox;

const CONFIG: &str = r#"{ "image": "debian:bookworm" }"#;

#[test]
fn up_says_where_why_and_what_to_do() {
    assert_snapshot!(Sandbox::with(CONFIG).run("up"), @r#"
    exit code: 1
    --- stdout
    {"outcome":"error","message":"the socket does not exist: the engine is not running, or not installed","description":"cannot reach the container engine at unix://[ROOT]/no-engine.sock (DOCKER_HOST)","kind":"engine-unavailable"}
    --- stderr
    error: cannot reach the container engine at unix://[ROOT]/no-engine.sock (DOCKER_HOST)
      caused by: the socket does not exist: the engine is not running, or not installed

    → Start the engine (`sudo systemctl start docker`, or open Docker Desktop), then run the command again.
    "#);
}

#[test]
fn every_verb_that_needs_the_engine_says_the_same() {
    let sandbox = Sandbox::with(CONFIG).file("Dockerfile", "FROM debian:bookworm\n");
    for words in [
        "up",
        "up --plan",
        "build",
        "exec true",
        "shell",
        "run-user-commands",
        "stop",
        "down",
        "list",
        "logs",
        "read-configuration --container-id x",
        "read-configuration --include-merged-configuration",
    ] {
        let outcome = sandbox.run(words);
        assert_eq!(outcome.code, Some(1), "{words}: {outcome}");
        assert!(outcome.stderr.contains("no-engine.sock (DOCKER_HOST)"), "{words}: {outcome}");
        assert!(outcome.stderr.contains("→ "), "{words} names no remedy: {outcome}");
    }
}

#[test]
fn reading_a_configuration_needs_no_engine() {
    let config = r#"{ "image": "debian", "remoteEnv": { "PATH": "${containerEnv:PATH}:/x" } }"#;
    let read = Sandbox::with(config).run("read-configuration").json();
    assert_eq!(read["configuration"]["remoteEnv"]["PATH"], "${containerEnv:PATH}:/x");
}

#[test]
fn nothing_listens_on_the_socket() {
    let sandbox = Sandbox::new();
    let socket = sandbox.root().join("dead.sock");
    drop(std::os::unix::net::UnixListener::bind(&socket).unwrap());
    let run = sandbox.devc(["list"]).env("DOCKER_HOST", format!("unix://{}", socket.display()));
    assert_snapshot!(run.run(), @"
    exit code: 1
    --- stderr
    error: could not look for containers
      caused by: cannot reach the container engine at unix://[ROOT]/dead.sock (DOCKER_HOST)
      caused by: nothing listens there: the engine is not running

    → Start the engine (`sudo systemctl start docker`, or open Docker Desktop), then run the command again.
    ");
}

#[test]
fn nothing_listens_on_the_port() {
    // Port 1 of this machine: nothing has it, and nothing leaves the machine.
    let run = Sandbox::new();
    let run = run.devc(["list"]).env("DOCKER_HOST", "tcp://127.0.0.1:1").run();
    assert_snapshot!(run, @"
    exit code: 1
    --- stderr
    error: could not look for containers
      caused by: cannot reach the container engine at tcp://127.0.0.1:1 (DOCKER_HOST)
      caused by: nothing listens there: the engine is not running

    → Start the engine (`sudo systemctl start docker`, or open Docker Desktop), then run the command again.
    ");
}

#[test]
fn an_address_that_makes_no_sense() {
    let sandbox = Sandbox::new();
    assert_snapshot!(sandbox.devc(["list"]).env("DOCKER_HOST", "nonsense").run(), @"
    exit code: 1
    --- stderr
    error: cannot reach the container engine at nonsense (DOCKER_HOST)
      caused by: devc speaks to engines over unix:// and tcp:// (without TLS) only

    → Forward the remote socket, for example with `ssh -nNT -L /tmp/engine.sock:/var/run/docker.sock HOST`, and set DOCKER_HOST=unix:///tmp/engine.sock.
    ");
    assert_snapshot!(sandbox.devc(["list"]).env("DOCKER_HOST", "ssh://dev@build.example").run(), @"
    exit code: 1
    --- stderr
    error: cannot reach the container engine at ssh://dev@build.example (DOCKER_HOST)
      caused by: devc speaks to engines over unix:// and tcp:// (without TLS) only

    → Forward the remote socket, for example with `ssh -nNT -L /tmp/engine.sock:/var/run/docker.sock HOST`, and set DOCKER_HOST=unix:///tmp/engine.sock.
    ");
}

#[test]
fn a_context_that_does_not_exist() {
    let run = Sandbox::new();
    let run = run.devc(["list"]).env("DOCKER_HOST", "").env("DOCKER_CONTEXT", "lab").run();
    assert_snapshot!(run, @r#"
    exit code: 1
    --- stderr
    error: docker context "lab" has no usable endpoint

    → List the contexts with `docker context ls`, or set DOCKER_HOST.
    "#);
}

#[test]
fn a_socket_without_permission() {
    use std::os::unix::fs::PermissionsExt;
    let sandbox = Sandbox::new();
    let socket = sandbox.root().join("closed.sock");
    let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    let set = |path: &std::path::Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    set(sandbox.root(), 0o755);
    set(&socket, 0o000);
    let run = sandbox.devc(["list"]).env("DOCKER_HOST", format!("unix://{}", socket.display()));
    assert_snapshot!(run.unprivileged().run(), @"
    exit code: 1
    --- stderr
    error: could not look for containers
      caused by: cannot reach the container engine at unix://[ROOT]/closed.sock (DOCKER_HOST)
      caused by: permission denied on its socket

    → Add yourself to the group that owns the socket (`sudo usermod -aG docker $USER`, then log in again), or use a rootless engine.
    ");
}

#[test]
fn a_missing_dockerfile_is_told_by_up() {
    let config = r#"{ "build": { "dockerfile": "Dockerfile.dev", "context": ".." } }"#;
    assert_snapshot!(Sandbox::with(config).run("up"), @r#"
    exit code: 1
    --- stdout
    {"outcome":"error","message":"There is no Dockerfile [ROOT]/project/.devcontainer/Dockerfile.dev","description":"There is no Dockerfile [ROOT]/project/.devcontainer/Dockerfile.dev","kind":"not-found"}
    --- stderr
    error: There is no Dockerfile [ROOT]/project/.devcontainer/Dockerfile.dev

    → Create it, or correct "build.dockerfile" in devcontainer.json.
    "#);
}
