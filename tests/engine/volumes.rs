//! Folders that outlive the container: package caches, shell history, folders of one's own.

use std::fs;
use std::os::unix::fs::MetadataExt;

use serde_json::{Value, json};

use crate::container::Container;
use crate::docker::BASE;
use crate::world::{World, scenario};

/// A project whose files show npm, with this in `customizations.devc.volumes`.
fn node_project(world: &World, image: &str, more: &Value) {
    world.write("package.json", "{}");
    world.write("package-lock.json", "{\"lockfileVersion\": 3, \"packages\": {}}");
    let mut config = json!({"image": image, "remoteUser": "dev", "updateRemoteUserUID": false});
    config.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    world.config(config);
}

fn customized(volumes: Value) -> Value {
    json!({"customizations": {"devc": {"volumes": volumes}}})
}

/// The name of the volume at a target.
#[track_caller]
fn volume_at(container: &Container, target: &str) -> String {
    let mount = container.mount(target);
    assert_eq!(mount["Type"], "volume", "{mount}");
    mount["Name"].as_str().unwrap().to_owned()
}

fn targets(container: &Container) -> Vec<&str> {
    let mounts = container.get("/Mounts").as_array().unwrap();
    let mut targets: Vec<&str> = mounts.iter().filter_map(|mount| mount["Destination"].as_str()).collect();
    targets.sort_unstable();
    targets
}

#[test]
fn caches_belong_to_the_remote_user_and_outlive_the_container() {
    scenario(|world| {
        let image =
            world.image_with_user("RUN install -d -o dev /home/dev/.npm && echo 1 > /home/dev/.npm/of-image");
        node_project(&world, &image, &json!({}));
        let container = world.up();
        assert_eq!(
            container.sh("stat -c '%U %a' /home/dev/.npm /home/dev/.shell-history"),
            "dev 755\ndev 755"
        );
        assert_eq!(
            container.read("/home/dev/.npm/of-image").as_deref(),
            Some("1"),
            "the image has filled it"
        );
        world.devc(&["exec", "sh", "-c", "echo 2 > ~/.npm/kept; echo \"$HISTFILE\""]).succeeds();
        let volume = volume_at(&container, "/home/dev/.npm");
        let again = world.up_with(&["--rebuild=always"]);
        assert_ne!(again.id, container.id);
        assert_eq!(volume_at(&again, "/home/dev/.npm"), volume);
        assert_eq!(again.read("/home/dev/.npm/kept").as_deref(), Some("2"));
    });
}

#[test]
fn what_somebody_else_has_filled_is_given_to_the_remote_user_on_the_next_start() {
    scenario(|world| {
        let image = world.image_with_user("");
        node_project(&world, &image, &customized(json!({"caches": {"pnpm": true}})));
        let container = world.up();
        let folders = "/home/dev/.local /home/dev/.local/share /home/dev/.local/share/pnpm/store";
        assert_eq!(container.sh(&format!("stat -c %U {folders}")), "dev\ndev\ndev");
        container.sh(
            "mkdir -p /home/dev/.npm/deep && touch /home/dev/.npm/deep/file && chown -R 0:0 /home/dev/.npm",
        );
        world.devc(&["stop"]).succeeds();
        world.up();
        assert_eq!(container.sh("stat -c %U:%G /home/dev/.npm /home/dev/.npm/deep/file"), "dev:dev\ndev:dev");
    });
}

#[test]
fn what_the_container_runs_first_finds_its_caches_ready() {
    scenario(|world| {
        let command = "CMD [\"sh\", \"-c\", \"touch ~/.npm/first && exec sleep 86400\"]";
        let image = world.image_with_user(&format!("USER dev\n{command}"));
        node_project(&world, &image, &json!({"overrideCommand": false}));
        let container = world.up();
        assert_eq!(container.sh("stat -c %U /home/dev/.npm/first"), "dev");
    });
}

