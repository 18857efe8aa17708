//! Properties of the configuration that shape the container.

use std::net::TcpListener;

use serde_json::{Value, json};

use crate::docker::BASE;
use crate::wait::eventually;
use crate::world::scenario;

#[test]
fn mounts_come_in_both_forms_with_all_their_options() {
    scenario(|world| {
        let volume = format!("{}-data", world.name);
        let cache = format!("{}-cache", world.name);
        world.write("extra/file", "text");
        world.config(json!({
            "image": BASE,
            "mounts": [
                "source=${localWorkspaceFolder}/extra,target=/string,type=bind,readonly",
                {"type": "bind", "source": "${localWorkspaceFolder}/extra", "target": "/object", "readonly": true},
                {"type": "volume", "source": volume, "target": "/data"},
                format!("src={cache}-${{devcontainerId}},dst=/cache,type=volume"),
                "type=tmpfs,target=/scratch,tmpfs-size=1048576",
                {"type": "volume", "target": "/nameless"},
            ],
        }));
        let given = format!("type=bind,source={},target=/given", world.workspace().join("extra").display());
        let container = world.up_with(&["--mount", &given]);
        for target in ["/string", "/object"] {
            assert_eq!(container.mount(target)["RW"], false);
            assert_eq!(container.sh(&format!("cat {target}/file")), "text");
        }
        assert_eq!(container.mount("/given")["RW"], true);
        assert_eq!(container.mount("/data")["Name"], volume);
        let id = world.devc(&["read-configuration"]).succeeds();
        assert!(
            id.json()["configuration"]["mounts"][3]
                .as_str()
                .unwrap()
                .contains(container.mount("/cache")["Name"].as_str().unwrap())
        );
        assert_eq!(container.mount("/nameless")["Name"].as_str().unwrap().len(), 64);
        assert_eq!(container.sh("stat -f -c %T /scratch"), "tmpfs");
        assert_eq!(container.sh("df -k --output=size /scratch | tail -1").trim(), "1024");
        assert!(world.volumes().contains(&volume));
    });
}

#[test]
fn what_shapes_the_container_is_handed_to_the_engine() {
    scenario(|world| {
        world.config(json!({
            "image": BASE,
            "init": true,
            "capAdd": ["SYS_PTRACE", "NET_ADMIN"],
            "securityOpt": ["seccomp=unconfined"],
            "containerEnv": {"A": "1", "WORK": "${containerWorkspaceFolder}"},
        }));
        let container = world.up();
        assert_eq!(container.get("/HostConfig/Init"), &json!(true));
        let added = container.get("/HostConfig/CapAdd").to_string();
        assert!(added.contains("SYS_PTRACE") && added.contains("NET_ADMIN"), "{added}");
        assert_eq!(container.get("/HostConfig/SecurityOpt"), &json!(["seccomp=unconfined"]));
        assert_eq!((container.env("A"), container.env("WORK")), (Some("1"), Some(&*world.inside())));
        assert_eq!(container.get("/HostConfig/Privileged"), &json!(false));
        assert_eq!(container.sh("cat /proc/1/comm"), "docker-init");
    });
}

#[test]
fn a_privileged_container_is_privileged() {
    scenario(|world| {
        world.config(json!({"image": BASE, "privileged": true}));
        assert_eq!(world.up().get("/HostConfig/Privileged"), &json!(true));
    });
}

#[test]
fn run_args_are_understood_as_the_docker_client_does() {
    scenario(|world| {
        world.config(json!({
            "image": BASE,
            "mounts": ["type=tmpfs,target=/scratch"],
            "containerEnv": {"A": "a b\n\"c\""},
            "runArgs": [
                "--hostname", "box", "--add-host=other:192.0.2.7", "--memory", "256m", "--label", "team=a=b",
                "-e", "B=2", "--ulimit", "nofile=123:456", "--name", world.name, "--shm-size=64m", "--network", "none",
            ],
        }));
        let container = world.up();
        assert_eq!(container.text("/Name"), format!("/{}", world.name));
        assert_eq!(container.text("/Config/Hostname"), "box");
        assert_eq!(container.get("/HostConfig/ExtraHosts"), &json!(["other:192.0.2.7"]));
        assert_eq!(container.get("/HostConfig/Memory"), &json!(256 * 1024 * 1024));
        assert_eq!(container.get("/HostConfig/ShmSize"), &json!(64 * 1024 * 1024));
        assert_eq!(container.text("/HostConfig/NetworkMode"), "none");
        assert_eq!(container.label("team"), Some("a=b"));
        assert_eq!(container.env("A"), Some("a b\n\"c\""));
        assert_eq!(container.env("B"), Some("2"));
        assert_eq!(container.sh("ulimit -n"), "123");
        assert_eq!(container.sh("stat -f -c %T /scratch"), "tmpfs");
        assert_eq!(
            container.label("devcontainer.local_folder"),
            Some(&*world.workspace().display().to_string())
        );
    });
}

