//! Where the workspace is mounted.

use serde_json::json;

use crate::docker::BASE;
use crate::world::scenario;

#[test]
fn the_root_of_the_repository_is_mounted_and_work_begins_in_the_subfolder() {
    scenario(|mut world| {
        world.host(&["git", "init", "-q"]);
        world.write("top.txt", "top");
        world.enter("services/api");
        world.config(json!({"image": BASE, "postCreateCommand": "pwd > seen"}));
        let run = world.devc(&["up"]).succeeds();
        let folder = format!("{}/services/api", world.inside());
        assert_eq!(run.json()["remoteWorkspaceFolder"], folder);
        assert_eq!(world.read("seen"), Some(format!("{folder}\n")));
        let container = world.container();
        assert_eq!(container.sh(&format!("cat {}/top.txt", world.inside())), "top");
        world.devc(&["down"]).succeeds();

        let alone = world.up_with(&["--mount-workspace-git-root", "false"]);
        assert_eq!(alone.mount("/workspaces/api")["Source"], world.workspace().display().to_string());
        assert!(!alone.test("ls /workspaces/api/../top.txt"));
    });
}

#[test]
fn git_works_in_a_worktree_when_its_repository_is_mounted_too() {
    scenario(|mut world| {
        let identity = ["-c", "user.name=a", "-c", "user.email=a@example.org"];
        world.host(&["git", "init", "-q", "main"]);
        world.write("main/file", "text");
        world.host(&["git", "-C", "main", "add", "file"]);
        world.host(&[&["git", "-C", "main"], &identity[..], &["commit", "-q", "-m", "the first"]].concat());
        world.host(&["git", "-C", "main", "worktree", "add", "-q", "../tree"]);
        world.enter("tree");
        world.config(json!({"build": {"dockerfile": "Dockerfile"}}));
        world.write(".devcontainer/Dockerfile", crate::network::DOCKERFILE);
        world.up_with(&["--mount-git-worktree-common-dir"]);
        let git = |words: &[&str]| {
            let flags = ["exec", "--mount-git-worktree-common-dir", "git"];
            world.devc(&[&flags, words].concat()).succeeds().text().trim_end().to_owned()
        };
        assert_eq!(git(&["log", "--format=%s"]), "the first");
        assert_eq!(git(&["branch", "--show-current"]), "tree");
        world.write("new", "");
        git(&["add", "new"]);
        assert_eq!(world.host(&["git", "status", "--short", "new"]), "A  new", "both see one index");
    });
}

#[test]
fn mount_and_folder_of_the_configuration_take_the_place_of_the_computed_ones() {
    scenario(|world| {
        world.config(json!({
            "image": BASE,
            "workspaceMount": "source=${localWorkspaceFolder}/app,target=/code,type=bind,readonly",
            "workspaceFolder": "/code/${localWorkspaceFolderBasename}",
            "postCreateCommand": "pwd",
        }));
        world.write(&format!("app/{}/file", world.name), "text");
        let run = world.devc(&["up"]).succeeds().says(&format!("/code/{}", world.name));
        assert_eq!(run.json()["remoteWorkspaceFolder"], format!("/code/{}", world.name));
        let container = world.container();
        assert_eq!(container.mount("/code")["RW"], false);
        let read = world.devc(&["exec", "cat", "file"]).succeeds();
        assert_eq!(read.text(), "text");
    });
}

#[test]
fn an_empty_workspace_mount_mounts_nothing() {
    scenario(|world| {
        world.config(json!({"image": BASE, "workspaceMount": "", "workspaceFolder": "/srv"}));
        let container = world.up();
        assert_eq!(container.get("/Mounts"), &json!([]));
        assert_eq!(world.devc(&["exec", "pwd"]).succeeds().text(), "/srv\n");
    });
}

#[test]
fn names_with_blanks_commas_and_umlauts_are_mounted() {
    scenario(|mut world| {
        world.enter("with blank, comma=ü");
        world.config(json!({"image": BASE, "postCreateCommand": "pwd > seen"}));
        let run = world.devc(&["up"]).succeeds();
        assert_eq!(run.json()["remoteWorkspaceFolder"], "/workspaces/with blank, comma=ü");
        assert_eq!(world.read("seen").as_deref(), Some("/workspaces/with blank, comma=ü\n"));
        assert_eq!(world.devc(&["exec", "pwd"]).succeeds().text(), "/workspaces/with blank, comma=ü\n");
    });
}