#[test]
fn nothing_is_kept_without_a_stack_or_against_the_users_will() {
    scenario(|world| {
        let image = world.image_with_user("");
        let workspace = world.inside();
        world.config(json!({"image": image, "remoteUser": "dev"}));
        assert_eq!(targets(&world.up()), [workspace.as_str()]);
        node_project(&world, &image, &json!({}));
        assert_eq!(
            targets(&world.up_with(&["--rebuild=always", "--no-cache-volumes"])),
            [workspace.as_str()]
        );
        node_project(&world, &image, &customized(json!(false)));
        assert_eq!(targets(&world.up_with(&["--rebuild=always"])), [workspace.as_str()]);
        assert_eq!(world.volumes(), [""; 0]);
    });
}

#[test]
fn under_the_reference_clis_name_the_container_is_the_references() {
    scenario(|world| {
        let image = world.image_with_user("");
        node_project(&world, &image, &customized(json!({"caches": {"npm": true}})));
        let link = world.outside("devcontainer");
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_devc"), &link).unwrap();
        let plain = world.command(&["up", "--workspace-folder", "."]);
        let mut command = std::process::Command::new(&link);
        command.args(plain.get_args()).current_dir(world.workspace()).env_clear();
        command.envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
        world.launch(command).finish().succeeds();
        assert_eq!(targets(&world.container()), [world.inside()]);
    });
}

#[test]
fn a_mount_of_the_user_takes_the_place_of_a_cache() {
    scenario(|world| {
        let image = world.image_with_user("");
        let own = format!("{}-own", world.name);
        let mounts = json!({"mounts": [format!("type=volume,source={own},target=/home/dev/.npm")]});
        node_project(&world, &image, &mounts);
        let container = world.up();
        assert_eq!(volume_at(&container, "/home/dev/.npm"), own);
    });
}

#[test]
fn caches_may_be_on_this_machine_in_memory_or_of_the_projects_own() {
    scenario(|world| {
        let image = world.image_with_user("");
        node_project(
            &world,
            &image,
            &customized(json!({"caches": {
                "npm": {"type": "host"},
                "shell-history": false,
                "scratch": {"target": "/scratch", "type": "tmpfs", "size": "8mb"},
                "models": {"target": "~/models", "protected": true},
            }})),
        );
        let container = world.up();
        let folder = world.home().join(".local/share/devc/volumes");
        world.devc(&["exec", "touch", "/scratch/x", "/home/dev/.npm/x", "/home/dev/models/x"]).succeeds();
        let names: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert_eq!(names.len(), 1);
        assert_eq!(fs::metadata(names[0].join("x")).unwrap().uid(), 1000);
        assert_eq!(container.sh("df -k --output=size /scratch | tail -1").trim(), "8192");
        let models = volume_at(&container, "/home/dev/models");
        let run = world.devc(&["down", "--volumes", "--yes"]).succeeds();
        assert_eq!(run.json()["volumes"], json!([]), "it is protected");
        assert_eq!(world.volumes(), [models]);
    });
}

#[test]
fn a_machine_may_settle_where_caches_are_and_whether_there_are_any() {
    scenario(|world| {
        let image = world.image_with_user("");
        let folder = world.outside("big disk").display().to_string();
        world.devc(&["config", "set", "volumes-folder", &folder]).succeeds();
        node_project(&world, &image, &customized(json!({"caches": {"npm": {"type": "host"}}})));
        let container = world.up();
        let source = container.mount("/home/dev/.npm")["Source"].as_str().unwrap();
        assert!(source.starts_with(&folder), "{source}");
        world.devc(&["config", "set", "cache-volumes", "false"]).succeeds();
        node_project(&world, &image, &json!({}));
        let container = world.up_with(&["--rebuild=always"]);
        assert_eq!(targets(&container), [world.inside()]);
    });
}

#[test]
fn a_folder_that_the_image_fills_is_not_hidden() {
    scenario(|world| {
        let image = world.image_with_user("RUN mkdir /home/dev/.npm && touch /home/dev/.npm/x");
        node_project(&world, &image, &customized(json!({"caches": {"npm": {"type": "tmpfs"}}})));
        world.devc(&["up"]).fails().says("would hide what the image has at /home/dev/.npm");
        assert!(world.containers().is_empty());
    });
}

