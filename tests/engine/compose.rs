//! Compose projects: several services around the dev container.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};

use crate::container::Container;
use crate::docker::BASE;
use crate::wait::eventually;
use crate::world::{World, scenario};

/// An app with a database that is ready when its data is there, as most projects have it.
fn shop(world: &World) {
    world.config(json!({
        "dockerComposeFile": "compose.yml",
        "service": "app",
        "workspaceFolder": "/code",
        "postCreateCommand": "getent hosts db > /created && cat /shared/ok >> /created",
    }));
    world.write(
        ".devcontainer/compose.yml",
        &format!(
            r#"
services:
  app:
    image: {BASE}
    command: ["sleep", "infinity"]
    init: true
    volumes: ["..:/code", "data:/shared"]
    environment: {{ TOKEN: "hunter2-$$x" }}
    depends_on: {{ db: {{ condition: service_healthy }} }}
  db:
    image: {BASE}
    init: true
    command: ["sh", "-c", "echo ready > /data/ok && echo database up && exec sleep infinity"]
    healthcheck: {{ test: ["CMD", "test", "-s", "/data/ok"], interval: 200ms, retries: 50 }}
    volumes: ["data:/data"]
  tools:
    image: {BASE}
    init: true
    command: ["sleep", "infinity"]
    profiles: ["tools"]
volumes: {{ data: }}
"#
        ),
    );
}

fn project(world: &World) -> String {
    format!("{}_devcontainer", world.name)
}

/// The container of a service; `None` when there is none.
fn service_of(world: &World, project: &str, name: &str) -> Option<Container> {
    Container::find(&world.docker, &format!("{project}-{name}-1"))
}

#[track_caller]
fn service(world: &World, name: &str) -> Container {
    service_of(world, &project(world), name).unwrap_or_else(|| panic!("there is no {name}"))
}

/// A compose in front of the real one that writes down each call, where the docker client looks first.
fn watched_compose(world: &World) -> PathBuf {
    let real = ["/usr/local/lib", "/usr/local/libexec", "/usr/lib", "/usr/libexec"]
        .map(|folder| format!("{folder}/docker/cli-plugins/docker-compose"));
    let real = real.into_iter().find(|path| Path::new(path).is_file()).expect("docker compose is installed");
    let calls = world.outside("compose-calls");
    fake_compose(world, &format!("echo \"$*\" >> {}\nexec {real} \"$@\"", calls.display()));
    calls
}

fn fake_compose(world: &World, script: &str) {
    let folder = world.home().join(".docker/cli-plugins");
    fs::create_dir_all(&folder).unwrap();
    world.write_program(&folder.join("docker-compose"), &format!("#!/bin/sh\n{script}\n"));
}

#[test]
fn services_come_up_together_and_an_unchanged_up_asks_the_engine_only() {
    scenario(|world| {
        shop(&world);
        let calls = watched_compose(&world);
        let run = world.devc(&["up", "--log-level", "trace"]).succeeds();
        let app = world.container();
        assert_eq!(run.json()["composeProjectName"], project(&world));
        assert_eq!(run.json()["containerId"], app.id);
        assert!(!run.stderr.contains("hunter2") && !world.log().contains("hunter2"), "{run}");
        assert_eq!(app.label("com.docker.compose.service"), Some("app"));
        assert_eq!(app.env("TOKEN"), Some("hunter2-$x"));
        assert!(app.runs("sleep infinity"), "the service's own command runs");
        assert!(app.read("/created").unwrap().ends_with("ready"));
        assert_eq!(service(&world, "db").text("/State/Health/Status"), "healthy");
        assert!(service_of(&world, &project(&world), "tools").is_none(), "nobody asked for its profile");
        fs::remove_file(&calls).unwrap();
        let again = world.devc(&["up"]).succeeds();
        assert!(!calls.exists(), "no process of compose");
        assert_eq!(again.json()["containerId"], app.id);
        assert_eq!(world.devc(&["exec", "pwd"]).succeeds().text(), "/code\n");
    });
}

