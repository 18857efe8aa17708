//! Oddities of the reference that no other comparison meets: what became of them here.

use serde_json::{Value, json};

use crate::compare::{same, set};
use crate::differences::intended;
use crate::place::Place;
use crate::tool::{Tool, docker, needs_engine};
use crate::up;

const UP: &str = "up --workspace-folder {workspace}";
const READ: &str = "read-configuration --workspace-folder {workspace}";
const IMAGE: &str = "devc-base:bookworm";

#[test]
fn options_of_mounts_in_object_form_are_kept() {
    needs_engine!();
    let mount = json!({"type": "bind", "source": "/usr", "target": "/host-usr", "readonly": true});
    let place = Place::with_config("object-mount", &json!({"image": IMAGE, "mounts": [mount]}));
    up::same(&place, UP)
        .except("Q9", |outcome| {
            set(outcome, "/container/mounts/~1host-usr/RW", false);
            let mounts = outcome["container"]["host"]["Mounts"].as_array_mut().expect("there are mounts");
            let mount = mounts.iter_mut().find(|mount| mount["Target"] == "/host-usr");
            let mount = mount.and_then(Value::as_object_mut).expect("there is this mount");
            mount.insert("ReadOnly".to_owned(), true.into());
        })
        .check();
}

#[test]
fn a_configuration_in_a_folder_of_its_own_is_found_when_it_is_the_only_one() {
    needs_engine!();
    intended("Q12");
    let place = Place::empty("own-folder");
    place.write(".devcontainer/one/devcontainer.json", &json!({"image": IMAGE, "name": "one"}).to_string());
    assert_eq!(place.run(Tool::Reference, READ).code, 1);
    assert_eq!(place.run(Tool::Devc, READ).success()["configuration"]["name"], "one");
    place.write(".devcontainer/two/devcontainer.json", &json!({"image": IMAGE, "name": "two"}).to_string());
    let several = place.run(Tool::Devc, READ);
    assert_eq!((several.code, several.stdout.as_str()), (1, ""), "{several}");
    assert!(several.stderr.contains("--config-name"), "{several}");
    let chosen = place.run(Tool::Devc, &format!("{READ} --config-name two"));
    assert_eq!(chosen.success()["configuration"]["name"], "two");
}

#[test]
fn mistakes_in_the_file_are_told() {
    needs_engine!();
    intended("Q16");
    let place = Place::empty("mistakes");
    place.write(".devcontainer.json", "{\n  \"image\": \"x\"\n  \"name\": \"y\"\n");
    assert_eq!(place.run(Tool::Reference, READ).code, 0);
    let devc = place.run(Tool::Devc, READ);
    assert_eq!((devc.code, devc.stdout.as_str()), (1, ""), "{devc}");
    assert!(devc.stderr.contains(".devcontainer.json:2:"), "{devc}");
    assert!(devc.stderr.contains("never closed"), "{devc}");
}

#[test]
fn nothing_stays_in_the_temporary_folder() {
    needs_engine!();
    intended("Q18");
    let place = Place::new("dockerfile");
    std::fs::create_dir(place.fill("{root}/temporary")).expect("a folder");
    let folder = place.fill("{root}/temporary");
    let left = || std::fs::read_dir(&folder).expect("it is there").count();
    place.run_with(Tool::Devc, UP, &[("TMPDIR", &folder)]).success();
    assert_eq!(left(), 0);
    place.remove_containers();
    place.run_with(Tool::Reference, UP, &[("TMPDIR", &folder)]).success();
    assert_ne!(left(), 0);
}

#[test]
fn a_stage_that_is_called_like_its_image_and_stages_in_other_letters() {
    needs_engine!();
    intended("Q23");
    let place = Place::new("dockerfile-on-labelled");
    let merged = format!("{READ} --include-merged-configuration");
    docker(&["tag", "devc-parity:dockerfile-on-labelled", "devc-parity-same"]);
    let ran = ["FROM devc-parity-same AS Base\nFROM base\n", "FROM devc-parity-same AS devc-parity-same\n"]
        .map(|dockerfile| {
            place.write(".devcontainer/Dockerfile", dockerfile);
            [Tool::Reference, Tool::Devc].map(|tool| place.run(tool, &merged))
        });
    docker(&["rmi", "devc-parity-same"]);
    for [reference, devc] in ran {
        assert_eq!(devc.success()["mergedConfiguration"]["remoteUser"], "nobody", "{devc}");
        let found = reference.code == 0 && reference.json()["mergedConfiguration"]["remoteUser"] == "nobody";
        assert!(!found, "{reference}");
    }
}

