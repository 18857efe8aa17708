//! Docker Compose projects with both programs, and with one after the other.

use serde_json::{Value, json};

use crate::compare::{Presence, remove, same, values};
use crate::container::{describe, without_id};
use crate::differences::intended;
use crate::place::Place;
use crate::tool::{Ran, Tool, docker, needs_engine};

const UP: &str = "up --workspace-folder {workspace}";
const BOTH: [(Tool, Tool); 2] = [(Tool::Reference, Tool::Devc), (Tool::Devc, Tool::Reference)];

/// A compose project in a place; its services, networks and volumes go with it.
struct Shop {
    place: Place,
    /// Its name, which is that of no other place.
    name: String,
}

impl Shop {
    /// A service `app`, which `app` describes further, and a service `db`.
    fn new(config: &Value, app: &str) -> Self {
        let place = Place::empty("shop");
        let name = format!("devc-parity-{}", &place.image_hash()[..8]);
        let mut whole = json!({"dockerComposeFile": "../compose.yml", "service": "app"});
        whole.as_object_mut().expect("an object").extend(config.as_object().expect("an object").clone());
        place.write(".devcontainer/devcontainer.json", &whole.to_string());
        let text = format!(
            "name: {name}\nservices:\n  app:\n    init: true\n    stop_grace_period: 0s\n    depends_on: [db]\n\
             {app}\n  db:\n    image: devc-base:bookworm\n    command: sleep infinity\n    \
             stop_grace_period: 0s\n"
        );
        place.write("compose.yml", &text);
        Self { place, name }
    }

    /// Brings it up with one program, describes the service's container, and takes it down again.
    fn outcome(&self, tool: Tool) -> (Value, Ran) {
        let ran = self.place.run(tool, UP);
        let container = match self.place.containers().as_slice() {
            [] => Value::Null,
            [id] => describe(id),
            ids => panic!("{} containers: {ran}", ids.len()),
        };
        self.down();
        (json!({"code": ran.code, "result": without_id(ran.json()), "container": container}), ran)
    }

    fn id(&self, service: &str) -> String {
        let name = format!("{}-{service}-1", self.name);
        docker(&["inspect", "--type", "container", "-f", "{{.Id}}", &name]).trim().to_owned()
    }

    fn is_running(&self, service: &str) -> bool {
        docker(&["inspect", "-f", "{{.State.Running}}", &self.id(service)]).trim() == "true"
    }

    fn down(&self) {
        docker(&["compose", "-p", &self.name, "down", "-v", "-t", "0", "--remove-orphans"]);
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| self.down()));
        } else {
            self.down();
        }
        let built = docker(&["images", "-q", "--filter", &format!("reference={}-*", self.name)]);
        for image in built.split_whitespace() {
            let _ = std::process::Command::new("docker").args(["rmi", "-f", image]).output();
        }
    }
}

/// What compose notes of the files that it was given, which are each program's own.
const NOTES: [&str; 5] = [
    "com.docker.compose.config-hash",
    "com.docker.compose.project.config_files",
    "com.docker.compose.image",
    "devc.fingerprint",
    "devc.dockerfile",
];

fn check(shop: &Shop) {
    let (mut reference, reference_ran) = shop.outcome(Tool::Reference);
    let (mut devc, devc_ran) = shop.outcome(Tool::Devc);
    for outcome in [&mut reference, &mut devc] {
        NOTES.iter().for_each(|note| remove(outcome, &format!("/container/config/Labels/{note}")));
        // No options and none at all are one.
        remove(outcome, "/container/host/Mounts/0/VolumeOptions");
    }
    values(reference, devc, &format!("{reference_ran}\n{devc_ran}")).check();
}

#[test]
fn a_service_with_an_image_becomes_the_same_container() {
    needs_engine!();
    let config = json!({
        "workspaceFolder": "/code",
        "containerEnv": {"WITH": "plain ${localEnv:PARITY_SET}"},
        "remoteEnv": {"SEEN": "${containerEnv:OWN}"},
        "mounts": ["type=volume,source=data,target=/data"],
        "capAdd": ["SYS_PTRACE"], "securityOpt": ["seccomp=unconfined"], "init": true, "privileged": true,
        "postCreateCommand": "mkdir -p /tmp/parity && env | grep -E '^(OWN|WITH|SEEN)=' > /tmp/parity/seen",
    });
    let app = "    image: devc-base:bookworm\n    command: sleep infinity\n    environment: { OWN: 'a b' }\n    \
               volumes: ['.:/code']";
    check(&Shop::new(&config, app));
}

