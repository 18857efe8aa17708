//! `read-configuration`: what both make of a file.

use serde_json::{Value, json};

use crate::compare::{Comparison, Presence, remove, reorder, same, set};
use crate::differences::intended;
use crate::place::Place;
use crate::tool::{Tool, needs_engine};

const READ: &str = "read-configuration --workspace-folder {workspace}";
const MERGED: &str = "read-configuration --workspace-folder {workspace} --include-merged-configuration";

/// Both print the same for the fixture's workspace, with and without the merged configuration.
fn check(fixture: &str) {
    needs_engine!();
    let place = Place::new(fixture);
    same(&place, READ).check();
    merged(&place).check();
}

fn merged(place: &Place) -> Comparison {
    same(place, MERGED).expect("Q22", Presence::IfThere, without_infinity)
}

/// Removes the maximum of nothing.
fn without_infinity(result: &mut Value) {
    if result["mergedConfiguration"]["hostRequirements"]["memory"] == "-Infinity" {
        remove(result, "/mergedConfiguration/hostRequirements");
    }
}

/// Both print the same for each of these command lines.
fn check_lines(fixture: &str, lines: &[&str]) {
    needs_engine!();
    let place = Place::new(fixture);
    for line in lines {
        same(&place, line).expect("Q22", Presence::IfThere, without_infinity).check();
    }
}

#[test]
fn comments_and_trailing_commas() {
    check("comments");
}

#[test]
fn variables_in_all_forms() {
    intended("Q17");
    check("variables");
}

#[test]
fn every_property() {
    check("every-property");
}

#[test]
fn null_false_and_empty_values() {
    check("empty-values");
}

#[test]
fn numbers_and_keys_that_look_like_numbers() {
    needs_engine!();
    same(&Place::new("numbers"), READ)
        .except("N3", |result| {
            reorder(result, "/configuration/customizations/keys", &["b", "10", "a", "9", "01", "-1"]);
            reorder(result, "/configuration/portsAttributes", &["name", "3000", "80"]);
        })
        .check();
}

#[test]
fn legacy_properties_of_an_editor() {
    check("legacy-properties");
}

#[test]
fn legacy_spellings_of_a_build() {
    check("legacy-build");
}

#[test]
fn a_config_in_the_dot_file() {
    check("dot-file");
}

#[test]
fn features_are_printed_as_they_are() {
    check_lines("with-features", &[READ]);
}

#[test]
fn compose_has_a_folder_and_no_mount() {
    check_lines("compose", &[READ]);
    check_lines("compose-plain", &[READ]);
}

#[test]
fn a_config_without_an_image() {
    check_lines("no-kind", &[READ]);
}

#[test]
fn the_folder_comes_before_the_dot_file_and_config_before_both() {
    let other = "read-configuration --config .devcontainer/other/devcontainer.json";
    check_lines(
        "two-configs",
        &[
            READ,
            &format!("{other} --workspace-folder ."),
            &format!("{other} --workspace-folder . --include-merged-configuration"),
            "read-configuration",
        ],
    );
}

#[test]
fn an_override_replaces_the_content_and_keeps_the_place() {
    check_lines(
        "two-configs",
        &[
            "read-configuration --workspace-folder . --override-config override.json",
            "read-configuration --workspace-folder . --config .devcontainer.json --override-config override.json",
        ],
    );
    // Here there is nothing to override.
    check_lines(
        "git-root",
        &[
            "read-configuration --workspace-folder . --override-config packages/app/.devcontainer/devcontainer.json",
        ],
    );
}

#[test]
fn labels_name_the_container_where_there_is_no_workspace() {
    check_lines(
        "two-configs",
        &[
            "read-configuration --id-label {label}",
            "read-configuration --id-label {label} --id-label a=b=c --override-config override.json",
            "read-configuration --workspace-folder {workspace} --id-label {label}",
        ],
    );
}

#[test]
fn spellings_of_flags() {
    check_lines(
        "two-configs",
        &[
            "read-configuration --workspaceFolder {workspace} --mountWorkspaceGitRoot true",
            "read-configuration --workspace-folder={workspace} --mount-workspace-git-root=false --log-level=trace",
            "read-configuration --workspace-folder . --include-merged-configuration false --log-format json",
            "read-configuration --workspace-folder . --include-features-configuration --additional-features {}",
        ],
    );
}

#[test]
fn the_git_root_is_mounted_around_a_folder_below_it() {
    needs_engine!();
    let place = Place::new("git-root");
    place.host("git init -q .");
    for folder in ["app", "fixed", "mounted"] {
        let line = format!("read-configuration --workspace-folder {{workspace}}/packages/{folder}");
        same(&place, &line).check();
        same(&place, &format!("{line} --mount-workspace-git-root false")).check();
    }
}