#[test]
fn what_projects_share_stays_when_one_of_them_goes() {
    scenario(|world| {
        let image = world.image_with_user("");
        // The name of a shared volume is the user's, so this test has a cache that nobody else has.
        let shared = world.name.clone();
        let caches = json!({"npm": true, (shared.as_str()): {"target": "/shared", "scope": "shared"}});
        node_project(&world, &image, &customized(json!({"caches": caches})));
        let container = world.up();
        let (npm, history) =
            (volume_at(&container, "/home/dev/.npm"), volume_at(&container, "/home/dev/.shell-history"));
        let shared = volume_at(&container, "/shared");
        let user = rustix::process::getuid().as_raw();
        assert!(shared.starts_with(&format!("devc-user{user}-{}", world.name)), "{shared}");
        let labels = &world.docker.inspect("volume", &npm).unwrap()["Labels"];
        assert_eq!(labels["devc.volume"], "1");
        assert_eq!(labels["devc.volume.cache"], "npm");
        assert_eq!(labels["devc.volume.folder"], world.workspace().display().to_string());
        world.devc(&["down"]).succeeds();
        let run = world.devc(&["down", "--volumes", "--yes"]).succeeds();
        assert_eq!(run.json()["volumes"], json!([npm, history]), "also when the container is gone already");
        assert_eq!(world.volumes(), [shared]);
    });
}

#[test]
fn a_service_of_compose_keeps_its_caches() {
    scenario(|world| {
        let image = world.image_with_user("");
        let compose = format!(
            "services:\n  app:\n    image: {image}\n    init: true\n    command: sleep infinity\n    user: dev\n"
        );
        world.write(".devcontainer/compose.yml", &compose);
        world.write("package-lock.json", "{}");
        world.config(json!({
            "dockerComposeFile": "compose.yml", "service": "app", "workspaceFolder": "/", "updateRemoteUserUID": false,
        }));
        let container = world.up();
        world.devc(&["exec", "sh", "-c", "echo 1 > ~/.npm/kept"]).succeeds();
        let volume = volume_at(&container, "/home/dev/.npm");
        let again = world.up_with(&["--rebuild=always"]);
        assert_ne!(again.id, container.id);
        assert_eq!(again.read("/home/dev/.npm/kept").as_deref(), Some("1"));
        assert_eq!(volume_at(&again, "/home/dev/.npm"), volume);
        let run = world.devc(&["down", "--volumes", "--yes"]).succeeds();
        assert!(run.json()["volumes"].as_array().unwrap().contains(&json!(volume)), "{run}");
    });
}

#[test]
fn a_plan_says_what_would_be_kept_and_why() {
    scenario(|world| {
        node_project(&world, BASE, &json!({}));
        let run = world.devc(&["up", "--plan"]).succeeds();
        let lines: Vec<&str> = run.text().lines().filter(|line| line.starts_with("keep-folder")).collect();
        assert_eq!(lines.len(), 2, "{run}");
        assert!(
            lines[0].contains("~/.npm (npm)") && lines[0].contains("package-lock.json shows npm"),
            "{run}"
        );
        assert_eq!(world.volumes(), [""; 0]);
    });
}

/// What `devc volume VERB --json` says of the volumes of this world, by cache.
fn told(world: &World, verb: &str) -> serde_json::Map<String, Value> {
    let answer = world.devc(&["volume", verb, "--json"]).succeeds().json();
    let own = answer["volumes"].as_array().unwrap().iter();
    let own = own.filter(|volume| volume["name"].as_str().unwrap().contains(&world.name));
    own.map(|volume| (volume["cache"].as_str().unwrap().to_owned(), volume.clone())).collect()
}

