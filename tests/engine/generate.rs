//! `devc generate`: what it writes builds, comes up, and keeps out of the build what it says.

use std::collections::BTreeSet;
use std::path::Path;

use devc::recipe::docker_ignore::DockerIgnore;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use crate::docker::BASE;
use crate::world::scenario;

#[test]
fn a_generated_project_comes_up_with_its_dependencies() {
    scenario(|world| {
        world.write("requirements.txt", "six==1.17.0\n");
        world.write("app.py", "import six\nprint('six', six.__version__)\n");
        world.write(".env", "TOKEN=secret\n");
        world.open_to_all();
        world.devc(&["generate", "--base-image", BASE]).succeeds();
        world.host(&["docker-compose", "-f", "compose.devc.yaml", "config", "--quiet"]);
        let container = world.up();
        assert_eq!(container.mount("/app")["Type"], "bind");
        assert_eq!(world.devc(&["exec", "python3", "app.py"]).succeeds().text(), "six 1.17.0\n");
        assert_eq!(world.devc(&["exec", "id", "-un"]).succeeds().text(), "dev\n");
        world.devc(&["exec", "sh", "-c", "touch edited"]).succeeds();
        assert!(world.has("edited"), "the source is that of this machine");
        world.devc(&["generate", "--check"]).succeeds();
    });
}

/// The files of a context.
fn files() -> Vec<String> {
    let folders = ["", "a/", "b/", "a/a/", "a/b/", "b/a/", "a/b/a/"];
    folders.iter().flat_map(|folder| ["c", "ab", "d.log"].map(|name| format!("{folder}{name}"))).collect()
}

fn patterns() -> impl Strategy<Value = String> {
    let name = || {
        prop::sample::select(vec![
            "a", "b", "c", "*", "a*", "?", "[ab]", "**", "[^a]", "*.log", "a/..", "**b",
        ])
    };
    let path = prop::collection::vec(name(), 1..4).prop_map(|parts| parts.join("/"));
    let line = (
        prop::sample::select(vec!["", "", "!", "/", "!/"]),
        path,
        prop::sample::select(vec!["", "", "/", " "]),
    );
    let line = line.prop_map(|(start, path, end)| format!("{start}{path}{end}"));
    prop::collection::vec(line, 1..7).prop_map(|lines| lines.join("\n"))
}

/// The files below a folder, from it on.
fn below(folder: &Path) -> BTreeSet<String> {
    let sent = files().into_iter().filter(|file| folder.join(file).is_file());
    sent.collect()
}

/// One build for all contexts: each is copied whole, which sends what its `.dockerignore` lets through.
#[test]
fn the_builder_hides_what_we_say_that_it_hides() {
    scenario(|world| {
        let mut runner = TestRunner::deterministic();
        let any = (0..60).map(|_| patterns().new_tree(&mut runner).unwrap().current());
        // One that makes no sense would end the build.
        let texts: Vec<String> = any.filter(|text| DockerIgnore::parse(text).is_ok()).collect();
        let output = world.workspace().join("sent");
        let to = format!("type=local,dest={}", output.display());
        let mut words: Vec<String> = ["buildx", "build", "--output", &to].map(str::to_owned).into();
        let mut dockerfile = String::from("FROM scratch\n");
        for (number, text) in texts.iter().enumerate() {
            for file in files() {
                world.write(&format!("{number}/{file}"), "");
            }
            world.write(&format!("{number}/.dockerignore"), text);
            words.extend([
                "--build-context".to_owned(),
                format!("c{number}={}", world.workspace().join(number.to_string()).display()),
            ]);
            dockerfile.push_str(&format!("COPY --from=c{number} / /{number}/\n"));
        }
        world.write("empty/Dockerfile", &dockerfile);
        words.push(world.workspace().join("empty").display().to_string());
        world.docker.ask(&words.iter().map(String::as_str).collect::<Vec<_>>());
        for (number, text) in texts.iter().enumerate() {
            let ignore = DockerIgnore::parse(text).unwrap();
            let expected: BTreeSet<String> = files().into_iter().filter(|file| !ignore.hides(file)).collect();
            assert_eq!(below(&output.join(number.to_string())), expected, "{text}");
        }
    });
}