#[test]
fn services_that_are_down_are_started_and_the_others_left_alone() {
    scenario(|world| {
        shop(&world);
        let app = world.up();
        let db = service(&world, "db");
        world.docker.stop(&db.id);
        let plan = world.devc(&["up", "--plan"]).succeeds();
        assert!(plan.text().starts_with("start-services db "), "{plan}");
        assert_eq!(world.up().id, app.id);
        assert_eq!(db.again().state(), "running");
        world.docker.ask(&["rm", "-f", &db.id]);
        assert_eq!(world.up().id, app.id);
        assert_eq!(service(&world, "db").state(), "running");
        assert_eq!(app.again().text("/State/StartedAt"), app.text("/State/StartedAt"));
    });
}

#[test]
fn a_stopped_project_starts_as_it_was_also_without_its_files() {
    scenario(|world| {
        shop(&world);
        let app = world.up();
        app.sh("touch /kept");
        let stopped = world.devc(&["stop", "--time", "0"]).succeeds();
        assert_eq!(stopped.json()["composeProjectName"], project(&world));
        assert_eq!((app.again().state(), service(&world, "db").again().state()), ("exited", "exited"));
        assert_eq!(world.up().id, app.id);
        assert!(app.test("test -f /kept") && service(&world, "db").state() == "running");
        world.devc(&["stop", "-t", "0"]).succeeds();
        fs::remove_dir_all(world.state().join("compose")).unwrap();
        assert_eq!(world.up().id, app.id);
        assert_eq!(service(&world, "db").state(), "running");
    });
}

#[test]
fn only_the_services_that_are_asked_for_run() {
    scenario(|world| {
        shop(&world);
        let text = world.read(".devcontainer/compose.yml").unwrap();
        let extra = format!("  mail: {{ image: {BASE}, command: sleep infinity, init: true }}\nvolumes:");
        world.write(
            ".devcontainer/compose.yml",
            &text.replace("volumes: { data: }", &format!("{extra}\n  data:")),
        );
        world.config(json!({
            "dockerComposeFile": ["compose.yml"], "service": "app", "runServices": ["tools"],
        }));
        world.up();
        for (name, expected) in [("app", true), ("db", true), ("tools", true), ("mail", false)] {
            assert_eq!(service_of(&world, &project(&world), name).is_some(), expected, "{name}");
        }
        world.config(json!({
            "dockerComposeFile": ["compose.yml"], "service": "app", "runServices": ["tools", "mail"],
        }));
        world.up();
        assert_eq!(service(&world, "mail").state(), "running");
    });
}

#[test]
fn what_is_built_takes_arguments_targets_features_and_ids() {
    scenario(|mut world| {
        let base = world.image_with_user("");
        world.config(json!({
            "dockerComposeFile": "compose.yml", "service": "app", "workspaceFolder": "/code", "remoteUser": "dev",
            "features": { "./greet": { "who": "you" } },
        }));
        world.write(
            ".devcontainer/compose.yml",
            "services:\n  app:\n    build: { context: ., args: { WHO: 'me$$' }, target: dev }\n    \
             volumes: ['..:/code']\n    init: true\n    command: sleep infinity\n  other:\n    build: { context: \
             other }\n    init: true\n    command: sleep infinity\n  inline:\n    build:\n      dockerfile_inline: \
             \"FROM other-base\"\n    init: true\n    command: sleep infinity\n"
                .replace("other-base", BASE)
                .as_str(),
        );
        world.write(
            ".devcontainer/Dockerfile",
            &format!("FROM {base} AS dev\nARG WHO\nRUN echo \"$WHO\" > /who\nFROM dev\nRUN touch /wrong\n"),
        );
        world.write(".devcontainer/other/Dockerfile", &format!("FROM {BASE}\nRUN touch /other\n"));
        world.write(
            ".devcontainer/greet/devcontainer-feature.json",
            &json!({"id": "greet", "version": "1.0.0", "name": "Greet", "options": {"who": {"type": "string"}},
                    "containerEnv": {"GREETED": "yes"}})
            .to_string(),
        );
        world.write(".devcontainer/greet/install.sh", "#!/bin/sh\necho \"hello $WHO\" > /greeting\n");
        if !world.become_user(1500) {
            return;
        }
        let run = world.devc(&["up"]).succeeds().says("\"dockerfile_inline\"");
        let app = world.container();
        assert_eq!(run.json()["remoteUser"], "dev");
        assert_eq!(app.sh("cat /who /greeting; ls / | grep wrong; id -u dev"), "me$\nhello you\n1500");
        assert_eq!(app.env("GREETED"), Some("yes"));
        assert_eq!(app.metadata().len(), 2, "the Feature's entry and devcontainer.json's");
        let image = world.docker.inspect("image", &format!("{}-app", project(&world))).unwrap();
        assert!(image["Config"]["Labels"]["devcontainer.metadata"].is_string());
        assert!(service(&world, "other").test("test -f /other"));
        assert_eq!(service(&world, "other").label("devcontainer.metadata"), None);
        assert_eq!(service(&world, "inline").state(), "running");
        world.devc(&["up"]).succeeds().does_not_say("kept");
        world.write(".devcontainer/Dockerfile", &format!("FROM {base} AS dev\nRUN touch /edited\n"));
        world.devc(&["up"]).succeeds().says("since it was made: the Dockerfile.");
    });
}

