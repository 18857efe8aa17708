//! The files of a repository, held against all tables.

use std::collections::BTreeMap;

use super::facts::Facts;
use super::file_pattern::FilePattern;
use super::table::{Evidence, Meaning, Place, Table, Tables, Task};

/// Folders whose files say nothing about the project: samples for tests, and other people's code.
const NOT_THE_PROJECT: &[&str] =
    &["node_modules", "vendor", "target", "fixtures", "__fixtures__", "testdata", ".venv", "site-packages"];

/// The files of a repository, which somebody else has looked for.
pub trait Repository {
    /// Paths from the root on, with `/`, sorted.
    fn files(&self) -> &[String];

    /// The text of one of them; `None` when it cannot be read as text.
    fn read(&self, path: &str) -> Option<String>;
}

/// An ecosystem in use.
#[derive(Debug)]
pub struct Stack<'a> {
    /// What is known of the ecosystem.
    pub table: &'a Table,
    /// The folder, from the root on; empty for the root.
    pub folder: String,
    /// What shows it: the strongest first.
    pub evidence: Vec<Found>,
    /// The file with exact versions.
    pub lockfile: Option<String>,
    /// The manager's version.
    pub version: Option<Found>,
    /// The version of what it runs on; `None` when nothing says it.
    pub runtime: Option<Found>,
    /// Folders that belong to the same workspace.
    pub members: Vec<String>,
    /// Other managers of the language that left traces here.
    pub others: Vec<&'a str>,
    /// What is added to it, such as GPU libraries.
    pub additions: Vec<(&'a Table, Found)>,
    /// What one can do with it: names and commands.
    pub tasks: Vec<(&'a str, &'a str)>,
    /// What its images are made from.
    pub facts: Facts<'a>,
}

/// Something that a file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The file's path from the root on.
    pub file: String,
    /// The line, from 1; `None` where the file's being there says it.
    pub line: Option<usize>,
    /// What it says: a version, or the words that were found.
    pub text: String,
}

/// One folder's evidence for one table.
struct Candidate<'a> {
    table: &'a Table,
    found: Vec<(Meaning, Found)>,
}

/// The names in each folder. Folders that are not the project are left out.
pub struct Folders<'a> {
    names: BTreeMap<&'a str, Vec<&'a str>>,
    repository: &'a dyn Repository,
}

/// The stacks of a repository, sorted by folder and language.
pub fn detect<'a>(tables: &'a Tables, repository: &dyn Repository) -> Vec<Stack<'a>> {
    let folders = Folders::of(repository);
    let mut stacks = Vec::new();
    for (folder, names) in &folders.names {
        let candidates: Vec<Candidate<'a>> = tables
            .iter()
            .map(|table| Candidate { table, found: folders.evidence(table, folder, names) })
            .filter(|candidate| !candidate.found.is_empty())
            .collect();
        for language in tables.languages() {
            let of_language = |candidate: &&Candidate<'a>| candidate.table.language == language;
            let rivals: Vec<&Candidate<'a>> = candidates.iter().filter(of_language).collect();
            stacks.extend(folders.stack(tables, folder, &rivals));
        }
    }
    let mut stacks = gather_members(stacks, &folders);
    for stack in &mut stacks {
        stack.facts = Facts::of(tables, stack, &folders);
    }
    stacks
}

impl<'r> Folders<'r> {
    fn of(repository: &'r dyn Repository) -> Self {
        let mut names: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for path in repository.files() {
            let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
            if !folder.split('/').any(|part| NOT_THE_PROJECT.contains(&part)) {
                names.entry(folder).or_default().push(name);
            }
        }
        Self { names, repository }
    }

    fn evidence(&self, table: &Table, folder: &str, names: &[&str]) -> Vec<(Meaning, Found)> {
        let of = |evidence: &Evidence| {
            let found = self.find(&evidence.file, evidence.line.as_ref(), folder, names)?;
            Some((evidence.means, found))
        };
        let mut found: Vec<(Meaning, Found)> = table.evidence.iter().filter_map(of).collect();
        found.sort_by_key(|(means, _)| std::cmp::Reverse(*means));
        found
    }

    /// The text of a file.
    pub fn read(&self, path: &str) -> Option<String> {
        self.repository.read(path)
    }

