//! Features from folders and from a real registry: the same containers, images, lockfiles and results.

use serde_json::{Value, json};

use crate::build;
use crate::compare::{self, Presence, set};
use crate::differences::intended;
use crate::place::Place;
use crate::server::{Server, Setup};
use crate::tool::{Ran, Tool, docker, needs_engine};
use crate::up;

const BOTH: [Tool; 2] = [Tool::Reference, Tool::Devc];
const IMAGE: &str = "devc-base:bookworm";
const UP: &str = "up --workspace-folder {workspace}";
const BUILD: &str = "build --workspace-folder {workspace}";
const READ: &str = "read-configuration --workspace-folder {workspace} --include-features-configuration --include-merged-configuration";
const LOCKFILE: &str = ".devcontainer/devcontainer-lock.json";

/// Writes a Feature that leaves its environment, its user and its folder in `/tmp/parity`, which comparisons look at.
fn write(place: &Place, folder: &str, metadata: &Value) {
    let id = metadata["id"].as_str().expect("it has an id");
    place.write(&format!("{folder}/devcontainer-feature.json"), &format!("{metadata:#}"));
    place.write(&format!("{folder}/data/text"), id);
    place.write(
        &format!("{folder}/install.sh"),
        &format!(
            "#!/bin/sh\nset -e\nmkdir -p -m 777 /tmp/parity\n\
             {{ id -u; pwd; ls -R; env | grep -E '^_?[A-Z0-9_]*(WORD|FLAG|USER|HOME|X_?Y)' | sort; }} > /tmp/parity/{id}\n\
             echo {id} \"$WORD\" >> /tmp/parity/order\ninstall -D -m 640 data/text /opt/{id}/text\n"
        ),
    );
}

fn options() -> Value {
    json!({"word": {"type": "string", "default": "plain"}, "flag": {"type": "boolean", "default": false}})
}

/// A workspace whose Features come from its own folders.
fn local(config: &Value) -> Place {
    let place = Place::empty("features");
    let one = json!({
        "id": "one", "version": "1.0.0", "name": "One", "options": options(),
        "containerEnv": {"PATH": "/opt/one:${PATH}", "BLANK": "a b"},
        "onCreateCommand": "echo one >> /tmp/parity/hooks",
        "postStartCommand": {"a": "echo one started >> /tmp/parity/hooks"},
        "entrypoint": "echo entered >> /tmp/parity/entered", "init": true,
        "capAdd": ["SYS_PTRACE"], "securityOpt": ["seccomp=unconfined"],
        "mounts": [{"type": "volume", "source": "devc-parity-features-${devcontainerId}", "target": "/one"}],
        "customizations": {"vscode": {"extensions": ["a.one"]}, "other": [1]},
        "installsAfter": ["./two"],
    });
    write(&place, ".devcontainer/one", &one);
    write(
        &place,
        ".devcontainer/two",
        &json!({
            "id": "two", "version": "2.1.0", "name": "It's `two`", "options": options(), "privileged": false,
            "dependsOn": {"./three": {"word": "for two"}},
            "documentationURL": "https://example.org/two", "description": "Two\nlines",
        }),
    );
    write(&place, ".devcontainer/three", &json!({"id": "three", "version": "0.1.0", "options": options()}));
    place.write(".devcontainer/devcontainer.json", &config.to_string());
    place
}

fn local_features() -> Value {
    json!({"./one": {"word": "hello there", "flag": true, "x.y": "undeclared"}, "./two": "scalar"})
}

/// Runs the same with both, each without a lockfile at first, and compares what they left there.
fn same_lockfile(place: &Place, line: &str) -> Option<String> {
    let texts = BOTH.map(|tool| {
        place.run(tool, line).success();
        place.remove_containers();
        take_lockfile(place)
    });
    assert_eq!(texts[0], texts[1]);
    texts[0].clone()
}

fn take_lockfile(place: &Place) -> Option<String> {
    let path = place.workspace.join(LOCKFILE);
    let text = std::fs::read_to_string(&path).ok();
    let _ = std::fs::remove_file(path);
    text
}

#[test]
fn local_features_make_the_same_container() {
    needs_engine!();
    let config = json!({"image": IMAGE, "features": local_features(), "capAdd": ["NET_ADMIN"],
        "containerEnv": {"OWN": "x y"}, "onCreateCommand": "echo own >> /tmp/parity/hooks"});
    let place = local(&config);
    up::same(&place, UP).check();
    intended("Q6");
    assert_eq!(same_lockfile(&place, UP).as_deref(), Some("{\n  \"features\": {}\n}\n"));
}

#[test]
fn features_on_a_dockerfile_make_the_same_container() {
    needs_engine!();
    let config = json!({"build": {"dockerfile": "Dockerfile"}, "features": local_features(), "remoteUser": "other", "updateRemoteUserUID": false});
    let place = local(&config);
    let label =
        r#"LABEL devcontainer.metadata='[{"id":"below","containerEnv":{"BELOW":"1"},"remoteUser":"root"}]'"#;
    let users = "RUN useradd -m -u 1000 dev && useradd -m -d /home/else other";
    place.write(".devcontainer/Dockerfile", &format!("FROM {IMAGE}\n{users}\nUSER dev\n{label}\n"));
    up::same(&place, UP).check();
}