#[test]
fn features_come_on_top_of_an_image() {
    scenario(|world| {
        shop(&world);
        world.config(json!({
            "dockerComposeFile": "compose.yml", "service": "app", "features": { "./mark": {} },
            "overrideCommand": true,
        }));
        let feature = json!({
            "id": "mark", "version": "1.0.0", "name": "Mark", "init": true, "entrypoint": "/usr/local/bin/mark",
            "mounts": [{"type": "volume", "source": "marks", "target": "/marks"}],
        });
        world.write(".devcontainer/mark/devcontainer-feature.json", &feature.to_string());
        let script = "#!/bin/sh\nprintf '#!/bin/sh\\ntouch /marks/started\\n' > /usr/local/bin/mark\nchmod +x /usr/local/bin/mark\n";
        world.write(".devcontainer/mark/install.sh", script);
        let app = world.up();
        assert!(app.test("test -f /marks/started"), "its entrypoint has run");
        assert_eq!(app.mount("/marks")["Name"], format!("{}_marks", project(&world)));
        assert!(!app.runs("sleep infinity"), "overrideCommand");
        assert_eq!(world.up().id, app.id);
    });
}

#[test]
fn mounts_keep_their_options_and_variables_their_line_breaks() {
    scenario(|world| {
        shop(&world);
        fs::create_dir(world.outside("host")).unwrap();
        let bind = format!("type=bind,source={},target=/host,readonly", world.outside("host").display());
        world.config(json!({
            "dockerComposeFile": "compose.yml", "service": "app",
            "containerEnv": { "LINES": "it's\n\"two\" $HOME", "TOKEN": "ours" },
            "mounts": [bind, { "type": "volume", "source": "more", "target": "/more" }, "type=tmpfs,target=/scratch"],
            "capAdd": ["SYS_PTRACE"], "securityOpt": ["seccomp=unconfined"], "privileged": true,
        }));
        let app = world.up_with(&["--mount", "type=volume,source=extra,target=/extra"]);
        assert_eq!(app.env("LINES"), Some("it's\n\"two\" $HOME"));
        assert_eq!(app.env("TOKEN"), Some("ours"));
        assert_eq!(app.mount("/host")["RW"], false);
        assert_eq!(app.mount("/more")["Name"], format!("{}_more", project(&world)));
        assert!(app.test("touch /extra/x && grep -q ' /scratch tmpfs' /proc/mounts"));
        assert_eq!(app.get("/HostConfig/Privileged"), &json!(true));
        let settings = fs::read_dir(world.state().join("compose")).unwrap().next().unwrap().unwrap().path();
        let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(settings).unwrap().permissions());
        assert_eq!(mode & 0o777, 0o600, "values of variables are nobody else's business");
    });
}

#[track_caller]
fn check_main_process(world: &World, service: &str, override_command: Value, expected: &[&str]) {
    world.write(
        ".devcontainer/compose.yml",
        &format!("services: {{ app: {{ image: {}-entry, stop_grace_period: 0s, {service} }} }}", world.name),
    );
    let mut config = json!({"dockerComposeFile": "compose.yml", "service": "app"});
    if !override_command.is_null() {
        config["overrideCommand"] = override_command;
    }
    world.config(config);
    let app = world.up_with(&["--remove-existing-container"]);
    let words = app.sh("tr '\\0' ' ' < /proc/1/cmdline");
    assert_eq!(words.split_whitespace().collect::<Vec<_>>(), expected);
}

