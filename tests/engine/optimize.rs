//! `devc optimize --prove`: both Dockerfiles built, and both images compared.

use serde_json::{Value, json};

use crate::caching::tools;
use crate::docker::BASE;
use crate::world::scenario;

fn build<'a>(proof: &'a Value, name: &str) -> &'a Value {
    let builds = proof["builds"].as_array().unwrap();
    builds.iter().find(|build| build["build"] == name).unwrap_or_else(|| panic!("no {name} in {proof:#}"))
}

#[test]
fn an_install_before_the_source_is_not_repeated_after_an_edit_and_the_image_is_the_same() {
    let package = json!({"name": "app", "version": "1.0.0", "dependencies": {"ms": "2.1.3"}});
    let lockfile = json!({
        "name": "app", "version": "1.0.0", "lockfileVersion": 3,
        "packages": {"": package, "node_modules/ms": {"version": "2.1.3"}},
    });
    scenario(|world| {
        let dockerfile =
            format!("FROM {}\nWORKDIR /app\nCOPY . .\nRUN npm ci && node app.js\n", tools(&world));
        world.write("Dockerfile", &dockerfile);
        world.write("package.json", &package.to_string());
        world.write("package-lock.json", &lockfile.to_string());
        world.write("app.js", "console.log('built')\n");
        world.write(".dockerignore", ".git\nnode_modules\n");
        let report = world.devc(&["optimize", "--prove", "--rounds", "1", "--json"]).succeeds().json();
        let proof = &report["proof"];
        assert_eq!(proof["differences"], Value::Array(Vec::new()), "{report:#}");
        assert_eq!(proof["sameContent"], true, "{report:#}");
        let source = build(proof, "source edit");
        // Times depend on what else the machine does: here counts what is repeated.
        let cached = |side: &str| (source[side]["cachedSteps"].clone(), source[side]["steps"].clone());
        assert_eq!(cached("before"), (json!(1), json!(3)), "{report:#}");
        assert_eq!(cached("after"), (json!(3), json!(5)), "{report:#}");
        assert_eq!(build(proof, "dependency edit")["before"]["steps"], 3, "{report:#}");
        let findings = report["findings"].as_array().unwrap();
        let saving = findings.iter().find_map(|finding| finding["saving"].as_object()).unwrap();
        assert!(saving["measured"]["seconds"].as_f64().unwrap() > 0.1, "{report:#}");
        assert_eq!(world.read("Dockerfile").as_deref(), Some(dockerfile.as_str()), "nothing is written");
        assert_eq!(world.read("app.js").as_deref(), Some("console.log('built')\n"), "nothing is edited");
        assert_eq!(world.docker.lines(&["images", "-q", "--filter", "reference=devc-optimize-*"]), [""; 0]);
    });
}

#[test]
fn a_program_runs_without_what_built_it() {
    let dockerfile = format!(
        "FROM {BASE}\nWORKDIR /app\n\
         RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev make tree\n\
         COPY . .\nRUN make\nCMD [\"./hello\"]\n"
    );
    scenario(|world| {
        world.write("Dockerfile", &dockerfile);
        world.write("Makefile", "hello: hello.c\n\tcc -o hello hello.c\n");
        world.write("hello.c", "#include <stdio.h>\nint main(void) { puts(\"hello\"); return 0; }\n");
        world.devc(&["optimize", "--accept", "devc/build-tools", "--apply"]).succeeds();
        let image = world.docker.ask(&["build", "--quiet", &world.workspace().display().to_string()]);
        let run = |words: &[&str]| world.docker.try_ask(&[&["run", "--rm", &image], words].concat());
        assert_eq!(run(&[]), Ok("hello".to_owned()));
        assert!(run(&["tree", "--version"]).is_ok(), "a package that is no tool is there");
        assert!(run(&["make", "--version"]).is_err() && run(&["gcc", "--version"]).is_err());
        world.docker.ask(&["image", "rm", &image]);
    });
}
