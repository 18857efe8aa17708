//! Features from folders of the workspace: what they install, how they shape the container, what is built again.

use serde_json::{Value, json};

use crate::docker::BASE;
use crate::world::{World, scenario};

/// Writes a Feature into a folder of the workspace.
pub fn write_feature(world: &World, folder: &str, metadata: &Value, install: &str) {
    world.write(&format!("{folder}/devcontainer-feature.json"), &format!("{metadata:#}"));
    world.write(&format!("{folder}/install.sh"), &format!("#!/bin/sh\nset -e\n{install}\n"));
}

/// A Feature that writes the time of its installation to `/made/<name>`: the same again says that it was not repeated.
fn write_stamp(world: &World, name: &str, options: &Value) {
    let metadata = json!({"id": name, "version": "1.0.0", "name": name, "options": options});
    let install = format!("mkdir -p /made\necho \"$WORD $(date +%s%N)\" > /made/{name}");
    write_feature(world, &format!(".devcontainer/{name}"), &metadata, &install);
}

fn stamps(world: &World, image: &str) -> Vec<String> {
    let text = world.docker.ask(&["run", "--rm", image, "cat", "/made/a", "/made/b", "/made/c"]);
    text.lines().map(str::to_owned).collect()
}

#[test]
fn packages_files_users_and_hooks_of_features_are_there() {
    scenario(|world| {
        write_feature(
            &world,
            "tools/json",
            &json!({
                "id": "json", "version": "1.0.0", "name": "JSON tools",
                "options": {"package": {"type": "string", "default": "jq"}},
                "containerEnv": {"PATH": "/opt/json/bin:${PATH}", "PRICE": "five"},
                "onCreateCommand": "jq -n '\"on create\"' >> order",
            }),
            "apt-get update\napt-get install -y --no-install-recommends \"$PACKAGE\"\nrm -rf /var/lib/apt/lists/*\n\
             mkdir -p /opt/json/bin\nprintf '#!/bin/sh\\necho helped\\n' > /opt/json/bin/helper\nchmod +x /opt/json/bin/helper",
        );
        write_feature(
            &world,
            ".devcontainer/person",
            &json!({
                "id": "person", "version": "1.0.0", "name": "Person",
                "options": {"who": {"type": "string", "default": "nobody"}},
                "onCreateCommand": {"a": "echo person >> order"},
                "dependsOn": {"../tools/json": {}},
            }),
            "useradd -m \"$WHO\"\necho \"$_REMOTE_USER of $_CONTAINER_USER in $_REMOTE_USER_HOME\" > /home/$WHO/who",
        );
        world.config(json!({
            "image": BASE,
            "features": {"./person": {"who": "ada"}},
            "onCreateCommand": "echo own >> order",
            "remoteUser": "ada",
            "updateRemoteUserUID": false,
        }));
        world.open_to_all();
        let container = world.up();
        assert_eq!(container.sh("cat /home/ada/who"), "ada of root in", "the user has no home yet");
        assert_eq!(world.take_order(), ["\"on create\"", "person", "own"]);
        let seen = world.devc(&["exec", "sh", "-c", "helper; echo $PRICE; whoami"]).succeeds();
        assert_eq!(seen.text(), "helped\nfive\nada\n");
        assert_eq!(container.sh("ls -A /tmp/dev-container-features"), "devcontainer-features.builtin.env");
        let ids: Vec<_> = container.metadata().iter().map(|entry| entry["id"].clone()).collect();
        assert_eq!(ids, [json!("../tools/json"), json!("./person"), Value::Null]);
        let lockfile = world.read(".devcontainer/devcontainer-lock.json").unwrap();
        assert_eq!(lockfile, "{\n  \"features\": {}\n}\n", "local Features are not recorded");
    });
}

#[test]
fn another_option_installs_that_feature_and_those_after_it() {
    scenario(|world| {
        let options = json!({"word": {"type": "string", "default": "first"}});
        for name in ["a", "b", "c"] {
            write_stamp(&world, name, &options);
        }
        let image = format!("{}-built", world.name);
        let build = |word: &str| {
            world.config(json!({"image": BASE, "features": {"./a": {}, "./b": {"word": word}, "./c": {}}}));
            world.devc(&["build", "--image-name", &image]).succeeds();
            stamps(&world, &image)
        };
        let before = build("first");
        let after = build("second");
        assert_eq!(after[0], before[0], "what comes before is not installed again");
        assert!(after[1].starts_with("second ") && before[1].starts_with("first "));
        assert_ne!(after[2], before[2], "what comes after is");
        assert_eq!(build("first"), before, "what was built once is still there");
    });
}

