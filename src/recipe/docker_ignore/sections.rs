//! The `.dockerignore` that belongs to a repository and its Dockerfile.
//!
//! Later lines win over earlier ones. So what git ignores comes first, then what the ecosystems write, then what the
//! Dockerfile copies comes back, and then secrets go whatever was said before, but for one that is copied by its name.

use std::collections::BTreeSet;

use super::DockerIgnore;
use super::gitignore::Translation;
use super::pattern::Pattern;
use crate::error::Result;
use crate::recipe::dockerfile::context_paths;
use crate::recipe::image::Section;
use crate::stack::Stack;

/// What no build needs: version control, editors, desktops, and the files that say how to build.
const MACHINE: &str = include_str!("../../../templates/dockerignore/machine");

/// What is a secret, as far as its name tells.
const SECRETS: &str = include_str!("../../../templates/dockerignore/secrets");

/// What a `.dockerignore` is made from.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The ecosystems of the repository.
    pub stacks: &'a [Stack<'a>],
    /// Its files, but for what git ignores.
    pub files: &'a [String],
    /// Its `.gitignore` files: each one's folder and text, upper folders first.
    pub gitignores: &'a [(String, String)],
    /// Files that could hold logins, such as `.npmrc`, and hold none.
    pub without_login: &'a [String],
    /// The Dockerfile.
    pub dockerfile: &'a str,
}

/// Writes the sections of the file, which never hides what the Dockerfile copies by name.
pub fn sections(facts: &Facts<'_>) -> Result<Vec<Section>> {
    let sources = context_paths(facts.dockerfile)?;
    let mut draft = Draft::default();
    draft.add("git", "What git ignores.", git(facts));
    draft.add("outputs", "What package managers and builds write: each stage makes its own.", outputs(facts));
    draft.add("machine", "", MACHINE.lines().map(str::to_owned).collect());
    let brought_back = draft.hidden_sources(&sources, facts.files)?;
    draft.add("copied", "What the Dockerfile copies.", exceptions(brought_back));
    draft.add("secrets", "", secrets(facts));
    let brought_back = draft.hidden_sources(&sources, facts.files)?;
    let why = "What the Dockerfile copies by name, although it may hold secrets: a secret mount would keep it out of the image.";
    draft.add("copied-secrets", why, exceptions(brought_back));
    Ok(draft.sections)
}

/// Patterns for what the Dockerfile names and a `.dockerignore` hides.
pub fn hidden_sources(docker_ignore: &str, dockerfile: &str, files: &[String]) -> Result<Vec<String>> {
    Ok(hidden_of(&context_paths(dockerfile)?, &DockerIgnore::parse(docker_ignore)?, files))
}

fn hidden_of(sources: &[String], ignore: &DockerIgnore, files: &[String]) -> Vec<String> {
    let known = sources.iter().filter(|source| !source.contains('$'));
    known.flat_map(|source| hidden(source, ignore, files)).collect()
}

/// The sections so far.
#[derive(Default)]
struct Draft {
    sections: Vec<Section>,
}

impl Draft {
    /// Adds a section, unless it would be empty.
    fn add(&mut self, id: &str, comment: &str, lines: Vec<String>) {
        if lines.is_empty() {
            return;
        }
        let comment = (!comment.is_empty()).then(|| format!("# {comment}"));
        let text = comment.into_iter().chain(lines).map(|line| line + "\n").collect();
        self.sections.push(Section { id: id.to_owned(), text });
    }

    /// Patterns for what the Dockerfile names and the sections so far hide.
    fn hidden_sources(&self, sources: &[String], files: &[String]) -> Result<Vec<String>> {
        let text: String = self.sections.iter().map(|section| section.text.as_str()).collect();
        Ok(hidden_of(sources, &DockerIgnore::parse(&text)?, files))
    }
}

