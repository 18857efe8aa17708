//! How dependencies get in, as the tables say it.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::file_pattern::{FilePattern, LinePattern};
use super::reuse::Holds;
use super::table::Place;

/// How dependencies get in.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Install {
    /// The files that it reads, from the folder on: all that has to be copied before.
    pub files: Vec<FilePattern>,
    /// Files with logins: for the time of the install only, never part of an image.
    pub credentials: Vec<FilePattern>,
    /// The file without which `locked` cannot be used, where that is no lockfile.
    pub needs: Option<String>,
    /// Where the manager looks for such a file; `~` is the home folder.
    pub login: Option<String>,
    /// The command that takes exactly what the lockfile says.
    pub locked: String,
    /// The command without a lockfile.
    pub unlocked: String,
    /// The command that leaves only what production needs.
    pub production: String,
    /// The Debian packages that bring the tools.
    pub apt: Vec<String>,
    /// The manager as one file of a public image, where the runtime's image does not have it.
    pub program: Option<Program>,
    /// The Debian packages that compile what comes as source.
    pub native: Vec<String>,
    /// Where the lockfile tells which packages may be such.
    pub compiling: Option<Compiling>,
    /// Commands, as root, that bring the manager where the runtime is; `{manager}` stands for its version.
    pub setup: Vec<String>,
    /// The manager's version when nothing says which.
    pub manager: String,
    /// Commands in the project's folder before the install.
    pub prepare: Vec<String>,
    /// Folders with installed programs, from the project's folder on.
    pub path: Vec<String>,
    /// Whether the install without a lockfile wants the source too.
    pub unlocked_needs_source: bool,
    /// What adds the dependencies of development, where they stand in a file of their own.
    pub development: Vec<DevelopmentInstall>,
    /// Which installs read nothing of the project but `files`.
    pub alone: Alone,
    /// Variables of the install.
    pub environment: BTreeMap<String, String>,
}

/// How a lockfile tells which packages are compiled when they are installed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Compiling {
    /// What is in lockfiles that tell it.
    pub told: LinePattern,
    /// A package that may be compiled; its first group is the name.
    pub package: LinePattern,
    /// Those of them that are known to bring all that they need.
    pub except: Vec<String>,
}

impl Compiling {
    /// Whether a lockfile tells that none of its packages is compiled.
    pub fn is_ruled_out(&self, lockfile: &str) -> bool {
        let mut packages = self.package.find_all(lockfile);
        self.told.find(lockfile).is_some()
            && packages.all(|name| self.except.iter().any(|known| known == name))
    }
}

/// Installs that can come before the source, with the same result.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Alone {
    /// The commands, without their flags.
    pub commands: Vec<String>,
    /// The flags that make no other command of them.
    pub flags: Vec<String>,
    /// What lets them read more, or run programs of the project.
    pub unless: Vec<Place>,
}

/// A program that is one file of an image.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Program {
    /// The public image.
    pub image: String,
    /// The file.
    pub path: String,
}

/// The dependencies of development in a file of their own.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DevelopmentInstall {
    /// The file.
    pub file: String,
    /// What installs them beside the others.
    pub command: String,
}

/// How dependencies are built before the source is there.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Apart {
    /// The command that builds them, with stand-ins for the source.
    pub command: String,
    /// What makes the manager see that the real source has come.
    pub refresh: String,
    /// Files that the manager looks for.
    pub stand_ins: Vec<StandIns>,
    /// What speaks against it.
    pub unless: Vec<Obstacle>,
    /// What to keep between two builds where dependencies are not built apart, from the project's folder on.
    pub caches: Vec<Cache>,
}

/// Files that a manager looks for, and what to put in their places.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StandIns {
    /// Names, from the folder of the project or of a member on.
    pub files: Vec<FilePattern>,
    /// The text of each of them.
    pub text: String,
}

/// What speaks against building dependencies apart from the source.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Obstacle {
    /// A file of the project or of a member.
    pub file: FilePattern,
    /// What is in it.
    pub line: Option<LinePattern>,
    /// Whether it is none in a workspace.
    #[serde(default)]
    pub alone: bool,
    /// The reason, as the second half of a sentence.
    pub because: String,
}

/// A folder worth keeping between two installs.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cache {
    /// Its name.
    pub name: String,
    /// Where it is; `~` is the home folder.
    pub path: String,
    /// The variable that moves it.
    pub variable: Option<String>,
    /// Who may use it at the same time.
    pub sharing: Sharing,
    /// What is in it.
    #[serde(default)]
    pub holds: Holds,
    /// The folders in it that hold nothing but downloads, where the rest was built.
    #[serde(default)]
    pub downloads: Vec<String>,
}

/// Who may use a cache at the same time.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Sharing {
    /// Everybody: the tool takes care.
    Shared,
    /// One after the other.
    Locked,
}

#[cfg(test)]
mod tests {
    use crate::stack::Tables;

    #[track_caller]
    fn check(lockfile: &str, is_ruled_out: bool) {
        let tables = Tables::embedded().unwrap();
        let npm = tables.iter().find(|table| table.name == "npm").unwrap();
        let compiling = npm.install.compiling.as_ref().unwrap();
        assert_eq!(compiling.is_ruled_out(lockfile), is_ruled_out, "{lockfile}");
    }

    fn packages(packages: &str) -> String {
        format!(r#"{{"lockfileVersion": 3, "packages": {{{packages}}}}}"#)
    }

    #[test]
    fn only_a_script_of_a_package_compiles() {
        check(&packages(r#""": {"name": "a"}, "node_modules/b": {"engines": {"node": "18"}}"#), true);
        check(&packages(r#""node_modules/b": {"version": "1", "hasInstallScript": true}"#), false);
        check(&packages(r#""": {"dependencies": {"b": "1"}, "hasInstallScript": true}"#), false);
    }

    #[test]
    fn a_script_that_is_known_compiles_nothing() {
        let script = r#"{"bin": {"b": "c"}, "hasInstallScript": true}"#;
        let esbuild = format!(r#""node_modules/vite/node_modules/esbuild": {script}"#);
        check(&packages(&esbuild), true);
        check(&packages(&format!(r#"{esbuild}, "node_modules/@a/esbuild": {script}"#)), false);
    }

    #[test]
    fn old_lockfiles_do_not_tell() {
        check(r#"{"lockfileVersion": 1, "dependencies": {"b": {"version": "1"}}}"#, false);
        check("{}", false);
    }
}
