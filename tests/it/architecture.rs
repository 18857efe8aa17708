//! The direction rule of ARCHITECTURE.md, held by reading the paths that the code names.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::repository;

/// What each part of `src/` may use of the others. `run`, `cli` and `main` stand above all and may use anything.
const MAY_USE: &[(&str, &[&str])] = &[
    ("error", &[]),
    ("name", &[]),
    ("event", &[]),
    ("history", &["event"]),
    ("config", &["error"]),
    ("editor", &["name"]),
    ("preferences", &["config", "editor", "error"]),
    ("stack", &["error"]),
    ("volumes", &["config", "error", "name", "stack"]),
    ("tasks", &["config", "name", "stack"]),
    ("features", &["config", "error"]),
    ("recipe", &["error", "features", "name", "stack", "volumes"]),
    ("project", &["config", "error", "name", "recipe"]),
    ("plan", &["config", "error", "features", "name", "project"]),
    ("verify", &["error"]),
    ("doctor", &[]),
    ("setup", &["error"]),
    ("host", &["error", "event"]),
    ("ui", &["error", "event", "history"]),
    ("archive", &["error"]),
    ("backup", &["error", "name"]),
    ("content", &["backup", "error"]),
    ("build", &["archive", "config", "error", "event", "host", "recipe"]),
    ("compose", &["error", "event", "host", "project"]),
    ("template", &["archive", "config", "error"]),
    ("registry", &["error", "event", "host", "name"]),
    ("engine", &["config", "doctor", "error", "event", "host", "name", "plan", "project", "registry"]),
    ("collection", &["archive", "config", "error", "event", "features", "host", "registry", "template"]),
    (
        "execute",
        &[
            "archive", "backup", "build", "compose", "config", "content", "engine", "error", "event",
            "features", "host", "name", "plan", "project", "recipe", "registry", "stack", "tasks",
            "template", "volumes",
        ],
    ),
    (
        "commands",
        &[
            "archive",
            "backup",
            "build",
            "cli",
            "collection",
            "compose",
            "config",
            "content",
            "doctor",
            "editor",
            "engine",
            "error",
            "event",
            "execute",
            "features",
            "history",
            "host",
            "name",
            "plan",
            "preferences",
            "project",
            "recipe",
            "registry",
            "setup",
            "tasks",
            "template",
            "stack",
            "ui",
            "verify",
            "volumes",
        ],
    ),
];

/// The parts that decide over values: they know neither files nor clock, neither network nor processes.
const PURE: &[&str] = &[
    "error",
    "name",
    "history",
    "config",
    "stack",
    "volumes",
    "features",
    "template",
    "recipe",
    "project",
    "plan",
    "verify",
    "doctor",
    "setup",
    "editor",
    "preferences",
    "tasks",
];

/// What no pure part names.
const IMPURE: &[&str] = &[
    "std::fs",
    "std::env",
    "std::process",
    "std::net",
    "std::io::stdin",
    "std::io::stdout",
    "SystemTime::now",
    "Instant::now",
    "Timestamp::now",
];

