//! `devc open` and `up --open`: the container in an editor. Editors of this machine are programs that write down what they
//! are told; Neovim is the real one.

use std::fs;

use serde_json::{Value, json};

use crate::docker::BASE;
use crate::world::{World, scenario};

/// Makes programs of these names that write their arguments, one a line, into `told-NAME`. Nothing else is on PATH, whatever
/// this machine has.
fn install(world: &mut World, names: &[&str]) {
    let folder = world.outside("editors");
    fs::create_dir_all(&folder).unwrap();
    for name in names {
        let record = world.outside(&format!("told-{name}"));
        let script = format!(
            "#!/bin/sh\nprintf '%s\\n' \"$@\" > '{0}.part'\n/bin/mv '{0}.part' '{0}'\n",
            record.display()
        );
        world.write_program(&folder.join(name), &script);
    }
    world.set("PATH", folder);
}

/// What an editor was told; waits for one that goes on by itself.
fn told(world: &World, name: &str) -> Vec<String> {
    let path = world.outside(&format!("told-{name}"));
    let text =
        crate::wait::eventually(&format!("{name} is told something"), || fs::read_to_string(&path).ok());
    fs::remove_file(path).unwrap();
    text.lines().map(str::to_owned).collect()
}

/// What the hexadecimal digits of an address say.
fn description(address: &str, kind: &str) -> (Value, String) {
    let rest =
        address.strip_prefix(&format!("vscode-remote://{kind}+")).unwrap_or_else(|| panic!("{address}"));
    let (digits, path) = rest.split_at(rest.find('/').unwrap());
    let bytes = (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap());
    (serde_json::from_slice(&bytes.collect::<Vec<_>>()).unwrap(), path.to_owned())
}

#[test]
fn each_editor_is_told_exactly_which_container_to_open() {
    scenario(|mut world| {
        world.enter("my äpp");
        install(&mut world, &["code", "cursor", "zed", "rustrover", "idea"]);
        let customizations = json!({"vscode": {}, "jetbrains": {"backend": "RustRover"}});
        world.config(json!({"image": BASE, "customizations": customizations}));
        let folder = world.workspace().display().to_string();
        let config = format!("{folder}/.devcontainer/devcontainer.json");

        world.up_with(&["--open"]);
        let words = told(&world, "code");
        assert_eq!((words.len(), words[0].as_str()), (2, "--folder-uri"));
        let (said, inside) = description(&words[1], "dev-container");
        assert_eq!(inside, "/workspaces/my%20%C3%A4pp");
        assert_eq!(
            said,
            json!({"hostPath": folder, "configFile": {"$mid": 1, "path": config, "scheme": "file"}})
        );

        world
            .devc(&["open", "--editor", "cursor", "--", "--newWindow"])
            .succeeds()
            .says("Cursor")
            .says("from now on");
        let words = told(&world, "cursor");
        assert_eq!(words[2], "--newWindow");
        let (said, _) = description(&words[1], "dev-container");
        assert_eq!(
            said,
            json!({"settingType": "config", "workspacePath": folder, "devcontainerPath": config})
        );

        world.devc(&["open"]).succeeds().says("Cursor").does_not_say("from now on");
        told(&world, "cursor");
        world.devc(&["open", "--editor", "zed", &folder]).succeeds();
        assert_eq!(told(&world, "zed"), ["--dev-container", &folder]);
        world.devc(&["open", "--editor", "jetbrains"]).succeeds();
        assert_eq!(told(&world, "rustrover"), [folder]);
        world.devc(&["open", "--editor", "codium"]).fails().says("not on PATH").says("devc open --print");
    });
}

#[test]
fn a_container_without_a_folder_is_opened_by_its_name() {
    scenario(|mut world| {
        install(&mut world, &["code"]);
        world.config(json!({"image": BASE}));
        let label = format!("test={}", world.name);
        world.devc(&["up", "--workspace-folder", ".", "--id-label", &label]).succeeds();
        let id = world.docker.ask(&["ps", "-q", "--filter", &format!("label={label}")]);
        let name = world.docker.ask(&["inspect", "--format", "{{.Name}}", &id]);
        world.devc(&["open", "--id-label", &label, "--workspace-folder", "."]).succeeds();
        let (said, inside) = description(&told(&world, "code")[1], "attached-container");
        assert_eq!((said, inside), (json!({"containerName": name}), world.inside()));
        world.devc(&["open", "--container-id", &id, "--editor", "jetbrains"]).fails().says("cannot be led");
        world.docker.ask(&["rm", "-f", &id]);
    });
}