#[test]
fn the_service_runs_what_it_would_run_unless_that_is_overridden() {
    scenario(|world| {
        let image = format!("FROM {BASE}\nENTRYPOINT [\"env\", \"A=1\", \"sleep\"]\nCMD [\"1001\"]\n");
        world.docker.build(&format!("{}-entry", world.name), &image);
        check_main_process(&world, "init: false", Value::Null, &["sleep", "1001"]);
        check_main_process(&world, "command: '1002'", Value::Null, &["sleep", "1002"]);
        check_main_process(&world, "entrypoint: [sleep, '1003']", json!(false), &["sleep", "1003"]);
        check_main_process(&world, "entrypoint: sleep, command: '1004'", Value::Null, &["sleep", "1004"]);
        let app = world.container();
        world.config(json!({"dockerComposeFile": "compose.yml", "service": "app", "overrideCommand": true}));
        let kept = world.devc(&["up"]).succeeds().says("overrideCommand");
        assert_eq!(kept.json()["containerId"], app.id);
        let new = world.up_with(&["--rebuild=auto"]);
        assert!(new.id != app.id && !new.runs("1004"));
    });
}

#[test]
fn without_named_files_the_usual_ones_are_found_and_files_of_variables_count() {
    scenario(|world| {
        world.config(json!({"dockerComposeFile": [], "service": "app"}));
        let text = format!(
            "services:\n  app: {{ image: {BASE}, init: true, command: sleep infinity, environment: {{ FROM: \
             '${{WHERE}}' }}, env_file: app.env }}\n"
        );
        world.write("docker-compose.yml", &text);
        world.write("docker-compose.override.yml", "services: { app: { environment: { OVER: ridden } } }");
        world.write("app.env", "INSIDE=1\n");
        world.write(".env", &format!("WHERE=dotenv\nCOMPOSE_PROJECT_NAME={}-own\n", world.name));
        let run = world.devc(&["up"]).succeeds();
        assert_eq!(run.json()["composeProjectName"], format!("{}-own", world.name));
        let app = world.container();
        let values = ["FROM", "OVER", "INSIDE"].map(|name| app.env(name).unwrap());
        assert_eq!(values, ["dotenv", "ridden", "1"]);
        world.devc(&["down"]).succeeds();
        let mut world = world;
        world.set("COMPOSE_FILE", "docker-compose.yml");
        let app = world.up();
        assert_eq!((app.env("FROM"), app.env("OVER")), (Some("dotenv"), None));
    });
}

#[test]
fn two_checkouts_of_the_same_name_stay_apart() {
    scenario(|world| {
        shop(&world);
        let first = world.up();
        let other = world.outside("other").join(&world.name);
        fs::create_dir_all(other.parent().unwrap()).unwrap();
        world.host(&["cp", "-r", world.workspace().to_str().unwrap(), other.to_str().unwrap()]);
        let folder = ["--workspace-folder", other.to_str().unwrap()];
        let up = |world: &World| world.devc(&[&["up"], &folder[..]].concat()).succeeds();
        let second = up(&world).says(&format!("belongs to {}", world.workspace().display()));
        let name = second.json()["composeProjectName"].as_str().unwrap().to_owned();
        assert!(name.starts_with(&format!("{}-", project(&world))), "{name}");
        assert_ne!(second.json()["containerId"], first.id);
        assert_eq!(up(&world).json()["containerId"], second.json()["containerId"]);
        assert_eq!(world.up().id, first.id);
        // Its data stays with it, also when the name has become free.
        world.devc(&["down"]).succeeds();
        world.devc(&[&["down"], &folder[..]].concat()).succeeds();
        assert_eq!(up(&world).json()["composeProjectName"], name.as_str());
        world.devc(&[&["down", "--volumes", "--yes"], &folder[..]].concat()).succeeds();
    });
}

