//! Containers go from one program to the other and back: found, reused, and no hook runs twice.

use serde_json::{Value, json};

use crate::compare::{remove, same, set, values};
use crate::differences::intended;
use crate::place::Place;
use crate::tool::{Tool, docker, needs_engine};

const UP: &str = "up --workspace-folder {workspace}";
const BOTH: [(Tool, Tool); 2] = [(Tool::Reference, Tool::Devc), (Tool::Devc, Tool::Reference)];

/// Which hooks ran so far, in order, of the fixture `hooks`.
fn hooks(place: &Place) -> String {
    let [id] = &place.containers()[..] else { panic!("there should be one container") };
    let order = docker(&["exec", id, "cat", "/tmp/parity/order"]);
    order.lines().filter_map(|line| line.split(' ').next()).collect::<Vec<_>>().join(" ")
}

const ALL: &str = "onCreate updateContent postCreate-array postCreate-string postStart postAttach";

#[test]
fn up_finds_the_container_of_the_other_and_runs_nothing_twice() {
    needs_engine!();
    for (first, second) in BOTH {
        let place = Place::new("hooks");
        let line = format!("{UP} --include-configuration --include-merged-configuration");
        let (one, two) = (place.run(first, &line), place.run(second, &line));
        assert_eq!(hooks(&place), format!("{ALL} postAttach"), "{first:?} then {second:?}");
        values(one.success(), two.success(), &format!("{one}\n{two}")).check();
        docker(&["stop", "-t", "0", &one.text("containerId")]);
        let third = place.run(second, UP);
        assert_eq!(third.text("containerId"), one.text("containerId"));
        assert_eq!(
            hooks(&place),
            format!("{ALL} postAttach postStart postAttach"),
            "{first:?} then {second:?}"
        );
        place.run(first, &format!("{UP} --expect-existing-container --skip-post-attach")).success();
        assert_eq!(
            hooks(&place),
            format!("{ALL} postAttach postStart postAttach"),
            "{first:?} then {second:?}"
        );
        let new = place.run(second, &format!("{UP} --remove-existing-container"));
        assert_ne!(new.text("containerId"), one.text("containerId"));
        assert_eq!(hooks(&place), ALL);
    }
}

#[test]
fn hooks_that_one_left_out_are_run_by_the_other() {
    needs_engine!();
    for (first, second) in BOTH {
        let place = Place::new("hooks");
        place.run(first, &format!("{UP} --prebuild")).success();
        assert_eq!(hooks(&place), "onCreate updateContent");
        let line = "run-user-commands --workspace-folder . --skip-post-attach";
        let result = place.run(second, line).success();
        assert_eq!(result, json!({"outcome": "success", "result": "done"}));
        assert_eq!(
            hooks(&place),
            ALL.strip_suffix(" postAttach").unwrap_or_default(),
            "{first:?} then {second:?}"
        );
        place.run(first, "run-user-commands --workspace-folder . --prebuild").success();
        let hooks = hooks(&place);
        assert!(hooks.ends_with("postStart updateContent"), "{hooks}");
    }
}

#[test]
fn run_user_commands_ends_where_it_is_told_to() {
    needs_engine!();
    let place = Place::new("hooks");
    for (flags, result) in [
        ("--prebuild", "prebuild"),
        ("--skip-non-blocking-commands", "skipNonBlocking"),
        ("--stop-for-personalization", "stopForPersonalization"),
        ("--skip-post-attach", "done"),
        (
            "--skip-non-blocking-commands false --prebuild false --terminal-columns 80 --terminal-rows 24",
            "done",
        ),
    ] {
        let ran = BOTH.map(|(tool, _)| {
            place.run(tool, &format!("{UP} --skip-post-create")).success();
            let line = format!("run-user-commands --workspace-folder . {flags}");
            let answer = place.run(tool, &line).success();
            let ran = docker(&["exec", &place.containers()[0], "/bin/sh", "-c", "cat /tmp/parity/order"]);
            place.remove_containers();
            (answer, ran)
        });
        assert_eq!(ran[0], ran[1], "{flags}");
        assert_eq!(ran[0].0, json!({"outcome": "success", "result": result}), "{flags}");
    }
}

