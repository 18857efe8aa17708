//! Programs that call the reference CLI, each with the words that it uses (reference, 6.8): what they read has to be the same.

use serde_json::{Value, json};

use crate::compare::{Comparison, set, values};
use crate::container::without_id;
use crate::place::Place;
use crate::tool::{Tool, docker, needs_engine};

/// Runs the lines of one caller one after the other. `{id}` is the container that the first `up` has told.
fn session(place: &Place, tool: Tool, lines: &[&str]) -> (Value, String) {
    let (mut steps, mut about, mut id) = (Vec::new(), String::new(), String::new());
    for line in lines {
        let ran = place.run(tool, &line.replace("{id}", &id));
        let last = ran.stdout.lines().last().unwrap_or_default();
        let result: Value = serde_json::from_str(last).unwrap_or_else(|_| json!(ran.stdout));
        id = result["containerId"].as_str().map_or(id, str::to_owned);
        steps.push(json!({"code": ran.code, "result": without_id(result)}));
        about += &format!("{ran}\n");
    }
    place.remove_containers();
    (steps.into(), about)
}

fn same(place: &Place, lines: &[&str]) -> Comparison {
    let [reference, devc] = [Tool::Reference, Tool::Devc].map(|tool| session(place, tool, lines));
    values(reference.0, devc.0, &format!("{}\n{}", reference.1, devc.1))
}

/// What an editor says in every call.
const EDITOR: &str = "--user-data-folder {root}/data --container-session-data-folder /tmp/devcontainers-1 \
                      --log-level debug --log-format json";
const FOLDER: &str = "--workspace-folder {workspace} --config {workspace}/.devcontainer/devcontainer.json \
                      --id-label devcontainer.local_folder={workspace} \
                      --id-label devcontainer.config_file={workspace}/.devcontainer/devcontainer.json \
                      --mount-workspace-git-root true";

#[test]
fn an_editor_opens_a_folder() {
    needs_engine!();
    let place = Place::new("hooks");
    let read = "read-configuration --workspace-folder {workspace} --log-level debug --log-format json \
                --config {workspace}/.devcontainer/devcontainer.json --mount-workspace-git-root true";
    let up = format!(
        "up {EDITOR} {FOLDER} --workspace-mount-consistency cached --gpu-availability detect \
         --default-user-env-probe loginInteractiveShell --remove-existing-container false --build-no-cache false \
         --mount type=volume,source=devc-parity-hooks-vscode,target=/vscode,external=true --skip-post-create \
         --update-remote-user-uid-default on --include-configuration --include-merged-configuration"
    );
    let merged = "read-configuration --container-id {id} --log-level debug --log-format json \
                  --workspace-folder {workspace} --include-merged-configuration";
    let hooks = format!(
        "run-user-commands {EDITOR} {FOLDER} --container-id {{id}} --default-user-env-probe loginInteractiveShell \
         --skip-non-blocking-commands false --prebuild false --stop-for-personalization false \
         --remote-env REMOTE_CONTAINERS=true --remote-env SSH_AUTH_SOCK=/tmp/agent.sock \
         --terminal-columns 120 --terminal-rows 30 --dotfiles-target-path ~/dotfiles"
    );
    docker(&["volume", "create", "devc-parity-hooks-vscode"]);
    let id = place.run(Tool::Devc, read).success()["configuration"]["remoteEnv"]["ID"].clone();
    same(&place, &[read, &up, merged, &hooks, &up, &hooks])
        .except("N2", |steps| set(steps, "/0/result/configuration/remoteEnv/ID", id))
        .check();
}

#[test]
fn an_editor_sets_up_a_clone_in_a_volume() {
    needs_engine!();
    let config = json!({
        "image": "devc-base:bookworm", "workspaceFolder": "/workspaces", "onCreateCommand": "mkdir -p sub; pwd > sub/pwd",
        "remoteEnv": {"ID": "${devcontainerId}"}, "postAttachCommand": "test $(cat sub/pwd) = /workspaces",
    });
    let place = Place::with_config("clone", &config);
    let labels = "--id-label {label} --id-label vsch.local.repository=https://example.com/a/b.git \
                  --id-label vsch.local.repository.volume=clone-1";
    let up = format!(
        "up {EDITOR} {labels} --override-config {{workspace}}/.devcontainer/devcontainer.json \
         --mount type=volume,source=devc-parity-clone-volume,target=/workspaces,external=true \
         --skip-post-create --update-remote-user-uid-default off --include-configuration --include-merged-configuration"
    );
    let hooks = format!(
        "run-user-commands {EDITOR} {labels} --container-id {{id}} \
         --override-config {{workspace}}/.devcontainer/devcontainer.json"
    );
    docker(&["volume", "create", "devc-parity-clone-volume"]);
    same(&place, &[&up, &hooks]).check();
}

#[test]
fn a_ci_action_builds_starts_and_runs() {
    needs_engine!();
    let place = Place::new("dockerfile");
    let name = "devc-parity-ci:latest";
    same(
        &place,
        &[
            &format!(
                "build --workspace-folder {{workspace}} --image-name {name} --platform linux/amd64 --cache-from {name}"
            ),
            &format!(
                "build --workspace-folder {{workspace}} --image-name {name} --output type=tar,dest=image.tar"
            ),
            &format!(
                "up --workspace-folder {{workspace}} --cache-from {name} --skip-post-attach --update-remote-user-uid-default never"
            ),
            "exec --workspace-folder {workspace} --remote-env GREETING=hello bash -c 'echo $GREETING; pwd; exit 3'",
            "exec --workspace-folder {workspace} --log-format json -- bash -c 'echo out; echo err >&2'",
            "run-user-commands --workspace-folder {workspace}",
        ],
    )
    .except("N16", |steps| set(steps, "/4/result", "out\n"))
    .check();
    docker(&["rmi", "-f", name]);
}

#[test]
fn a_script_that_goes_wrong() {
    needs_engine!();
    let place = Place::with_config("wrong", &json!({"image": "devc-base:bookworm"}));
    for line in [
        "exec --workspace-folder {workspace} true",
        "exec --workspace-folder {workspace} --container-id 0123456789ab true",
        "exec --workspace-folder {root} true",
        "read-configuration --workspace-folder {root} --log-format json",
    ] {
        same(&place, &[line]).check();
    }
    same(
        &place,
        &["up --workspace-folder {workspace}", "exec --workspace-folder {workspace} sh -c 'kill -9 $$'"],
    )
    .check();
}