/// A worktree `tree` and the repository that it belongs to, as `git worktree add` leaves them.
fn worktree(repository: &str, pointer: &str) -> Place {
    let place = Place::new("git-root");
    place.write(".devcontainer.json", r#"{"image": "devc-base:bookworm"}"#);
    place.host(&format!("git init -q {repository}"));
    place.write(&format!("{repository}/.git/worktrees/one/HEAD"), "ref: refs/heads/main\n");
    place.write(&format!("{repository}/.git/worktrees/one/commondir"), "../..\n");
    place.write(&format!("{repository}/.git/worktrees/one/gitdir"), &place.fill("{workspace}/.git\n"));
    place.write(".git", &place.fill(&format!("gitdir: {pointer}/.git/worktrees/one\n")));
    place
}

#[test]
fn a_worktree_keeps_its_place_relative_to_the_repository() {
    needs_engine!();
    for repository in ["../repo", "../deep/er/repo"] {
        let place = worktree(repository, repository);
        for folder in [".", "packages/app"] {
            let line = format!("read-configuration --workspace-folder {{workspace}}/{folder}");
            same(&place, &format!("{line} --mount-git-worktree-common-dir true")).check();
            same(&place, &line).check();
        }
    }
}

#[test]
fn a_worktree_that_names_its_repository_by_an_absolute_path_is_mounted_with_it() {
    needs_engine!();
    let place = worktree("../repo", "{root}/repo");
    same(&place, READ).check();
    let repository = place.fill("{root}/repo/.git");
    same(&place, &format!("{READ} --mount-git-worktree-common-dir true"))
        .except("N5", |result| {
            let mount = format!("type=bind,source={repository},target={repository}");
            set(result, "/workspace/additionalMountString", mount);
        })
        .check();
}

#[test]
fn a_worktree_without_its_repository_is_a_folder_like_any_other() {
    needs_engine!();
    let place = worktree("../repo", "../gone");
    same(
        &place,
        "read-configuration --workspace-folder {workspace}/packages/app --mount-git-worktree-common-dir",
    )
    .check();
}

#[test]
fn folders_with_odd_names() {
    needs_engine!();
    for name in ["with blanks", "with,comma", "with=equals", "ünï-çödé", "UPPER.Case"] {
        let place = Place::with_config(
            name,
            &json!({"image": "devc-base:bookworm", "name": "${localWorkspaceFolder}"}),
        );
        same(&place, "read-configuration --workspace-folder '{workspace}'").check();
    }
}

#[test]
fn a_code_workspace_file_stands_for_its_folder() {
    needs_engine!();
    let place = Place::new("dot-file");
    place.write("project.code-workspace", "{}");
    let line = "read-configuration --workspace-folder {workspace}/project.code-workspace";
    intended("N4");
    assert_eq!(place.run(Tool::Reference, line).code, 1);
    assert_eq!(place.run(Tool::Devc, line).success(), place.run(Tool::Devc, READ).success());
}

#[test]
fn line_ends_and_a_byte_order_mark() {
    needs_engine!();
    let place = Place::empty("line-ends");
    place.write(".devcontainer.json", "// x\r\n{\r\n  \"image\": \"a\", // y\r\n  \"name\": \"b\"\r\n}\r\n");
    same(&place, READ).check();
    place.write(".devcontainer.json", "\u{feff}{\"image\": \"a\"}");
    same(&place, READ).check();
}

#[test]
fn metadata_of_the_image_is_merged() {
    check("labelled-object");
    check("dockerfile-on-labelled");
    check("merge-requirements");
}

#[test]
fn the_id_is_known_without_a_container() {
    needs_engine!();
    let place = Place::new("labelled-image");
    let id = r#"source=${devcontainerId}-x,target=/id,type=volume"#;
    merged(&place)
        .except("N2", |result| {
            let known = place.run(Tool::Devc, MERGED).success()["mergedConfiguration"]["mounts"][0].clone();
            assert_eq!(result["mergedConfiguration"]["mounts"][0], id);
            assert!(
                known.as_str().is_some_and(|text| text.len() == id.len() - "${devcontainerId}".len() + 52)
            );
            set(result, "/mergedConfiguration/mounts/0", known);
        })
        .check();
}

#[test]
fn metadata_that_is_no_json_counts_as_none() {
    check("labelled-nonsense");
}

#[test]
fn nothing_to_merge_asks_nothing_of_the_host() {
    needs_engine!();
    let place = Place::with_config("bare", &json!({"image": "devc-base:bookworm", "name": "bare"}));
    same(&place, MERGED).except("Q22", without_infinity).check();
}

#[test]
fn failures_have_exit_code_1_and_an_empty_stdout_and_devc_says_why() {
    needs_engine!();
    intended("Q14");
    let place = Place::with_config("failures", &json!({"image": "x", "remoteEnv": {"A": "${localEnv}"}}));
    place.write("list/.devcontainer.json", "[]");
    place.write("empty/.devcontainer.json", "");
    for (line, reason) in [
        (READ, "localEnv"),
        ("read-configuration --workspace-folder {root}", "not found"),
        ("read-configuration --workspace-folder . --config missing/devcontainer.json", "not found"),
        ("read-configuration --workspace-folder list", "must contain a JSON object literal"),
        ("read-configuration --workspace-folder empty", "is empty"),
        ("read-configuration --override-config missing.json", "not found"),
    ] {
        let (reference, devc) = (place.run(Tool::Reference, line), place.run(Tool::Devc, line));
        assert_eq!((reference.code, devc.code), (1, 1), "{reference}\n{devc}");
        assert_eq!((reference.stdout.as_str(), devc.stdout.as_str()), ("", ""), "{reference}\n{devc}");
        assert!(devc.stderr.contains(reason), "{devc}");
    }
}