/// Patterns for what is hidden of a source. Wildcards and folders count when nothing else is left of them.
fn hidden(source: &str, ignore: &DockerIgnore, files: &[String]) -> Vec<String> {
    let Some(path) = without_wildcards(source) else {
        let Some(pattern) = Pattern::parse(source) else { return Vec::new() };
        let meant: Vec<&String> = files.iter().filter(|file| pattern.matches(file)).collect();
        let is_lost = meant.iter().all(|file| ignore.hides(file));
        return meant.into_iter().filter(|_| is_lost).map(|file| escaped(file)).collect();
    };
    if ignore.hides(&path) {
        return vec![escaped(&path)];
    }
    let below = path + "/";
    let is_empty = || files.iter().all(|file| !file.starts_with(&below) || ignore.hides(file));
    match ignore.hides(&format!("{below}_")) && is_empty() {
        true => vec![escaped(&below) + "**"],
        false => Vec::new(),
    }
}

/// The path that a source means, if it is just one.
fn without_wildcards(source: &str) -> Option<String> {
    let mut path = String::new();
    let mut signs = source.chars();
    while let Some(sign) = signs.next() {
        match sign {
            '*' | '?' | '[' => return None,
            '\\' => path.extend(signs.next()),
            _ => path.push(sign),
        }
    }
    Some(path)
}

/// A path as a pattern for this path alone.
fn escaped(path: &str) -> String {
    let is_special = |sign: char| matches!(sign, '*' | '?' | '[' | ']' | '\\' | '^');
    path.chars().flat_map(|sign| is_special(sign).then_some('\\').into_iter().chain([sign])).collect()
}

fn exceptions(paths: Vec<String>) -> Vec<String> {
    paths.into_iter().map(|path| format!("!{path}")).collect()
}

fn git(facts: &Facts<'_>) -> Vec<String> {
    let mut translation = Translation::default();
    for (folder, text) in facts.gitignores {
        translation.add(folder, text);
    }
    let mut seen = BTreeSet::new();
    let left_out = translation.left_out.iter().map(|(line, reason)| format!("# Left out: {line} ({reason})"));
    let left_out: Vec<String> = left_out.collect();
    // Of the same line twice the last one counts.
    let mut lines: Vec<String> =
        translation.lines.into_iter().rev().filter(|line| seen.insert(line.clone())).collect();
    lines.reverse();
    lines.into_iter().chain(left_out).collect()
}

/// What the ecosystems write, but for names that also stand for files of the repository.
fn outputs(facts: &Facts<'_>) -> Vec<String> {
    let folders = folders(facts.files);
    // Where git ignores nothing, outputs lie among the files.
    let is_source = |pattern: &Pattern| {
        !facts.gitignores.is_empty()
            && (folders.iter().any(|folder| pattern.matches(folder))
                || facts.files.iter().any(|file| pattern.matches(file)))
    };
    let mut seen = BTreeSet::new();
    let mut lines = Vec::new();
    for stack in facts.stacks {
        let tables = std::iter::once(stack.table).chain(stack.additions.iter().map(|(table, _)| *table));
        let outputs = tables.flat_map(|table| table.outputs.dependencies.iter().chain(&table.outputs.build));
        let below = if stack.folder.is_empty() { String::new() } else { escaped(&stack.folder) + "/" };
        for output in outputs {
            let line = format!("{below}**/{output}");
            let Some(pattern) = Pattern::parse(&line).filter(|_| seen.insert(line.clone())) else { continue };
            lines.push(if is_source(&pattern) {
                format!("# Not {line}: the repository has files there")
            } else {
                line
            });
        }
    }
    lines
}

/// All folders that have files.
fn folders(files: &[String]) -> BTreeSet<&str> {
    let mut folders = BTreeSet::new();
    for file in files {
        let mut path = file.as_str();
        while let Some((folder, _)) = path.rsplit_once('/') {
            if !folders.insert(folder) {
                break;
            }
            path = folder;
        }
    }
    folders
}

fn secrets(facts: &Facts<'_>) -> Vec<String> {
    let mut lines: Vec<String> = SECRETS.lines().map(str::to_owned).collect();
    let files: BTreeSet<&str> = facts
        .stacks
        .iter()
        .flat_map(|stack| &stack.table.install.credentials)
        .map(|file| file.as_str())
        .collect();
    if !files.is_empty() {
        lines.push("# Logins of package managers.".to_owned());
        lines.extend(files.iter().map(|file| format!("**/{file}")));
        lines.extend(exceptions(facts.without_login.iter().map(|file| escaped(file)).collect()));
    }
    lines
}

#[cfg(test)]
#[path = "sections_tests.rs"]
mod tests;
