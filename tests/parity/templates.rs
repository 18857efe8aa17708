//! `templates apply` and `metadata`, from a real registry: the same files, the same results.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};

use crate::compare::values;
use crate::differences::intended;
use crate::place::Place;
use crate::server::{Server, Setup};
use crate::tool::{Ran, Tool, needs_engine};

const BOTH: [Tool; 2] = [Tool::Reference, Tool::Devc];

/// Bytes that are no text.
const PICTURE: &[u8] = b"\x89PNG\r\n\xff\xfe\x00${templateOption:variant}";

/// A collection with a Template that has everything, published by the reference.
fn published() -> (Server, Place) {
    let (server, place) = (Server::start(Setup::Open), Place::empty("templates"));
    place.write(
        "src/app/devcontainer-template.json",
        r#"{"id": "app", "version": "1.2.3", "name": "App", "description": "An app",
            "options": {
                "variant": {"type": "string", "proposals": ["bookworm", "trixie"], "default": "bookworm"},
                "shell": {"type": "string", "enum": ["bash", "zsh"], "default": "bash"},
                "init": {"type": "boolean", "default": true},
                "debug": {"type": "boolean", "default": false}},
            "optionalPaths": [".github/*"], "platforms": ["Any"]}"#,
    );
    let config = "{\n\t// The base.\n\t\"image\": \"debian:${templateOption:variant}\",\n\t\"init\": ${templateOption:init}\n}\n";
    place.write("src/app/.devcontainer/devcontainer.json", config);
    place.write("src/app/.github/dependabot.yml", "version: 2\n");
    place.write("src/app/run.sh", "#!/bin/${templateOption: shell }\necho ${templateOption:other}.\n");
    place.write("src/app/docs/README.md", "Kept.\n");
    place.write("src/app/README.md", "Not kept.\n");
    place.host("chmod +x src/app/run.sh");
    let publish = format!("templates publish src -r {} -n acme/templates", server.host());
    place.run(Tool::Reference, &publish).success();
    (server, place)
}

/// Applies with both tools, each into a folder of its own.
fn both(server: &Server, place: &Place, flags: &str) -> [Ran; 2] {
    BOTH.map(|tool| {
        let template = format!("{}/acme/templates/app", server.host());
        place.run(tool, &format!("templates apply -t {template} -w {} {flags}", own(place, tool)))
    })
}

fn own(place: &Place, tool: Tool) -> String {
    let folder = place.fill(&format!("{{root}}/{}", format!("{tool:?}").to_lowercase()));
    std::fs::create_dir_all(&folder).expect("a folder");
    folder
}

/// The files in a folder, with whether they may be executed.
fn files(folder: &Path) -> BTreeMap<String, (bool, Vec<u8>)> {
    let mut found = BTreeMap::new();
    collect(folder, folder, &mut found);
    found
}

fn collect(root: &Path, folder: &Path, found: &mut BTreeMap<String, (bool, Vec<u8>)>) {
    use std::os::unix::fs::PermissionsExt;
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(root, &path, found);
            continue;
        }
        let name = path.strip_prefix(root).expect("below it").display().to_string();
        let mode = entry.metadata().expect("a file").permissions().mode();
        found.insert(name, (mode & 0o100 != 0, std::fs::read(&path).expect("a file")));
    }
}

/// Both succeed, with the same result and the same files.
fn check(server: &Server, place: &Place, flags: &str) {
    let ran = both(server, place, flags);
    let [reference, devc] = ran.each_ref().map(|ran| {
        let mut result = ran.success();
        // The reference lists files as their folders do, in no certain order.
        result["files"].as_array_mut().expect("files").sort_by_key(Value::to_string);
        result
    });
    values(reference, devc, &format!("{}\n{}", ran[0], ran[1])).check();
    let [reference, devc] = BOTH.map(|tool| files(Path::new(&own(place, tool))));
    assert_eq!(reference, devc, "{flags}");
}

