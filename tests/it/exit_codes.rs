//! Exit codes, and an engine made of a socket: one that never answers, and one that always says the same.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::mpsc::{Receiver, channel};

use insta::assert_snapshot;
use rustix::process::Signal;

use crate::sandbox::{Run, Sandbox};

const CONFIG: &str = r#"{ "image": "debian:bookworm" }"#;

/// An engine that tells when somebody asks, and answers with what it was given.
struct FakeEngine {
    address: String,
    asked: Receiver<()>,
}

impl FakeEngine {
    /// Keeps everybody waiting.
    fn silent(sandbox: &Sandbox) -> Self {
        Self::new(sandbox, None)
    }

    /// Answers each question with this status and body.
    fn saying(sandbox: &Sandbox, status: &str, body: &str) -> Self {
        let head = format!("HTTP/1.1 {status}\r\nContent-Type: application/json\r\nConnection: close");
        Self::new(sandbox, Some(format!("{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len())))
    }

    fn new(sandbox: &Sandbox, answer: Option<String>) -> Self {
        let path = sandbox.root().join("fake-engine.sock");
        let listener = UnixListener::bind(&path).unwrap();
        let (tell, asked) = channel();
        std::thread::spawn(move || {
            let mut waiting = Vec::new();
            for stream in listener.incoming().map_while(Result::ok) {
                read_question(&stream);
                if let Some(answer) = &answer {
                    let _ = (&stream).write_all(answer.as_bytes());
                } else {
                    waiting.push(stream);
                }
                if tell.send(()).is_err() {
                    break;
                }
            }
        });
        Self { address: format!("unix://{}", path.display()), asked }
    }

    fn devc<'a>(&self, sandbox: &'a Sandbox, line: &str) -> Run<'a> {
        sandbox.devc(line.split_whitespace()).env("DOCKER_HOST", &self.address)
    }

    /// Returns as soon as somebody has asked something.
    fn wait(&self) {
        self.asked.recv_timeout(std::time::Duration::from_secs(30)).expect("devc asks the engine");
    }
}

/// The head of a request, which ends with an empty line.
fn read_question(stream: &UnixStream) {
    let lines = BufReader::new(stream).lines().map_while(Result::ok);
    lines.take_while(|line| !line.is_empty()).for_each(drop);
}

#[test]
fn success_is_0_and_failure_is_1() {
    let sandbox = Sandbox::with(CONFIG);
    assert_eq!(sandbox.run("read-configuration").code, Some(0));
    assert_eq!(sandbox.run("up").code, Some(1));
    assert_eq!(sandbox.run("up --nonsense").code, Some(1));
}

#[test]
fn an_interrupt_is_130_and_leaves_an_error_result() {
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        let sandbox = Sandbox::with(CONFIG);
        let engine = FakeEngine::silent(&sandbox);
        let run = engine.devc(&sandbox, "up").start();
        engine.wait();
        run.signal(signal);
        let outcome = run.finish();
        assert_eq!(outcome.code, Some(130), "{signal:?}: {outcome}");
        assert_eq!(outcome.result()["kind"], "interrupted");
    }
}

