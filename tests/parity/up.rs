//! `up`: the container that each makes of the same fixture.

use serde_json::{Value, json};

use crate::compare::{Comparison, Presence, remove, set, values};
use crate::container::{describe, without_id};
use crate::differences::intended;
use crate::place::Place;
use crate::tool::{Ran, Tool, docker, needs_engine};

const UP: &str = "up --workspace-folder {workspace}";

/// Brings the workspace up with one program, describes the outcome, and removes the container again.
pub(crate) fn outcome(place: &Place, tool: Tool, line: &str) -> (Value, Ran) {
    let ran = place.run(tool, line);
    let container = match place.containers().as_slice() {
        [] => Value::Null,
        [id] => describe(id),
        ids => panic!("{} containers: {ran}", ids.len()),
    };
    place.remove_containers();
    let outcome = json!({"code": ran.code, "result": without_id(ran.json()), "container": container});
    (outcome, ran)
}

/// Brings the workspace up with both, one after the other; what always differs is taken care of.
pub(crate) fn same(place: &Place, line: &str) -> Comparison {
    let (reference, reference_ran) = outcome(place, Tool::Reference, line);
    let (devc, devc_ran) = outcome(place, Tool::Devc, line);
    always(reference, devc, &reference_ran, &devc_ran)
}

fn always(reference: Value, devc: Value, reference_ran: &Ran, devc_ran: &Ran) -> Comparison {
    let fingerprint = devc["container"]["config"]["Labels"]["devc.fingerprint"].clone();
    let kind = devc["result"]["kind"].clone();
    let there = |container: &Value| if container.is_null() { Presence::IfThere } else { Presence::Always };
    let presence = there(&reference["container"]);
    values(reference, devc, &format!("{reference_ran}\n{devc_ran}"))
        .expect("N6", presence, |outcome| {
            if let Some(Value::Object(labels)) = outcome.pointer_mut("/container/config/Labels") {
                labels.insert("devc.fingerprint".to_owned(), fingerprint);
                labels.sort_keys();
            }
        })
        .expect("N7", Presence::IfThere, |outcome| {
            if outcome["result"]["outcome"] == "error" {
                set(outcome, "/result/kind", kind);
            }
        })
}

fn check(fixture: &str) {
    needs_engine!();
    same(&Place::new(fixture), UP).check();
}

#[test]
fn an_image_and_nothing_else() {
    needs_engine!();
    same(&Place::with_config("bare", &json!({"image": "devc-base:bookworm"})), UP).check();
}

#[test]
fn hooks_in_every_form_run_once_each_in_order() {
    // The label holds `${localEnv:PARITY_SET}` as it is written.
    intended("Q42");
    check("hooks");
}

/// A container in which no hook ran has no folder for their markers.
fn with_marker_folder(outcome: &mut Value) {
    let changed = outcome.pointer_mut("/container/changed").and_then(Value::as_array_mut);
    let changed = changed.expect("something has changed");
    if !changed.contains(&"A /root/.devcontainer".into()) {
        changed.extend(["A /root/.devcontainer", "C /root"].map(Value::from));
        changed.sort_by_key(Value::to_string);
    }
}

fn etc_environment(outcome: &mut Value) -> &mut Vec<Value> {
    let lines = outcome.pointer_mut("/container/files/~1etc~1environment (root:root 644)");
    lines.and_then(Value::as_array_mut).expect("the file is there")
}

