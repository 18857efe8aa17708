//! `devc prebuild` where it needs no engine: the tasks run right here, as they do inside a container.

use std::fs;
use std::time::{Duration, Instant};

use insta::assert_snapshot;
use rustix::process::Signal;
use serde_json::{Value, json};

use crate::sandbox::{Outcome, Sandbox};

/// A project with these tasks in one phase.
fn project(tasks: Value) -> Sandbox {
    phases(json!({"all": {"tasks": tasks}}))
}

fn phases(phases: Value) -> Sandbox {
    let config = json!({"image": "debian", "customizations": {"devc": {"prebuild": {"phases": phases}}}});
    Sandbox::with(&config.to_string())
}

fn prebuild(sandbox: &Sandbox, flags: &str) -> Outcome {
    sandbox.run(&format!("prebuild --local --json {flags}"))
}

/// What became of each task: `one: done, two: failed (exit code 3)`.
fn fates(outcome: &Outcome) -> String {
    let result = outcome.result();
    let fate = |task: &Value| {
        let reason = task["reason"].as_str().map(|reason| format!(" ({reason})")).unwrap_or_default();
        format!("{}: {}{reason}", task["task"].as_str().unwrap(), task["state"].as_str().unwrap())
    };
    result["tasks"].as_array().unwrap().iter().map(fate).collect::<Vec<_>>().join(", ")
}

fn log(sandbox: &Sandbox, task: &str) -> Vec<u8> {
    let folders = fs::read_dir(sandbox.state().join("logs/tasks")).unwrap();
    let folder = folders.map(|entry| entry.unwrap().path()).next().unwrap();
    fs::read(folder.join(format!("{task}.log"))).unwrap()
}

/// The processes whose command lines hold a text.
fn processes(text: &str) -> usize {
    let lines = fs::read_dir("/proc").unwrap().flatten().filter_map(|entry| {
        let line = fs::read(entry.path().join("cmdline")).ok()?;
        Some(String::from_utf8_lossy(&line).replace('\0', " "))
    });
    lines.filter(|line| line.starts_with("sleep ") && line.contains(text)).count()
}

/// A time to sleep that no other test sleeps.
fn nap(seconds: u32, sandbox: &Sandbox) -> String {
    let digits = sandbox
        .root()
        .to_string_lossy()
        .bytes()
        .fold(0_u64, |sum, byte| (sum * 31 + u64::from(byte)) % 999_983);
    format!("{seconds}.{digits}{}", std::process::id())
}

#[test]
fn what_is_done_runs_again_only_when_something_changed() {
    let copy = json!({"run": "cp in out && echo ran >> runs", "inputs": "in", "outputs": "out"});
    let sandbox = project(json!({"copy": copy, "after": {
        "run": "wc -c < out > size", "needs": "copy", "inputs": "out", "outputs": ["size"],
    }}))
    .file("in", "one");
    let check = |expected: &str| assert_eq!(fates(&prebuild(&sandbox, "")), expected);
    check("copy: done, after: done");
    check("copy: skipped, after: skipped");

    // A clock that goes backwards changes the time of a file that is written again, but not what is in it.
    let at = |path: &str| sandbox.project().join(path);
    let long_ago = std::time::SystemTime::UNIX_EPOCH + Duration::from_secs(1);
    fs::File::options().append(true).open(at("in")).unwrap().set_modified(long_ago).unwrap();
    check("copy: skipped, after: skipped");

    fs::write(at("in"), "two").unwrap();
    check("copy: done, after: done");
    fs::remove_file(at("out")).unwrap();
    check("copy: done, after: skipped");
    fs::File::options().append(true).open(at("size")).unwrap().set_modified(long_ago).unwrap();
    check("copy: skipped, after: done");
    assert_eq!(fates(&prebuild(&sandbox, "--force copy")), "copy: done");
    assert_eq!(fs::read_to_string(at("runs")).unwrap(), "ran\n".repeat(4));
}