#[test]
fn dotfiles_that_fail_are_tried_again() {
    needs_engine!();
    intended("Q27");
    let place = Place::new("dotfiles-links");
    let line = format!("{UP} --dotfiles-repository /workspaces/dotfiles-links/missing --skip-post-attach");
    let config = r#"{ "build": { "dockerfile": "Dockerfile" } }"#;
    place.write(".devcontainer/devcontainer.json", config);
    for (tool, code) in [(Tool::Reference, 0), (Tool::Devc, 0)] {
        assert_eq!(place.run(tool, &line).code, code);
        let again = place.run(tool, &line);
        assert_eq!(again.code, code);
        assert_eq!(
            again.stderr.contains("The dotfiles could not be installed"),
            tool == Tool::Devc,
            "{again}"
        );
        place.remove_containers();
    }
}

#[test]
fn no_secret_is_an_argument() {
    needs_engine!();
    intended("Q28");
    // The hook sees the processes of this machine only as far as its container goes, so this machine is asked.
    let config =
        json!({"image": IMAGE, "postCreateCommand": "touch waiting; until [ -e seen ]; do sleep 0.05; done"});
    let place = Place::with_config("arguments", &config);
    place.write("secrets.json", r#"{"TOKEN": "s3cret-in-arguments"}"#);
    for (tool, expected) in [(Tool::Reference, true), (Tool::Devc, false)] {
        let found = std::thread::scope(|scope| {
            let up = scope.spawn(|| place.run(tool, &format!("{UP} --secrets-file secrets.json")).success());
            let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
            while !place.workspace.join("waiting").exists() && std::time::Instant::now() < deadline {
                std::thread::sleep(std::time::Duration::from_millis(10));
            }
            let found = is_an_argument("s3cret-in-arguments");
            place.write("seen", "");
            up.join().expect("up ends");
            found
        });
        assert_eq!(found, expected, "{tool:?}");
        place.remove_containers();
        place.host("rm seen waiting");
    }
}

fn is_an_argument(text: &str) -> bool {
    let processes = std::fs::read_dir("/proc").expect("this is Linux").flatten();
    let lines = processes.filter_map(|process| std::fs::read(process.path().join("cmdline")).ok());
    lines.into_iter().any(|line| String::from_utf8_lossy(&line).contains(text))
}

#[test]
fn of_a_flag_that_is_given_twice_the_last_one_counts() {
    needs_engine!();
    intended("Q29");
    let place = Place::with_config("twice", &json!({"image": IMAGE, "name": "the last"}));
    let line =
        format!("{READ} --log-level trace --log-level info --workspace-folder /nowhere --workspace-folder .");
    assert_eq!(place.run(Tool::Reference, &line).code, 1);
    assert_eq!(place.run(Tool::Devc, &line).success()["configuration"]["name"], "the last");
    place.run(Tool::Devc, "build /ignored --workspace-folder .").success();
}

#[test]
fn mounts_without_a_target_stay_apart() {
    needs_engine!();
    let mounts = json!(["type=volume,source=a", "type=volume,source=b", "type=volume,source=c,target=/c"]);
    let place = Place::with_config("targets", &json!({"image": IMAGE, "mounts": mounts}));
    same(&place, &format!("{READ} --include-merged-configuration"))
        .except("Q34", |result| set(result, "/mergedConfiguration/mounts", mounts))
        .check();
}

#[test]
fn configurations_are_read_without_an_engine() {
    needs_engine!();
    intended("Q37");
    let place = Place::new("variables");
    let expected = place.run(Tool::Reference, READ).success();
    let nowhere = [("DOCKER_HOST", "unix:///nowhere.sock"), ("PATH", "/nowhere")];
    let line = "read-configuration --workspace-folder .";
    assert_eq!(place.run_with(Tool::Devc, line, &nowhere).success(), expected);
}

#[test]
fn a_hook_that_somebody_interrupts_has_not_succeeded() {
    needs_engine!();
    intended("N14");
    let place = Place::with_config("interrupted", &json!({"image": IMAGE, "postCreateCommand": "exit 130"}));
    for (tool, code) in [(Tool::Reference, 0), (Tool::Devc, 130)] {
        let ran = place.run(tool, UP);
        assert_eq!(ran.code, code, "{ran}");
        place.remove_containers();
    }
}
