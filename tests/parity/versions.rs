//! `outdated` and `upgrade`: which versions both find, and the files that they write.

use serde_json::json;

use crate::differences::intended;
use crate::place::Place;
use crate::published::{Published, inline_login};
use crate::tool::{Ran, Tool, needs_engine};

const OUTDATED: &str = "outdated --workspace-folder {workspace}";
const UPGRADE: &str = "upgrade --workspace-folder {workspace}";
const CONFIG: &str = ".devcontainer/devcontainer.json";
const LOCKFILE: &str = ".devcontainer/devcontainer-lock.json";

/// Both end in the same way and print the same bytes.
#[track_caller]
fn same(place: &Place, line: &str, variables: &[(&str, &str)]) -> Ran {
    let [reference, devc] = [Tool::Reference, Tool::Devc].map(|tool| place.run_with(tool, line, variables));
    assert_eq!((reference.code, &reference.stdout), (devc.code, &devc.stdout), "{reference}\n{devc}");
    devc
}

/// Both leave the same file behind; what they have written goes away in between.
#[track_caller]
fn same_file(place: &Place, line: &str, file: &str) -> String {
    let config = place.read(CONFIG);
    let [reference, devc] = [Tool::Reference, Tool::Devc].map(|tool| {
        place.write(CONFIG, &config);
        place.write(LOCKFILE, "");
        let ran = place.run(tool, line);
        assert_eq!((ran.code, ran.stdout.as_str()), (0, ""), "{ran}");
        place.read(file)
    });
    assert_eq!(reference, devc);
    devc
}

#[test]
fn outdated_finds_the_same_versions() {
    needs_engine!();
    let published = Published::openly();
    let place = published.place("versions", &["tool:1", "base:1.0", "base:latest", "tool:2.0.0", "absent:1"]);
    for format in ["text", "json"] {
        let ran = same(&place, &format!("{OUTDATED} --output-format {format}"), &[]);
        assert!(ran.stdout.contains("1.1.0"), "{ran}");
    }
    let locked = place.run(Tool::Reference, UPGRADE);
    assert_eq!(locked.code, 1, "one of them does not exist: {locked}");
}

#[test]
fn outdated_shows_what_is_locked() {
    needs_engine!();
    let published = Published::openly();
    let place = published.place("locked", &["tool:1.0.0", "base:1"]);
    assert_eq!(place.run(Tool::Reference, UPGRADE).code, 0);
    let config = place.read(CONFIG).replace("tool:1.0.0", "tool:1").replace("base:1", "base:2");
    let lockfile = place.read(LOCKFILE).replace("tool:1.0.0", "tool:1").replace("base:1\": {", "base:2\": {");
    place.write(CONFIG, &config);
    place.write(LOCKFILE, &lockfile);
    let ran = same(&place, OUTDATED, &[]);
    assert!(ran.stdout.contains("1.0.0    1.1.0   2.0.0"), "{ran}");
    same(&place, &format!("{OUTDATED} --output-format json"), &[]);
}

#[test]
fn a_digest_has_the_version_of_its_manifest() {
    needs_engine!();
    let published = Published::openly();
    let tagged = published.place("tagged", &["base:1.0"]);
    let locked = tagged.run(Tool::Devc, &format!("{UPGRADE} --dry-run")).stdout;
    let digest = locked.split("@sha256:").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    let place = published.place("digest", &[&format!("base@sha256:{digest}")]);
    let ran = same(&place, OUTDATED, &[]);
    assert!(ran.stdout.contains("1.0.0    1.0.0   2.0.0"), "{ran}");
}

#[test]
fn upgrade_writes_the_same_lockfile() {
    needs_engine!();
    let published = Published::openly();
    let place = published.place("upgrade", &["tool:1", "base:1.0"]);
    let written = same_file(&place, UPGRADE, LOCKFILE);
    assert!(written.contains("\"dependsOn\"") && written.contains("\"1.1.0\""), "{written}");
    let printed = same(&place, &format!("{UPGRADE} --dry-run"), &[]);
    assert_eq!(printed.stdout, written);
}