#[test]
fn exec_is_the_same_in_containers_of_either() {
    needs_engine!();
    for maker in [Tool::Reference, Tool::Devc] {
        let place = Place::new("users");
        let id = place.run(maker, UP).text("containerId");
        let by_id = format!("exec --container-id {id} --config .devcontainer/devcontainer.json pwd");
        for line in [
            "exec --workspace-folder . /bin/sh -c 'env | grep -v -e ^DEVC_PROCESS= -e ^VSCODE_ | sort'",
            "exec --workspace-folder . id",
            "exec --workspace-folder {workspace} pwd",
            "exec --workspace-folder . /bin/sh -c 'echo out; echo err >&2; exit 7'",
            "exec --workspace-folder . /bin/sh -c 'kill -9 $$'",
            "exec --workspace-folder . --remote-env A=1 --remote-env 'B=2 3' -- /bin/sh -c 'echo $A $B'",
            "exec --workspace-folder . --default-user-env-probe none --log-level debug echo --workspace-folder x",
            "exec --workspaceFolder . printf 'a\\000b\\r\\n'",
            "exec --workspace-folder . cat",
            "exec --id-label devcontainer.local_folder={workspace} --workspace-folder . pwd",
            by_id.as_str(),
        ] {
            let [reference, devc] = [Tool::Reference, Tool::Devc].map(|tool| place.run(tool, line));
            assert_eq!(reference.code, devc.code, "{reference}\n{devc}");
            assert_eq!(reference.stdout, devc.stdout, "{reference}\n{devc}");
        }
    }
}

#[test]
fn commands_that_cannot_run() {
    needs_engine!();
    let place = Place::with_config("cannot-run", &json!({"image": "devc-base:bookworm"}));
    place.run(Tool::Devc, UP).success();
    intended("N13");
    for (word, codes) in [("no-such-program", (126, 127)), ("/etc/passwd", (126, 126))] {
        let line = format!("exec --workspace-folder . {word}");
        let [reference, devc] = [Tool::Reference, Tool::Devc].map(|tool| place.run(tool, &line));
        assert_eq!((reference.code, devc.code), codes, "{reference}\n{devc}");
        assert!(devc.stdout.is_empty() && !devc.stderr.is_empty(), "{devc}");
    }
}

#[test]
fn the_id_is_known_to_exec() {
    needs_engine!();
    intended("Q3");
    let place = Place::new("hooks");
    place.run(Tool::Reference, &format!("{UP} --skip-post-create")).success();
    let line = "exec --workspace-folder . printenv ID";
    assert_eq!(place.run(Tool::Reference, line).stdout, "${devcontainerId}\n");
    assert_eq!(place.run(Tool::Devc, line).stdout.trim_end().len(), 52);
}

#[test]
fn a_null_variable_is_unset() {
    needs_engine!();
    intended("Q4");
    let config = json!({
        "image": "devc-base:bookworm",
        "containerEnv": {"GONE": "still here"},
        "remoteEnv": {"GONE": null},
    });
    let place = Place::with_config("null", &config);
    place.run(Tool::Reference, UP).success();
    let line = "exec --workspace-folder . /bin/sh -c 'echo ${GONE-unset}'";
    assert_eq!(place.run(Tool::Reference, line).stdout, "null\n");
    assert_eq!(place.run(Tool::Devc, line).stdout, "unset\n");
}

#[test]
fn hooks_know_the_environment_of_the_container() {
    needs_engine!();
    intended("Q2");
    let config = json!({
        "image": "devc-base:bookworm",
        "containerEnv": {"NAME": "value"},
        "postCreateCommand": "echo '${containerEnv:NAME}' > /tmp/name",
    });
    let place = Place::with_config("container-env", &config);
    for (tool, text) in [(Tool::Reference, "${containerEnv:NAME}\n"), (Tool::Devc, "value\n")] {
        place.run(tool, UP).success();
        assert_eq!(docker(&["exec", &place.containers()[0], "cat", "/tmp/name"]), text);
        place.remove_containers();
    }
}

