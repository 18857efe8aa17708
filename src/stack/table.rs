//! What is known of an ecosystem, as data.

use std::collections::BTreeSet;

use include_dir::{Dir, include_dir};
use serde::Deserialize;

use super::edit::Edits;
use super::file_pattern::{FilePattern, LinePattern};
use super::install::{Apart, Cache, Install};
use super::production::Production;
use super::reuse::Reuse;
use super::runtime::Runtime;
use crate::error::{Error, ErrorKind, Result};

static FILES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/src/stack/tables");

/// All tables, sorted by name.
#[derive(Debug)]
pub struct Tables(Vec<Table>);

/// One ecosystem: a package manager with the language that it serves.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// The manager's name, which is also the file's.
    pub name: String,
    /// What it serves. Of several managers of one language, a folder uses the one with the strongest evidence.
    pub language: String,
    /// Whether it adds to another stack of its language instead of being one.
    #[serde(default)]
    pub adds: bool,
    /// Whether members of a workspace have lockfiles of their own.
    #[serde(default)]
    pub members_lock: bool,
    /// What shows that a folder uses it.
    pub evidence: Vec<Evidence>,
    /// What shows that folders below belong to this one.
    #[serde(default)]
    pub workspace: Vec<Place>,
    /// Where the manager's version stands.
    #[serde(default)]
    pub version: Vec<Place>,
    /// What its packages run on.
    #[serde(default)]
    pub runtime: Option<Runtime>,
    /// How dependencies get in.
    #[serde(default)]
    pub install: Install,
    /// What is worth keeping between two installs.
    #[serde(default)]
    pub caches: Vec<Cache>,
    /// How a build of somebody else's Dockerfile may use its caches.
    #[serde(default)]
    pub reuse: Reuse,
    /// What it writes into the repository.
    #[serde(default)]
    pub outputs: Outputs,
    /// How dependencies are built before the source is there, where the manager builds both at once.
    #[serde(default)]
    pub apart: Option<Apart>,
    /// What one does with such a project.
    #[serde(default)]
    pub tasks: Vec<Task>,
    /// What can be changed in such a project without breaking it.
    #[serde(default)]
    pub edits: Edits,
    /// What a development image adds.
    #[serde(default)]
    pub dev: Development,
    /// What a production image is made of.
    #[serde(default)]
    pub prod: Option<Production>,
}

/// A file that says something.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// The file's name.
    pub file: FilePattern,
    /// What must be in it.
    pub line: Option<LinePattern>,
    /// How much it says.
    pub means: Meaning,
}

/// How much a file says, the weakest first.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "lowercase")]
pub enum Meaning {
    /// The language, and this manager if no other claims the folder.
    Manifest,
    /// This manager was used here.
    Lockfile,
    /// This manager is to be used here.
    Manager,
}

/// A place in a file; the whole file without a `line`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// The file, from the folder on.
    pub file: FilePattern,
    /// Its first group is the value.
    pub line: Option<LinePattern>,
}

/// What it writes into the repository, as patterns of names.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Outputs {
    /// By the install.
    pub dependencies: Vec<String>,
    /// By builds and tests.
    pub build: Vec<String>,
}

/// What one does with such a project.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Task {
    /// `build`, `test`, `dev` or `start`.
    pub name: String,
    /// The command.
    pub command: String,
    /// The file that must be there for it.
    pub file: Option<FilePattern>,
    /// What must be in that file.
    pub line: Option<LinePattern>,
}

/// What a development image adds.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Development {
    /// Debian packages.
    pub apt: Vec<String>,
    /// Starts it again after each edit; `{start}` stands for the start command.
    pub reload: Option<String>,
}

impl Tables {
    /// The tables of this program.
    pub fn embedded() -> Result<Self> {
        let texts = FILES.files().filter_map(|file| Some((file.path().to_str()?, file.contents_utf8()?)));
        Self::parse(texts)
    }

    fn parse<'a>(files: impl Iterator<Item = (&'a str, &'a str)>) -> Result<Self> {
        let mut tables: Vec<Table> = files.map(|(name, text)| parse(name, text)).collect::<Result<_>>()?;
        tables.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(Self(tables))
    }

    /// All tables.
    pub fn iter(&self) -> impl Iterator<Item = &Table> {
        self.0.iter()
    }

    /// What a table's packages run on.
    pub fn runtime<'a>(&'a self, table: &'a Table) -> Option<&'a Runtime> {
        let runtime = table.runtime.as_ref()?;
        match &runtime.like {
            Some(name) => self.iter().find(|table| table.name == *name)?.runtime.as_ref(),
            None => Some(runtime),
        }
    }

    /// The names of all languages.
    pub fn languages(&self) -> BTreeSet<&str> {
        self.iter().map(|table| table.language.as_str()).collect()
    }
}

fn parse(name: &str, text: &str) -> Result<Table> {
    toml::from_str(text).map_err(|error| {
        Error::new(ErrorKind::Config, format!("the table of the ecosystem {name} cannot be read"))
            .because(error)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::Edit;

    #[test]
    fn every_table_is_sound() {
        let tables = Tables::embedded().unwrap();
        assert_eq!(tables.iter().count(), FILES.files().count());
        for table in tables.iter() {
            let name = &table.name;
            assert!(FILES.contains(format!("{name}.toml")), "{name} is not in its file");
            let places = table.workspace.iter().chain(&table.version);
            let places = places.chain(tables.runtime(table).into_iter().flat_map(|runtime| &runtime.version));
            let lines = places.filter_map(|place| place.line.as_ref());
            let lines = lines.chain(table.evidence.iter().filter_map(|evidence| evidence.line.as_ref()));
            let edits = [&table.edits.source, &table.edits.dependency].into_iter().flatten();
            let lines = lines.chain(edits.filter_map(|edit: &Edit| edit.after.as_ref()));
            let mut lines = lines.chain(table.tasks.iter().filter_map(|task| task.line.as_ref()));
            assert!(lines.all(LinePattern::is_valid), "{name} has a line that is no regular expression");
            assert!(!table.evidence.iter().any(|evidence| evidence.file.as_str().contains('/')), "{name}");
            assert_eq!(table.runtime.is_some(), tables.runtime(table).is_some(), "{name}");
        }
    }

    #[test]
    fn the_ecosystems_that_are_known() {
        let tables = Tables::embedded().unwrap();
        let names: Vec<&str> = tables.iter().map(|table| table.name.as_str()).collect();
        insta::assert_snapshot!(names.join(" "), @"apt bun bundler cargo composer conda go gpu gradle maven npm nuget pdm pip pnpm poetry uv yarn yarn-classic");
    }
}
