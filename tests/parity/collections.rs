//! `features` and `templates`: packed, documented and published by both, and used from what the other published.

use std::collections::BTreeMap;
use std::path::Path;

use devc::archive::{Content, Package};
use devc::registry::{ImageManifest, Manifest};
use serde_json::Value;

use crate::compare::{remove, set, values};
use crate::differences::intended;
use crate::place::Place;
use crate::server::{Server, Setup};
use crate::tool::{Ran, Tool, docker, needs_engine};

const BOTH: [Tool; 2] = [Tool::Reference, Tool::Devc];

/// A collection with everything that metadata can hold.
fn features() -> Place {
    let place = Place::empty("features");
    place.write(
        "src/tools/devcontainer-feature.json",
        r#"{
            // Read with comments.
            "id": "tools", "version": "1.2.3", "name": "Tools", "description": "Some \"tools\"",
            "options": {
                "version": { "type": "string", "proposals": ["latest", "1"], "default": "latest", "description": "Which" },
                "extra": { "type": "boolean", "default": false }
            },
            "legacyIds": ["old-tools", "older-tools"], "deprecated": true,
            "customizations": { "vscode": { "extensions": ["a.b", "c.d"] } },
        }"#,
    );
    place.write(
        "src/tools/install.sh",
        "#!/bin/sh\ncp files/tool /usr/local/bin/tool\necho \"$VERSION\" >/tool-version\n",
    );
    place.write("src/tools/files/tool", "#!/bin/sh\necho a tool\n");
    place.write("src/tools/NOTES.md", "## More\n");
    place.write("src/git/devcontainer-feature.json", r#"{"id": "git", "version": "2.0.0", "name": "Git"}"#);
    place.write("src/git/install.sh", "#!/bin/sh\n");
    place.write("src/notes/README.md", "Nothing to publish.\n");
    place.host("chmod +x src/tools/install.sh src/tools/files/tool src/git/install.sh");
    place
}

fn templates() -> Place {
    let place = Place::empty("templates");
    place.write(
        "src/debian/devcontainer-template.json",
        r#"{"id": "debian", "version": "0.1.0", "name": "Debian", "description": "Plain", "platforms": ["Any"],
            "options": {"variant": {"type": "string", "default": "bookworm", "description": "Which"}},
            "optionalPaths": [".github/*", "docs/a.md"]}"#,
    );
    let configuration =
        r#"{"image": "debian:${templateOption:variant}", "features": {"ghcr.io/a/b/c:1": {}}}"#;
    place.write("src/debian/.devcontainer/devcontainer.json", configuration);
    place.write("src/debian/.github/dependabot.yml", "version: 2\n");
    place
}

fn both(place: &Place, line: impl Fn(Tool) -> String) -> [Ran; 2] {
    BOTH.map(|tool| place.run(tool, &line(tool)))
}

/// A folder for each tool.
fn own(tool: Tool) -> String {
    format!("{tool:?}").to_lowercase()
}

