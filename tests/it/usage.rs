//! How words on the command line may be spelled, and what mistakes in them look like.

use insta::assert_snapshot;

use crate::sandbox::Sandbox;

const CONFIG: &str = r#"{ "image": "debian:bookworm" }"#;

#[test]
fn an_unknown_verb_suggests_the_nearest() {
    assert_snapshot!(Sandbox::new().run("ups"), @"
    exit code: 1
    --- stderr
    error: unrecognized subcommand 'ups'

      tip: a similar subcommand exists: 'up'

    Usage: devc [OPTIONS] <COMMAND>

    For more information, try '--help'.
    ");
}

#[test]
fn an_unknown_flag_suggests_the_nearest() {
    assert_snapshot!(Sandbox::new().run("up --workspace-foldr x"), @"
    exit code: 1
    --- stderr
    error: unexpected argument '--workspace-foldr' found

      tip: a similar argument exists: '--workspace-folder'

    Usage: devc up --workspace-folder <PATH>

    For more information, try '--help'.
    ");
}

#[test]
fn a_flag_of_another_verb_is_unknown() {
    assert_snapshot!(Sandbox::new().run("list --rebuild"), @"
    exit code: 1
    --- stderr
    error: unexpected argument '--rebuild' found

    Usage: devc list [OPTIONS]

    For more information, try '--help'.
    ");
}

#[test]
fn a_bad_choice_names_the_good_ones() {
    assert_snapshot!(Sandbox::new().run("up --rebuild=sometimes"), @"
    exit code: 1
    --- stderr
    error: invalid value 'sometimes' for '--rebuild <WHEN>'
      [possible values: auto, never, always]

    For more information, try '--help'.
    ");
    assert_snapshot!(Sandbox::new().run("up --default-user-env-probe bash"), @"
    exit code: 1
    --- stderr
    error: invalid value 'bash' for '--default-user-env-probe <KIND>'
      [possible values: none, loginShell, interactiveShell, loginInteractiveShell]

    For more information, try '--help'.
    ");
    assert_snapshot!(Sandbox::new().run("list --log-level loud"), @"
    exit code: 1
    --- stderr
    error: invalid value 'loud' for '--log-level <LOG_LEVEL>'
      [possible values: error, info, debug, trace]

    For more information, try '--help'.
    ");
}

#[test]
fn a_missing_value_is_named() {
    assert_snapshot!(Sandbox::new().run("up --workspace-folder"), @"
    exit code: 1
    --- stderr
    error: a value is required for '--workspace-folder <PATH>' but none was supplied

    For more information, try '--help'.
    ");
    assert_snapshot!(Sandbox::new().run("exec"), @"
    exit code: 1
    --- stderr
    error: the following required arguments were not provided:
      <COMMAND>...

    Usage: devc exec <COMMAND>...

    For more information, try '--help'.
    ");
}

#[test]
fn pairs_need_a_name_and_an_equals_sign() {
    assert_snapshot!(Sandbox::with(CONFIG).run("up --remote-env TOKEN"), @"
    exit code: 1
    --- stderr
    error: invalid value 'TOKEN' for '--remote-env <NAME=VALUE>': write it as NAME=VALUE

    For more information, try '--help'.
    ");
    assert_snapshot!(Sandbox::with(CONFIG).run("read-configuration --id-label app"), @"
    exit code: 1
    --- stderr
    error: invalid value 'app' for '--id-label <NAME=VALUE>': write it as NAME=VALUE

    For more information, try '--help'.
    ");
}

#[test]
fn flags_that_exclude_each_other_are_refused() {
    assert_snapshot!(Sandbox::new().run("up --config x --config-name y"), @"
    exit code: 1
    --- stderr
    error: the argument '--config <FILE>' cannot be used with '--config-name <NAME>'

    Usage: devc up --config <FILE>

    For more information, try '--help'.
    ");
    assert_snapshot!(Sandbox::new().run("list --terminal-columns 80"), @"
    exit code: 1
    --- stderr
    error: the following required arguments were not provided:
      --terminal-rows <N>

    Usage: devc list --terminal-columns <N> --terminal-rows <N>

    For more information, try '--help'.
    ");
}

#[test]
fn usage_errors_leave_stdout_empty_and_exit_with_1() {
    for words in
        ["nonsense", "up --nonsense", "up --rebuild=x", "exec", "logs --tail many", "stop --time soon"]
    {
        let outcome = Sandbox::new().run(words);
        assert_eq!((outcome.code, outcome.stdout.as_str()), (Some(1), ""), "{words}");
        assert!(outcome.stderr.starts_with("error: "), "{words}: {outcome}");
    }
}

#[test]
fn the_spellings_of_the_reference_cli_work() {
    let sandbox = Sandbox::with(CONFIG);
    let plain = sandbox.run("read-configuration --workspace-folder . --mount-workspace-git-root").json();
    for words in [
        "read-configuration --workspaceFolder .",
        "read-configuration --workspaceFolder=.",
        "read-configuration --workspace-folder . --mountWorkspaceGitRoot true",
        "read-configuration --include-merged-configuration false",
        "read-configuration --includeMergedConfiguration=false",
        "read-configuration --log-level debug --logFormat text",
        "read-configuration --user-data-folder /tmp/x --skip-feature-auto-mapping",
        "--log-format json read-configuration",
    ] {
        let outcome = sandbox.run(words);
        assert_eq!((outcome.code, outcome.result()), (Some(0), plain.clone()), "{words}: {outcome}");
    }
}

#[test]
fn a_switch_takes_nothing_but_true_and_false() {
    let sandbox = Sandbox::with(CONFIG);
    assert_snapshot!(sandbox.run("read-configuration --include-merged-configuration=maybe"), @"
    exit code: 1
    --- stderr
    error: unexpected value 'maybe' for '--include-merged-configuration' found; no more were expected

    Usage: devc read-configuration --include-merged-configuration

    For more information, try '--help'.
    ");
    assert_snapshot!(sandbox.run("read-configuration --mount-workspace-git-root maybe"), @"
    exit code: 1
    --- stderr
    error: invalid value 'maybe' for '--mount-workspace-git-root [<BOOL>]'
      [possible values: true, false]

    For more information, try '--help'.
    ");
}

#[test]
fn a_variable_that_is_set_to_nothing_counts_as_not_set() {
    let sandbox = Sandbox::with(CONFIG);
    let names = ["DEVC_WORKSPACE_FOLDER", "DEVC_CONFIG_NAME", "DEVC_COLOR", "DEVC_DOCKER_PATH"];
    let run = names.iter().fold(sandbox.devc(["read-configuration"]), |run, name| run.env(name, ""));
    assert_eq!(run.run().json()["configuration"]["image"], "debian:bookworm");
}

#[test]
fn a_switch_can_be_set_by_a_variable_in_the_usual_ways() {
    let sandbox = Sandbox::with(CONFIG);
    for value in ["1", "true", "yes", "0", "false", "no", ""] {
        let outcome = sandbox.devc(["up"]).env("DEVC_NO_HOST_TRUST", value).run();
        assert_eq!(outcome.result()["kind"], "engine-unavailable", "{value}: {outcome}");
    }
}

#[test]
fn a_config_of_another_name_is_refused_by_up() {
    let sandbox = Sandbox::new().file("my.json", CONFIG);
    assert_snapshot!(sandbox.run("up --config my.json"), @r#"
    exit code: 1
    --- stdout
    {"outcome":"error","message":"Filename must be devcontainer.json or .devcontainer.json (my.json).","description":"Filename must be devcontainer.json or .devcontainer.json (my.json).","kind":"usage"}
    --- stderr
    error: Filename must be devcontainer.json or .devcontainer.json (my.json).

    → Rename the file, or put it into a folder of its own.
    "#);
    assert_eq!(sandbox.run("read-configuration --config my.json").code, Some(0));
}
