//! Where the workspace goes inside the container.

use insta::assert_snapshot;

use crate::sandbox::{Sandbox, pretty};

const CONFIG: &str = r#"{ "image": "debian:bookworm" }"#;

fn check(sandbox: &Sandbox, flags: &str) -> String {
    pretty(&sandbox.run(&format!("read-configuration {flags}")).json()["workspace"])
}

#[test]
fn a_plain_folder_is_mounted_under_its_own_name() {
    assert_snapshot!(check(&Sandbox::with(CONFIG), ""), @r#"
    {
      "workspaceFolder": "/workspaces/project",
      "workspaceMount": "type=bind,source=[ROOT]/project,target=/workspaces/project"
    }
    "#);
}

#[test]
fn of_a_repository_the_root_is_mounted() {
    let sandbox = Sandbox::new()
        .file(".git/HEAD", "ref: refs/heads/main\n")
        .file("packages/app/.devcontainer.json", CONFIG);
    assert_snapshot!(check(&sandbox, "--workspace-folder packages/app"), @r#"
    {
      "workspaceFolder": "/workspaces/project/packages/app",
      "workspaceMount": "type=bind,source=[ROOT]/project,target=/workspaces/project"
    }
    "#);
    assert_snapshot!(check(&sandbox, "--workspace-folder packages/app --mount-workspace-git-root false"), @r#"
    {
      "workspaceFolder": "/workspaces/app",
      "workspaceMount": "type=bind,source=[ROOT]/project/packages/app,target=/workspaces/app"
    }
    "#);
}

#[test]
fn a_worktree_brings_its_repository_along_on_request() {
    let sandbox = Sandbox::new()
        .file("repo/.git/HEAD", "ref: refs/heads/main\n")
        .file("repo/.git/worktrees/feature/commondir", "../..\n")
        .file("feature/.git", "gitdir: ../repo/.git/worktrees/feature\n")
        .file("feature/.devcontainer.json", CONFIG);
    assert_snapshot!(check(&sandbox, "--workspace-folder feature"), @r#"
    {
      "workspaceFolder": "/workspaces/feature",
      "workspaceMount": "type=bind,source=[ROOT]/project/feature,target=/workspaces/feature"
    }
    "#);
    assert_snapshot!(check(&sandbox, "--workspace-folder feature --mount-git-worktree-common-dir"), @r#"
    {
      "workspaceFolder": "/workspaces/feature",
      "workspaceMount": "type=bind,source=[ROOT]/project/feature,target=/workspaces/feature"
    }
    "#);
}

#[test]
fn the_configuration_decides_if_it_says_so() {
    let own = r#"{ "image": "x", "workspaceFolder": "/src", "workspaceMount": "type=volume,source=v,target=/src" }"#;
    assert_snapshot!(check(&Sandbox::with(own), ""), @r#"
    {
      "workspaceFolder": "/src",
      "workspaceMount": "type=volume,source=v,target=/src"
    }
    "#);
    let folder_only = r#"{ "image": "x", "workspaceFolder": "/src" }"#;
    assert_snapshot!(check(&Sandbox::with(folder_only), ""), @r#"
    {
      "workspaceFolder": "/src",
      "workspaceMount": "type=bind,source=[ROOT]/project,target=/workspaces/project"
    }
    "#);
    let no_mount = r#"{ "image": "x", "workspaceMount": "", "workspaceFolder": "/src" }"#;
    assert_snapshot!(check(&Sandbox::with(no_mount), ""), @r#"
    {
      "workspaceFolder": "/src",
      "workspaceMount": ""
    }
    "#);
}

#[test]
fn a_path_with_a_comma_is_quoted_as_docker_wants_it() {
    let sandbox = Sandbox::new().file("a,b/.devcontainer.json", CONFIG);
    assert_snapshot!(check(&sandbox, "--workspace-folder a,b"), @r#"
    {
      "workspaceFolder": "/workspaces/a,b",
      "workspaceMount": "type=bind,\"source=[ROOT]/project/a,b\",\"target=/workspaces/a,b\""
    }
    "#);
}

#[test]
fn compose_mounts_nothing_by_itself() {
    let compose = r#"{ "dockerComposeFile": "compose.yaml", "service": "app" }"#;
    assert_snapshot!(check(&Sandbox::with(compose), ""), @r#"
    {
      "workspaceFolder": "/"
    }
    "#);
}
