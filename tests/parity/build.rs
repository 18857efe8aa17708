//! `build`: the image that each makes of the same fixture.

use serde_json::{Value, json};

use crate::compare::{Comparison, Presence, set, values};
use crate::container::describe_image;
use crate::differences::intended;
use crate::place::Place;
use crate::server::{Server, Setup};
use crate::tool::{Tool, docker, needs_engine};

/// Builds with both, one after the other, and compares results and the images that they name.
pub(crate) fn same(place: &Place, line: &str) -> Comparison {
    let [reference, devc] = [Tool::Reference, Tool::Devc].map(|tool| {
        let ran = place.run(tool, line);
        let result = ran.json();
        let names = result["imageName"].as_array().cloned().unwrap_or_default();
        let names: Vec<&str> = names.iter().filter_map(Value::as_str).collect();
        let images: Vec<Value> = names.iter().map(|name| describe_image(name)).collect();
        if !names.is_empty() {
            docker(&[&["rmi", "-f"], names.as_slice()].concat());
        }
        (json!({"code": ran.code, "result": result, "images": images}), ran)
    });
    let kind = devc.0["result"]["kind"].clone();
    values(reference.0, devc.0, &format!("{}\n{}", reference.1, devc.1)).expect(
        "N7",
        Presence::IfThere,
        |outcome| {
            if outcome["result"]["outcome"] == "error" {
                set(outcome, "/result/kind", kind);
            }
        },
    )
}

const BUILD: &str = "build --workspace-folder {workspace}";

#[test]
fn an_image_gets_its_metadata() {
    needs_engine!();
    same(&Place::new("image-metadata"), BUILD).check();
    same(&Place::new("hooks"), "build --workspace-folder . --image-name devc-parity-built:one").check();
}

#[test]
fn a_dockerfile_gets_its_metadata_in_a_last_stage() {
    needs_engine!();
    let place = Place::new("dockerfile");
    same(&place, BUILD).check();
    let names = "--image-name devc-parity-built:two --image-name devc-parity-built:three";
    same(&place, &format!("{BUILD} {names} --platform linux/amd64 --no-cache false")).check();
    same(&Place::new("dockerfile-on-labelled"), BUILD).check();
    same(&Place::new("legacy-build"), BUILD).check();
}

#[test]
fn without_buildkit_the_image_is_the_same() {
    needs_engine!();
    let place = Place::new("dockerfile");
    same(&place, &format!("{BUILD} --buildkit never --image-name devc-parity-built:classic")).check();
    let ran = place.run(Tool::Devc, &format!("{BUILD} --buildkit never"));
    assert!(ran.stderr.contains("devc builds with BuildKit"), "{ran}");
}

#[test]
fn images_go_where_they_are_sent() {
    needs_engine!();
    let place = Place::new("dockerfile");
    same(&place, &format!("{BUILD} --cache-from devc-base:bookworm --image-name devc-parity-built:cached"))
        .check();
    let sizes = [Tool::Reference, Tool::Devc].map(|tool| {
        let line =
            "build --workspace-folder . --image-name devc-parity-sent --output type=tar,dest=image.tar";
        let result = place.run(tool, line).success();
        assert_eq!(result["imageName"], json!(["devc-parity-sent"]));
        let size = std::fs::metadata(place.workspace.join("image.tar")).expect("the image was sent").len();
        place.host("rm image.tar");
        size
    });
    assert!(sizes.iter().all(|size| *size > 10_000_000), "{sizes:?}");
}

#[test]
fn labels_of_the_command_line_are_on_every_image() {
    needs_engine!();
    let labels = "--label one=1 --label 'two=a b=c'";
    same(&Place::new("hooks"), &format!("{BUILD} {labels}")).check();
    same(&Place::new("dockerfile"), &format!("{BUILD} {labels}"))
        .except("Q8", |outcome| {
            set(outcome, "/images/0/Labels/one", "1");
            set(outcome, "/images/0/Labels/two", "a b=c");
            if let Some(Value::Object(labels)) = outcome.pointer_mut("/images/0/Labels") {
                labels.sort_keys();
            }
        })
        .check();
}

#[test]
fn the_image_of_build_is_what_up_makes_of_it() {
    needs_engine!();
    let place = Place::new("dockerfile");
    let name = "devc-parity-built:handed-on";
    for (builder, user) in [(Tool::Reference, Tool::Devc), (Tool::Devc, Tool::Reference)] {
        place.run(builder, &format!("{BUILD} --image-name {name}")).success();
        let other = Place::with_config("from-built", &json!({"image": name}));
        let result = other.run(user, "up --workspace-folder . --include-merged-configuration").success();
        assert_eq!(result["remoteUser"], "dev", "{builder:?} then {user:?}");
        let merged = &result["mergedConfiguration"];
        assert_eq!(merged["containerEnv"]["ONE"], "1", "{builder:?} then {user:?}");
        assert_eq!(
            merged["postCreateCommands"].as_array().map(Vec::len),
            Some(1),
            "{builder:?} then {user:?}"
        );
        other.remove_containers();
        docker(&["rmi", "-f", name]);
    }
}

#[test]
fn images_are_pushed_as_the_reference_pushes_them() {
    needs_engine!();
    let registry = Server::start(Setup::Open);
    for fixture in ["hooks", "dockerfile"] {
        let names =
            ["one", "two"].map(|tag| format!("--image-name {}/team/{fixture}:{tag}", registry.host()));
        same(&Place::new(fixture), &format!("{BUILD} --push {} --platform linux/amd64", names.join(" ")))
            .check();
    }
    same(&Place::new("hooks"), &format!("{BUILD} --push --output type=tar,dest=x")).check();
}

#[test]
fn several_platforms_fail_with_both_where_the_builder_cannot() {
    needs_engine!();
    intended("N11");
    let place = Place::new("dockerfile");
    for tool in [Tool::Reference, Tool::Devc] {
        let ran = place.run(tool, &format!("{BUILD} --platform linux/amd64,linux/arm64"));
        assert_eq!((ran.code, ran.text("outcome").as_str()), (1, "error"), "{ran}");
    }
}
