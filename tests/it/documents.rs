//! The documents: links lead somewhere, and what they say about the program is so.

use std::path::{Path, PathBuf};

use clap::CommandFactory;
use devc::cli::Cli;

use crate::repository;

#[test]
fn links_between_documents_lead_somewhere() {
    let mut broken = Vec::new();
    for document in documents() {
        let text = std::fs::read_to_string(&document).unwrap();
        for link in links(&text) {
            let (file, heading) = link.split_once('#').unwrap_or((link, ""));
            let target =
                if file.is_empty() { document.clone() } else { document.parent().unwrap().join(file) };
            if !target.exists() || !has_heading(&target, heading) {
                broken.push(format!("{}: {link}", document.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn commands_in_documents_exist() {
    let mut unknown = Vec::new();
    let command = Cli::command();
    for document in documents() {
        let text = std::fs::read_to_string(&document).unwrap();
        for line in text.lines().filter_map(|line| line.strip_prefix("$ devc ")) {
            let mut words = line
                .split_whitespace()
                .take_while(|word| !matches!(*word, "--" | "#" | "|" | ">" | "2>"))
                .peekable();
            let verb = words.next().and_then(|verb| command.find_subcommand(verb));
            let verb = verb.and_then(|group| match words.next_if(|word| !word.starts_with("--")) {
                Some(word) if group.has_subcommands() => group.find_subcommand(word),
                None if group.is_subcommand_required_set() => None,
                _ => Some(group),
            });
            let Some(verb) = verb else {
                unknown.push(format!("{}: {line}", document.display()));
                continue;
            };
            for flag in words.filter_map(|word| word.strip_prefix("--")) {
                let name = flag.split('=').next().unwrap();
                let all = verb.get_arguments().chain(command.get_arguments());
                if !all.into_iter().any(|argument| argument.get_long() == Some(name)) {
                    unknown.push(format!("{}: {line}: --{name}", document.display()));
                }
            }
        }
    }
    assert!(unknown.is_empty(), "{unknown:#?}");
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a test is no part of the program")]
fn the_published_schema_is_what_is_checked() {
    let path = repository().join("docs/customizations.schema.json");
    let schema = format!("{:#}\n", devc::config::schema::customizations_schema());
    if std::env::var_os("DEVC_UPDATE_DOCS").is_some() {
        std::fs::write(&path, &schema).unwrap();
    }
    let published = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(published, schema, "run `DEVC_UPDATE_DOCS=1 cargo test --test it documents`");
}

#[test]
fn lines_are_not_too_long_to_review() {
    let mut long = Vec::new();
    for document in documents() {
        let text = std::fs::read_to_string(&document).unwrap();
        let mut in_code = false;
        for (number, line) in text.lines().enumerate() {
            in_code ^= line.starts_with("```");
            if !in_code && !line.starts_with('|') && line.chars().count() > 140 {
                long.push(format!("{}:{}", document.display(), number + 1));
            }
        }
    }
    assert!(long.is_empty(), "{long:#?}");
}

#[test]
fn the_changelog_speaks_of_the_version_to_come() {
    let changelog = std::fs::read_to_string(repository().join("CHANGELOG.md")).unwrap();
    assert!(changelog.contains("\n## [Unreleased]\n"));
}

fn documents() -> Vec<PathBuf> {
    let mut documents = Vec::new();
    for folder in ["", "docs", "examples", "examples/bookshelf", "examples/mixed"] {
        let entries = std::fs::read_dir(repository().join(folder)).unwrap();
        let paths = entries.map(|entry| entry.unwrap().path());
        documents.extend(paths.filter(|path| path.extension().is_some_and(|extension| extension == "md")));
    }
    documents.sort();
    documents
}

/// The targets of links to other files of this repository.
fn links(text: &str) -> Vec<&str> {
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    targets.filter(|target| !target.contains("://") && !target.contains(' ')).collect()
}

fn has_heading(file: &Path, heading: &str) -> bool {
    if heading.is_empty() {
        return true;
    }
    let text = std::fs::read_to_string(file).unwrap();
    text.lines().filter_map(|line| line.strip_prefix('#')).any(|line| anchor(line) == heading)
}

/// A heading as code hosts make a link target of it.
fn anchor(heading: &str) -> String {
    let heading = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = heading.chars().filter(|letter| letter.is_alphanumeric() || matches!(letter, ' ' | '-' | '_'));
    kept.collect::<String>().replace(' ', "-")
}