#[test]
fn a_template_is_applied_alike() {
    needs_engine!();
    let (server, place) = published();
    check(&server, &place, "");
    check(&server, &place, r#"-a '{"variant":"trixie","shell":"zsh"}'"#);
    check(&server, &place, r#"--omit-paths '[".github/*", "run.sh"]' --tmp-dir {root}/tmp"#);
    check(&server, &place, r#"-f '[{"id":"ghcr.io/a/b/c:1","options":{"x":"y"}},{"id":"ghcr.io/a/b/d"}]'"#);
}

#[test]
fn metadata_is_printed_alike() {
    needs_engine!();
    let (server, place) = published();
    for name in ["app", "app:1.2.3", "app:2", "other"] {
        let line = format!("templates metadata {}/acme/templates/{name}", server.host());
        let [reference, devc] = BOTH.map(|tool| place.run(tool, &line));
        assert_eq!((reference.code, &reference.stdout), (devc.code, &devc.stdout), "{reference}\n{devc}");
    }
    for ran in BOTH.map(|tool| place.run(tool, "templates metadata no-registry")) {
        assert_eq!((ran.code, ran.stdout.as_str()), (1, "{}\n"), "{ran}");
    }
}

#[test]
fn what_cannot_be_applied_ends_alike() {
    needs_engine!();
    let (server, place) = published();
    for flags in [
        r#"-a '{"variant":1}'"#,
        "-a '[]'",
        "-a nonsense",
        "-f '{}'",
        r#"-f '[{"options":{}}]'"#,
        "--omit-paths x",
        "--nonsense",
    ] {
        for ran in both(&server, &place, flags) {
            assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{ran}");
            assert_ne!(ran.stderr, "", "{ran}");
        }
    }
    for template in [format!("{}/acme/templates/other", server.host()), "localhost:1/a/b/c".to_owned()] {
        for ran in BOTH.map(|tool| place.run(tool, &format!("templates apply -t {template} -w {{root}}/new")))
        {
            assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{ran}");
        }
    }
    assert!(!Path::new(&place.fill("{root}/new/.devcontainer")).exists());
}

#[test]
fn files_that_are_no_text_arrive_undamaged() {
    needs_engine!();
    intended("Q40");
    let (server, place) = published();
    std::fs::write(place.workspace.join("src/app/logo.png"), PICTURE).expect("a file");
    place.host(r#"sed -i s/1.2.3/1.3.0/ src/app/devcontainer-template.json"#);
    let publish = format!("templates publish src -r {} -n acme/templates", server.host());
    place.run(Tool::Devc, &publish).success();
    let ran = both(&server, &place, "");
    let sound = BOTH.map(|tool| {
        std::fs::read(Path::new(&own(&place, tool)).join("logo.png")).expect("a picture") == PICTURE
    });
    assert_eq!(sound, [false, true], "{}\n{}", ran[0], ran[1]);
}

#[test]
fn a_default_that_is_false_counts() {
    needs_engine!();
    intended("N60");
    let (server, place) = published();
    place.write("src/app/debug.json", "[${templateOption:debug}]");
    place.host(r#"sed -i s/1.2.3/1.3.0/ src/app/devcontainer-template.json"#);
    let publish = format!("templates publish src -r {} -n acme/templates", server.host());
    place.run(Tool::Devc, &publish).success();
    for ran in both(&server, &place, "") {
        ran.success();
    }
    let texts = BOTH.map(|tool| {
        std::fs::read_to_string(Path::new(&own(&place, tool)).join("debug.json")).expect("a file")
    });
    assert_eq!(texts, ["[]", "[false]"]);
}

#[test]
fn what_is_replaced_is_told_and_kept() {
    needs_engine!();
    intended("N61");
    let (server, place) = published();
    for tool in BOTH {
        std::fs::write(Path::new(&own(&place, tool)).join("run.sh"), "mine\n").expect("a file");
    }
    let [reference, devc] = both(&server, &place, "");
    assert_eq!((reference.code, devc.code), (0, 0));
    assert!(!reference.stderr.contains("Replaced") && devc.stderr.contains("Replaced run.sh."), "{devc}");
    let kept = std::fs::read_dir(place.fill("{root}/home/state/devc/replaced")).expect("it is there");
    let kept = kept.flatten().next().expect("a folder").path();
    assert_eq!(std::fs::read_to_string(kept.join("run.sh")).expect("a copy"), "mine\n");
}

#[test]
fn nothing_is_written_through_a_link_out_of_the_project() {
    needs_engine!();
    let (server, place) = published();
    for tool in BOTH {
        let outside = place.fill(&format!("{{root}}/outside-{tool:?}"));
        std::fs::create_dir(&outside).expect("a folder");
        std::os::unix::fs::symlink(&outside, Path::new(&own(&place, tool)).join("docs")).expect("a link");
        let ran = place.run(
            tool,
            &format!("templates apply -t {}/acme/templates/app -w {}", server.host(), own(&place, tool)),
        );
        assert!(!Path::new(&outside).join("README.md").exists(), "{ran}");
        if tool == Tool::Devc {
            assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{ran}");
            assert_eq!(files(Path::new(&own(&place, tool))).len(), 0, "{ran}");
        }
    }
}

#[test]
fn odd_values_are_used_by_both_and_told_by_devc() {
    needs_engine!();
    intended("N62");
    let (server, place) = published();
    check(&server, &place, r#"-a '{"shell":"fish","none":"x"}'"#);
    let [reference, devc] = both(&server, &place, r#"-a '{"shell":"fish","none":"x"}'"#);
    assert!(!reference.stderr.contains("fish"), "{reference}");
    assert!(devc.stderr.contains("no value 'fish'") && devc.stderr.contains("no option 'none'"), "{devc}");
}

#[test]
fn both_apply_what_devc_has_published() {
    needs_engine!();
    let (server, place) = published();
    place.host(r#"sed -i s/1.2.3/2.0.0/ src/app/devcontainer-template.json"#);
    let publish = format!("templates publish src -r {} -n acme/templates", server.host());
    assert_eq!(place.run(Tool::Devc, &publish).success()["app"]["version"], json!("2.0.0"));
    check(&server, &place, "");
}

#[test]
fn init_finds_a_collection_and_its_templates() {
    needs_engine!();
    let (server, place) = published();
    let collection = format!("{}/acme/templates", server.host());
    let list = place.run(Tool::Devc, &format!("init --list --json {collection}")).success();
    assert_eq!((&list[0]["id"], &list[0]["options"]["shell"]["default"]), (&json!("app"), &json!("bash")));
    let several = place.run(Tool::Devc, &format!("init {collection} --yes"));
    assert_eq!((several.code, several.stdout.as_str()), (1, ""), "{several}");
    assert!(several.stderr.contains("add /NAME, which is one of app"), "{several}");
    let line = format!("init {collection}/app --yes --json --workspace-folder {{root}}/new");
    let result = place.run(Tool::Devc, &line).success();
    assert_eq!(result["files"][0], json!({"path": ".devcontainer/devcontainer.json", "effect": "new"}));
    check(&server, &place, "");
    assert_eq!(files(Path::new(&place.fill("{root}/new"))), files(Path::new(&own(&place, Tool::Devc))));
}
