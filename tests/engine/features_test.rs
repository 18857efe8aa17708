//! `features test`: dev containers that come and go.

use std::time::Duration;

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::docker::BASE;
use crate::run::Finished;
use crate::wait::eventually;
use crate::world::{World, scenario};

const HEADER: &str = "#!/bin/bash\nsource dev-container-features-test-lib\n";

/// A script of a test.
fn script(world: &World, path: &str, lines: &str) {
    let path = format!("test/{path}");
    world.write(&path, &format!("{HEADER}{lines}\nreportResults\n"));
}

/// A Feature that installs a package and makes a user, and all kinds of tests of it.
fn repository(world: &World) {
    let options = json!({
        "name": {"type": "string", "proposals": ["ada", "bob"], "default": "ada"},
        "folder": {"type": "boolean", "default": true},
    });
    let metadata = json!({"id": "person", "version": "1.0.0", "name": "Person", "options": options});
    world.write("src/person/devcontainer-feature.json", &metadata.to_string());
    let install = "#!/bin/sh\nset -e\napt-get update -qq && apt-get install -y -qq --no-install-recommends tree >/dev/null\n\
        id \"$NAME\" 2>/dev/null || if [ \"$FOLDER\" = true ]; then useradd -m \"$NAME\"; else useradd \"$NAME\"; fi\n";
    world.write("src/person/install.sh", install);
    script(
        world,
        "person/test.sh",
        "check 'a user' id ada\ncheckMultiple 'a package' 1 'false' 'tree --version'",
    );
    script(world, "person/duplicate.sh", "check 'both' id \"$NAME\"\ncheck 'default' id \"$NAME__DEFAULT\"");
    script(
        world,
        "person/as_user.sh",
        "check 'who' test \"$(whoami)\" = bob\ncheck 'file' test -f .devcontainer/extra\ncheck 'hook' test -f hooked",
    );
    script(world, "person/wrong.sh", "check 'no such user' id carol\ncheck 'but this' id ada");
    world.write("test/person/as_user/extra", "");
    let as_user = json!({"image": BASE, "features": {"person": {"name": "bob"}}, "remoteUser": "bob", "postCreateCommand": "touch hooked"});
    let wrong = json!({"image": BASE, "features": {"person": {}}});
    world.write("test/person/scenarios.json", &json!({"as_user": as_user, "wrong": wrong}).to_string());
    world.write("test/_global/scenarios.json", &json!({"global": wrong}).to_string());
    script(world, "_global/global.sh", "check 'a user' id ada");
}

/// The containers of tests of this world.
fn containers(world: &World) -> Vec<String> {
    let format = "{{.ID}} {{.Label \"devcontainer.local_folder\"}}";
    let lines = world.docker.lines(&[
        "ps",
        "-a",
        "--filter",
        "label=devcontainer.is_test_run=true",
        "--format",
        format,
    ]);
    let place = world.outside("tmp").display().to_string();
    let own =
        lines.iter().filter_map(|line| line.split_once(' ')).filter(|(_, folder)| folder.starts_with(&place));
    own.map(|(id, _)| id.to_owned()).collect()
}

/// The images that were built in a run.
fn images(run: &Finished) -> Vec<&str> {
    let lines = run.stderr.lines().filter_map(|line| line.split_once("Building image: "));
    lines.map(|(_, name)| name.split_whitespace().next().unwrap()).collect()
}

#[test]
fn all_kinds_of_tests_run_and_nothing_stays() {
    scenario(|world| {
        repository(&world);
        let run = world.devc(&["features", "test", "-i", BASE, "--jobs", "3"]).exits(1);
        let report: Vec<&str> = run.text().lines().filter(|line| line.contains('\'')).collect();
        let names: Vec<String> =
            report.iter().map(|line| line.split(" (").next().unwrap().to_owned()).collect();
        assert_eq!(
            names,
            [
                "✅ Passed:      'person'",
                "✅ Passed:      'as_user'",
                "❌ Failed:      'wrong'",
                "✅ Passed:      'person executed twice with randomized options'",
                "✅ Passed:      'global'",
            ],
            "{run}"
        );
        assert!(run.text().contains("4 passed, 1 failed"), "{run}");
        assert!(run.stderr.contains("Failed tests: no such user"), "{run}");
        assert_eq!(containers(&world), Vec::<String>::new());
        let images = images(&run);
        assert_eq!(images.len(), 5, "{run}");
        assert!(images.iter().all(|image| world.docker.inspect("image", image).is_none()), "{images:?}");
        assert_eq!(std::fs::read_dir(world.outside("tmp")).unwrap().count(), 0);
    });
}

