//! What packages run on, as the tables say it.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::file_pattern::{FilePattern, LinePattern};
use super::table::Place;

/// What packages run on.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Runtime {
    /// The table whose runtime it is, instead of one's own.
    pub like: Option<String>,
    /// Its name.
    pub name: String,
    /// The version when nothing says which.
    pub default: String,
    /// A public image with it; `{version}` stands for the version.
    pub image: String,
    /// What it consists of in that image: the folders and files that make it work in another one.
    pub folders: Vec<String>,
    /// Debian packages with the libraries that it needs there.
    pub libraries: Vec<String>,
    /// Where its programs are there, as long as no image does it: the front of `PATH`.
    pub path: Vec<String>,
    /// Variables that it needs there.
    pub environment: BTreeMap<String, String>,
    /// Commands, as root, that bring it to a plain Debian after the packages of the install.
    pub setup: Vec<String>,
    /// Where its version stands; the first that says one counts.
    pub version: Vec<Place>,
    /// What shows that a web server is all that a build's files need.
    pub site: Vec<Site>,
    /// What starts a service; the first that is there counts.
    pub start: Vec<Start>,
    /// Where it says on which port it listens; the first that says so counts.
    pub port: Vec<Port>,
}

/// A build that makes files for a web server.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Site {
    /// The file that shows it.
    pub file: FilePattern,
    /// What is in it.
    pub line: LinePattern,
    /// Where the build puts the files.
    pub folder: String,
}

/// What starts a service.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Start {
    /// The file that shows it.
    pub file: FilePattern,
    /// What is in it.
    pub line: Option<LinePattern>,
    /// Another file that has to be there, perhaps with something in it.
    pub beside: Option<Place>,
    /// The command; `{}` stands for what was found, `{stem}` for the file's name without its ending, `{module}` for its
    /// path as Python imports it.
    pub command: String,
}

/// Where a port stands.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Port {
    /// Files, from the folder on; without any, the start command.
    #[serde(default)]
    pub files: Vec<FilePattern>,
    /// Its first group is the number.
    pub line: LinePattern,
}