#[test]
fn an_interrupt_says_how_to_go_on() {
    let sandbox = Sandbox::with(CONFIG);
    let engine = FakeEngine::silent(&sandbox);
    let run = engine.devc(&sandbox, "up").start();
    engine.wait();
    run.signal(Signal::INT);
    assert_snapshot!(run.finish(), @r#"
    exit code: 130
    --- stdout
    {"outcome":"error","message":"interrupted","description":"interrupted","kind":"interrupted"}
    --- stderr
    interrupted

    → Run the same command again to go on from here.
    "#);
}

#[test]
fn a_verb_that_only_looks_can_be_interrupted_too() {
    let sandbox = Sandbox::with(CONFIG);
    let engine = FakeEngine::silent(&sandbox);
    let run = engine.devc(&sandbox, "list").start();
    engine.wait();
    run.signal(Signal::INT);
    assert_snapshot!(run.finish(), @"
    exit code: 130
    --- stderr
    interrupted

    → Run the same command again to go on from here.
    ");
}

#[test]
fn a_second_run_on_the_same_workspace_waits_and_says_so() {
    let sandbox = Sandbox::with(CONFIG);
    let engine = FakeEngine::silent(&sandbox);
    let first = engine.devc(&sandbox, "up").start();
    engine.wait();
    let mut second = engine.devc(&sandbox, "up").start();
    let told = second.wait_for_line("Waiting for another devc (process ");
    assert!(told.contains("on this workspace"), "{told}");
    second.signal(Signal::INT);
    assert_eq!(second.finish().code, Some(130));
    first.signal(Signal::INT);
    assert_eq!(first.finish().code, Some(130));
}

#[test]
fn an_engine_that_answers_with_an_error_is_quoted() {
    let sandbox = Sandbox::with(CONFIG);
    let broken =
        FakeEngine::saying(&sandbox, "500 Internal Server Error", r#"{"message":"database is locked"}"#);
    assert_snapshot!(broken.devc(&sandbox, "list").run(), @"
    exit code: 1
    --- stderr
    error: could not look for containers
      caused by: database is locked
    ");
    assert_snapshot!(broken.devc(&sandbox, "up").run(), @r#"
    exit code: 1
    --- stdout
    {"outcome":"error","message":"database is locked","description":"could not look for containers","kind":"engine"}
    --- stderr
    error: could not look for containers
      caused by: database is locked
    "#);
}

#[test]
fn an_engine_that_talks_nonsense_is_an_error() {
    let sandbox = Sandbox::with(CONFIG);
    let broken = FakeEngine::saying(&sandbox, "200 OK", "<html>hello</html>");
    assert_snapshot!(broken.devc(&sandbox, "list").run(), @"
    exit code: 1
    --- stderr
    error: could not look for containers
      caused by: Failed to deserialize JSON: expected value at line 1 column 1

    → Check that unix://[ROOT]/fake-engine.sock (DOCKER_HOST) is a Docker engine: `docker version`.
    ");
}

#[test]
fn nothing_to_list_is_no_failure() {
    let sandbox = Sandbox::with(CONFIG);
    let empty = FakeEngine::saying(&sandbox, "200 OK", "[]");
    assert_snapshot!(empty.devc(&sandbox, "list").run(), @"
    exit code: 0
    --- stdout
    No dev containers. Create one with `devc up`.
    ");
    assert_snapshot!(empty.devc(&sandbox, "list --json").run(), @"
    exit code: 0
    --- stdout
    []
    ");
}

#[test]
fn no_container_is_fine_for_stop_and_down_and_an_error_for_the_others() {
    let sandbox = Sandbox::with(CONFIG);
    let empty = FakeEngine::saying(&sandbox, "200 OK", "[]");
    assert_snapshot!(empty.devc(&sandbox, "stop").run(), @r#"
    exit code: 0
    --- stdout
    {"outcome":"success"}
    --- stderr
    There is no dev container to stop.
    "#);
    assert_snapshot!(empty.devc(&sandbox, "down").run(), @r#"
    exit code: 0
    --- stdout
    {"outcome":"success","containerId":null,"volumes":[],"images":[]}
    --- stderr
    There is no dev container to remove.
    "#);
    assert_snapshot!(empty.devc(&sandbox, "exec true").run(), @"
    exit code: 1
    --- stderr
    error: Dev container not found.

    → Create it with `devc up`, or list what there is with `devc list`.
    ");
    for words in ["shell", "logs", "run-user-commands"] {
        let outcome = empty.devc(&sandbox, words).run();
        assert_eq!(outcome.code, Some(1), "{words}");
        assert!(outcome.stderr.starts_with("error: Dev container not found.\n"), "{words}: {outcome}");
    }
}

#[test]
fn an_expected_container_that_is_not_there_is_an_error() {
    let sandbox = Sandbox::with(CONFIG);
    let empty = FakeEngine::saying(&sandbox, "200 OK", "[]");
    assert_snapshot!(empty.devc(&sandbox, "up --expect-existing-container").run(), @r#"
    exit code: 1
    --- stdout
    {"outcome":"error","message":"The expected container does not exist.","description":"The expected container does not exist.","kind":"not-found"}
    --- stderr
    error: The expected container does not exist.

    → Run `devc up` without --expect-existing-container to create it.
    "#);
}
