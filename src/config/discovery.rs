//! Which devcontainer.json is meant, decided over whatever can say what files exist.

use std::fmt;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::{Error, ErrorKind};

/// What must be known of the file system.
pub trait Folders {
    /// Whether `path` is a regular file.
    fn is_file(&self, path: &Path) -> bool;
    /// The names of the folders in `path`, in any order; none if it cannot be read.
    fn subfolders(&self, path: &Path) -> Vec<String>;
}

/// What was asked for. All paths are absolute.
#[derive(Clone, Copy, Debug, Default)]
pub struct Request<'a> {
    /// The workspace folder, if there is one; see [`workspace_folder`].
    pub workspace: Option<&'a Path>,
    /// `--config`: use this file, wherever the workspace is.
    pub config: Option<&'a Path>,
    /// `--override-config`: read this file instead, but keep the identity of the other one.
    pub override_config: Option<&'a Path>,
    /// Which of several configurations in `.devcontainer/<name>/`.
    pub name: Option<&'a str>,
}

/// The configuration that is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located {
    /// The path that labels carry and that relative paths are relative to. It need not exist if the content comes
    /// from elsewhere.
    pub identity_path: PathBuf,
    /// The file to read.
    pub content_path: PathBuf,
    /// Whether it was found by looking, and not named with `--config`.
    pub discovered: bool,
}

/// Why no configuration could be chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotLocated {
    /// There is none at this path, which is where it was expected first.
    Missing(PathBuf),
    /// Neither a configuration nor a workspace was named.
    NothingNamed,
    /// Several folders below `.devcontainer` have one and none was chosen; the names are sorted.
    Ambiguous(Vec<String>),
    /// There is none with this name; the names that exist are sorted.
    NoSuchName(String, Vec<String>),
}

/// The folder that a workspace path stands for: of a `.code-workspace` file its folder.
pub fn workspace_folder(path: &Path) -> &Path {
    let is_file = path.extension().is_some_and(|extension| extension == "code-workspace");
    path.parent().filter(|_| is_file).unwrap_or(path)
}

/// Chooses the configuration.
///
/// The reference CLI looks in two places only; the spec's third one, `.devcontainer/<name>/`, is looked at when both
/// are absent and nothing else was said (Q12).
pub fn locate(request: &Request<'_>, folders: &dyn Folders) -> Result<Located, NotLocated> {
    if let Some(content) = request.override_config {
        return overridden(request, content, folders);
    }
    if let Some(config) = request.config {
        return existing(config, false, folders);
    }
    let workspace = request.workspace.ok_or(NotLocated::NothingNamed)?;
    if let Some(name) = request.name {
        return by_name(workspace, name, folders);
    }
    match well_known(workspace, folders) {
        Some(path) => existing(&path, true, folders),
        None => only_named(workspace, folders),
    }
}

/// The content comes from one file, the identity from the one that would have been used without it, or, if there is
/// none, from where it would have been expected.
fn overridden(request: &Request<'_>, content: &Path, folders: &dyn Folders) -> Result<Located, NotLocated> {
    if !folders.is_file(content) {
        return Err(NotLocated::Missing(content.to_owned()));
    }
    let (identity, discovered) = match (request.config, request.workspace, request.name) {
        (Some(config), _, _) => (config.to_owned(), false),
        (None, Some(workspace), Some(name)) => (named_path(workspace, name), true),
        (None, Some(workspace), None) => {
            let found = well_known(workspace, folders);
            (found.unwrap_or_else(|| expected_first(workspace)), true)
        }
        (None, None, _) => (content.to_owned(), false),
    };
    Ok(Located { identity_path: identity, content_path: content.to_owned(), discovered })
}

fn existing(path: &Path, discovered: bool, folders: &dyn Folders) -> Result<Located, NotLocated> {
    if !folders.is_file(path) {
        return Err(NotLocated::Missing(path.to_owned()));
    }
    Ok(Located { identity_path: path.to_owned(), content_path: path.to_owned(), discovered })
}

fn well_known(workspace: &Path, folders: &dyn Folders) -> Option<PathBuf> {
    [expected_first(workspace), workspace.join(".devcontainer.json")]
        .into_iter()
        .find(|path| folders.is_file(path))
}

fn expected_first(workspace: &Path) -> PathBuf {
    workspace.join(".devcontainer").join("devcontainer.json")
}