#[test]
fn a_moved_checkout_and_touched_files_build_nothing() {
    scenario(|mut world| {
        world.enter("here");
        for name in ["a", "b", "c"] {
            write_stamp(&world, name, &json!({}));
        }
        world.config(json!({"image": BASE, "features": {"./a": {}, "./b": {}, "./c": {}}}));
        let image = format!("{}-built", world.name);
        world.devc(&["build", "--image-name", &image]).succeeds();
        let before = stamps(&world, &image);
        world.host(&["cp", "-r", ".", "../there"]);
        world.host(&["sh", "-c", "find ../there -exec touch -d 2001-01-01 {} +; chmod -R g-r,o-r ../there"]);
        let there = world.outside(&format!("{}/there", world.name)).display().to_string();
        world.devc(&["build", "--workspace-folder", &there, "--image-name", &image]).succeeds();
        assert_eq!(stamps(&world, &image), before);
    });
}

#[test]
fn entrypoints_mounts_and_privileges_are_applied() {
    scenario(|world| {
        let volume = format!("{}-data", world.name);
        let metadata = json!({
            "id": "service", "version": "1.0.0", "name": "Service",
            "init": true,
            "capAdd": ["SYS_PTRACE"],
            "securityOpt": ["seccomp=unconfined"],
            "entrypoint": "/usr/local/share/service-init.sh",
            "mounts": [{"type": "volume", "source": format!("{volume}-${{devcontainerId}}"), "target": "/data"}],
            "customizations": {"vscode": {"extensions": ["a.b"]}},
            "postStartCommand": "until test -s /data/starts; do sleep 0.1; done",
        });
        let install = "printf '#!/bin/sh\\necho started >> /data/starts\\n' > /usr/local/share/service-init.sh\n\
                       chmod +x /usr/local/share/service-init.sh";
        write_feature(&world, ".devcontainer/service", &metadata, install);
        world.config(json!({"image": BASE, "features": {"./service": {}}, "capAdd": ["NET_ADMIN"]}));
        let container = world.up();
        assert_eq!(container.read("/data/starts").unwrap(), "started");
        assert_eq!(container.get("/HostConfig/Init"), true);
        assert_eq!(container.get("/HostConfig/Privileged"), false);
        let added = container.get("/HostConfig/CapAdd").to_string();
        assert!(added.contains("SYS_PTRACE") && added.contains("NET_ADMIN"), "{added}");
        assert_eq!(container.get("/HostConfig/SecurityOpt"), &json!(["seccomp=unconfined"]));
        let name = container.mount("/data")["Name"].as_str().unwrap();
        assert!(name.starts_with(&volume) && name.len() > volume.len() + 50, "{name}");
        world.devc(&["stop"]).succeeds();
        let container = world.up();
        assert_eq!(container.read("/data/starts").unwrap(), "started\nstarted", "with each start");
    });
}

#[test]
fn features_go_on_a_dockerfile_whose_user_is_kept() {
    scenario(|world| {
        write_feature(
            &world,
            ".devcontainer/who",
            &json!({"id": "who", "version": "1.0.0", "name": "Who"}),
            "echo \"$(id -un) $_CONTAINER_USER $_REMOTE_USER $_REMOTE_USER_HOME\" > /who",
        );
        world.write(
            ".devcontainer/Dockerfile",
            &format!("FROM {BASE}\nRUN useradd -m -u 1000 dev\nUSER dev\nSHELL [\"/bin/false\"]\nENV A=1\n"),
        );
        world.config(json!({
            "build": {"dockerfile": "Dockerfile"},
            "features": {"./who": {}},
            "containerEnv": {"OWN": "$A \"quoted\"", "SECRET": "${localEnv:SECRET}"},
        }));
        let mut world = world;
        world.set("SECRET", "hunter2");
        let container = world.up();
        assert_eq!(container.read("/who").unwrap(), "root dev dev /home/dev");
        assert_eq!(container.text("/Config/User"), "dev");
        assert_eq!(container.env("OWN"), Some("$A \"quoted\""));
        assert_eq!(container.env("SECRET"), Some("hunter2"));
        let image = world.docker.inspect("image", container.text("/Image")).unwrap();
        let on_image = image["Config"]["Env"].to_string();
        assert!(on_image.contains("OWN=$A") && !on_image.contains("hunter2"), "{on_image}");
        assert_eq!(world.devc(&["exec", "whoami"]).succeeds().text(), "dev\n");
    });
}

#[test]
fn the_ids_of_a_user_that_a_feature_makes_follow_this_machines_user() {
    scenario(|mut world| {
        let user = json!({"id": "user", "version": "1.0.0", "name": "User"});
        write_feature(&world, ".devcontainer/user", &user, "useradd -m -u 1234 ada");
        world.config(json!({"image": BASE, "features": {"./user": {}}, "remoteUser": "ada"}));
        if !world.become_user(4321) {
            return;
        }
        let container = world.up();
        assert_eq!(container.sh("id -u ada"), "4321");
        assert!(container.text("/Config/Image").ends_with("-features-uid"));
    });
}