#[test]
fn containers_that_compose_made_are_used_as_they_are_and_ours_survive_compose() {
    scenario(|world| {
        shop(&world);
        let file = world.workspace().join(".devcontainer/compose.yml");
        let by_hand = |files: &[&str]| {
            let files = files.iter().flat_map(|file| ["-f", file]);
            let words = ["compose", "-p"].into_iter().map(str::to_owned).chain([project(&world)]);
            let words: Vec<String> = words.chain(files.map(str::to_owned)).collect();
            let words: Vec<&str> = words.iter().map(String::as_str).chain(["up", "-d"]).collect();
            world.docker.ask(&words);
        };
        by_hand(&[file.to_str().unwrap()]);
        let made = service(&world, "app");
        let run = world.devc(&["up"]).succeeds().says("was not made from devcontainer.json");
        assert_eq!(run.json()["containerId"], made.id);
        assert!(made.read("/created").is_some(), "hooks run in it");
        assert_eq!(world.devc(&["exec", "cat", "/shared/ok"]).succeeds().text(), "ready\n");
        let ours = world.up_with(&["--rebuild=always"]);
        assert!(service(&world, "app").id == ours.id && ours.id != made.id);
        let files = ours.label("com.docker.compose.project.config_files").unwrap().to_owned();
        by_hand(&files.split(',').collect::<Vec<_>>());
        assert_eq!(service(&world, "app").id, ours.id, "compose finds nothing to change");
    });
}

#[test]
fn verbs_know_the_other_services() {
    scenario(|world| {
        shop(&world);
        world.up();
        let exec = |words: &[&str]| world.devc(&[&["exec", "--service"], words].concat());
        assert_eq!(exec(&["db", "cat", "/data/ok"]).succeeds().text(), "ready\n");
        assert_eq!(exec(&["db", "-e", "A=b", "--", "sh", "-c", "echo $A; exit 7"]).exits(7).text(), "b\n");
        exec(&["nobody", "true"]).fails().says("Use one of: app, db.");
        assert_eq!(world.devc(&["logs", "--service", "db"]).succeeds().text(), "database up\n");
        let list = world.devc(&["list", "--json"]).succeeds().json();
        let own = list.as_array().unwrap().iter().find(|one| one["composeProjectName"] == project(&world));
        assert_eq!(own.unwrap()["service"], "app");
        world.devc(&["run-user-commands"]).succeeds();
        let merged = world.devc(&["read-configuration", "--include-merged-configuration"]).succeeds().json();
        assert_eq!(merged["mergedConfiguration"]["service"], "app");
        let refused = world.devc(&["down", "--volumes"]);
        assert_eq!((refused.code, world.containers().len()), (1, 1), "{refused}");
        let down = world.devc(&["down", "--volumes", "--images", "--yes"]).succeeds().json();
        assert_eq!(down["volumes"], json!([format!("{}_data", project(&world))]));
        assert!(world.containers().is_empty() && world.volumes().is_empty());
        assert!(fs::read_dir(world.state().join("compose")).unwrap().next().is_none(), "values go too");
        assert!(service_of(&world, &project(&world), "db").is_none());
        let networks =
            world.docker.lines(&["network", "ls", "-q", "--filter", &format!("name={}", world.name)]);
        assert!(networks.is_empty());
        assert!(world.docker.inspect("image", BASE).is_some(), "what was not built for it stays");
    });
}

#[test]
fn jobs_that_have_ended_are_not_down() {
    scenario(|world| {
        shop(&world);
        let text = world.read(".devcontainer/compose.yml").unwrap();
        let job = format!(
            "  migrate: {{ image: {BASE}, command: 'true', depends_on: [db] }}\n  later:\n    image: {BASE}\n    \
             init: true\n    command: sleep infinity\n    depends_on: {{ migrate: {{ condition: \
             service_completed_successfully }} }}\nvolumes:"
        );
        world.write(
            ".devcontainer/compose.yml",
            &text.replace("volumes: { data: }", &format!("{job}\n  data:")),
        );
        world.up();
        let migrate = service(&world, "migrate");
        assert_eq!((migrate.state(), service(&world, "later").state()), ("exited", "running"));
        let calls = watched_compose(&world);
        world.up();
        assert!(!calls.exists(), "nothing is down");
        // Without the record, as for a project of another tool, compose is asked once.
        fs::remove_dir_all(world.state().join("containers")).unwrap();
        world.up();
        assert!(fs::read_to_string(&calls).unwrap().contains("config"));
        fs::remove_file(&calls).unwrap();
        world.up();
        assert!(!calls.exists());
        assert_eq!(migrate.again().text("/State/FinishedAt"), migrate.text("/State/FinishedAt"));
    });
}