    /// The files at and below a folder, by their paths from it on.
    pub fn below<'f>(&'f self, folder: &'f str) -> impl Iterator<Item = String> + use<'f, 'r> {
        let inside = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let from = self.names.range(folder..).take_while(move |(path, _)| path.starts_with(folder));
        from.filter_map(move |(path, names)| {
            let below = if *path == folder { "" } else { path.strip_prefix(inside.as_str())? };
            Some(names.iter().map(|name| join(below, name)).collect::<Vec<_>>())
        })
        .flatten()
    }

    /// What a place says in this very folder. The file may be in one below it; `*` stands for any of these.
    pub fn look(&self, file: &FilePattern, line: Option<&super::LinePattern>, folder: &str) -> Option<Found> {
        let Some((below, name)) = file.as_str().rsplit_once('/') else {
            return self.find(file, line, folder, self.names.get(folder)?);
        };
        let name = FilePattern::from(name.to_owned());
        if below == "*" {
            let mut folders = self.names.iter().filter(|(path, _)| above(path) == Some(folder));
            return folders.find_map(|(path, names)| self.find(&name, line, path, names));
        }
        let below = join(folder, below);
        self.find(&name, line, &below, self.names.get(below.as_str())?)
    }

    /// The first of the folder's files that fits, and what it says.
    fn find(
        &self,
        file: &FilePattern,
        line: Option<&super::LinePattern>,
        folder: &str,
        names: &[&str],
    ) -> Option<Found> {
        let mut fitting = names.iter().filter(|name| file.matches(name)).map(|name| join(folder, name));
        let Some(pattern) = line else {
            return fitting.next().map(|file| Found { text: String::new(), line: None, file });
        };
        fitting.find_map(|file| {
            let (line, text) = pattern.find(&self.repository.read(&file)?)?;
            Some(Found { file, line: Some(line), text })
        })
    }

    /// What a place says in this folder, or in the nearest one above it.
    fn nearest(&self, place: &Place, folder: &str) -> Option<Found> {
        let mut at = Some(folder);
        while let Some(current) = at {
            let found = self.at(place, current);
            if found.is_some() {
                return found;
            }
            at = above(current);
        }
        None
    }

    fn at(&self, place: &Place, folder: &str) -> Option<Found> {
        self.look(&place.file, place.line.as_ref(), folder)
    }

    /// The stack of one language in one folder: of the managers that left traces, the one with the strongest.
    fn stack<'a>(&self, tables: &'a Tables, folder: &str, rivals: &[&Candidate<'a>]) -> Option<Stack<'a>> {
        let (additions, managers): (Vec<&&Candidate<'a>>, Vec<_>) =
            rivals.iter().partition(|candidate| candidate.table.adds);
        let best = managers.iter().rev().max_by_key(|candidate| candidate.found[0].0)?;
        let table = best.table;
        let lockfile = best.found.iter().find(|(means, _)| *means == Meaning::Lockfile);
        let versions = tables.runtime(table).map(|runtime| runtime.version.as_slice()).unwrap_or_default();
        let claims = |candidate: &&&&Candidate<'a>| {
            candidate.table.name != table.name && candidate.found[0].0 > Meaning::Manifest
        };
        Some(Stack {
            table,
            folder: folder.to_owned(),
            evidence: best.found.iter().map(|(_, found)| found.clone()).collect(),
            lockfile: lockfile.map(|(_, found)| found.file.clone()),
            version: table.version.iter().find_map(|place| self.nearest(place, folder)),
            runtime: versions.iter().find_map(|place| self.nearest(place, folder)),
            members: Vec::new(),
            others: managers.iter().filter(claims).map(|candidate| candidate.table.name.as_str()).collect(),
            additions: additions.iter().map(|added| (added.table, added.found[0].1.clone())).collect(),
            tasks: table.tasks.iter().filter(|task| self.is_possible(task, folder)).map(named).collect(),
            facts: Facts::default(),
        })
    }

    fn is_possible(&self, task: &Task, folder: &str) -> bool {
        let Some(file) = &task.file else { return true };
        let names = self.names.get(folder).map(Vec::as_slice).unwrap_or_default();
        self.find(file, task.line.as_ref(), folder, names).is_some()
    }

    fn is_workspace(&self, stack: &Stack<'_>) -> bool {
        stack.table.workspace.iter().any(|place| self.at(place, &stack.folder).is_some())
    }
}

impl Stack<'_> {
    /// Whether the install takes exact versions.
    pub fn is_locked(&self) -> bool {
        let needed = self.table.install.needs.as_ref().map(|file| join(&self.folder, file));
        match needed {
            Some(file) => self.evidence.iter().any(|found| found.file == file),
            None => self.lockfile.is_some(),
        }
    }

    /// The command that installs its dependencies; `None` when there is nothing to install with.
    pub fn install_command(&self) -> Option<&str> {
        let install = &self.table.install;
        let command = if self.is_locked() { &install.locked } else { &install.unlocked };
        Some(command.as_str()).filter(|command| !command.is_empty())
    }

    /// Whether this stack is part of the workspace of `root`, and has no life of its own.
    fn is_member_of(&self, root: &Stack<'_>) -> bool {
        let is_below = self.folder != root.folder
            && (root.folder.is_empty() || self.folder.starts_with(&format!("{}/", root.folder)));
        if !is_below || self.table.language != root.table.language {
            return false;
        }
        if root.table.members_lock {
            return self.table.name == root.table.name;
        }
        // Manifests that the root's manager reads too, and nothing that belongs to this folder alone.
        let reads = |found: &Found| {
            let name = found.file.rsplit('/').next().unwrap_or_default();
            root.table.evidence.iter().any(|evidence| evidence.file.matches(name))
        };
        self.lockfile.is_none() && self.evidence.iter().all(reads)
    }
}

/// Members of a workspace are named by it instead of standing on their own.
fn gather_members<'a>(stacks: Vec<Stack<'a>>, folders: &Folders<'_>) -> Vec<Stack<'a>> {
    let mut roots: Vec<Stack<'a>> = Vec::new();
    let mut workspaces: Vec<bool> = Vec::new();
    // A folder comes before those below it.
    for stack in stacks {
        let root = roots
            .iter_mut()
            .zip(&workspaces)
            .find(|(root, is_workspace)| **is_workspace && stack.is_member_of(root));
        match root {
            Some((root, _)) => root.members.push(stack.folder),
            None => {
                workspaces.push(folders.is_workspace(&stack));
                roots.push(stack);
            }
        }
    }
    roots
}

fn named(task: &Task) -> (&str, &str) {
    (&task.name, &task.command)
}

pub fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

fn above(folder: &str) -> Option<&str> {
    if folder.is_empty() {
        return None;
    }
    Some(folder.rsplit_once('/').map_or("", |(above, _)| above))
}

#[cfg(test)]
mod tests;