#[test]
fn a_dockerfile_with_stages_arguments_and_a_user() {
    needs_engine!();
    same(&Place::new("dockerfile"), UP)
        .except("Q26", |outcome| {
            let lines = etc_environment(outcome);
            lines.retain(|line| !line.as_str().is_some_and(|line| line.starts_with("QUOTED")));
            lines.push(r#"QUOTED='a "b" $c `d` \e'"#.into());
        })
        .check();
}

#[test]
fn a_dockerfile_in_its_legacy_spelling() {
    check("legacy-build");
}

#[test]
fn everything_that_run_takes() {
    needs_engine!();
    same(&Place::new("run-options"), UP)
        .except("Q26", |outcome| {
            etc_environment(outcome).retain(|line| line != "LINES=\"one" && line != "two\"");
        })
        .check();
}

#[test]
fn mounts_in_both_forms() {
    check("mounts");
}

#[test]
fn run_args_are_handed_on() {
    check("run-args");
}

#[test]
fn ports_in_every_form() {
    needs_engine!();
    for ports in [json!(39411), json!("39412:80"), json!([39413, "39414:81/udp", "127.0.0.1:39415:82"])] {
        let place = Place::with_config("ports", &json!({"image": "devc-base:bookworm", "appPort": ports}));
        same(&place, UP).check();
    }
}

#[test]
fn the_metadata_of_the_image_decides_with_the_config() {
    intended("Q41");
    check("image-metadata");
}

#[test]
fn different_users_for_the_container_and_for_hooks() {
    check("users");
}

#[test]
fn the_own_command_of_the_image_runs_when_asked_for() {
    check("own-command");
}

#[test]
fn a_workspace_elsewhere_or_nowhere() {
    needs_engine!();
    for config in [
        json!({"workspaceFolder": "/src/deep", "workspaceMount": "type=bind,source=${localWorkspaceFolder},target=/src"}),
        json!({"workspaceFolder": "/tmp", "workspaceMount": ""}),
        json!({"workspaceFolder": "/workspaces"}),
    ] {
        let mut config = config;
        config["image"] = "devc-base:bookworm".into();
        config["postCreateCommand"] = "mkdir -p /tmp/parity; pwd > /tmp/parity/pwd".into();
        let place = Place::with_config("elsewhere", &config);
        place.write("deep/file", "");
        same(&place, UP).check();
    }
}

#[test]
fn a_folder_of_a_repository_is_mounted_with_it() {
    needs_engine!();
    let place = Place::new("git-root");
    place.host("git init -q .");
    let line = "up --workspace-folder {workspace}/packages/app --id-label {label}";
    same(&place, line).check();
    same(&place, &format!("{line} --mount-workspace-git-root false")).check();
}

#[test]
fn results_tell_the_configuration_when_asked() {
    needs_engine!();
    let line = "up --workspace-folder . --include-configuration --include-merged-configuration";
    same(&Place::new("hooks"), line).check();
    same(&Place::new("image-metadata"), line).check();
    same(&Place::new("legacy-properties"), line).check();
}

#[test]
fn flags_that_end_the_hooks_early() {
    needs_engine!();
    let place = Place::new("hooks");
    same(&place, &format!("{UP} --skip-post-create")).except("N9", with_marker_folder).check();
    for flag in ["--prebuild", "--skip-non-blocking-commands", "--skip-post-attach true"] {
        same(&place, &format!("{UP} {flag}")).check();
    }
    for wait_for in ["initializeCommand", "postCreateCommand"] {
        let command = "mkdir -p /tmp/parity; echo ran >> /tmp/parity/ran";
        let config = json!({
            "image": "devc-base:bookworm", "waitFor": wait_for,
            "onCreateCommand": command, "updateContentCommand": command, "postCreateCommand": command,
            "postStartCommand": command, "postAttachCommand": command,
        });
        let place = Place::with_config("wait-for", &config);
        same(&place, &format!("{UP} --skip-non-blocking-commands"))
            .expect("N9", Presence::IfThere, with_marker_folder)
            .check();
    }
}

#[test]
fn variables_of_the_command_line() {
    needs_engine!();
    let place = Place::new("hooks");
    same(&place, &format!("{UP} --remote-env OWN=1 --remote-env EMPTY= --remote-env 'TWO=a=b c'")).check();
    // What the configuration says wins.
    intended("Q5");
    same(&place, &format!("{UP} --remote-env REMOTE=overridden --default-user-env-probe none")).check();
}

#[test]
fn secrets_are_for_hooks_only() {
    needs_engine!();
    let place = Place::new("hooks");
    place.write("secrets.json", r#"{"TOKEN": "s3cret-value", "REMOTE": "wins"} // of all"#);
    let line = format!("{UP} --secrets-file secrets.json");
    let (reference, devc) = (outcome(&place, Tool::Reference, &line), outcome(&place, Tool::Devc, &line));
    assert!(!devc.1.stderr.contains("s3cret-value"), "{}", devc.1);
    always(reference.0, devc.0, &reference.1, &devc.1).check();
}

#[test]
fn more_mounts_from_the_command_line() {
    needs_engine!();
    let place = Place::new("mounts");
    let mounts = "--mount type=volume,source=devc-parity-mounts-more,target=/more --mount type=bind,source=/usr,target=/host-usr";
    same(&place, &format!("{UP} {mounts}")).check();
}

#[test]
fn users_get_the_ids_of_this_machine() {
    needs_engine!();
    let place = Place::new("user-ids").belongs_to("games");
    same(&place, UP)
        .expect("N10", Presence::IfThere, |outcome| {
            let owners = outcome.pointer_mut("/container/files/~1tmp~1parity~1owners (dev:dev 644)");
            for line in owners.and_then(Value::as_array_mut).into_iter().flatten() {
                *line =
                    line.as_str().unwrap_or_default().replace("1 5 60 0 of-root", "1 0 0 0 of-root").into();
            }
        })
        .check();
}

#[test]
fn users_keep_their_ids_where_that_is_wanted() {
    needs_engine!();
    let place = Place::new("user-ids").belongs_to("games");
    same(&place, &format!("{UP} --update-remote-user-uid-default off --gpu-availability none")).check();
}

#[test]
fn no_image_is_built_for_ids_that_stay_as_they_are() {
    needs_engine!();
    let place = Place::new("user-ids");
    same(&place, UP)
        .except("Q24", |outcome| {
            let image = outcome["container"]["config"]["Image"].as_str().unwrap_or_default().to_owned();
            let image = image.strip_suffix("-uid").unwrap_or(&image);
            set(outcome, "/container/config/Image", image);
            remove(outcome, "/container/config/User");
        })
        .check();
}

#[test]
fn labels_take_the_place_of_the_default_ones() {
    needs_engine!();
    let place = Place::new("hooks");
    same(&place, &format!("{UP} --id-label {{label}} --id-label b=c:d/e")).check();
}

#[test]
fn labels_and_paths_with_equals_signs_do_no_harm() {
    needs_engine!();
    intended("Q20");
    let place = Place::with_config("a=b", &json!({"image": "devc-base:bookworm"}));
    place.run(Tool::Devc, "up --workspace-folder .").success();
    place
        .run(Tool::Devc, "up --workspace-folder . --id-label {label} --id-label b=c=d --id-label name=x")
        .success();
    assert_eq!(place.containers().len(), 2);
}

#[test]
fn no_client_is_left_behind() {
    needs_engine!();
    intended("Q19");
    let place =
        Place::with_config("client", &json!({"image": "devc-base:bookworm", "runArgs": ["--hostname=x"]}));
    place.run(Tool::Devc, UP).success();
    let path = place.workspace.display().to_string();
    let processes = std::fs::read_dir("/proc").expect("this is Linux").flatten();
    let left = processes.filter_map(|process| std::fs::read_to_string(process.path().join("cmdline")).ok());
    let left: Vec<String> = left.filter(|words| words.contains("docker") && words.contains(&path)).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn hooks_run_even_where_the_home_folder_belongs_to_root() {
    needs_engine!();
    intended("N8");
    let config = json!({
        "image": "devc-base:bookworm", "remoteUser": "daemon", "updateRemoteUserUID": false,
        "postCreateCommand": "touch /tmp/ran",
    });
    let place = Place::with_config("unwritable", &config);
    for (tool, ran) in [(Tool::Reference, false), (Tool::Devc, true)] {
        place.run(tool, UP).success();
        assert_eq!(docker(&["diff", &place.containers()[0]]).contains("/tmp/ran"), ran, "{tool:?}");
        place.remove_containers();
    }
}

#[test]
fn markers_go_where_they_are_wanted() {
    needs_engine!();
    let place = Place::new("hooks");
    let folders =
        "--container-data-folder /tmp/parity/data --container-system-data-folder /tmp/parity/system";
    same(&place, &format!("{UP} {folders}")).check();
    same(&place, &format!("{UP} --container-data-folder data")).check();
}

#[test]
fn dotfiles_are_cloned_and_installed() {
    needs_engine!();
    check_dotfiles("dotfiles-script", "");
    check_dotfiles(
        "dotfiles-script",
        "--dotfiles-install-command other.sh --dotfiles-target-path /tmp/parity/dot",
    );
    check_dotfiles("dotfiles-links", "");
}

fn check_dotfiles(fixture: &str, flags: &str) {
    let place = Place::new(fixture);
    place.host("git init -q dotfiles");
    place.host("git -C dotfiles add -A");
    place.host("git -C dotfiles -c user.name=a -c user.email=a@example.invalid commit -qm dotfiles");
    same(&place, &format!("{UP} --dotfiles-repository /workspaces/{fixture}/dotfiles {flags}")).check();
}

#[test]
fn the_expected_container_has_to_be_there() {
    needs_engine!();
    let place = Place::with_config("expected", &json!({"image": "devc-base:bookworm"}));
    same(&place, &format!("{UP} --expect-existing-container")).check();
}