#[test]
fn the_plan_says_why_and_changes_nothing() {
    let sandbox = phases(json!({
        "restore": {"tasks": {
            "npm": {"run": "npm ci", "inputs": "package-lock.json", "outputs": "node_modules"},
            "hello": "echo hello",
        }},
        "build": {"tasks": {"web": {"run": ["make", "all"], "needs": "npm", "inputs": ["src"]}}},
    }));
    assert_snapshot!(sandbox.run("prebuild --local --plan"), @r#"
    exit code: 0
    --- stdout
    PHASE    TASK   WOULD  BECAUSE                        RUNS
    restore  npm    run    not done yet                   npm ci
    restore  hello  run    always: it declares no inputs  echo hello
    build    web    run    not done yet                   make all
    "#);
    assert_snapshot!(sandbox.run("prebuild --graph").stdout, @r#"
    digraph prebuild {
      rankdir=LR; node [shape=box];
      subgraph cluster_0 { label="restore";
        "npm";
        "hello";
      }
      subgraph cluster_1 { label="build";
        "web";
      }
      "npm" -> "web";
    }
    "#);
    assert!(!sandbox.root().join("home/.devcontainer").exists());
}

#[test]
fn a_project_that_declares_nothing_gets_a_proposal() {
    let sandbox = Sandbox::with(r#"{"image": "debian"}"#).file("go.mod", "module x\n").file("go.sum", "");
    assert_snapshot!(sandbox.run("prebuild --local --plan"), @r#"
    exit code: 0
    --- stdout
    devcontainer.json declares no tasks. This is a proposal; run it with `devc prebuild --proposed`.

    PHASE    TASK        WOULD  BECAUSE                        RUNS
    restore  restore-go  run    not done yet                   go mod download
    build    build-go    run    always: it declares no inputs  go build -o out/ ./...
    "#);
    assert_snapshot!(sandbox.run("prebuild --local"), @r#"
    exit code: 1
    --- stderr
    error: devcontainer.json declares no tasks

    → See what is proposed with `devc prebuild --plan`, and run it with `devc prebuild --proposed`.
    → Write `"prebuild": true` into customizations.devc to run always what is proposed.
    "#);
}

#[test]
fn inside_of_a_container_no_engine_is_asked() {
    let sandbox = project(json!({"here": "true", "there": {"run": "true", "where": "host"}}));
    let outcome = sandbox.devc(["prebuild", "--json"]).env("CODESPACES", "true").run();
    let expected = "here: done, there: left out (it runs on the host, and this is inside of a container)";
    assert_eq!(fates(&outcome), expected);
    assert_eq!(sandbox.devc(["prebuild", "--local=false"]).run().code, Some(1));
}

#[test]
fn a_failure_ends_the_others_and_blocks_those_that_need_it() {
    let sandbox = phases(json!({
        "restore": {"tasks": {
            "bad": "until [ -e started ]; do sleep 0.01; done; echo the reason; exit 3",
            "slow": "touch started; sleep 60",
            "next": {"run": "true", "needs": "bad"},
        }},
        "build": {"tasks": {"web": "true"}},
    }));
    let outcome = prebuild(&sandbox, "");
    let expected = "bad: failed (exit code 3), slow: ended, next: blocked (bad failed), web: not started";
    assert_eq!((outcome.code, fates(&outcome).as_str()), (Some(1), expected));
    assert!(outcome.stderr.contains("1 task failed: bad (exit code 3)"), "{outcome}");
    assert!(outcome.stderr.contains("the reason"), "{outcome}");
}

#[test]
fn whoever_keeps_going_loses_only_what_needs_the_failure() {
    let sandbox = phases(json!({
        "restore": {"tasks": {
            "bad": "exit 3",
            "next": {"run": "true", "needs": "bad"},
            "good": {"run": "touch good", "inputs": "in", "outputs": "good"},
        }},
        "build": {"tasks": {"web": "true"}},
    }))
    .file("in", "");
    let outcome = prebuild(&sandbox, "--keep-going --max-parallel 1");
    let expected = "bad: failed (exit code 3), next: blocked (bad failed), good: done, web: done";
    assert_eq!((outcome.code, fates(&outcome).as_str()), (Some(1), expected));
    assert_eq!(fates(&prebuild(&sandbox, "good")), "good: skipped");
}

#[test]
fn a_retry_may_succeed() {
    let run = "echo x >> tries; [ $(wc -l < tries) -ge 3 ]";
    let sandbox = project(json!({"flaky": {"run": run, "retries": 5, "backoff": "10ms"}}));
    let outcome = prebuild(&sandbox, "");
    assert_eq!((outcome.code, &outcome.result()["tasks"][0]["tries"]), (Some(0), &json!(3)));
    let told = String::from_utf8(log(&sandbox, "flaky")).unwrap();
    assert!(told.starts_with("devc: exit code 1; try 2 of 6 in 10ms\n"), "{told}");
}

#[test]
fn a_task_that_ignores_to_be_asked_is_killed_with_all_that_it_started() {
    let sandbox = Sandbox::new();
    let nap = nap(300, &sandbox);
    let run = format!("trap '' TERM; sleep {nap} & sleep {nap}; sleep {nap}");
    let config = json!({"image": "debian", "customizations": {"devc": {"prebuild": {"phases": {"all": {"tasks": {
        "stubborn": {"run": run, "timeout": "300ms"},
    }}}}}}});
    let sandbox = sandbox.file(".devcontainer/devcontainer.json", config.to_string());
    let began = Instant::now();
    assert_eq!(fates(&prebuild(&sandbox, "")), "stubborn: failed (not done after 300ms)");
    assert!(began.elapsed() < Duration::from_secs(20));
    assert_eq!(processes(&nap), 0);
}

#[test]
fn what_stays_in_the_background_does_not_hold_up_the_run() {
    let sandbox = project(json!({"daemon": "sleep 30 & echo started"}));
    let began = Instant::now();
    assert_eq!(fates(&prebuild(&sandbox, "")), "daemon: done");
    assert!(began.elapsed() < Duration::from_secs(15));
}

#[test]
fn of_endless_output_the_beginning_and_the_end_are_kept() {
    let sandbox =
        project(json!({"loud": "echo begin; yes $(printf %01000d 0) | head -c 18000000; echo; echo end"}));
    assert_eq!(fates(&prebuild(&sandbox, "")), "loud: done");
    let log = log(&sandbox, "loud");
    assert!(log.len() < 17 * 1024 * 1024 && log.starts_with(b"begin\n") && log.ends_with(b"end\n"));
}

#[test]
fn output_that_is_no_text_stays_as_it_is_in_the_log() {
    let sandbox = project(json!({"odd": "printf '\\377caf\\303\\n'"}));
    let outcome = prebuild(&sandbox, "");
    assert_eq!(log(&sandbox, "odd"), b"\xffcaf\xc3\n");
    assert!(outcome.stderr.contains("\u{fffd}caf\u{fffd}"), "{outcome}");
}

#[test]
fn a_log_that_cannot_be_written_costs_a_warning() {
    let sandbox = project(json!({"told": "echo something"}));
    fs::create_dir_all(sandbox.state().join("logs")).unwrap();
    fs::write(sandbox.state().join("logs/tasks"), "in the way").unwrap();
    let outcome = prebuild(&sandbox, "");
    assert_eq!(fates(&outcome), "told: done");
    assert!(outcome.stderr.contains("The log of told is not whole"), "{outcome}");
}

#[test]
fn secrets_reach_tasks_but_no_log() {
    let sandbox = project(json!({"leak": "echo \"the token is $TOKEN\""}));
    let sandbox = sandbox.file("secrets.json", r#"{"TOKEN": "hunter2"}"#);
    let outcome = prebuild(&sandbox, "--secrets-file secrets.json");
    assert_eq!(log(&sandbox, "leak"), b"the token is ********\n");
    assert!(!outcome.to_string().contains("hunter2"), "{outcome}");
}

#[test]
fn an_interrupted_run_goes_on_where_it_was() {
    let sandbox = Sandbox::new();
    let nap = nap(300, &sandbox);
    let config = json!({"image": "debian", "customizations": {"devc": {"prebuild": {"phases": {"all": {"tasks": {
        "first": {"run": "touch first", "inputs": "in", "outputs": "first"},
        "second": {"run": format!("echo waiting; [ -e go ] || sleep {nap}"), "needs": "first"},
    }}}}}}});
    let sandbox = sandbox.file(".devcontainer/devcontainer.json", config.to_string()).file("in", "");
    let mut run = sandbox.devc(["prebuild", "--local", "--json"]).start();
    run.wait_for_line("waiting");
    run.signal(Signal::INT);
    assert_eq!(run.finish().code, Some(130));
    let deadline = Instant::now() + Duration::from_secs(20);
    while processes(&nap) > 0 {
        assert!(Instant::now() < deadline, "the task outlives devc");
        std::thread::yield_now();
    }
    let sandbox = sandbox.file("go", "");
    assert_eq!(fates(&prebuild(&sandbox, "")), "first: skipped, second: done");
}

#[test]
fn the_second_of_two_runs_finds_all_done() {
    let run = "echo ran >> runs; touch started; until [ -e go ]; do sleep 0.01; done";
    let sandbox = project(json!({"once": {"run": run, "inputs": "in"}})).file("in", "");
    let first = sandbox.devc(["prebuild", "--local", "--json"]).start();
    let mut second = loop {
        if sandbox.project().join("started").exists() {
            break sandbox.devc(["prebuild", "--local"]).start();
        }
        std::thread::yield_now();
    };
    second.wait_for_line("Waiting for another devc");
    fs::write(sandbox.project().join("go"), "").unwrap();
    assert_eq!(fates(&first.finish()), "once: done");
    assert!(second.finish().stdout.contains("once  skipped"));
    assert_eq!(fs::read_to_string(sandbox.project().join("runs")).unwrap(), "ran\n");
}

#[test]
fn tasks_that_wait_for_each_other_are_named_with_their_place() {
    let sandbox = project(json!({"a": {"run": "true", "needs": "b"}, "b": {"run": "true", "needs": "a"}}));
    let outcome = sandbox.run("prebuild --local");
    assert_eq!(outcome.code, Some(1));
    assert!(outcome.stderr.contains("tasks wait for each other: a -> b -> a"), "{outcome}");
    assert!(outcome.stderr.contains("devcontainer.json:1:"), "{outcome}");
}

#[test]
fn names_that_nobody_knows_are_told() {
    let sandbox = project(json!({"web": "true"}));
    assert_snapshot!(sandbox.run("prebuild --local webb"), @r#"
    exit code: 1
    --- stderr
    error: there is no task "webb"

    → Did you mean "web"?
    "#);
    assert_snapshot!(sandbox.run("prebuild --local --only al"), @r#"
    exit code: 1
    --- stderr
    error: there is no phase "al"

    → Did you mean "all"?
    "#);
}