fn named_path(workspace: &Path, name: &str) -> PathBuf {
    workspace.join(".devcontainer").join(name).join("devcontainer.json")
}

fn by_name(workspace: &Path, name: &str, folders: &dyn Folders) -> Result<Located, NotLocated> {
    let names = names(workspace, folders);
    if names.iter().any(|existing| existing == name) {
        return existing(&named_path(workspace, name), true, folders);
    }
    Err(NotLocated::NoSuchName(name.to_owned(), names))
}

fn only_named(workspace: &Path, folders: &dyn Folders) -> Result<Located, NotLocated> {
    let names = names(workspace, folders);
    match names.as_slice() {
        [] => Err(NotLocated::Missing(expected_first(workspace))),
        [name] => existing(&named_path(workspace, name), true, folders),
        _ => Err(NotLocated::Ambiguous(names)),
    }
}

/// The nearest folder above `workspace` that has a configuration. Nothing looks there by itself; this is for hints.
pub fn folder_above<'a>(workspace: &'a Path, folders: &dyn Folders) -> Option<&'a Path> {
    let mut above = workspace.ancestors().skip(1);
    above.find(|folder| well_known(folder, folders).is_some() || !names(folder, folders).is_empty())
}

/// The names of all configurations in `.devcontainer/<name>/`, sorted.
pub fn names(workspace: &Path, folders: &dyn Folders) -> Vec<String> {
    let mut names = folders.subfolders(&workspace.join(".devcontainer"));
    names.retain(|name| folders.is_file(&named_path(workspace, name)));
    names.sort();
    names
}

/// Refuses a `--config` whose file name is not one of the two that tools look for. Only `up` does this.
pub fn check_file_name(config: &Path) -> Result<(), Error> {
    let fits =
        config.file_name().is_some_and(|name| name == "devcontainer.json" || name == ".devcontainer.json");
    if fits {
        return Ok(());
    }
    let summary = format!("Filename must be devcontainer.json or .devcontainer.json ({}).", config.display());
    Err(Error::new(ErrorKind::Usage, summary).hint("Rename the file, or put it into a folder of its own."))
}

impl Located {
    /// The folder that relative paths in the configuration start from.
    pub fn folder(&self) -> &Path {
        self.identity_path.parent().unwrap_or(&self.identity_path)
    }

    /// The `configFilePath` property of results: a serialised editor URI, with the scheme the reference CLI gives it.
    pub fn uri(&self) -> Value {
        let path = self.identity_path.to_string_lossy();
        let scheme = if self.discovered { "vscode-fileHost" } else { "file" };
        json!({ "$mid": 1, "fsPath": path, "path": path, "scheme": scheme })
    }
}

impl fmt::Display for NotLocated {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(path) => write!(formatter, "Dev container config ({}) not found.", path.display()),
            Self::NothingNamed => formatter.write_str("No dev container config and no workspace found."),
            Self::Ambiguous(names) => {
                write!(formatter, "There are several dev container configs: {}", names.join(", "))
            }
            Self::NoSuchName(name, _) => write!(formatter, "There is no dev container config named {name}"),
        }
    }
}

impl std::error::Error for NotLocated {}