#[test]
fn volumes_are_listed_with_their_project_and_users() {
    scenario(|world| {
        let image = world.image_with_user("");
        node_project(&world, &image, &json!({}));
        let container = world.up();
        let listed = told(&world, "list");
        assert_eq!(listed.keys().collect::<Vec<_>>(), ["npm", "shell-history"]);
        let npm = &listed["npm"];
        assert_eq!(npm["workspaceFolder"], world.workspace().display().to_string());
        assert_eq!(npm["workspaceIsGone"], false);
        assert_eq!(npm["containers"][0]["id"], container.id);
        assert_eq!(npm["containers"][0]["running"], true);
        let table = world.devc(&["volume", "list"]).succeeds();
        let line = table.text().lines().find(|line| line.contains(&world.name) && line.contains("npm"));
        assert!(line.is_some(), "{table}");
        world.devc(&["volume", "status", "devc-no-such"]).fails().says("there is no volume devc-no-such");
    });
}

#[test]
fn the_status_tells_size_owner_and_growth() {
    scenario(|world| {
        let image = world.image_with_user("");
        node_project(&world, &image, &json!({}));
        world.up();
        world.devc(&["exec", "sh", "-c", "head -c 100000 /dev/zero > ~/.npm/one"]).succeeds();
        let before = told(&world, "status");
        assert_eq!(before["npm"]["files"], 1);
        assert_eq!(before["npm"]["owner"], json!([1000, 1000]));
        assert_eq!(before["npm"]["growth"], Value::Null);
        world.devc(&["exec", "sh", "-c", "head -c 200000 /dev/zero > ~/.npm/two"]).succeeds();
        let after = told(&world, "status");
        let grown = after["npm"]["growth"].as_i64().unwrap();
        assert!((200_000..210_000).contains(&grown), "{grown}");
        assert_eq!(after["npm"]["files"], 2);
        assert_eq!(
            (&after["npm"]["lastBackup"], &after["npm"]["holds"]),
            (&Value::Null, &json!({"download": 0}))
        );
    });
}

#[test]
fn init_gives_the_caches_to_the_remote_user_again() {
    scenario(|world| {
        let image = world.image_with_user("");
        node_project(&world, &image, &json!({}));
        world.devc(&["volume", "init"]).fails().says("devc up");
        let container = world.up();
        container.sh("touch /home/dev/.npm/x && chown -R 0:0 /home/dev/.npm");
        let run = world.devc(&["volume", "init"]).succeeds();
        assert_eq!(run.json()["owner"], json!([1000, 1000]));
        assert_eq!(container.sh("stat -c %U /home/dev/.npm /home/dev/.npm/x"), "dev\ndev");
    });
}

#[test]
fn clean_empties_a_volume_and_keeps_it() {
    scenario(|world| {
        let image = world.image_with_user("");
        node_project(
            &world,
            &image,
            &customized(json!({"caches": {"models": {"target": "/m", "protected": true}}})),
        );
        let container = world.up();
        world
            .devc(&["exec", "sh", "-c", "mkdir ~/.npm/a; echo 1 > ~/.npm/a/b; ln -s /etc ~/.npm/link"])
            .succeeds();
        let volume = volume_at(&container, "/home/dev/.npm");
        world.devc(&["volume", "clean", &volume, "--yes"]).fails().says("in use").says("devc stop");
        world.devc(&["stop"]).succeeds();
        world.devc(&["volume", "clean", &volume]).fails().says("--yes");
        let run = world.devc(&["volume", "clean", &volume, "--dry-run", "--json"]).succeeds();
        assert_eq!(run.json()["removed"][0]["name"], json!(volume));
        let protected = volume_at(&container, "/m");
        for verb in ["clean", "optimize"] {
            world.devc(&["volume", verb, &protected, "--yes"]).fails().says("is protected");
        }
        world.devc(&["volume", "clean", &volume, "--yes"]).succeeds().says("The old content is kept in ");
        world.devc(&["volume", "restore", &volume, "--into", &format!("{volume}-back")]).succeeds();
        let gone = world.devc(&["volume", "diff", &format!("{volume}-back"), &volume]).exits(1);
        assert!(gone.text().contains("a/b"), "{gone}");
        let container = world.up();
        assert_eq!(container.sh("ls -A /home/dev/.npm; ls /etc/passwd"), "/etc/passwd");
        assert_eq!(volume_at(&container, "/home/dev/.npm"), volume);
        assert_eq!(container.sh("stat -c %U /home/dev/.npm"), "dev");
    });
}