/// Which parts may name an outside crate. Crates that are not here are helpers for all, such as serde_json.
const OWNERS: &[(&str, &[&str])] = &[
    ("annotate_snippets", &["config"]),
    ("anstream", &["ui"]),
    ("anstyle", &["ui"]),
    ("base64", &["build", "registry"]),
    ("blake3", &["archive", "backup"]),
    ("bollard", &["engine"]),
    ("clap", &["cli", "commands", "run"]),
    ("clap_complete", &["commands"]),
    ("clap_mangen", &["commands"]),
    ("csv_core", &["config"]),
    ("dialoguer", &["ui"]),
    ("dirs", &["host"]),
    ("fastcdc", &["backup"]),
    ("flate2", &["archive", "backup"]),
    ("futures_util", &["collection", "commands", "engine", "execute"]),
    ("getrandom", &["host"]),
    ("globset", &["stack", "tasks", "verify"]),
    ("http_body_util", &["registry"]),
    ("hyper", &["registry"]),
    ("hyper_rustls", &["registry"]),
    ("hyper_util", &["registry"]),
    ("ignore", &["host"]),
    ("include_dir", &["stack"]),
    ("jiff", &["build", "config", "host", "run", "ui"]),
    ("jsonc_parser", &["config"]),
    ("minijinja", &["recipe"]),
    // Process groups and terminals; the size of the window for the live view.
    ("regex", &["recipe", "stack", "verify"]),
    ("rustix", &["content", "host", "ui"]),
    ("rustls", &["registry"]),
    // Names that must be the same on every run: container ids and image names, contexts, fingerprints, probes, digests.
    ("sha2", &["engine", "execute", "plan", "project", "recipe", "registry", "tasks", "volumes"]),
    ("similar", &["ui"]),
    ("strsim", &["config", "ui"]),
    ("tar", &["archive", "backup", "engine"]),
    ("tempfile", &["build", "host", "registry"]),
    ("tokio", &["build", "compose", "engine", "execute", "host", "registry", "run", "ui"]),
    ("unicode_width", &["ui"]),
    ("toml", &["stack", "verify", "volumes"]),
    ("toml_edit", &["preferences"]),
    ("url", &["registry"]),
    ("wait4", &["host"]),
    ("zstd", &["backup"]),
];

/// A file of `src/` without its comments and tests.
struct Source {
    path: String,
    /// The top-level module that it belongs to.
    part: String,
    code: String,
}

