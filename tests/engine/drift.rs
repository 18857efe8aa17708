//! The configuration has changed since the container was made.

use serde_json::json;

use crate::docker::BASE;
use crate::world::scenario;

#[test]
fn a_changed_configuration_is_named_and_the_container_kept() {
    scenario(|world| {
        world.config(json!({"image": BASE, "containerEnv": {"A": "1"}}));
        let first = world.up();
        world.config(json!({"image": BASE, "containerEnv": {"A": "2"}, "init": true}));
        let plan = world.devc(&["up", "--plan"]).succeeds().says("containerEnv and init");
        assert!(plan.text().starts_with("Nothing to do"), "{plan}");
        let run = world.devc(&["up"]).succeeds();
        assert_eq!(run.json()["containerId"], first.id);
        run.says("has changed since it was made: containerEnv and init").says("devc up --rebuild=auto");
        assert_eq!(world.container().env("A"), Some("1"));
        world.devc(&["up", "--rebuild=never"]).succeeds();
        assert_eq!(world.container().id, first.id);
    });
}

#[test]
fn a_rebuild_replaces_the_container_and_named_volumes_survive() {
    scenario(|world| {
        let mount = format!("source={},target=/data,type=volume", world.name);
        world.config(json!({"image": BASE, "mounts": [mount], "containerEnv": {"A": "1"}, "onCreateCommand": "echo onCreate >> order"}));
        let first = world.up();
        first.sh("echo kept > /data/file");
        assert_eq!(world.up_with(&["--rebuild=auto"]).id, first.id, "nothing has changed");
        world.config(json!({"image": BASE, "mounts": [mount], "containerEnv": {"A": "2"}, "onCreateCommand": "echo onCreate >> order"}));
        let plan = world.devc(&["up", "--plan", "--rebuild=auto"]).succeeds();
        assert!(plan.text().contains("containerEnv changed"), "{plan}");
        let second = world.up_with(&["--rebuild=auto"]);
        assert_ne!(second.id, first.id);
        assert_eq!(second.env("A"), Some("2"));
        assert_eq!(second.sh("cat /data/file"), "kept");
        assert_eq!(world.take_order(), ["onCreate", "onCreate"]);
        assert_ne!(world.up_with(&["--rebuild=always"]).id, second.id);
    });
}

#[test]
fn an_edited_dockerfile_is_a_change() {
    scenario(|world| {
        world.config(json!({"build": {"dockerfile": "Dockerfile"}}));
        world.write(".devcontainer/Dockerfile", &format!("FROM {BASE}\nENV VERSION=1\n"));
        let first = world.up();
        world.write(".devcontainer/Dockerfile", &format!("FROM {BASE}\nENV VERSION=2\n"));
        world.devc(&["up"]).succeeds().says("the Dockerfile");
        assert_eq!(world.container().id, first.id);
        let second = world.up_with(&["--rebuild=auto"]);
        assert_eq!(second.env("VERSION"), Some("2"));
    });
}

#[test]
fn a_build_that_fails_leaves_the_old_container_running() {
    scenario(|world| {
        world.config(json!({"build": {"dockerfile": "Dockerfile"}}));
        world.write(".devcontainer/Dockerfile", &format!("FROM {BASE}\n"));
        let first = world.up();
        world.write(".devcontainer/Dockerfile", &format!("FROM {BASE}\nRUN echo broken; exit 9\n"));
        let run = world.devc(&["up", "--rebuild=auto"]).fails().says("broken").says("exit code 9");
        assert_eq!(run.json()["containerId"], first.id);
        let kept = world.container();
        assert_eq!((kept.id.as_str(), kept.state()), (first.id.as_str(), "running"));
        assert_eq!(kept.text("/State/StartedAt"), first.text("/State/StartedAt"), "it was never stopped");
    });
}

#[test]
fn a_new_container_that_cannot_be_made_leaves_the_old_one_running() {
    scenario(|world| {
        world.config(json!({"image": BASE}));
        let first = world.up();
        for mount in ["source=/no/such/folder,target=/data,type=bind", "source=x,target=relative,type=volume"]
        {
            world.config(json!({"image": BASE, "mounts": [mount]}));
            world.devc(&["up", "--rebuild=auto"]).fails().says("The old container is running again");
            let kept = world.container();
            assert_eq!((kept.id.as_str(), kept.state()), (first.id.as_str(), "running"));
            assert_eq!(kept.text("/Name"), first.text("/Name"));
        }
    });
}

#[test]
fn a_container_of_another_tool_is_compared_by_its_metadata() {
    scenario(|world| {
        world.config(json!({"image": BASE, "init": true, "postStartCommand": "echo new >> order"}));
        let folder = world.workspace().display().to_string();
        let labels = [
            format!("devcontainer.local_folder={folder}"),
            format!("devcontainer.config_file={folder}/.devcontainer/devcontainer.json"),
            format!(
                "devcontainer.metadata={}",
                json!([{"init": true, "postStartCommand": "echo old >> order"}])
            ),
        ];
        let mut words = vec!["run", "-d"];
        let mount = format!("{folder}:{}", world.inside());
        words.extend(["-v", &mount]);
        words.extend(labels.iter().flat_map(|label| ["-l", label]));
        words.extend([BASE, "sleep", "86400"]);
        let id = world.docker.ask(&words);
        let run = world.devc(&["up"]).succeeds().says("postStartCommand");
        assert_eq!(run.json()["containerId"], id);
        assert_eq!(world.take_order(), ["old"]);
    });
}