#[test]
fn prune_takes_what_belongs_to_folders_that_are_gone() {
    scenario(|mut world| {
        let image = world.image_with_user("");
        world.enter(&format!("{}-gone", world.name));
        node_project(&world, &image, &json!({}));
        let container = world.up();
        let volume = volume_at(&container, "/home/dev/.npm");
        let prune = |words: &[&str]| {
            let mut command = world.command(&[&["volume", "prune", &volume], words].concat());
            command.current_dir(world.home());
            world.launch(command).finish()
        };
        prune(&["--yes"]).fails().says("does not belong to a project that is gone");
        fs::remove_dir_all(world.workspace()).unwrap();
        prune(&["--yes"]).fails().says("something holds it back");
        world.docker.ask(&["rm", "-f", &container.id]);
        let planned = prune(&["--dry-run", "--json"]).succeeds().json();
        assert_eq!((&planned["dryRun"], &planned["removed"][0]["name"]), (&json!(true), &json!(volume)));
        prune(&[]).fails().says("--yes");
        assert!(world.volumes().contains(&volume));
        prune(&["--yes"]).succeeds();
        assert!(!world.volumes().contains(&volume));
    });
}

#[test]
fn optimize_takes_logs_and_what_is_old() {
    scenario(|world| {
        let image = world.image_with_user("");
        node_project(&world, &image, &json!({}));
        let container = world.up();
        let volume = volume_at(&container, "/home/dev/.npm");
        let script = "cd ~/.npm && mkdir -p _logs _npx/old _npx/new && touch _logs/x.log _npx/new/f && \
                      touch -d '200 days ago' _npx/old/f _npx/old && touch keep";
        world.devc(&["exec", "sh", "-c", script]).succeeds();
        world
            .devc(&[
                "exec",
                "sh",
                "-c",
                "cd ~/.npm && mkdir -p _cacache/content-v2/a/b/c && touch _cacache/content-v2/a/b/c/d",
            ])
            .succeeds();
        world.devc(&["stop"]).succeeds();
        world.devc(&["volume", "backup", &volume]).succeeds();
        let status = told(&world, "status");
        let run = world.devc(&["volume", "optimize", &volume, "--yes", "--json"]).succeeds();
        assert_eq!(status["npm"]["optimizableBytes"], run.json()["bytes"], "{run}");
        assert_eq!(status["npm"]["holds"], json!({"download": 1}));
        // They may all be of the same second.
        for last in ["lastBackup", "lastUse"] {
            assert!(status["npm"][last].as_str() >= status["npm"]["created"].as_str(), "{last}: {status:?}");
        }
        assert_eq!(run.json()["removed"][0]["what"], "2 old or temporary items");
        world.up();
        assert_eq!(
            container.sh("cd /home/dev/.npm && find . -type f | sort"),
            "./_cacache/content-v2/a/b/c/d\n./_npx/new/f\n./keep"
        );
    });
}

#[test]
fn after_a_rebuild_packages_come_without_a_network() {
    scenario(|world| {
        let packages = "RUN apt-get update && apt-get install -y --no-install-recommends python3-venv";
        let image = world.image_with_user(packages);
        world.write("requirements.txt", "six\n");
        let mut config = customized(json!({"caches": {"uv": true}}));
        config["image"] = json!(image);
        config["remoteUser"] = json!("dev");
        config["updateRemoteUserUID"] = json!(false);
        world.config(config);
        world.open_to_all();
        world.up();
        let install = |option: &str| {
            let words = [".venv/bin/uv", "pip", "install", option, "--target", "/tmp/packages", "six"];
            world.devc(&[&["exec"], &words[..]].concat()).succeeds();
        };
        let tools = "python3 -m venv .venv && .venv/bin/pip install --quiet uv";
        world.devc(&["exec", "sh", "-c", tools]).succeeds();
        install("--no-progress");
        let container = world.up_with(&["--rebuild=always"]);
        assert_eq!(container.sh("find /home/dev/.cache ! -user dev"), "");
        install("--offline");
    });
}