#[test]
fn edits_that_need_no_new_container_take_effect_at_once() {
    needs_engine!();
    intended("Q35");
    for (maker, _) in BOTH {
        let place = Place::with_config(
            "edits",
            &json!({"image": "devc-base:bookworm", "remoteEnv": {"A": "old", "B": "old"}, "containerEnv": {"C": "old"}}),
        );
        let id = place.run(maker, UP).text("containerId");
        let edited = json!({
            "image": "devc-base:bookworm", "remoteUser": "daemon", "userEnvProbe": "none",
            "remoteEnv": {"A": "new"}, "containerEnv": {"C": "new"},
        });
        place.write(".devcontainer/devcontainer.json", &edited.to_string());
        for tool in [Tool::Reference, Tool::Devc] {
            let again = place.run(tool, UP);
            assert_eq!(
                (again.text("containerId"), again.text("remoteUser")),
                (id.clone(), "daemon".to_owned())
            );
            let told = again.stderr.contains("containerEnv");
            assert_eq!(told, tool == Tool::Devc, "{again}");
            let line = "exec --workspace-folder . /bin/sh -c 'echo $A $B $C $(id -un)'";
            assert_eq!(place.run(tool, line).stdout, "new old old daemon\n", "{tool:?}");
        }
        let new = place.run(Tool::Devc, &format!("{UP} --rebuild=auto"));
        assert_ne!(new.text("containerId"), id);
    }
}

#[test]
fn what_devc_stops_is_started_by_the_reference() {
    needs_engine!();
    let place = Place::new("hooks");
    let id = place.run(Tool::Reference, UP).text("containerId");
    assert_eq!(place.run(Tool::Devc, "stop --workspace-folder .").text("containerId"), id);
    assert_eq!(place.run(Tool::Reference, UP).text("containerId"), id);
    assert_eq!(hooks(&place), format!("{ALL} postStart postAttach"));
    place.run(Tool::Devc, "down --workspace-folder .").success();
    assert!(place.containers().is_empty());
}

#[test]
fn a_paused_container_goes_on() {
    needs_engine!();
    intended("Q39");
    let place = Place::with_config("paused", &json!({"image": "devc-base:bookworm"}));
    let id = place.run(Tool::Reference, UP).text("containerId");
    docker(&["pause", &id]);
    let reference = place.run(Tool::Reference, UP);
    assert_eq!(reference.code, 1, "{reference}");
    assert_eq!(place.run(Tool::Devc, UP).text("containerId"), id);
}

#[test]
fn a_container_from_before_the_configuration_was_recorded_is_found() {
    needs_engine!();
    let place = Place::with_config(
        "old",
        &json!({"image": "devc-base:bookworm", "remoteEnv": {"ID": "${devcontainerId}"}}),
    );
    let label = place.fill("devcontainer.local_folder={workspace}");
    let metadata = "devcontainer.metadata=[{\"remoteEnv\":{\"OLD\":\"yes\"}}]";
    let mount = place.fill("{workspace}:/workspaces/old");
    docker(&["run", "-d", "-l", &label, "-l", metadata, "-v", &mount, "devc-base:bookworm", "sleep", "1000"]);
    for tool in [Tool::Reference, Tool::Devc] {
        let up = place.run(tool, UP);
        assert_eq!(up.text("containerId"), place.containers()[0], "{up}");
        assert_eq!(place.run(tool, "exec --workspace-folder . printenv OLD").stdout, "yes\n");
    }
}

#[test]
fn configurations_are_read_the_same_from_containers_of_either() {
    needs_engine!();
    for maker in [Tool::Reference, Tool::Devc] {
        let place = Place::new("image-metadata");
        let id = place.run(maker, &format!("{UP} --skip-post-create")).text("containerId");
        let merged = "read-configuration --include-merged-configuration";
        same(&place, &format!("{merged} --workspace-folder .")).check();
        same(&place, &format!("{merged} --workspace-folder . --container-id {id}")).check();
        let label = format!("{merged} --id-label devcontainer.local_folder={{workspace}}");
        same(&place, &label).check();
        // Here the reference takes the id of a folder and a file that are both called `undefined`.
        let mount = "/mergedConfiguration/mounts/0";
        let line = format!("{merged} --workspace-folder .");
        let known = place.run(Tool::Devc, &line).success().pointer(mount).expect("the image's mount").clone();
        same(&place, &format!("{merged} --container-id {id}"))
            .except("N2", |result| set(result, mount, known))
            .check();
    }
}