impl From<NotLocated> for Error {
    fn from(reason: NotLocated) -> Self {
        let error = Self::new(ErrorKind::NotFound, reason.to_string());
        match &reason {
            NotLocated::Missing(_) => {
                error.hint("Create one with `devc init`, or name one with `--config <path>`.")
            }
            NotLocated::NothingNamed => error.hint("Name the workspace with `--workspace-folder <path>`."),
            NotLocated::Ambiguous(names) => {
                error.hint(format!("Choose one, for example with `--config-name {}`.", names[0]))
            }
            NotLocated::NoSuchName(_, names) if names.is_empty() => {
                error.hint("Named configs live in `.devcontainer/<name>/devcontainer.json`.")
            }
            NotLocated::NoSuchName(_, names) => error.hint(format!("There are: {}.", names.join(", "))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file system that has these files and nothing else.
    struct Files<'a>(&'a [&'a str]);

    impl Folders for Files<'_> {
        fn is_file(&self, path: &Path) -> bool {
            self.0.iter().any(|file| Path::new(file) == path)
        }

        fn subfolders(&self, path: &Path) -> Vec<String> {
            let below = self.0.iter().filter_map(|file| Path::new(file).strip_prefix(path).ok());
            let deep = below.filter(|rest| rest.components().count() > 1);
            let mut names: Vec<String> =
                deep.filter_map(|rest| Some(rest.iter().next()?.to_str()?.to_owned())).collect();
            names.dedup();
            names.reverse();
            names
        }
    }

    /// What is chosen, as `identity <- content`; a star marks what was found by looking.
    fn check(request: &Request<'_>, files: &[&str], expected: &str) {
        let outcome = match locate(request, &Files(files)) {
            Ok(located) => {
                let star = if located.discovered { "*" } else { "" };
                let (identity, content) = (located.identity_path.display(), located.content_path.display());
                if located.identity_path == located.content_path {
                    format!("{star}{identity}")
                } else {
                    format!("{star}{identity} <- {content}")
                }
            }
            Err(reason) => reason.to_string(),
        };
        assert_eq!(outcome, expected);
    }

    fn workspace() -> Request<'static> {
        Request { workspace: Some(Path::new("/w")), ..Request::default() }
    }

    const FIRST: &str = "/w/.devcontainer/devcontainer.json";
    const SECOND: &str = "/w/.devcontainer.json";
    const NODE: &str = "/w/.devcontainer/node/devcontainer.json";
    const RUST: &str = "/w/.devcontainer/rust/devcontainer.json";

    #[test]
    fn the_first_existing_place_wins() {
        check(&workspace(), &[FIRST, SECOND, NODE], "*/w/.devcontainer/devcontainer.json");
        check(&workspace(), &[SECOND, NODE], "*/w/.devcontainer.json");
        check(&workspace(), &[NODE], "*/w/.devcontainer/node/devcontainer.json");
        check(&workspace(), &[], "Dev container config (/w/.devcontainer/devcontainer.json) not found.");
    }

    #[test]
    fn a_config_further_up_can_be_hinted_at() {
        let above = |workspace, files| folder_above(Path::new(workspace), &Files(files));
        assert_eq!(above("/w/src/deep", &[SECOND]), Some(Path::new("/w")));
        assert_eq!(above("/w/src", &[NODE]), Some(Path::new("/w")));
        assert_eq!(above("/w", &[FIRST]), None);
    }

    #[test]
    fn several_named_ones_need_a_choice() {
        check(&workspace(), &[RUST, NODE], "There are several dev container configs: node, rust");
        let chosen = Request { name: Some("rust"), ..workspace() };
        check(&chosen, &[FIRST, RUST, NODE], "*/w/.devcontainer/rust/devcontainer.json");
        let wrong = Request { name: Some("go"), ..workspace() };
        check(&wrong, &[FIRST, RUST], "There is no dev container config named go");
    }

    #[test]
    fn a_named_path_is_used_wherever_the_workspace_is() {
        let config = Request { config: Some(Path::new("/x/my.json")), ..workspace() };
        check(&config, &[FIRST, "/x/my.json"], "/x/my.json");
        check(&config, &[FIRST], "Dev container config (/x/my.json) not found.");
    }

    #[test]
    fn an_override_keeps_the_identity_of_the_other() {
        let over = Request { override_config: Some(Path::new("/o.json")), ..workspace() };
        check(&over, &["/o.json", SECOND], "*/w/.devcontainer.json <- /o.json");
        check(&over, &["/o.json"], "*/w/.devcontainer/devcontainer.json <- /o.json");
        check(&over, &[], "Dev container config (/o.json) not found.");
        let both = Request { config: Some(Path::new("/x/my.json")), ..over };
        check(&both, &["/o.json"], "/x/my.json <- /o.json");
        check(&Request { workspace: None, ..over }, &["/o.json"], "/o.json");
    }

    #[test]
    fn without_anything_there_is_nothing_to_find() {
        check(&Request::default(), &[FIRST], "No dev container config and no workspace found.");
    }

    #[test]
    fn a_workspace_file_stands_for_its_folder() {
        assert_eq!(workspace_folder(Path::new("/w/app.code-workspace")), Path::new("/w"));
        assert_eq!(workspace_folder(Path::new("/w/app")), Path::new("/w/app"));
    }

    #[test]
    fn only_two_file_names_are_accepted() {
        assert!(check_file_name(Path::new("/w/devcontainer.json")).is_ok());
        assert!(check_file_name(Path::new("/w/.devcontainer.json")).is_ok());
        let error = check_file_name(Path::new("/w/my.json")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "Filename must be devcontainer.json or .devcontainer.json (/w/my.json)."
        );
    }
}