#[test]
fn upgrade_changes_the_version_of_one_feature_and_nothing_else_in_the_file() {
    needs_engine!();
    let published = Published::openly();
    let place = published.place("target", &[]);
    let text = format!(
        "// {{\n{{\n  /* the base */ \"image\": \"devc-base:bookworm\",\n  \"features\": {{\n    \"{}\": {{}}, // new ones later\n    \"{}\": {{\"level\": \"high\"}},\n  }},\n}}\n",
        published.id("base:1.0"),
        published.id("tool:1.0")
    );
    place.write(CONFIG, &text);
    let line = format!("{UPGRADE} --feature {} --target-version 2", published.id("tool:1"));
    let changed = same_file(&place, &line, CONFIG);
    assert_eq!(changed, text.replace("tool:1.0", "tool:2"));
}

#[test]
fn a_dry_run_changes_nothing() {
    needs_engine!();
    intended("N30");
    let published = Published::openly();
    let place = published.place("dry", &["base:1.0"]);
    let before = place.read(CONFIG);
    let line = format!("{UPGRADE} --dry-run --feature {} --target-version 2", published.id("base"));
    let devc = place.run(Tool::Devc, &line);
    assert_eq!((devc.code, place.read(CONFIG)), (0, before.clone()), "{devc}");
    assert!(!place.workspace.join(LOCKFILE).exists());
    let reference = place.run(Tool::Reference, &line);
    assert_eq!(reference.stdout, devc.stdout);
    assert_ne!(place.read(CONFIG), before);
}

#[test]
fn a_feature_that_is_not_there_is_told() {
    needs_engine!();
    intended("N31");
    let published = Published::openly();
    let place = published.place("unknown", &["base:1.0"]);
    let before = place.read(CONFIG);
    let line = format!("{UPGRADE} --feature {} --target-version 2", published.id("toll"));
    assert_eq!(place.run(Tool::Reference, &line).code, 0);
    place.write(LOCKFILE, "");
    let devc = place.run(Tool::Devc, &line);
    assert_eq!((devc.code, place.read(CONFIG), place.read(LOCKFILE)), (1, before, String::new()), "{devc}");
    assert!(devc.stderr.contains("has no Feature"), "{devc}");
}

#[test]
fn without_features_there_is_nothing_to_upgrade() {
    needs_engine!();
    let place = Place::with_config("plain", &json!({"image": "devc-base:bookworm"}));
    for line in [UPGRADE, &format!("{UPGRADE} --dry-run")] {
        let devc = same(&place, line, &[]);
        assert!(devc.code == 1 && devc.stderr.contains("names no Features"), "{devc}");
        assert!(!place.workspace.join(LOCKFILE).exists());
    }
    same(&place, OUTDATED, &[]);
    same(&place, &format!("{OUTDATED} --output-format json"), &[]);
}

#[test]
fn logins_open_private_registries() {
    needs_engine!();
    let published = Published::with_password();
    let place = published.place("private", &["tool:1"]);
    let login = inline_login(&published.host());
    let ran = same(&place, OUTDATED, &[("DEVCONTAINERS_OCI_AUTH", &login)]);
    assert!(ran.stdout.contains("1.1.0"), "{ran}");
    let config = format!(r#"{{"auths":{{"{}":{{"auth":"ZGV2Omh1bnRlcjI="}}}}}}"#, published.host());
    place.write("docker/config.json", &config);
    let folder = place.fill("{workspace}/docker");
    same(&place, OUTDATED, &[("DOCKER_CONFIG", &folder)]);
    let printed = same(&place, &format!("{UPGRADE} --dry-run"), &[("DOCKER_CONFIG", &folder)]);
    assert!(printed.stdout.contains("sha256:"), "{printed}");
}

#[test]
fn registries_that_do_not_answer_are_told() {
    needs_engine!();
    intended("N32");
    let published = Published::with_password();
    let place = published.place("refused", &["tool:1"]);
    let empty = place.fill("{root}");
    let devc = same(&place, OUTDATED, &[("DOCKER_CONFIG", &empty)]);
    assert!(devc.stdout.contains("-        -       -"), "{devc}");
    assert!(devc.stderr.contains("401 Unauthorized") && devc.stderr.contains("docker login"), "{devc}");
}