/// The call with which an editor opens a folder, and the one that follows it.
#[test]
fn an_editor_opens_a_folder() {
    needs_engine!();
    let open = "up --user-data-folder {root}/data --container-session-data-folder /tmp/devcontainers-1 \
        --workspace-folder {workspace} --workspace-mount-consistency cached \
        --id-label devcontainer.local_folder={workspace} \
        --id-label devcontainer.config_file={workspace}/.devcontainer/devcontainer.json --log-level debug \
        --log-format json --config {workspace}/.devcontainer/devcontainer.json \
        --default-user-env-probe loginInteractiveShell \
        --mount type=volume,source=devc-parity-hooks-vscode,target=/vscode,external=true --skip-post-create \
        --update-remote-user-uid-default on --mount-workspace-git-root true --include-configuration \
        --include-merged-configuration";
    let run = "run-user-commands --user-data-folder {root}/data --container-session-data-folder /tmp/devcontainers-1 \
        --workspace-folder {workspace} --container-id CONTAINER --log-level debug --log-format json \
        --config {workspace}/.devcontainer/devcontainer.json --default-user-env-probe loginInteractiveShell \
        --skip-non-blocking-commands false --prebuild false --stop-for-personalization true \
        --remote-env REMOTE_CONTAINERS_IPC=/tmp/ipc.sock --remote-env REMOTE_CONTAINERS=true \
        --remote-env SSH_AUTH_SOCK=/tmp/ssh.sock --terminal-columns 80 --terminal-rows 24 \
        --dotfiles-target-path ~/dotfiles";
    let outcomes = BOTH.map(|(opener, runner)| {
        let place = Place::new("hooks");
        let opened = place.run(opener, open);
        let id = opened.text("containerId");
        let again = place.run(runner, open);
        assert_eq!(again.text("containerId"), id);
        let ran = place.run(runner, &run.replace("CONTAINER", &id));
        let result = ran.success();
        assert_eq!(place.run(opener, &run.replace("CONTAINER", &id)).success(), result);
        let environment = docker(&["exec", &id, "cat", "/tmp/parity/env of postCreate-array"]);
        assert!(environment.contains("SSH_AUTH_SOCK=/tmp/ssh.sock"), "{environment}");
        let keys = |value: &Value| value.as_object().map(|object| object.keys().cloned().collect::<Vec<_>>());
        let keys = keys(&opened.success()).expect("a result is an object");
        (hooks(&place), result, keys)
    });
    assert_eq!(outcomes[0], outcomes[1]);
    assert_eq!(outcomes[0].1["result"], "stopForPersonalization");
}

/// A clone in a volume: no workspace on this machine, a configuration from elsewhere, labels of the editor's own.
#[test]
fn an_editor_opens_a_clone_in_a_volume() {
    needs_engine!();
    let place = Place::new("hooks");
    place.write(
        "../volume.json",
        r#"{"image": "devc-base:bookworm", "workspaceFolder": "/workspaces/clone"}"#,
    );
    let line = "up --override-config {root}/volume.json --id-label {label} \
        --id-label vsch.local.repository=https://example.invalid/owner/repository \
        --id-label vsch.local.repository.volume=clone --id-label vsch.quality=stable \
        --mount type=volume,source=devc-parity-hooks-clone,target=/workspaces,external=true --log-format json \
        --include-configuration --include-merged-configuration --update-remote-user-uid-default off";
    crate::up::same(&place, line)
        .except("Q22", |outcome| remove(outcome, "/result/mergedConfiguration/hostRequirements"))
        .check();
}
