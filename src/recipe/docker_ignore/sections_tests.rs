use proptest::prelude::*;

use super::*;
use crate::stack::{Repository, Tables, detect};

/// A repository as paths and texts.
struct Files(Vec<String>, Vec<(&'static str, &'static str)>);

impl Files {
    fn of(texts: &[(&'static str, &'static str)]) -> Self {
        let mut paths: Vec<String> = texts.iter().map(|(path, _)| (*path).to_owned()).collect();
        paths.sort();
        Self(paths, texts.to_vec())
    }
}

impl Repository for Files {
    fn files(&self) -> &[String] {
        &self.0
    }

    fn read(&self, path: &str) -> Option<String> {
        self.1.iter().find(|(name, _)| *name == path).map(|(_, text)| (*text).to_owned())
    }
}

fn written(files: &Files, gitignores: &[(&str, &str)], dockerfile: &str) -> String {
    let tables = Tables::embedded().unwrap();
    written_with(&detect(&tables, files), &files.0, gitignores, dockerfile)
}

fn written_with(
    stacks: &[Stack<'_>],
    files: &[String],
    gitignores: &[(&str, &str)],
    dockerfile: &str,
) -> String {
    let gitignores: Vec<(String, String)> =
        gitignores.iter().map(|(folder, text)| ((*folder).to_owned(), (*text).to_owned())).collect();
    let facts = Facts { stacks, files, gitignores: &gitignores, without_login: &[], dockerfile };
    let sections = sections(&facts).unwrap();
    sections.iter().map(|section| format!("[{}]\n{}", section.id, section.text)).collect()
}

/// What is special of a repository: the sections without the two that are always the same.
fn own_part(text: &str) -> String {
    let machine = text.find("[machine]").unwrap();
    let rest = text[machine + 1..].find('[').map_or("", |at| &text[machine + 1 + at..]);
    let logins = rest.find("# Logins").map_or("", |at| &rest[at..]);
    let copied = rest.split("[secrets]").next().unwrap();
    format!("{}{copied}{logins}", &text[..machine])
}

#[test]
fn a_repository_with_two_ecosystems() {
    let files = Files::of(&[
        ("web/package.json", "{}"),
        ("web/package-lock.json", "{}"),
        ("web/build/rules.js", ""),
        ("Cargo.toml", "[package]"),
        ("Cargo.lock", ""),
    ]);
    let dockerfile = "FROM a\nCOPY Cargo.toml Cargo.lock ./\nCOPY compose.yaml .env /x/\nCOPY . .\n";
    let text = written(&files, &[("", "/target\n*.log\n"), ("web", "dist/\n[[:alpha:]]x\n")], dockerfile);
    insta::assert_snapshot!(own_part(&text), @r"
    [git]
    # What git ignores.
    target
    **/*.log
    web/**/dist/**
    # Left out: [[:alpha:]]x (its `[...]` means something else there)
    [outputs]
    # What package managers and builds write: each stage makes its own.
    **/target
    **/out
    web/**/node_modules
    web/**/dist
    # Not web/**/build: the repository has files there
    web/**/.next
    web/**/.nuxt
    web/**/.output
    web/**/coverage
    web/**/.turbo
    web/**/.parcel-cache
    web/**/.vite
    [copied]
    # What the Dockerfile copies.
    !compose.yaml
    # Logins of package managers.
    **/.cargo/credentials.toml
    **/.npmrc
    [copied-secrets]
    # What the Dockerfile copies by name, although it may hold secrets: a secret mount would keep it out of the image.
    !.env
    ");
}

#[test]
fn where_git_ignores_nothing_outputs_are_hidden_though_they_lie_among_the_files() {
    let files = Files::of(&[("package.json", "{}"), ("dist/a.js", ""), ("node_modules/a/index.js", "")]);
    let text = written(&files, &[], "FROM a\n");
    let ignore = DockerIgnore::parse(&text.replace('[', "# [")).unwrap();
    assert!(ignore.hides("dist/a.js") && ignore.hides("node_modules/a/index.js"), "{text}");
}

fn names() -> impl Strategy<Value = String> {
    let parts = vec!["a", "b", "dist", "src", ".env", "target", "x.pem", "Dockerfile", "[id]"];
    prop::collection::vec(prop::sample::select(parts), 1..4).prop_map(|parts| parts.join("/"))
}

fn ignored() -> impl Strategy<Value = String> {
    let lines =
        vec!["a", "*", "/*", "!src", "dist/", "!dist/", "b/**", "**/a", "src/*", "!src/a", "\\[id\\]", "!*/"];
    prop::collection::vec(prop::sample::select(lines), 0..6).prop_map(|lines| lines.join("\n"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn what_the_dockerfile_copies_by_name_is_never_hidden(
        sources in prop::collection::vec(names(), 1..4),
        upper in ignored(),
        lower in ignored(),
    ) {
        let words: Vec<String> = sources.iter().map(|source| escaped(source)).collect();
        let json = serde_json::to_string(&[words.as_slice(), &["/to/".to_owned()]].concat()).unwrap();
        let text = written_with(&[], &[], &[("", &upper), ("src", &lower)], &format!("FROM a\nCOPY {json}\n"));
        let ignore = DockerIgnore::parse(&text.lines().filter(|line| !line.starts_with('[') ).collect::<Vec<_>>().join("\n")).unwrap();
        for source in &sources {
            prop_assert!(!ignore.hides(source) && !ignore.hides(&format!("{source}/_")), "{source}\n{text}");
        }
    }
}
