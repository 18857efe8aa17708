//! What was removed or replaced comes back, and nothing is removed of which nothing can be kept.

use std::fs;

use serde_json::{Value, json};

use crate::backups::{inside, look, volume};
use crate::docker::BASE;
use crate::world::{World, scenario};

#[track_caller]
fn undoable(world: &World) -> Vec<Value> {
    let list = world.devc(&["volume", "undo", "--list", "--json"]).succeeds().json();
    list["undoable"].as_array().unwrap().clone()
}

/// A dev container with a volume that holds something.
fn with_data(world: &World) -> String {
    let volume = volume(world);
    world.config(json!({"image": BASE, "mounts": [format!("source={volume},target=/data,type=volume")]}));
    world.up();
    world.devc(&["exec", "sh", "-c", "mkdir /data/a; echo text > /data/a/b; chown 7:8 /data/a"]).succeeds();
    volume
}

#[test]
fn what_went_with_the_container_comes_back_with_an_undo() {
    scenario(|world| {
        let volume = with_data(&world);
        let before = look(&world, &volume);
        assert_eq!(undoable(&world), [Value::Null; 0]);
        world.devc(&["volume", "undo", "--yes"]).fails().says("nothing to undo");
        world.devc(&["down", "--volumes", "--yes"]).succeeds();
        assert!(world.volumes().is_empty());

        let list = undoable(&world);
        assert_eq!((&list[0]["verb"], &list[0]["volumes"][0]["name"]), (&json!("down"), &json!(volume)));
        world.devc(&["volume", "undo"]).fails().says(&volume).says("--yes");
        let run = world.devc(&["volume", "undo", "--dry-run"]).succeeds();
        assert!(run.text().contains("would come back"), "{run}");
        assert!(world.volumes().is_empty());

        world.devc(&["volume", "undo", "--yes"]).succeeds();
        assert_eq!(look(&world, &volume), before);
        assert_eq!(world.docker.inspect("volume", &volume).unwrap()["Labels"]["team"], "shop");
        assert_eq!(undoable(&world), [Value::Null; 0], "it is undone once");
    });
}

#[test]
fn an_undo_is_undone_and_an_older_one_is_chosen_by_its_id() {
    scenario(|world| {
        let volume = volume(&world);
        inside(&world, &volume, "echo first > file");
        world.devc(&["volume", "clean", &volume, "--yes"]).succeeds();
        let clean = undoable(&world)[0]["id"].as_str().unwrap().to_owned();
        inside(&world, &volume, "echo second > file");
        world.devc(&["volume", "restore", &volume, "--replace", "--yes"]).succeeds();
        assert_eq!(inside(&world, &volume, "cat file"), "first");
        let back = |id: &[&str], expected: &str| {
            world.devc(&[&["volume", "undo", "--yes"], id].concat()).succeeds();
            assert_eq!(inside(&world, &volume, "cat file"), expected);
        };
        back(&[], "second");
        back(&[], "first");
        inside(&world, &volume, "echo third > file");
        back(&[&clean], "first");
        back(&[], "third");
    });
}

#[test]
fn what_cannot_be_kept_is_not_removed() {
    scenario(|world| {
        let volume = with_data(&world);
        let folder = world.home().join(".local/share/devc");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("backups"), "in the way").unwrap();

        let run = world.devc(&["down", "--volumes", "--yes"]);
        run.fails().says("could not write").says("--no-backup");
        assert_eq!(world.container().state(), "running", "it goes on");
        assert_eq!(inside(&world, &volume, "cat a/b"), "text");

        world.devc(&["down", "--volumes", "--yes", "--no-backup"]).succeeds();
        assert!(world.volumes().is_empty());
    });
}