#[test]
fn features_make_the_same_image() {
    needs_engine!();
    let config =
        json!({"image": IMAGE, "features": local_features(), "containerEnv": {"OWN": "$x \"y\" \\z"}});
    let place = local(&config);
    build::same(&place, BUILD).check();
    build::same(&place, &format!("{BUILD} --image-name devc-parity-built:features --no-lockfile")).check();
    build::same(&place, &format!("{BUILD} --skip-persisting-customizations-from-features")).check();
}

/// The files of an image with type, mode, owner, size and target, apart from places that every build leaves its traces in.
fn files(image: &str) -> Vec<String> {
    let find =
        "find / -xdev ! -path '/proc/*' ! -path '/sys/*' ! -path '/dev/*' -printf '%y %m %u:%g %p -> %l'";
    let sizes = "\\( -type f -printf ' %s\\n' -o -printf '\\n' \\)";
    let script = format!("{find} {sizes} | sort");
    let listed = docker(&["run", "--rm", "-u", "0", "--entrypoint", "/bin/sh", image, "-c", &script]);
    listed.lines().map(str::to_owned).collect()
}

#[test]
fn the_files_of_an_image_are_the_same() {
    needs_engine!();
    let place = local(&json!({"image": IMAGE, "features": local_features()}));
    let name = "devc-parity-built:files";
    let [reference, devc] = BOTH.map(|tool| {
        place.run(tool, &format!("{BUILD} --image-name {name}")).success();
        let files = files(name);
        docker(&["rmi", "-f", name]);
        files
    });
    assert_eq!(reference, devc);
}

/// Published by the reference: `app` depends on `base`; `aside` wants to come after it.
fn published() -> (Server, Place) {
    let (server, place) = (Server::start(Setup::Open), Place::empty("published"));
    let id = |rest: &str| format!("{}/team/features/{rest}", server.host());
    write(
        &place,
        "src/base",
        &json!({"id": "base", "version": "1.0.2", "name": "Base", "options": options(),
        "customizations": {"vscode": {"settings": {"a": 1}}}}),
    );
    write(
        &place,
        "src/app",
        &json!({"id": "app", "version": "2.3.4", "name": "App", "options": options(),
        "dependsOn": {id("base:1"): {"word": "for app"}}, "postCreateCommand": "true", "legacyIds": ["old-app"]}),
    );
    write(
        &place,
        "src/aside",
        &json!({"id": "aside", "version": "0.1.0", "name": "Aside", "options": options(),
        "installsAfter": [id("old-app"), id("base")]}),
    );
    place
        .run(Tool::Reference, &format!("features publish src -r {} -n team/features", server.host()))
        .success();
    let config = json!({"image": IMAGE, "features": {
        id("aside:latest"): {}, id("App:2.3"): {"flag": "true"}, id("base"): "scalar",
    }});
    place.write(".devcontainer/devcontainer.json", &config.to_string());
    (server, place)
}

#[test]
fn published_features_make_the_same_container_and_lockfile() {
    needs_engine!();
    let (server, place) = published();
    up::same(&place, UP).check();
    let more = json!({format!("{}/team/features/base:1.0", server.host()): {"word": "more"}});
    let lockfile =
        same_lockfile(&place, &format!("{UP} --additional-features '{more}'")).expect("there is one");
    assert!(lockfile.contains("\"dependsOn\""), "{lockfile}");
    assert_eq!(same_lockfile(&place, &format!("{BUILD} --no-lockfile")), None);

    for tool in BOTH {
        place.write(LOCKFILE, &lockfile.replace("1.0.2", "1.0.1"));
        assert_eq!(place.run(tool, &format!("{BUILD} --frozen-lockfile")).code, 1);
        assert_eq!(place.run(tool, &format!("{BUILD} --experimental-frozen-lockfile")).code, 1);
        assert_eq!(place.run(tool, &format!("{BUILD} --experimental-lockfile")).code, 0);
        assert_eq!(place.run(tool, &format!("{BUILD} --frozen-lockfile")).code, 0);
        assert_eq!(take_lockfile(&place).as_ref(), Some(&lockfile));
        assert_eq!(place.run(tool, &format!("{BUILD} --frozen-lockfile")).code, 1, "there is none");
    }
}

#[test]
fn resolved_features_are_printed_alike() {
    needs_engine!();
    let place = local(
        &json!({"image": IMAGE, "features": local_features(), "overrideFeatureInstallOrder": ["./one"]}),
    );
    check_read(&place, READ);
    let (server, place) = published();
    check_read(&place, READ);
    let digest = docker_digest(&server);
    let more = json!({format!("{}/team/features/base@{digest}", server.host()): {"word": "more"}});
    check_read(&place, &format!("{READ} --additional-features '{more}'"));
}

fn docker_digest(server: &Server) -> String {
    let link = "data/docker/registry/v2/repositories/team/features/base/_manifests/tags/latest/current/link";
    server.file(link)
}