/// A Feature without work, and scenarios that each run a script.
fn scenarios(world: &World, scenarios: &[(&str, Value, &str)]) {
    world.write("src/x/devcontainer-feature.json", r#"{"id": "x", "version": "1.0.0", "name": "X"}"#);
    world.write("src/x/install.sh", "exit ${CODE:-0}\n");
    let configurations = scenarios.iter().map(|(name, more, _)| {
        let mut configuration = json!({"image": BASE, "features": {"x": {}}});
        configuration.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        ((*name).to_owned(), configuration)
    });
    world.write("test/x/scenarios.json", &Value::Object(configurations.collect()).to_string());
    for (name, _, lines) in scenarios {
        script(world, &format!("x/{name}.sh"), lines);
    }
}

#[test]
fn a_dev_container_that_does_not_come_up_fails_its_own_tests_only() {
    scenario(|world| {
        let broken = json!({"features": {"x": {}, "./missing": {}}});
        scenarios(&world, &[("broken", broken, ""), ("whole", json!({}), "check fine true")]);
        let run = world.devc(&["features", "test", "--skip-autogenerated", "--json", "--quiet"]).exits(1);
        let results: Value = serde_json::from_str(run.text()).unwrap();
        assert_eq!(
            (&results[0]["name"], &results[0]["outcome"]),
            (&json!("broken"), &json!("failed")),
            "{run}"
        );
        assert!(results[0]["reason"].as_str().unwrap().contains("'./missing' cannot be used"), "{run}");
        assert_eq!(
            (&results[1]["name"], &results[1]["outcome"]),
            (&json!("whole"), &json!("passed")),
            "{run}"
        );
        assert_eq!(run.stderr, "");
    });
}

#[test]
fn scenarios_run_side_by_side() {
    scenario(|world| {
        let mount = format!("type=bind,source={},target=/meeting", world.workspace().display());
        let meeting = json!({"mounts": [mount]});
        let waits = |own: &str, other: &str| {
            format!(
                "touch /meeting/{own}; for _ in $(seq 600); do [ -e /meeting/{other} ] && break; sleep 0.1; done\ncheck met test -e /meeting/{other}"
            )
        };
        scenarios(&world, &[("one", meeting.clone(), &waits("a", "b")), ("two", meeting, &waits("b", "a"))]);
        world.devc(&["features", "test", "--skip-autogenerated", "--jobs", "2"]).succeeds();
    });
}

#[test]
fn containers_can_be_kept() {
    scenario(|world| {
        scenarios(&world, &[("one", json!({}), "touch /seen\ncheck fine true")]);
        let words =
            ["features", "test", "--skip-autogenerated", "--preserve-test-containers", "--filter", "on"];
        let run = world.devc(&words).succeeds();
        let kept = containers(&world);
        assert_eq!(kept.len(), 1, "{run}");
        let seen = world.docker.try_ask(&["exec", &kept[0], "ls", "/seen"]);
        let image = world.docker.ask(&["inspect", "--format", "{{.Config.Image}}", &kept[0]]);
        world.docker.ask(&["rm", "-f", &kept[0]]);
        world.docker.ask(&["rmi", image.trim()]);
        assert_eq!(seen.unwrap().trim(), "/seen");
        run.says("kept, with its project in");
    });
}

#[test]
fn an_interrupt_removes_what_was_made() {
    scenario(|world| {
        scenarios(&world, &[("one", json!({}), "touch begun; sleep 86400")]);
        let run = world.start(&["features", "test", "--skip-autogenerated"]);
        run.until_it_says("Testing 'one'");
        let ids =
            eventually("the container is there", || Some(containers(&world)).filter(|ids| !ids.is_empty()));
        assert_eq!(ids.len(), 1);
        run.signal(Signal::INT);
        run.finish_within(Duration::from_secs(30)).exits(130);
        assert_eq!(containers(&world), Vec::<String>::new());
    });
}

#[test]
fn containers_of_other_runs_are_left_alone() {
    scenario(|world| {
        let name = format!("{}-other", world.name);
        let label = "devcontainer.is_test_run=true";
        world.docker.ask(&["run", "-d", "--name", &name, "--label", label, BASE, "sleep", "600"]);
        scenarios(&world, &[("one", json!({}), "check fine true")]);
        let run = world.devc(&["features", "test", "--skip-autogenerated"]);
        let other = world.docker.inspect("container", &name).is_some();
        world.docker.try_ask(&["rm", "-f", &name]).ok();
        run.succeeds();
        assert!(other);
    });
}