#[test]
fn an_edited_compose_file_is_told_and_rebuilds_on_request() {
    scenario(|world| {
        shop(&world);
        let old = world.up();
        let text = world.read(".devcontainer/compose.yml").unwrap();
        world.write(".devcontainer/compose.yml", &text.replace("hunter2", "hunter3"));
        let kept = world.devc(&["up"]).succeeds().says("the compose file");
        assert_eq!(kept.json()["containerId"], old.id);
        let db = service(&world, "db");
        let new = world.up_with(&["--rebuild=auto"]);
        assert!(new.id != old.id);
        assert_eq!(new.env("TOKEN"), Some("hunter3-$x"));
        assert_eq!(service(&world, "db").id, db.id, "what has not changed stays");
    });
}

#[test]
fn the_image_of_the_service_is_built() {
    scenario(|world| {
        shop(&world);
        let built = world.devc(&["build"]).succeeds().json();
        let name = built["imageName"].as_str().unwrap();
        let label =
            &world.docker.inspect("image", name).unwrap()["Config"]["Labels"]["devcontainer.metadata"];
        assert!(label.as_str().unwrap().contains("postCreateCommand"), "{label}");
        let named = format!("{}-named", world.name);
        let built = world.devc(&["build", "--image-name", &named]).succeeds().json();
        assert_eq!(built["imageName"], json!([named]));
        assert!(world.docker.inspect("image", &named).is_some() && world.containers().is_empty());
    });
}

#[test]
fn what_is_wrong_is_said_with_what_to_do() {
    scenario(|world| {
        shop(&world);
        world.config(json!({"dockerComposeFile": "compose.yml", "service": "web"}));
        let missing = world.devc(&["up"]).fails().says("Set \"service\" to one of: app, db, tools.");
        assert_eq!(missing.json()["kind"], "config");
        shop(&world);
        let words = ["up", "--docker-path", "/nowhere/docker", "--docker-compose-path", "/nowhere/compose"];
        let absent =
            world.devc(&words).fails().says("Docker Compose is not installed").says("/nowhere/compose");
        assert_eq!(absent.json()["kind"], "not-found");
        fake_compose(&world, "echo 2.19.1");
        world.devc(&["up"]).fails().says("Docker Compose 2.19.1 is too old: 2.20 or newer is needed");
        fs::remove_dir_all(world.home().join(".docker")).unwrap();
        world.write(".devcontainer/compose.yml", "services: { app: { image: x, comand: y } }");
        world.devc(&["up"]).fails().says("cannot read the project's files").says("comand");
        assert!(world.containers().is_empty() && world.volumes().is_empty());
    });
}

#[test]
fn a_start_that_failed_leaves_nothing_that_is_in_the_way() {
    scenario(|world| {
        shop(&world);
        let text = world.read(".devcontainer/compose.yml").unwrap();
        world.write(".devcontainer/compose.yml", &text.replace("echo ready", "exit 3; echo ready"));
        let failed = world.devc(&["up"]).fails().says("exited (3)").says("devc logs --service");
        assert!(!failed.json()["message"].as_str().unwrap().contains("Creating"), "{failed}");
        assert!(world.containers().is_empty());
        world.write(".devcontainer/compose.yml", &text);
        assert!(world.up().read("/created").unwrap().ends_with("ready"));
    });
}

#[test]
fn an_interrupted_start_goes_on_the_next_time() {
    scenario(|world| {
        shop(&world);
        let text = world.read(".devcontainer/compose.yml").unwrap();
        world.write(".devcontainer/compose.yml", &text.replace("echo ready", "sleep 5; echo ready"));
        let run = world.start(&["up"]);
        eventually("the database runs", || {
            service_of(&world, &project(&world), "db").filter(|db| db.state() == "running")
        });
        run.signal(rustix::process::Signal::INT);
        run.finish_within(Duration::from_secs(15)).exits(130);
        let app = world.up();
        assert!(app.read("/created").unwrap().ends_with("ready"));
    });
}