fn check_read(place: &Place, line: &str) {
    let [reference, devc] = BOTH.map(|tool| {
        let mut result = place.run(tool, line).success();
        let folder = result["featuresConfiguration"]["dstFolder"].as_str().expect("a folder").to_owned();
        for set in result["featuresConfiguration"]["featureSets"].as_array().expect("sets") {
            let path = set["features"][0]["cachePath"].as_str().expect("a path");
            assert!(std::path::Path::new(path).join("install.sh").is_file(), "{path}");
        }
        let text = result.to_string().replace(&folder, "<folder>");
        result = serde_json::from_str(&text).expect("still JSON");
        Ran { tool, words: line.to_owned(), code: 0, stdout: result.to_string(), stderr: String::new() }
    });
    let mounts = devc.json()["mergedConfiguration"]["mounts"].clone();
    compare::results(&reference, &devc)
        .expect("N2", Presence::IfThere, |result| {
            if !mounts.is_null() {
                set(result, "/mergedConfiguration/mounts", mounts);
            }
        })
        .check();
}

#[test]
fn the_lockfile_holds_for_what_is_read_too() {
    needs_engine!();
    intended("N51");
    let (server, place) = published();
    place.run(Tool::Devc, BUILD).success();
    let id = format!("{}/team/features/base", server.host());
    let source = place.workspace.join("src/base/devcontainer-feature.json");
    let text = std::fs::read_to_string(&source).expect("it is there").replace("1.0.2", "1.1.0");
    place.write("src/base/devcontainer-feature.json", &text);
    place
        .run(Tool::Reference, &format!("features publish src -r {} -n team/features", server.host()))
        .success();
    let versions = BOTH.map(|tool| {
        let result = place.run(tool, READ).success();
        let sets = result["featuresConfiguration"]["featureSets"].as_array().expect("sets").clone();
        let base = sets.into_iter().find(|set| set["sourceInformation"]["userFeatureId"] == id);
        base.expect("base is there")["features"][0]["version"].clone()
    });
    assert_eq!(versions, ["1.1.0", "1.0.2"]);
}

#[test]
fn one_feature_with_several_options_is_installed_fewest_first() {
    needs_engine!();
    intended("Q31");
    let features = json!({"./three": {"word": "a", "flag": true}, "./two": {}, "./one": {}, "../.devcontainer/three": {}});
    let place = local(&json!({"image": IMAGE, "features": features}));
    up::same(&place, UP).check();
}

#[test]
fn option_values_reach_the_script_as_they_were_written() {
    needs_engine!();
    intended("Q11");
    let word = "it's \"q\" $HOME `id`";
    let place = local(&json!({"image": IMAGE, "features": {"./three": {"word": word}}}));
    let order = BOTH.map(|tool| {
        place.run(tool, UP).success();
        let order = docker(&["exec", &place.containers()[0], "cat", "/tmp/parity/order"]);
        place.remove_containers();
        order
    });
    assert_ne!(order[0].trim_end(), format!("three {word}"));
    assert_eq!(order[1].trim_end(), format!("three {word}"));
}

#[test]
fn values_of_this_machine_stay_out_of_the_image() {
    needs_engine!();
    let env = json!({"FIXED": "1", "FROM_HOST": "${localEnv:PARITY_SET}"});
    let place = local(&json!({"image": IMAGE, "features": {"./three": {}}, "containerEnv": env}));
    build::same(&place, BUILD)
        .except("N52", |outcome| {
            let env = outcome.pointer_mut("/images/0/Env").and_then(Value::as_array_mut).expect("a list");
            env.retain(|pair| pair != "FROM_HOST=from the host");
        })
        .check();
    up::same(&place, UP).check();
}

#[test]
fn local_features_may_be_outside_of_the_configurations_folder() {
    needs_engine!();
    intended("N50");
    let place = local(&json!({"image": IMAGE, "features": {"../src/own": {}}}));
    write(&place, "src/own", &json!({"id": "own", "version": "1.0.0", "name": "Own"}));
    assert_eq!(BOTH.map(|tool| place.run(tool, READ).code), [1, 0]);
}

#[test]
fn odd_options_are_used_and_told() {
    needs_engine!();
    intended("N53");
    let place = local(&json!({"image": IMAGE, "features": {"./three": {"flag": "perhaps", "more": 1}}}));
    up::same(&place, UP).check();
    let told = place.run(Tool::Devc, READ).stderr;
    assert!(told.contains("'flag' is a boolean") && told.contains("no option 'more'"), "{told}");
}

#[test]
fn old_kinds_of_ids_are_mapped_or_refused() {
    needs_engine!();
    intended("Q36");
    intended("N54");
    let told = |features: Value| {
        let place = local(&json!({"image": IMAGE, "features": features}));
        let ran = place.run(Tool::Devc, &format!("{READ} --skip-feature-auto-mapping --offline"));
        assert_eq!(ran.code, 1);
        ran.stderr
    };
    assert!(told(json!({"golang": "latest"})).contains("ghcr.io/devcontainers/features/go:1"));
    assert!(told(json!({"owner/repository/feature@v1": {}})).contains("GitHub releases"));
}
