//! `set-up`: what each makes of the same container that neither has created.

use serde_json::{Value, json};

use crate::compare::{Comparison, remove, set, values};
use crate::container::describe;
use crate::differences::intended;
use crate::place::Place;
use crate::tool::{Ran, Tool, docker, needs_engine};

const CONFIG: &str = "--config .devcontainer/devcontainer.json";
const REPORT: &str = "--include-configuration --include-merged-configuration";

/// The image of the fixture with metadata: its user, hooks and variables.
const IMAGE: &str = "devc-parity:set-up";

/// Starts a container as somebody would who knows nothing of dev containers; returns its id.
fn start(place: &Place, options: &[&str], image: &str) -> String {
    let label = place.label();
    let fixed = ["run", "-d", "--label", &label, "-v", "/usr:/host-usr:ro"];
    docker(&[&fixed[..], options, &[image, "sleep", "86400"]].concat()).trim().to_owned()
}

fn outcome(place: &Place, tool: Tool, options: &[&str], image: &str, flags: &str) -> (Value, Ran) {
    let id = start(place, options, image);
    let ran = place.run(tool, &format!("set-up --container-id {id} {flags}"));
    let outcome = json!({"code": ran.code, "result": ran.json(), "container": describe(&id)});
    place.remove_containers();
    (outcome, ran)
}

fn same(place: &Place, options: &[&str], image: &str, flags: &str) -> Comparison {
    let (reference, reference_ran) = outcome(place, Tool::Reference, options, image, flags);
    let (devc, devc_ran) = outcome(place, Tool::Devc, options, image, flags);
    values(reference, devc, &format!("{reference_ran}\n{devc_ran}"))
}

#[test]
fn a_container_with_metadata_in_its_image() {
    needs_engine!();
    let place = Place::new("set-up");
    for flags in ["", REPORT, &format!("{CONFIG} {REPORT}"), "--skip-non-blocking-commands true"] {
        same(&place, &[], IMAGE, flags).check();
    }
    let folders = "--container-data-folder /home/dev/data --container-system-data-folder /tmp/parity/system";
    same(&place, &["-u", "0"], IMAGE, &format!("{folders} --default-user-env-probe none")).check();
    same(&place, &[], IMAGE, &format!("{CONFIG} --skip-post-create")).except("N9", marker_folder).check();
}

#[test]
fn a_container_of_an_image_that_says_nothing() {
    needs_engine!();
    let config = json!({
        "workspaceFolder": "/srv", "remoteEnv": {"ID": "${devcontainerId}", "OWN": "1"}, "containerEnv": {"NOT": "set"},
        "onCreateCommand": "mkdir -p /tmp/parity; pwd > /tmp/parity/pwd; env | grep -v ^DEVC_PROCESS= | sort > /tmp/parity/env",
    });
    let place = Place::with_config("plain", &config);
    let options = ["-e", "BOTH=given", "-w", "/tmp"];
    let nothing_said = |outcome: &mut Value| remove(outcome, "/result/mergedConfiguration/hostRequirements");
    same(&place, &options, "devc-base:bookworm", REPORT).except("Q22", nothing_said).check();
    same(&place, &options, "devc-base:bookworm", &format!("{CONFIG} {REPORT} --remote-env MORE=1")).check();
}

#[test]
fn dotfiles_are_installed() {
    needs_engine!();
    let place = Place::new("dotfiles-script");
    docker(&["build", "-q", "-t", "devc-parity:set-up-dotfiles", &place.fill("{workspace}/.devcontainer")]);
    place.host("git init -q dotfiles");
    place.host("git -C dotfiles add -A");
    place.host("git -C dotfiles -c user.name=a -c user.email=a@example.invalid commit -qm dotfiles");
    let mount = place.fill("{workspace}:/src");
    same(&place, &["-v", &mount], "devc-parity:set-up-dotfiles", "--dotfiles-repository /src/dotfiles")
        .check();
    docker(&["rmi", "-f", "devc-parity:set-up-dotfiles"]);
}

#[test]
fn variables_of_the_container_reach_its_hooks() {
    needs_engine!();
    intended("Q2");
    let config = json!({"onCreateCommand": "echo ${containerEnv:GIVEN} > /tmp/given"});
    let place = Place::with_config("variables", &config);
    let id = start(&place, &["-e", "GIVEN=yes"], "devc-base:bookworm");
    place.run(Tool::Devc, &format!("set-up --container-id {id} {CONFIG}")).success();
    assert_eq!(docker(&["exec", &id, "cat", "/tmp/given"]), "yes\n");
}

#[test]
fn each_goes_on_where_the_other_stopped() {
    needs_engine!();
    let hook = "echo ran >> /tmp/ran";
    let config = json!({"onCreateCommand": hook, "updateContentCommand": hook, "postCreateCommand": hook, "postStartCommand": hook});
    let place = Place::with_config("in-turns", &config);
    for turns in [[Tool::Reference, Tool::Devc], [Tool::Devc, Tool::Reference]] {
        let id = start(&place, &[], "devc-base:bookworm");
        place
            .run(turns[0], &format!("set-up --container-id {id} {CONFIG} --skip-non-blocking-commands"))
            .success();
        place.run(turns[1], &format!("set-up --container-id {id} {CONFIG}")).success();
        assert_eq!(docker(&["exec", &id, "cat", "/tmp/ran"]), "ran\n".repeat(4), "{turns:?}");
        place.remove_containers();
    }
}

#[test]
fn what_cannot_be_set_up() {
    needs_engine!();
    let place = Place::with_config("failing", &json!({"onCreateCommand": "exit 3"}));
    let unknown = "set-up --container-id 0123456789ab";
    let line = format!("{unknown} --config {{root}}/devcontainer.json");
    let [reference, devc] = [Tool::Reference, Tool::Devc].map(|tool| place.run(tool, &line));
    assert_eq!((reference.code, devc.code), (1, 1));
    let kind = devc.json()["kind"].clone();
    values(reference.json(), devc.json(), &format!("{reference}\n{devc}"))
        .except("N7", |result| set(result, "/kind", kind))
        .check();
    intended("N11");
    for (tool, description) in
        [(Tool::Reference, "An error occurred"), (Tool::Devc, "Dev container not found.")]
    {
        let ran = place.run(tool, unknown);
        assert_eq!(ran.code, 1, "{ran}");
        assert!(ran.text("description").starts_with(description), "{ran}");
    }
    for tool in [Tool::Reference, Tool::Devc] {
        let id = start(&place, &[], "devc-base:bookworm");
        let ran = place.run(tool, &format!("set-up --container-id {id} {CONFIG}"));
        assert_eq!((ran.code, ran.text("outcome").as_str()), (1, "error"), "{ran}");
        place.remove_containers();
    }
}

/// A container in which no hook ran has no folder for their markers.
fn marker_folder(outcome: &mut Value) {
    let changed = outcome.pointer_mut("/container/changed").and_then(Value::as_array_mut);
    let changed = changed.expect("something has changed");
    changed.extend(["A /home/dev/.devcontainer", "C /home", "C /home/dev"].map(Value::from));
    changed.sort_by_key(Value::to_string);
    changed.dedup();
}
