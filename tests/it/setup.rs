//! `devc setup`: the block in the shell's profile, and its way back.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;

use expectrl::{Eof, Expect};

use crate::sandbox::{Outcome, Sandbox};

const VARIABLES: &str = "setup --yes --no-builder";

fn home(sandbox: &Sandbox, path: &str) -> PathBuf {
    sandbox.root().join("home").join(path)
}

/// Runs with a shell of this kind.
fn run(sandbox: &Sandbox, shell: &str, line: &str) -> Outcome {
    sandbox.devc(line.split(' ')).env("SHELL", shell).run()
}

#[test]
fn variables_come_into_the_profile_and_go_again() {
    let sandbox = Sandbox::new();
    let profile = home(&sandbox, ".bashrc");
    fs::write(&profile, "alias ll='ls -l'").unwrap();
    let made = run(&sandbox, "/bin/bash", VARIABLES);
    assert_eq!(made.code, Some(0), "{made}");
    insta::assert_snapshot!(fs::read_to_string(&profile).unwrap(), @"
    alias ll='ls -l'
    # >>> devc setup (and the line end before) >>>
    export DOCKER_BUILDKIT=1
    export COMPOSE_DOCKER_CLI_BUILD=1
    export BUILDKIT_PROGRESS=plain
    # <<< devc setup <<<
    ");
    assert_eq!(run(&sandbox, "/bin/bash", VARIABLES).stdout, "There is nothing to change.\n");
    let undone = run(&sandbox, "/bin/bash", "setup --undo --yes");
    assert_eq!(undone.code, Some(0), "{undone}");
    assert_eq!(fs::read_to_string(&profile).unwrap(), "alias ll='ls -l'");
    assert_eq!(run(&sandbox, "/bin/bash", "setup --undo --yes").stdout, "There is nothing to change.\n");
}

#[test]
fn a_profile_keeps_its_mode_and_stays_a_link() {
    let sandbox = Sandbox::new();
    let (profile, dotfile) = (home(&sandbox, ".zshrc"), home(&sandbox, "dotfiles-zshrc"));
    fs::write(&dotfile, "setopt x\n").unwrap();
    fs::set_permissions(&dotfile, fs::Permissions::from_mode(0o600)).unwrap();
    symlink("dotfiles-zshrc", &profile).unwrap();
    run(&sandbox, "/usr/bin/zsh", VARIABLES);
    assert!(fs::read_to_string(&dotfile).unwrap().contains("export DOCKER_BUILDKIT=1"));
    assert_eq!(fs::read_link(&profile).unwrap(), PathBuf::from("dotfiles-zshrc"));
    assert_eq!(fs::metadata(&dotfile).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn each_shell_has_its_own_profile_and_its_own_words() {
    let sandbox = Sandbox::new();
    run(&sandbox, "/usr/bin/fish", VARIABLES);
    let profile = home(&sandbox, ".config/fish/config.fish");
    assert!(fs::read_to_string(&profile).unwrap().contains("set -gx DOCKER_BUILDKIT 1\n"));
    run(&sandbox, "/usr/bin/fish", "setup --undo --yes");
    assert!(!profile.exists(), "a file that was made for the block goes with it");

    let zsh = sandbox
        .devc(VARIABLES.split(' '))
        .env("SHELL", "/bin/zsh")
        .env("ZDOTDIR", sandbox.root().join("tmp"));
    assert_eq!(zsh.run().code, Some(0));
    assert!(sandbox.root().join("tmp/.zshrc").exists());

    let unknown = run(&sandbox, "/usr/bin/nu", VARIABLES);
    assert_eq!(unknown.code, Some(1), "{unknown}");
    assert!(unknown.stderr.contains("--shell"), "{unknown}");
}

#[test]
fn a_dry_run_says_what_would_change_and_changes_nothing() {
    let sandbox = Sandbox::new();
    let told = run(&sandbox, "/bin/dash", "setup --dry-run");
    insta::assert_snapshot!(told, @"
    exit code: 0
    --- stdout
    Set DOCKER_BUILDKIT and related variables in [ROOT]/home/.profile.
    Make a builder devc that runs 4 steps at once and keeps 20 GB of cache.
    ");
    assert!(!home(&sandbox, ".profile").exists());
}

#[test]
fn without_a_terminal_consent_is_a_flag() {
    let sandbox = Sandbox::new();
    let refused = run(&sandbox, "/bin/sh", "setup");
    assert_eq!(refused.code, Some(1), "{refused}");
    assert!(refused.stderr.contains("--yes"), "{refused}");
    assert!(!home(&sandbox, ".profile").exists());
}

#[test]
fn on_a_terminal_somebody_is_asked() {
    let sandbox = Sandbox::new();
    let mut session = sandbox.on_a_terminal("setup --no-builder --shell sh");
    session.expect("Make these changes?").unwrap();
    session.send("n").unwrap();
    session.expect("Nothing was changed").unwrap();
    session.expect(Eof).unwrap();
    assert!(!home(&sandbox, ".profile").exists());
}

#[test]
fn a_builder_that_does_not_start_is_told_and_all_else_is_done() {
    let sandbox = Sandbox::new();
    let run = run(&sandbox, "/bin/sh", "setup --yes");
    assert_eq!(run.code, Some(0), "{run}");
    assert!(
        run.stderr.contains("There is no builder devc") && run.stderr.contains("--builder-image"),
        "{run}"
    );
    assert!(fs::read_to_string(home(&sandbox, ".profile")).unwrap().contains("DOCKER_BUILDKIT"));
    assert!(!sandbox.state().join("setup.json").exists(), "there is no builder to take back");
}
