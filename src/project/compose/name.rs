//! The name of the compose project (reference, 5.9.3), and whether it is somebody else's.

use std::path::Path;

use sha2::{Digest, Sha256};

use super::files::variable_of;
use crate::name::hex;

/// What a project's name follows from.
#[derive(Clone, Copy, Debug)]
pub struct NameSources<'a> {
    /// The variable `COMPOSE_PROJECT_NAME` of this machine.
    pub variable: Option<&'a str>,
    /// The text of `.env` in the workspace folder.
    pub dotenv: Option<&'a str>,
    /// The name that compose itself would take.
    pub model: Option<&'a str>,
    /// The texts of the compose files.
    pub texts: &'a [String],
    /// The folder of the first compose file.
    pub folder: &'a Path,
    /// The workspace folder.
    pub workspace: &'a Path,
}

/// The name that compose gives to everything below a folder called `.devcontainer`: too many projects would share it.
const TOO_COMMON: &str = "devcontainer";

/// The project's name, in compose's alphabet. It never begins with a separator, which compose would refuse (the reference
/// CLI lets it).
pub fn project_name(sources: &NameSources<'_>) -> String {
    let said = |name: &str| Some(cleaned(name)).filter(|name| !name.is_empty());
    let from_dotenv = || sources.dotenv.and_then(|text| variable_of(text, "COMPOSE_PROJECT_NAME"));
    let variable = sources.variable.filter(|value| !value.is_empty()).or_else(from_dotenv);
    variable
        .and_then(said)
        .or_else(|| sources.model.filter(|name| is_meant(name, sources.texts)).and_then(said))
        .or_else(|| said(&from_folder(sources)))
        .unwrap_or_else(|| TOO_COMMON.to_owned())
}

/// Whether compose's name was written down, as far as that matters.
fn is_meant(name: &str, texts: &[String]) -> bool {
    name != TOO_COMMON || texts.iter().any(|text| has_name(text))
}

/// Whether a compose file has a `name` of its own. A key at the top of a YAML file begins its line.
fn has_name(text: &str) -> bool {
    if let Ok(serde_json::Value::Object(object)) = serde_json::from_str(text) {
        return object.contains_key("name");
    }
    let names = ["name", "\"name\"", "'name'"];
    let is_name = |line: &str| names.iter().any(|name| line.strip_prefix(name).is_some_and(is_value));
    text.lines().any(is_name)
}

fn is_value(rest: &str) -> bool {
    rest.trim_start()
        .strip_prefix(':')
        .is_some_and(|value| value.is_empty() || value.starts_with([' ', '\t']))
}

fn from_folder(sources: &NameSources<'_>) -> String {
    let base = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    if sources.folder == sources.workspace.join(".devcontainer") {
        return format!("{}_devcontainer", base(sources.workspace));
    }
    base(sources.folder)
}

fn cleaned(name: &str) -> String {
    let is_known = |c: &char| matches!(c, 'a'..='z' | '0'..='9' | '-' | '_');
    let kept: String = name.to_lowercase().chars().filter(is_known).collect();
    kept.trim_start_matches(['-', '_']).to_owned()
}

/// What a container's labels say about where its project is.
#[derive(Clone, Copy, Debug)]
pub struct Neighbour<'a> {
    /// [`crate::project::identity::LOCAL_FOLDER`].
    pub local_folder: Option<&'a str>,
    /// [`super::FOLDER_LABEL`].
    pub working_dir: Option<&'a str>,
}

/// Where our own project is.
#[derive(Clone, Copy, Debug)]
pub struct Ours<'a> {
    /// The workspace folder.
    pub workspace: &'a Path,
    /// The folder of the first compose file.
    pub folder: &'a Path,
}

/// The folder to which a project of our name belongs, if that is another one. Either label makes a container ours:
/// several workspaces may share the compose files of the folder above them.
pub fn owner_elsewhere<'a>(
    neighbours: impl IntoIterator<Item = Neighbour<'a>>,
    ours: Ours<'_>,
) -> Option<&'a str> {
    let is_at = |label: Option<&str>, path: &Path| label.is_some_and(|label| Path::new(label) == path);
    let is_ours =
        |one: &Neighbour<'_>| is_at(one.local_folder, ours.workspace) || is_at(one.working_dir, ours.folder);
    let foreign = neighbours.into_iter().filter(|one| !is_ours(one));
    foreign.filter_map(|one| one.local_folder.or(one.working_dir)).next()
}

/// The name for a workspace whose own name is taken: always the same for the same folder.
pub fn with_suffix(name: &str, workspace: &Path) -> String {
    let hash = hex(&Sha256::digest(workspace.to_string_lossy().as_bytes())[..4]);
    format!("{name}-{hash}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sources<'a>() -> NameSources<'a> {
        NameSources {
            variable: None,
            dotenv: None,
            model: Some("devcontainer"),
            texts: &[],
            folder: Path::new("/home/My App/.devcontainer"),
            workspace: Path::new("/home/My App"),
        }
    }

    #[test]
    fn what_was_said_comes_before_what_follows_from_folders() {
        let texts = ["services: {}\nname: devcontainer\n".to_owned()];
        let dotenv = Some("COMPOSE_PROJECT_NAME=From_File\n");
        let check = |sources: NameSources<'_>, expected: &str| assert_eq!(project_name(&sources), expected);
        check(NameSources { variable: Some("Var!"), dotenv, ..sources() }, "var");
        check(NameSources { variable: Some(""), dotenv, ..sources() }, "from_file");
        check(NameSources { model: Some("own"), ..sources() }, "own");
        check(NameSources { texts: &texts, ..sources() }, "devcontainer");
        check(sources(), "myapp_devcontainer");
        check(NameSources { folder: Path::new("/home/other"), ..sources() }, "other");
        let hidden = Path::new("/home/_App");
        check(
            NameSources { folder: &hidden.join(".devcontainer"), workspace: hidden, ..sources() },
            "app_devcontainer",
        );
        check(NameSources { model: None, folder: Path::new("/日本"), ..sources() }, "devcontainer");
    }

    #[test]
    fn only_a_name_at_the_top_of_a_file_is_the_projects() {
        let check = |text: &str, expected: bool| assert_eq!(has_name(text), expected, "{text}");
        check("name: x\n", true);
        check("services:\n  name: {}\n", false);
        check("'name' : x", true);
        check("names: x", false);
        check(r#"{"services": {"name": {}}}"#, false);
        check(r#"{"name": "x"}"#, true);
    }

    #[test]
    fn a_project_of_another_folder_is_told_by_its_labels() {
        let ours = Ours { workspace: Path::new("/a/app"), folder: Path::new("/a/app/.devcontainer") };
        let check = |labels: &[(Option<&'static str>, Option<&'static str>)], expected: Option<&str>| {
            let neighbours = labels.iter().map(|(local_folder, working_dir)| Neighbour {
                local_folder: *local_folder,
                working_dir: *working_dir,
            });
            assert_eq!(owner_elsewhere(neighbours, ours), expected);
        };
        check(&[], None);
        check(&[(None, None)], None);
        check(&[(Some("/a/app"), None), (None, Some("/a/app/.devcontainer"))], None);
        check(&[(Some("/a/other"), Some("/a/app/.devcontainer"))], None);
        check(&[(Some("/b/app"), Some("/b/app/.devcontainer"))], Some("/b/app"));
        check(&[(None, Some("/b/app/.devcontainer"))], Some("/b/app/.devcontainer"));
    }

    #[test]
    fn the_suffix_is_the_same_on_every_run() {
        assert_eq!(with_suffix("app", Path::new("/b/app")), "app-b6bec32a");
    }
}
