use std::collections::BTreeMap;
use std::sync::LazyLock;

use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::*;
use crate::recipe::dockerfile::{Source, Variables, lex, scan};
use crate::stack::{Repository, detect};
use repositories::{MONOREPO, REPOSITORIES};

#[path = "../../../tests/fixtures/repositories.rs"]
mod repositories;

static TABLES: LazyLock<Tables> = LazyLock::new(|| Tables::embedded().unwrap());

/// A repository in memory: paths and texts.
struct Memory {
    paths: Vec<String>,
    texts: BTreeMap<String, String>,
}

impl Repository for Memory {
    fn files(&self) -> &[String] {
        &self.paths
    }

    fn read(&self, path: &str) -> Option<String> {
        self.texts.get(path).cloned()
    }
}

fn written(files: &[(&str, &str)], options: &ImageOptions) -> Result<Sections> {
    let texts: BTreeMap<String, String> =
        files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    let repository = Memory { paths: texts.keys().cloned().collect(), texts };
    dockerfile(&TABLES, &detect(&TABLES, &repository), options)
}

fn official() -> ImageOptions {
    ImageOptions::default()
}

fn debian() -> ImageOptions {
    ImageOptions { base: Some("registry.corp/debian:12".to_owned()), ..Default::default() }
}

/// The sections that differ from project to project: those of the stack, and production.
fn own_sections(files: &[(&str, &str)], options: &ImageOptions) -> String {
    let kinds = ["images", "deps", "prebuild", "test", "release", "prod", "gpu"];
    let sections = written(files, options).unwrap().0.into_iter();
    let own = sections.filter(|section| kinds.iter().any(|kind| section.id.starts_with(kind)));
    own.map(|section| section.text).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_monorepo_on_official_images() {
    insta::assert_snapshot!(written(MONOREPO, &official()).unwrap().text());
}

#[test]
fn a_monorepo_on_one_base_image() {
    insta::assert_snapshot!(written(MONOREPO, &debian()).unwrap().text());
}

#[test]
fn sections_are_named_after_folders_and_managers() {
    let sections = written(MONOREPO, &official()).unwrap();
    let ids: Vec<&str> = sections.0.iter().map(|section| section.id.as_str()).collect();
    insta::assert_snapshot!(ids.join(" "));
}

#[test]
fn each_ecosystem_has_its_stages() {
    for (name, files) in REPOSITORIES.iter().filter(|(name, _)| *name != "monorepo") {
        insta::assert_snapshot!(name.replace(' ', "_"), own_sections(files, &official()));
    }
}

#[test]
fn packages_of_the_system_come_from_their_list() {
    let files = [("apt.txt", "libpq-dev\n"), ("requirements.txt", "")];
    let sections = written(&files, &debian()).unwrap();
    let system = sections.0.iter().find(|section| section.id == "system-deps").unwrap();
    insta::assert_snapshot!(system.text);
}

#[test]
fn a_lockfile_without_native_code_needs_no_compilers_for_it() {
    let lockfile = r#"{"lockfileVersion": 3, "packages": {}}"#;
    let files = [("package.json", r#"{"main": "a.js"}"#), ("package-lock.json", lockfile)];
    let sections = written(&files, &debian()).unwrap().0;
    let text = |id: &str| sections.iter().find(|section| section.id == id).unwrap().text.as_str();
    insta::assert_snapshot!([text("base"), text("system-deps"), text("tools"), text("prod")].join("\n"));
}

#[test]
fn installs_are_given_a_login_where_it_is_of_use() {
    let mut files = vec![("package.json", r#"{"main": "a.js"}"#), ("package-lock.json", "{}")];
    let private = ImageOptions { private_packages: true, ..official() };
    let login = "--mount=type=secret,id=npmrc,target=/home/dev/.npmrc,uid=$USER_UID";
    let has_login = |files: &[(&str, &str)], options: &ImageOptions| {
        written(files, options).unwrap().text().contains(login)
    };
    assert!(!has_login(&files, &official()) && has_login(&files, &private));
    files.push((".npmrc", "registry=https://registry.corp/"));
    assert!(has_login(&files, &official()));
}

#[test]
fn all_folders_get_one_version_of_a_runtime() {
    let files = [("a/package.json", "{}"), ("a/.nvmrc", "20"), ("b/package.json", "{}"), ("b/.nvmrc", "22")];
    let text = written(&files, &official()).unwrap().text();
    assert!(
        text.contains("# b/.nvmrc asks for node 22; another folder has decided for 20, and there"),
        "{text}"
    );
    assert!(text.contains("node:20-") && !text.contains("node:22-"), "{text}");
}

#[test]
fn a_workspace_of_many_folders_has_few_layers() {
    let mut files = vec![("package.json".to_owned(), r#"{"workspaces": ["packages/*"]}"#)];
    files.extend((0..41).map(|number| (format!("packages/p{number}/package.json"), "{}")));
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), *text)).collect();
    let text = written(&files, &debian()).unwrap().text();
    assert_connected(&text);
    assert!(
        text.contains("\nCOPY --link --chown=$USER_UID:$USER_UID --from=manifests-npm /gathered ./\n"),
        "{text}"
    );
    assert_eq!(text.matches("packages/p40/package.json").count(), 1, "{text}");
}

#[test]
fn a_dockerfile_of_our_own_changes_nothing() {
    let mut files = MONOREPO.to_vec();
    let before = written(&files, &debian()).unwrap();
    let text = before.text();
    files.push(("Dockerfile", &text));
    assert_eq!(written(&files, &debian()).unwrap(), before);
}

#[test]
fn what_debian_does_not_have_is_told() {
    let error = written(&[("environment.yml", "dependencies:\n")], &debian()).unwrap_err();
    insta::assert_snapshot!(error.to_string());
    let error = written(&[("README.md", "")], &debian()).unwrap_err();
    insta::assert_snapshot!(error.to_string());
}

/// The names of the stages, in order.
fn stages<'a>(source: &'a Source<'_>) -> Vec<&'a str> {
    let froms = source.instructions.iter().filter(|instruction| instruction.keyword == "from");
    froms.map(|from| from.arguments.rsplit(' ').next().unwrap()).collect()
}

/// The stages that an instruction takes something from: what it names, unless that is an image.
fn sources(arguments: &str, is_from: bool) -> Vec<&str> {
    if is_from {
        return arguments.split(' ').next().filter(|image| !image.starts_with('$')).into_iter().collect();
    }
    let after = |marker| arguments.split(marker).skip(1);
    after("--from=").chain(after(",from=")).map(|rest| rest.split([' ', ',']).next().unwrap()).collect()
}

/// Every stage is named before it is used, and is used or a target.
fn assert_connected(text: &str) {
    let source = lex(text).unwrap();
    let stages = stages(&source);
    let mut known = BTreeSet::new();
    let mut used = BTreeSet::new();
    for instruction in &source.instructions {
        let is_from = instruction.keyword == "from";
        for name in sources(&instruction.arguments, is_from) {
            assert!(known.contains(name), "{name} is used before it is there:\n{text}");
            used.insert(name);
        }
        if is_from {
            let name = instruction.arguments.rsplit(' ').next().unwrap();
            assert!(known.insert(name), "there are two stages {name}:\n{text}");
        }
    }
    let is_target = |name: &str| ["dev", "test", "prod"].iter().any(|target| name.starts_with(target));
    let idle: Vec<&&str> = stages.iter().filter(|name| !used.contains(**name) && !is_target(name)).collect();
    assert!(idle.is_empty(), "{idle:?} are for nothing:\n{text}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Any repositories in any folders.
    #[test]
    fn any_stacks_make_a_dockerfile_of_connected_stages(
        chosen in subsequence(REPOSITORIES, 1..5),
        folders in prop::collection::vec(select(&["", "a", "a/b", "a-b", "Web App", "$x", "[id]", "q'uo\"te", "e/\u{e9}"][..]), 5),
        on_debian in any::<bool>(),
    ) {
        let mut files: BTreeMap<String, String> = BTreeMap::new();
        for ((_, repository), folder) in chosen.iter().zip(&folders) {
            for (path, text) in *repository {
                let path = if folder.is_empty() { (*path).to_owned() } else { format!("{folder}/{path}") };
                files.insert(path, (*text).to_owned());
            }
        }
        let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        let options = if on_debian { debian() } else { official() };
        let Ok(sections) = written(&files, &options) else { return Ok(()) };
        let ids: BTreeSet<&String> = sections.0.iter().map(|section| &section.id).collect();
        prop_assert_eq!(ids.len(), sections.0.len());
        let text = sections.text();
        assert_connected(&text);
        for target in ["dev", "system-deps"] {
            scan(&text, &Variables::default(), Some(target)).unwrap();
        }
    }
}