fn read(place: &Place, path: &str) -> String {
    std::fs::read_to_string(place.fill(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The content of an archive: without the times that the reference puts into it, and without the folder itself.
fn unpacked(archive: &Path) -> BTreeMap<String, (Option<u32>, Content)> {
    let package = Package::read(&std::fs::read(archive).expect("an archive")).expect("a good one");
    let mode = |content: &Content, mode| (!matches!(content, Content::Link(_))).then_some(mode);
    let entries = package.entries().iter();
    entries.map(|one| (one.path.clone(), (mode(&one.content, one.mode), one.content.clone()))).collect()
}

#[test]
fn a_collection_is_packed_alike() {
    needs_engine!();
    let place = features();
    place.host("ln -s install.sh src/tools/link");
    let line = |tool| format!("features package src -o {{root}}/{}", own(tool));
    for ran in both(&place, line) {
        assert_eq!((ran.code, ran.stdout.as_str()), (0, ""), "{ran}");
    }
    let [reference, devc] = BOTH.map(|tool| place.fill(&format!("{{root}}/{}", own(tool))));
    let names =
        ["devcontainer-collection.json", "devcontainer-feature-git.tgz", "devcontainer-feature-tools.tgz"];
    for folder in [&reference, &devc] {
        let files = std::fs::read_dir(folder).expect("the output").flatten();
        let mut files: Vec<_> = files.map(|file| file.file_name().into_string().expect("a name")).collect();
        files.sort();
        assert_eq!(files, names);
    }
    let text = |folder: &str| std::fs::read_to_string(format!("{folder}/{}", names[0])).expect("it is there");
    assert_eq!(text(&reference), text(&devc));
    for name in &names[1..] {
        let [reference, devc] = [&reference, &devc].map(|folder| unpacked(&Path::new(folder).join(name)));
        assert_eq!(reference, devc, "{name}");
    }
    for ran in both(&place, line) {
        assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "the folder is there already: {ran}");
    }
    for ran in both(&place, |tool| line(tool) + " -f") {
        assert_eq!(ran.code, 0, "{ran}");
    }
}

#[test]
fn one_feature_is_packed_alike() {
    needs_engine!();
    let place = features();
    for ran in both(&place, |tool| format!("features package src/git --output-folder {{root}}/{}", own(tool)))
    {
        assert_eq!(ran.code, 0, "{ran}");
    }
    let [reference, devc] = BOTH.map(|tool| {
        unpacked(Path::new(&place.fill(&format!("{{root}}/{}/devcontainer-feature-git.tgz", own(tool)))))
    });
    assert_eq!(reference, devc);
}

#[test]
fn the_same_files_make_the_same_archive_wherever_and_whenever() {
    needs_engine!();
    intended("N40");
    let digests = BOTH.map(|tool| {
        let archives = [features(), features()].map(|place| {
            place.host("touch -d 2020-01-01 src/git/install.sh");
            place.run(tool, "features package src -o {root}/out");
            let bytes =
                std::fs::read(place.fill("{root}/out/devcontainer-feature-tools.tgz")).expect("an archive");
            std::thread::sleep(std::time::Duration::from_millis(1100));
            bytes
        });
        archives[0] == archives[1]
    });
    assert_eq!(digests, [false, true]);
}

#[test]
fn the_sources_are_never_removed() {
    needs_engine!();
    intended("N41");
    for (tool, stays) in [(Tool::Reference, false), (Tool::Devc, true)] {
        let place = features();
        let ran = place.run(tool, "features package src -f -o src");
        assert_eq!(ran.code, 1, "{ran}");
        assert_eq!(place.workspace.join("src/git/install.sh").exists(), stays, "{ran}");
    }
}

#[test]
fn documentation_is_written_alike() {
    needs_engine!();
    let github = "--github-owner acme --github-repo features";
    let [reference, devc] = BOTH.map(|tool| {
        let place = features();
        let ran = place.run(tool, &format!("features generate-docs -p ./src -n acme/features {github}"));
        assert_eq!((ran.code, ran.stdout.as_str()), (0, ""), "{ran}");
        ["tools", "git"].map(|name| read(&place, &format!("{{workspace}}/src/{name}/README.md")))
    });
    assert_eq!(reference, devc);
    let [reference, devc] = BOTH.map(|tool| {
        let place = templates();
        let ran = place.run(tool, "templates generate-docs -p src");
        assert_eq!((ran.code, ran.stdout.as_str()), (0, ""), "{ran}");
        read(&place, "{workspace}/src/debian/README.md")
    });
    assert_eq!(reference, devc);
}

#[test]
fn a_bar_does_not_break_the_table_of_options() {
    needs_engine!();
    intended("N42");
    let [reference, devc] = BOTH.map(|tool| {
        let place = Place::empty("bars");
        let metadata = r#"{"id": "x", "version": "1.0.0", "name": "X", "options": {"a": {"type": "string", "default": "b|c"}}}"#;
        place.write("src/x/devcontainer-feature.json", metadata);
        place.run(tool, "features generate-docs -p src -n a/b");
        read(&place, "{workspace}/src/x/README.md")
    });
    assert!(reference.contains("| b|c |") && devc.contains(r"| b\|c |"), "{reference}{devc}");
}

#[test]
fn a_collection_is_published_alike() {
    needs_engine!();
    let (server, place) = (Server::start(Setup::Open), features());
    let publish = |tool| format!("features publish src -r {} -n acme/{}", server.host(), own(tool));
    let first = both(&place, publish);
    check_published(&server, &first, &["git", "tools", "old-tools", "older-tools", ""]);
    let again = both(&place, publish);
    assert_eq!(again[1].success(), serde_json::json!({"git": {}, "tools": {}}));
    assert_eq!(again[0].success(), again[1].success());

    for version in ["2.1.0", "2.0.7"] {
        write_version(&place, version);
        check_published(&server, &both(&place, publish), &["git", ""]);
    }
    write_version(&place, "3.0.0-rc.1");
    check_preview(&both(&place, publish));
}

fn write_version(place: &Place, version: &str) {
    let metadata = format!(r#"{{"id": "git", "version": "{version}", "name": "Git"}}"#);
    place.write("src/git/devcontainer-feature.json", &metadata);
}

/// A preview that comes after a release.
fn check_preview(ran: &[Ran; 2]) {
    let [reference, devc] = ran;
    let mut reference = reference.success();
    remove(&mut reference, "/git/digest");
    let mut devc = devc.success();
    remove(&mut devc, "/git/digest");
    values(reference, devc, "a preview")
        .except("N43", |result| {
            set(result, "/git/publishedTags", serde_json::json!(["3", "3.0", "3.0.0-rc.1"]));
        })
        .check();
}

#[test]
fn templates_are_published_alike() {
    needs_engine!();
    let (server, place) = (Server::start(Setup::Open), templates());
    let ran =
        both(&place, |tool| format!("templates publish src -r {} -n acme/{}", server.host(), own(tool)));
    check_published(&server, &ran, &["debian"]);
}

/// Compares results and manifests, apart from the digests of the archives, which hold times in the reference's (N40).
fn check_published(server: &Server, ran: &[Ran; 2], names: &[&str]) {
    let [reference, devc] = ran.each_ref().map(|ran| {
        let mut result = ran.success();
        for (_, member) in result.as_object_mut().expect("an object") {
            remove(member, "/digest");
        }
        result
    });
    values(reference, devc, &format!("{}\n{}", ran[0], ran[1])).check();
    for name in names {
        let [reference, devc] = BOTH.map(|tool| {
            let path = format!("acme/{}/{name}", own(tool));
            let mut manifest =
                serde_json::to_value(manifest(server, path.trim_end_matches('/'))).expect("JSON");
            if !name.is_empty() {
                remove(&mut manifest, "/layers/0/digest");
                remove(&mut manifest, "/layers/0/size");
            }
            if *name == "debian" {
                sort_files(&mut manifest);
            }
            manifest
        });
        values(reference, devc, name).check();
    }
}

/// The reference lists a Template's files in no certain order.
fn sort_files(manifest: &mut Value) {
    let pointer = "/annotations/dev.containers.metadata";
    let text = manifest.pointer(pointer).and_then(Value::as_str).expect("metadata");
    let mut metadata: Value = serde_json::from_str(text).expect("JSON");
    let files = metadata["files"].as_array_mut().expect("files");
    files.sort_by_key(Value::to_string);
    set(manifest, pointer, metadata);
}

fn manifest(server: &Server, path: &str) -> ImageManifest {
    let bytes = get(server, &format!("{path}/manifests/latest"));
    let manifest = Manifest::parse(bytes).unwrap_or_else(|reason| panic!("{path}: {reason}"));
    manifest.image().expect("no index").clone()
}

/// What a registry answers, without a client of ours.
fn get(server: &Server, path: &str) -> Vec<u8> {
    let address = format!("http://{}/v2/{path}", server.host());
    let accept = "Accept: application/vnd.oci.image.manifest.v1+json, */*";
    let words = ["-sS", "--noproxy", "*", "-H", accept, &address];
    std::process::Command::new("curl").args(words).output().expect("curl starts").stdout
}

#[test]
fn each_installs_what_the_other_has_published() {
    needs_engine!();
    for (publisher, installer) in [(Tool::Devc, Tool::Reference), (Tool::Reference, Tool::Devc)] {
        let (server, place) = (Server::start(Setup::Open), features());
        place
            .run(publisher, &format!("features publish src -r {} -n acme/features", server.host()))
            .success();
        let feature = format!("{}/acme/features/old-tools:1", server.host());
        let configuration =
            serde_json::json!({"image": "devc-base:bookworm", "features": {feature: {"version": "1"}}});
        place.write(".devcontainer/devcontainer.json", &configuration.to_string());
        let name = format!("devc-parity-collections:{}", own(installer));
        let line = format!("build --workspace-folder {{workspace}} --image-name {name}");
        place.run(installer, &line).success();
        let seen = docker(&["run", "--rm", &name, "sh", "-c", "tool; cat /tool-version"]);
        docker(&["rmi", "-f", &name]);
        assert_eq!(seen, "a tool\n1\n", "{publisher:?}");
    }
}

#[test]
fn the_table_of_contents_keeps_what_is_not_published_again() {
    needs_engine!();
    intended("N46");
    let place = features();
    for (tool, listed) in [(Tool::Reference, 1), (Tool::Devc, 2)] {
        let server = Server::start(Setup::Open);
        for folder in ["src", "src/git"] {
            let line = format!("features publish {folder} -r {} -n acme/features", server.host());
            place.run(tool, &line).success();
        }
        let layer = &manifest(&server, "acme/features").layers[0];
        let contents: Value =
            serde_json::from_slice(&get(&server, &format!("acme/features/blobs/{}", layer.digest)))
                .expect("JSON");
        assert_eq!(contents["features"].as_array().map(Vec::len), Some(listed), "{tool:?}: {contents}");
    }
}

#[test]
fn nothing_is_published_when_something_cannot_be() {
    needs_engine!();
    intended("N44");
    let place = features();
    place.write("src/tools/devcontainer-feature.json", r#"{"id": "tools", "version": "1", "name": "Tools"}"#);
    for (tool, published) in [(Tool::Reference, true), (Tool::Devc, false)] {
        let server = Server::start(Setup::Open);
        let ran = place.run(tool, &format!("features publish src -r {} -n acme/features", server.host()));
        assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{ran}");
        let tags = String::from_utf8(get(&server, "acme/features/git/tags/list")).expect("text");
        assert_eq!(tags.contains("latest"), published, "{tool:?}: {tags}");
    }
}

#[test]
fn mistakes_end_alike() {
    needs_engine!();
    let place = features();
    place.write("empty/x/README.md", "");
    place.write("nameless/x/devcontainer-feature.json", r#"{"id": "x", "version": "1.0.0"}"#);
    place.write("nameless/x/install.sh", "");
    place.write("scriptless/x/devcontainer-feature.json", r#"{"id": "x", "version": "1.0.0", "name": "X"}"#);
    place.write("bare/x/devcontainer-template.json", r#"{"id": "x", "version": "1.0.0", "name": "X"}"#);
    for line in [
        "features package missing",
        "features package empty",
        "features package nameless",
        "features package scriptless",
        "features publish src",
        "features publish src -n a/b -r localhost:1",
        "features publish empty -n a/b -r localhost:1",
        "templates publish bare -n a/b -r localhost:1",
        "features generate-docs -p src",
        "features generate-docs -p missing -n a/b",
        "features nonsense",
    ] {
        for ran in both(&place, |_| line.to_owned()) {
            assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{ran}");
            assert_ne!(ran.stderr, "", "{ran}");
        }
    }
}