#[test]
fn a_service_that_is_built_becomes_the_same_container() {
    needs_engine!();
    let app = "    build: { context: ., target: dev, args: { WHO: me } }\n    command: sleep infinity";
    let config = json!({"overrideCommand": true, "remoteUser": "dev", "updateRemoteUserUID": false});
    let shop = Shop::new(&config, app);
    shop.place.write(
        "Dockerfile",
        "FROM devc-base:bookworm AS dev\nRUN useradd -m dev\nARG WHO\nENV WHO=$WHO\nCMD [\"sleep\", \"1\"]\nFROM dev\nENV WRONG=1\n",
    );
    check(&shop);
}

#[test]
fn the_main_process_is_the_same_in_every_variant() {
    needs_engine!();
    let image = "    image: devc-base:bookworm\n";
    let running = format!("{image}    entrypoint: [sleep]\n    command: ['1000']");
    for (config, app) in [
        (json!({"overrideCommand": true}), image.to_owned()),
        (json!({"overrideCommand": false}), running),
        (json!({}), format!("{image}    entrypoint: sleep 1001")),
        (json!({}), format!("{image}    command: sleep '1002'")),
        (
            json!({"overrideCommand": false, "containerUser": "root", "remoteUser": "root"}),
            format!("{image}    user: '1'\n    command: sleep 5"),
        ),
    ] {
        check(&Shop::new(&config, &app));
    }
}

#[test]
fn each_finds_and_starts_what_the_other_has_made() {
    needs_engine!();
    let config = json!({
        "onCreateCommand": "mkdir -p /tmp/parity && echo create >> /tmp/parity/order",
        "postStartCommand": "echo start >> /tmp/parity/order",
        "containerEnv": {"KEPT": "1"},
    });
    let app = "    image: devc-base:bookworm\n    command: sleep infinity";
    for (first, second) in BOTH {
        let shop = Shop::new(&config, app);
        let made = shop.place.run(first, UP).text("containerId");
        assert_eq!(shop.place.run(second, UP).text("containerId"), made, "{first:?} then {second:?}");
        docker(&["compose", "-p", &shop.name, "stop", "-t", "0"]);
        let again = shop.place.run(second, UP);
        assert_eq!(again.text("containerId"), made, "{first:?} then {second:?}: {again}");
        assert_eq!(again.text("composeProjectName"), shop.name);
        assert!(shop.is_running("db"));
        let order = docker(&["exec", &made, "cat", "/tmp/parity/order"]);
        assert_eq!(order, "create\nstart\nstart\n", "{first:?} then {second:?}");
        let exec = shop.place.run(second, "exec --workspace-folder . printenv KEPT");
        assert_eq!(exec.stdout, "1\n", "{exec}");
    }
}

#[test]
fn build_names_the_same_image() {
    needs_engine!();
    let plain = Shop::new(&json!({}), "    image: devc-base:bookworm");
    same(&plain.place, "build --workspace-folder .").check();
    let built = Shop::new(&json!({}), "    build: { context: . }");
    built.place.write("Dockerfile", "FROM devc-base:bookworm\nENV BUILT=1\n");
    same(&built.place, "build --workspace-folder .").check();
    same(
        &built.place,
        "build --workspace-folder . --image-name devc-parity-shop --image-name devc-parity-shop:2",
    )
    .check();
    intended("N72");
    let line = "build --workspace-folder . --platform linux/amd64";
    assert_eq!([Tool::Reference, Tool::Devc].map(|tool| built.place.run(tool, line).code), [1, 0]);
    docker(&["rmi", "devc-parity-shop", "devc-parity-shop:2"]);
}

#[test]
fn configurations_are_read_and_merged_alike() {
    needs_engine!();
    let shop = Shop::new(
        &json!({"remoteUser": "nobody", "shutdownAction": "stopCompose"}),
        "    image: devc-base:bookworm",
    );
    let line = "read-configuration --workspace-folder . --include-merged-configuration";
    same(&shop.place, line)
        .expect("Q22", Presence::IfThere, |result| {
            remove(result, "/mergedConfiguration/hostRequirements");
        })
        .check();
}

#[test]
fn what_cannot_come_up_fails_in_both() {
    needs_engine!();
    let shop = Shop::new(&json!({"service": "web"}), "    image: devc-base:bookworm");
    for tool in [Tool::Reference, Tool::Devc] {
        let ran = shop.place.run(tool, UP);
        assert_eq!(ran.code, 1, "{ran}");
        let text = "Service 'web' configured in devcontainer.json not found in Docker Compose configuration.";
        assert!(ran.stdout.contains(text), "{ran}");
    }
}