#[test]
fn where_no_editor_is_there_the_commands_are_printed() {
    scenario(|mut world| {
        install(&mut world, &[]);
        world.config(json!({"image": BASE, "postCreateCommand": "false"}));
        world.devc(&["open"]).fails().says("Dev container not found").says("devc up");
        world.devc(&["up"]).fails();
        let folder = world.workspace().display().to_string();
        let run = world.devc(&["open"]).fails().says("no editor was found");
        run.says("postCreateCommand has not succeeded")
            .says(&format!("devc shell --workspace-folder {folder}"));
        let run = world.devc(&["open", "--print", "--json"]).succeeds();
        let editors = run.json()["editors"].as_array().unwrap().clone();
        let of = |name: &str| editors.iter().find(|editor| editor["editor"] == name).unwrap().clone();
        assert_eq!(of("zed")["command"], json!(["zed", "--dev-container", folder]));
        assert_eq!(of("code")["installed"], false);
        assert_eq!(
            of("nvim")["command"],
            json!(["devc", "exec", "--workspace-folder", folder, "--", "nvim", "."])
        );
        world.docker.stop(&world.container().id);
        world.devc(&["open", "--editor", "shell"]).fails().says("is not running").says("devc up");
    });
}

#[test]
fn neovim_and_a_shell_run_inside_with_the_users_environment() {
    scenario(|world| {
        let packages = "RUN apt-get update && apt-get install -y --no-install-recommends neovim";
        world.write(
            ".devcontainer/Dockerfile",
            &format!("FROM {BASE}\nRUN useradd -m -s /bin/bash dev && echo 'export TOLD=probed' >> /home/dev/.profile\n"),
        );
        let config = json!({"build": {"dockerfile": "Dockerfile"}, "remoteUser": "dev"});
        world.config(config.clone());
        world.open_to_all();
        world.up();
        world
            .devc(&["open", "--editor", "nvim"])
            .exits(1)
            .says("has no Neovim")
            .says("apt-get install -y neovim");
        let run = world.devc_with_input(&["up", "--open=shell"], b"echo $TOLD $PWD\n").succeeds();
        assert_eq!(run.text(), format!("probed {}\n", world.inside()));

        let text = world.read(".devcontainer/Dockerfile").unwrap();
        world.write(".devcontainer/Dockerfile", &format!("{text}{packages}\n"));
        world.config(config);
        world.up_with(&["--rebuild=auto"]);
        let write = ["--headless", "-c", "call writefile([$TOLD, getcwd()], 'told')", "-c", "q"];
        world.devc(&[&["open", "--editor", "nvim", "--"], &write[..]].concat()).succeeds();
        assert_eq!(world.read("told").unwrap(), format!("probed\n{}\n", world.inside()));
    });
}

#[test]
fn the_onboarding_script_takes_a_clone_to_an_editor() {
    scenario(|mut world| {
        world.enter("my app");
        install(&mut world, &["code"]);
        world.config(json!({"image": BASE, "postCreateCommand": "touch restored"}));
        let devc = env!("CARGO_BIN_EXE_devc");
        let sum = world.host(&["sha256sum", devc]);
        let path = format!("PATH={}:/usr/bin:/bin", world.outside("editors").display());
        let engine = format!("DOCKER_HOST={}", world.docker.host);
        let source = format!("DEVC_URL=file://{devc}");
        let sum = format!("DEVC_SHA256={}", sum.split(' ').next().unwrap());
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/onboard");
        world.host(&["env", "-u", "DEVC_EDITOR", &path, &engine, &source, &sum, script]);
        assert!(world.has("restored"));
        assert_eq!(told(&world, "code")[0], "--folder-uri");
        assert!(world.home().join(".local/bin/devc").exists());
    });
}