#[test]
fn what_changed_in_a_feature_is_told_and_an_unchanged_up_is_quiet() {
    scenario(|world| {
        write_feature(&world, ".devcontainer/a", &json!({"id": "a", "dependsOn": {"./below": {}}}), "true");
        write_stamp(&world, "below", &json!({}));
        world.config(json!({"image": BASE, "features": {"./a": {}}}));
        let first = world.up();
        world.devc(&["up"]).succeeds().does_not_say("Features").does_not_say("changed");
        let plan = world.devc(&["up", "--plan"]).succeeds();
        assert!(plan.text().starts_with("Nothing to do"), "{plan}");
        write_feature(&world, ".devcontainer/below", &json!({"id": "below"}), "true");
        world.devc(&["up"]).succeeds().says("the files of ./below");
        write_feature(&world, ".devcontainer/a", &json!({"id": "a"}), "mkdir /made; echo new > /made/a");
        world.devc(&["up"]).succeeds().says("the files of ./a");
        assert_eq!(world.container().id, first.id);
        let plan = world.devc(&["up", "--plan", "--rebuild=auto"]).succeeds();
        assert!(plan.text().contains("install-feature ./a"), "{plan}");
        let second = world.up_with(&["--rebuild=auto"]);
        assert_eq!(second.read("/made/a").unwrap(), "new");
        world
            .devc(&["up", "--additional-features", "{\"./b\": {}}"])
            .succeeds()
            .says("--additional-features");
    });
}

#[test]
fn features_of_the_command_line_are_installed_too() {
    scenario(|world| {
        for name in ["a", "b"] {
            write_stamp(&world, name, &json!({"word": {"type": "string", "default": "plain"}}));
        }
        world.config(json!({"image": BASE, "features": {"./a": {"word": "own"}}}));
        let more = "{\"./a\": {\"word\": \"other\"}, /* and */ \"./b\": {},}";
        let container = world.up_with(&["--additional-features", more]);
        assert!(container.read("/made/a").unwrap().starts_with("own "), "the configuration wins");
        assert!(container.read("/made/b").unwrap().starts_with("plain "));
    });
}

#[test]
fn what_is_wrong_with_a_feature_is_said_before_anything_is_made() {
    scenario(|world| {
        let config = |features: Value| world.config(json!({"image": BASE, "features": features}));
        let fails = |text: &str| world.devc(&["up"]).fails().says(text);
        config(json!({"./absent": {}}));
        fails("The Feature './absent' cannot be used").says("devcontainer-feature.json");
        config(json!({"../../outside": {}}));
        fails("is outside the workspace");
        config(json!({"plain": {}}));
        fails("prepend your Feature name with './'");
        write_feature(&world, ".devcontainer/x", &json!({"id": "x", "dependsOn": {"./y": {}}}), "true");
        write_feature(&world, ".devcontainer/y", &json!({"id": "y", "installsAfter": ["./x"]}), "true");
        config(json!({"./x": {}}));
        fails("the Features wait for each other: './x' waits for './y', './y' waits for './x'");
        world.write(".devcontainer/old/devcontainer-features.json", "{\"features\": []}");
        config(json!({"./old": {}}));
        fails("first format");
        world.write(".devcontainer/empty/devcontainer-feature.json", "{\"id\": \"empty\"}");
        config(json!({"./empty": {}}));
        fails("The Feature './empty' cannot be used").says("install.sh");
        assert!(world.containers().is_empty() && world.images().is_empty());
        assert!(!world.has(".devcontainer/devcontainer-lock.json"));
    });
}

#[test]
fn an_install_script_that_fails_is_named_and_nothing_stays() {
    scenario(|world| {
        let metadata = json!({"id": "x", "name": "Experiment", "version": "1.0.0"});
        write_feature(&world, ".devcontainer/x", &metadata, "echo before; no-such-program");
        world.config(json!({"image": BASE, "features": {"./x": {}}}));
        let run = world.devc(&["up"]).fails().says("ERROR: Feature \"Experiment\"").says("no-such-program");
        let run = run.says("failed at [3/3] Feature ./x with exit code 127");
        assert_eq!(run.json()["kind"], "build");
        assert!(world.containers().is_empty() && world.images().is_empty());
        assert!(
            !world.has(".devcontainer/devcontainer-lock.json"),
            "the lockfile is written after a success"
        );
        let staged = std::fs::read_dir(world.outside("tmp")).unwrap().count();
        assert_eq!(staged, 0, "what was staged is gone");
    });
}

#[test]
fn odd_options_are_told_and_used_as_the_reference_does() {
    scenario(|world| {
        let options = json!({"flag": {"type": "boolean", "default": false}, "size": {"type": "string", "enum": ["s", "l"]}});
        let metadata = json!({"id": "x", "name": "x", "version": "1.0.0", "options": options});
        write_feature(&world, ".devcontainer/x", &metadata, "echo \"$FLAG $SIZE $MORE\" > /options");
        let given = json!({"flag": "perhaps", "size": "xl", "more": "$HOME `x` \"q\" it's"});
        world.config(json!({"image": BASE, "features": {"./x": given}}));
        let run = world.devc(&["up"]).succeeds().says("The Feature './x': Its option 'flag' is a boolean");
        run.says("Its option 'size' has no value \"xl\" (s, l)").says("It has no option 'more'");
        assert_eq!(world.container().read("/options").unwrap(), "perhaps xl $HOME `x` \"q\" it's");
    });
}