#[test]
fn checkouts_of_the_same_name() {
    needs_engine!();
    intended("Q7");
    for (tool, is_shared) in [(Tool::Reference, true), (Tool::Devc, false)] {
        let shops = [(); 2]
            .map(|()| Shop::new(&json!({}), "    image: devc-base:bookworm\n    command: sleep infinity"));
        let text = shops[0].place.read("compose.yml");
        shops[1].place.write("compose.yml", &text);
        let made = shops.each_ref().map(|shop| shop.place.run(tool, UP).success());
        assert_eq!(made[0]["containerId"] == made[1]["containerId"], is_shared, "{tool:?}");
        let second = made[1]["composeProjectName"].as_str().expect("a name");
        assert_eq!(second != shops[0].name, !is_shared, "{second}");
        docker(&["compose", "-p", second, "down", "-v", "-t", "0"]);
    }
}

#[test]
fn mounts_and_variables_arrive_as_they_were_written() {
    needs_engine!();
    intended("Q9");
    intended("Q10");
    let config = json!({
        "containerEnv": {"LINES": "one\ntwo"},
        "mounts": ["type=volume,source=data,target=/data,readonly"],
    });
    let shop = Shop::new(&config, "    image: devc-base:bookworm\n    command: sleep infinity");
    for (tool, expected) in [(Tool::Reference, "one\\ntwo true"), (Tool::Devc, "one\ntwo false")] {
        let id = shop.place.run(tool, UP).text("containerId");
        let format = "{{range .Config.Env}}{{println .}}{{end}}|{{range .Mounts}}{{.RW}}{{end}}";
        let seen = docker(&["inspect", "-f", format, &id]);
        let (variables, writable) = seen.split_once('|').expect("both parts");
        let lines = variables.split_once("LINES=").expect("it is set").1;
        let lines = lines.split("\nPATH=").next().unwrap_or_default().trim_end();
        assert_eq!(format!("{lines} {}", writable.trim()), expected, "{tool:?}: {seen}");
        shop.down();
    }
}

#[test]
fn services_that_are_down() {
    needs_engine!();
    intended("Q38");
    let shop = Shop::new(&json!({}), "    image: devc-base:bookworm\n    command: sleep infinity");
    let made = shop.place.run(Tool::Reference, UP).text("containerId");
    docker(&["stop", "-t", "0", &shop.id("db")]);
    for (tool, is_running) in [(Tool::Reference, false), (Tool::Devc, true)] {
        assert_eq!(shop.place.run(tool, UP).text("containerId"), made);
        assert_eq!(shop.is_running("db"), is_running, "{tool:?}");
    }
}

#[test]
fn values_of_the_model_are_not_logged() {
    needs_engine!();
    intended("Q43");
    let app =
        "    image: devc-base:bookworm\n    command: sleep infinity\n    environment: { TOKEN: hunter2 }";
    for (tool, is_told) in [(Tool::Reference, true), (Tool::Devc, false)] {
        let shop = Shop::new(&json!({}), app);
        let ran = shop.place.run(tool, &format!("{UP} --log-level trace"));
        assert_eq!(ran.stderr.contains("hunter2"), is_told, "{ran}");
    }
}

#[test]
fn names_that_compose_itself_looks_for() {
    needs_engine!();
    intended("N70");
    let shop = Shop::new(
        &json!({"dockerComposeFile": []}),
        "    image: devc-base:bookworm\n    command: sleep infinity",
    );
    shop.place.host("mv compose.yml compose.yaml");
    for (tool, code) in [(Tool::Reference, 1), (Tool::Devc, 0)] {
        let ran = shop.place.run(tool, UP);
        assert_eq!(ran.code, code, "{ran}");
    }
}

#[test]
fn images_made_for_a_service_carry_its_name() {
    needs_engine!();
    intended("N71");
    let config = json!({"features": {"./mark": {}}});
    let shop = Shop::new(&config, "    image: devc-base:bookworm\n    command: sleep infinity");
    shop.place.write(
        ".devcontainer/mark/devcontainer-feature.json",
        r#"{"id": "mark", "version": "1.0.0", "name": "Mark"}"#,
    );
    shop.place.write(".devcontainer/mark/install.sh", "#!/bin/sh\ntouch /mark\n");
    for (tool, ending) in
        [(Tool::Reference, shop.place.image_hash()), (Tool::Devc, format!("{}-app", shop.place.image_hash()))]
    {
        let id = shop.place.run(tool, UP).text("containerId");
        docker(&["exec", &id, "test", "-f", "/mark"]);
        let image = docker(&["inspect", "-f", "{{.Config.Image}}", &id]);
        assert!(image.trim().ends_with(&ending), "{tool:?}: {image}");
        shop.down();
    }
}