#[test]
fn a_mistake_in_run_args_is_told_with_the_clients_words() {
    scenario(|world| {
        world.config(json!({"image": BASE, "runArgs": ["--no-such-flag"]}));
        world.devc(&["up"]).fails().says("no-such-flag").says("runArgs");
        assert!(world.containers().is_empty());
    });
}

#[test]
fn ports_are_published_on_this_machine_only_unless_the_configuration_says_more() {
    scenario(|world| {
        let free = || TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let (number, text) = (free(), free());
        world.config(json!({"image": BASE, "appPort": [number, format!("{text}:80")]}));
        let container = world.up();
        let bindings = container.get("/HostConfig/PortBindings");
        assert_eq!(
            bindings[format!("{number}/tcp")][0],
            json!({"HostIp": "127.0.0.1", "HostPort": number.to_string()})
        );
        assert_eq!(bindings["80/tcp"][0]["HostPort"], text.to_string());
        assert_ne!(bindings["80/tcp"][0]["HostIp"], "127.0.0.1");
    });
}

#[test]
fn a_port_that_is_taken_is_one_clear_error_and_leaves_nothing_behind() {
    scenario(|world| {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = taken.local_addr().unwrap().port();
        world.config(json!({"image": BASE, "appPort": port}));
        world.devc(&["up"]).fails().says(&port.to_string());
        assert!(world.containers().is_empty());
        drop(taken);
        world.up();
    });
}

#[test]
fn the_images_own_command_runs_when_it_is_not_overridden() {
    scenario(|world| {
        let image = world.image_with_user(
            "RUN echo 'echo entry $@; exec \"$@\"' > /entry\nENTRYPOINT [\"sh\", \"/entry\"]\nCMD [\"sleep\", \"86400\"]",
        );
        world.config(json!({"image": image, "overrideCommand": false}));
        let container = world.up();
        eventually("the image's command runs", || container.runs("sleep 86400").then_some(()));
        let log = world.devc(&["logs"]).succeeds();
        assert!(log.text().contains("entry sleep 86400"), "{log}");

        world.config(json!({"image": image}));
        let container = world.up_with(&["--rebuild=auto"]);
        assert!(!container.runs("sleep 86400"));
    });
}

#[test]
fn a_command_that_ends_at_once_is_told_with_what_to_do() {
    scenario(|world| {
        let image = world.image_with_user("CMD [\"sh\", \"-c\", \"echo that is all; exit 3\"]");
        world.config(json!({"image": image, "overrideCommand": false}));
        let run = world.devc(&["up"]).fails().says("has ended").says("devc logs").says("overrideCommand");
        assert_eq!(run.json()["containerId"], world.container().id);
        assert!(world.devc(&["logs"]).succeeds().text().contains("that is all"));
    });
}

#[test]
fn entrypoints_of_the_metadata_label_run_before_everything() {
    scenario(|world| {
        let metadata = json!([{"id": "f", "entrypoint": "touch /entered; sleep 86400 & "}]);
        let image = world.image_with_user(&format!("LABEL devcontainer.metadata='{metadata}'"));
        world.config(json!({"image": image, "postCreateCommand": "test -e /entered"}));
        let container = world.up();
        assert!(container.runs("sleep 86400"));
        let entries: Vec<Value> = container.metadata();
        assert_eq!(entries[0]["id"], "f");
    });
}

#[test]
fn a_stopped_container_ends_at_once() {
    scenario(|world| {
        world.config(json!({"image": BASE}));
        let container = world.up();
        let run = world.devc(&["stop"]).succeeds();
        assert!(run.elapsed.as_secs() < 9, "the main process listens to SIGTERM\n{run}");
        assert_eq!(container.again().get("/State/ExitCode"), &json!(0));
    });
}

#[test]
fn more_than_the_engine_has_is_asked_for_with_a_warning() {
    scenario(|world| {
        world.config(json!({
            "image": BASE,
            "hostRequirements": {"cpus": 4096, "memory": "64tb", "gpu": true},
        }));
        world.devc(&["up"]).succeeds().says("instead of 4096").says("memory instead of").says("GPU");
    });
}