#[test]
fn parts_use_only_what_is_below_them() {
    let mut wrong = Vec::new();
    for source in sources() {
        let Some((_, allowed)) = MAY_USE.iter().find(|(part, _)| *part == source.part) else { continue };
        for used in used_parts(&source.code) {
            if used != source.part && !allowed.contains(&used.as_str()) {
                wrong.push(format!("{} uses {used}", source.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_part_has_its_place_in_the_direction() {
    let known: BTreeSet<String> = MAY_USE
        .iter()
        .map(|(part, _)| (*part).to_owned())
        .chain(["run", "cli", "lib", "main"].map(str::to_owned))
        .collect();
    let parts: BTreeSet<String> = sources().into_iter().map(|source| source.part).collect();
    assert_eq!(parts, known);
}

#[test]
fn the_order_has_no_circle() {
    let rank: BTreeMap<&str, usize> =
        MAY_USE.iter().enumerate().map(|(rank, (part, _))| (*part, rank)).collect();
    for (part, allowed) in MAY_USE {
        // How to report belongs to the command line and is handed to the verbs: the one step up.
        for below in allowed.iter().filter(|below| **below != "cli") {
            assert!(rank[below] < rank[part], "{part} may use {below}, which stands above it");
        }
    }
}

#[test]
fn pure_parts_do_not_touch_the_world() {
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|source| PURE.contains(&source.part.as_str())) {
        for name in IMPURE.iter().filter(|name| names(&source.code, name)) {
            wrong.push(format!("{} names {name}", source.path));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn outside_crates_stay_with_their_owners() {
    let mut wrong = Vec::new();
    for source in sources() {
        for (name, owners) in OWNERS {
            if names(&source.code, name) && !owners.contains(&source.part.as_str()) {
                wrong.push(format!("{} names {name}, which belongs to {}", source.path, owners.join(", ")));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn no_owner_is_listed_in_vain() {
    let sources = sources();
    for (name, owners) in OWNERS {
        for owner in *owners {
            let is_used = sources.iter().any(|source| source.part == *owner && names(&source.code, name));
            assert!(is_used, "{owner} does not name {name} any more");
        }
    }
}

#[test]
fn every_dependency_is_named_somewhere() {
    let manifest = std::fs::read_to_string(repository().join("Cargo.toml")).unwrap();
    let (_, dependencies) = manifest.split_once("\n[dependencies]\n").unwrap();
    let (dependencies, _) = dependencies.split_once("\n[").unwrap();
    let sources = sources();
    for line in dependencies.lines() {
        let Some((name, _)) = line.split_once(" = ") else { continue };
        let name = name.replace('-', "_");
        let is_used = sources.iter().any(|source| names(&source.code, &name));
        assert!(is_used, "nothing in src/ names {name}");
    }
}

#[test]
fn every_module_says_what_it_is_for() {
    for path in files(&repository().join("src")) {
        let text = std::fs::read_to_string(&path).unwrap();
        let is_part_of_tests = path.file_stem().is_some_and(|stem| stem.to_string_lossy().ends_with("tests"));
        assert!(is_part_of_tests || text.starts_with("//! "), "{} does not", path.display());
    }
}

fn sources() -> Vec<Source> {
    let root = repository().join("src");
    let is_test =
        |path: &PathBuf| path.file_stem().is_some_and(|stem| stem.to_string_lossy().ends_with("tests"));
    let sources = files(&root).into_iter().filter(|path| !is_test(path)).map(|path| {
        let inside = path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
        let part = inside.split('/').next().unwrap().trim_end_matches(".rs").to_owned();
        let code = code_of(&std::fs::read_to_string(&path).unwrap());
        Source { path: inside, part, code }
    });
    sources.collect()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(self::files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// The code without comments and without the tests, which stand at the end of a file.
fn code_of(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.map(|line| line.split(" // ").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

/// Whether the code has `name` as the beginning of a path.
fn names(code: &str, name: &str) -> bool {
    code.match_indices(name).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        let after = &code[at + name.len()..];
        let begins =
            before.is_none_or(|letter| !letter.is_alphanumeric() && !matches!(letter, '_' | ':' | '"'));
        begins
            && (after.starts_with("::") || after.starts_with(';') || name.contains("::") && !continues(after))
    })
}

fn continues(after: &str) -> bool {
    after.starts_with(|letter: char| letter.is_alphanumeric() || letter == '_')
}

/// The parts that the code names, as in `crate::config::Map` or `crate::{Error, config}`.
fn used_parts(code: &str) -> BTreeSet<String> {
    let mut parts = BTreeSet::new();
    for (at, path) in code.match_indices("crate::") {
        let rest = &code[at + path.len()..];
        match rest.strip_prefix('{') {
            Some(group) => parts.extend(heads(group).iter().map(|head| part_of(head))),
            None => parts.extend([part_of(rest)]),
        }
    }
    parts
}

/// The beginnings of the paths of a `use` group, of which the opening brace has been taken.
fn heads(group: &str) -> Vec<&str> {
    let mut depth = 0;
    let mut heads = Vec::new();
    let mut start = 0;
    for (at, letter) in group.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' if depth == 0 => {
                heads.push(group[start..at].trim());
                break;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                heads.push(group[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    heads.retain(|head| !head.is_empty());
    heads
}

/// The part at the beginning of a path. What the crate's root re-exports is the error's.
fn part_of(path: &str) -> String {
    let end = path.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(path.len());
    let name = &path[..end];
    if name.starts_with(char::is_uppercase) { "error".to_owned() } else { name.to_owned() }
}

#[test]
fn the_reader_of_this_test_finds_paths() {
    assert_eq!(
        used_parts("use crate::{Error, config::{a, b}, plan};"),
        ["config", "error", "plan"].map(String::from).into()
    );
    assert_eq!(used_parts("crate::ui::words::bytes(1)"), ["ui".to_owned()].into());
    assert!(names("use tar::Builder;", "tar") && names("let x = std::fs::read(p)", "std::fs"));
    assert!(!names("start::x()", "tar") && !names("self::tar::x()", "tar") && !names("std::fsx", "std::fs"));
}
