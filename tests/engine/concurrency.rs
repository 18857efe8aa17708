//! Two `devc` at once on one workspace.

use rustix::process::Signal;
use serde_json::json;

use crate::docker::BASE;
use crate::world::scenario;

const WAITS: &str = "echo ran >> order; touch begun; until [ -e go ]; do sleep 0.05; done";

#[test]
fn two_ups_at_once_make_one_container_and_the_second_says_that_it_waits() {
    scenario(|world| {
        world.config(json!({"image": BASE, "postCreateCommand": WAITS}));
        let first = world.start(&["up"]);
        world.until_there_is("begun");
        let mut second = world.start(&["up"]);
        second.until_it_says("Waiting for another devc");
        second.until_it_says(&format!("process {}", first.pid()));
        assert!(second.is_running());
        world.write("go", "");
        let (first, second) = (first.finish().succeeds(), second.finish().succeeds());
        assert_eq!(first.json()["containerId"], second.json()["containerId"]);
        assert_eq!(world.container().id, first.json()["containerId"]);
        assert_eq!(world.take_order(), ["ran"]);
    });
}

#[test]
fn many_ups_at_once_make_one_container() {
    scenario(|world| {
        world.config(json!({"image": BASE, "postCreateCommand": "echo ran >> order"}));
        let runs: Vec<_> = (0..4).map(|_| world.start(&["up"])).collect();
        let ids: Vec<_> =
            runs.into_iter().map(|run| run.finish().succeeds().json()["containerId"].clone()).collect();
        assert!(ids.iter().all(|id| *id == world.container().id));
        assert_eq!(world.take_order(), ["ran"]);
    });
}

#[test]
fn whoever_waits_goes_on_when_the_other_is_killed() {
    scenario(|world| {
        world.config(json!({"image": BASE, "postCreateCommand": WAITS}));
        let first = world.start(&["up"]);
        world.until_there_is("begun");
        let second = world.start(&["up"]);
        second.until_it_says("Waiting for another devc");
        first.signal(Signal::KILL);
        first.finish().exits(137);
        world.write("go", "");
        second.finish().succeeds();
        world.container();
    });
}

#[test]
fn whoever_waits_can_be_interrupted() {
    scenario(|world| {
        world.config(json!({"image": BASE, "postCreateCommand": WAITS}));
        let first = world.start(&["up"]);
        world.until_there_is("begun");
        let second = world.start(&["down"]);
        second.until_it_says("Waiting for another devc");
        second.signal(Signal::INT);
        second.finish().exits(130);
        world.write("go", "");
        first.finish().succeeds();
        assert_eq!(world.container().state(), "running");
    });
}
