//! Which compose files belong to a configuration (reference, 5.9.1).

use std::path::{Path, PathBuf};

use crate::project::workspace::normal;

/// What compose is given to read, every path absolute.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ComposeFiles {
    /// The files, later ones over earlier ones.
    pub files: Vec<PathBuf>,
    /// Files of variables that compose would not find by itself.
    pub env_files: Vec<PathBuf>,
}

/// What decides where devcontainer.json names no files.
#[derive(Clone, Copy)]
pub struct FileFacts<'a> {
    /// The folder of devcontainer.json, to which listed files are relative.
    pub config_folder: &'a Path,
    /// The workspace folder, to which all others are relative.
    pub workspace: &'a Path,
    /// The variable `COMPOSE_FILE` of this machine.
    pub variable: Option<&'a str>,
    /// The text of `.env` in the workspace folder, if there is one.
    pub dotenv: Option<&'a str>,
    /// Whether there is a file at a path.
    pub is_file: &'a dyn Fn(&Path) -> bool,
}

/// The names that compose looks for, with those that are put over them. The reference CLI knows the first only.
const DEFAULTS: [(&str, &str); 4] = [
    ("docker-compose.yml", "docker-compose.override.yml"),
    ("docker-compose.yaml", "docker-compose.override.yaml"),
    ("compose.yaml", "compose.override.yaml"),
    ("compose.yml", "compose.override.yml"),
];

/// The files that devcontainer.json lists; without any, those of `COMPOSE_FILE`, else those with the usual names.
pub fn compose_files(listed: &[String], facts: &FileFacts<'_>) -> ComposeFiles {
    let below = |folder: &Path, name: &str| normal(&folder.join(name));
    if !listed.is_empty() {
        let files = listed.iter().map(|name| below(facts.config_folder, name)).collect();
        return ComposeFiles { files, env_files: Vec::new() };
    }
    let dotenv = below(facts.workspace, ".env");
    let env_files = facts.dotenv.map(|_| dotenv).into_iter().collect();
    let from_dotenv = || facts.dotenv.and_then(|text| variable_of(text, "COMPOSE_FILE"));
    let variable = facts.variable.filter(|value| !value.is_empty()).or_else(from_dotenv);
    let files = match variable {
        Some(list) => {
            list.split(':').filter(|name| !name.is_empty()).map(|name| below(facts.workspace, name)).collect()
        }
        None => usual_files(facts),
    };
    ComposeFiles { files, env_files }
}

fn usual_files(facts: &FileFacts<'_>) -> Vec<PathBuf> {
    let at = |name: &str| normal(&facts.workspace.join(name));
    let (main, over) =
        DEFAULTS.into_iter().find(|(name, _)| (facts.is_file)(&at(name))).unwrap_or(DEFAULTS[0]);
    let over = Some(at(over)).filter(|path| (facts.is_file)(path));
    std::iter::once(at(main)).chain(over).collect()
}

/// The value of a variable in the text of a `.env` file, without quotes around it; none if it is empty.
pub fn variable_of<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='))?.trim();
    let unquoted = ['"', '\''].iter().find_map(|quote| value.strip_prefix(*quote)?.strip_suffix(*quote));
    Some(unquoted.unwrap_or(value)).filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(
        listed: &[&str],
        there: &[&str],
        variable: Option<&str>,
        dotenv: Option<&str>,
        expected: &[&str],
    ) {
        let facts = FileFacts {
            config_folder: Path::new("/w/.devcontainer"),
            workspace: Path::new("/w"),
            variable,
            dotenv,
            is_file: &|path| there.iter().any(|name| Path::new(name) == path),
        };
        let listed: Vec<String> = listed.iter().map(|name| (*name).to_owned()).collect();
        let found = compose_files(&listed, &facts);
        let paths: Vec<&str> =
            found.files.iter().chain(&found.env_files).filter_map(|p| p.to_str()).collect();
        assert_eq!(paths, expected);
    }

    #[test]
    fn listed_files_are_relative_to_devcontainer_json() {
        let expected = ["/w/compose.yml", "/w/.devcontainer/more.yml", "/etc/c.yml"];
        check(&["../compose.yml", "more.yml", "/etc/c.yml"], &[], Some("no.yml"), Some("A=1"), &expected);
    }

    #[test]
    fn without_a_list_the_variable_counts_and_then_the_file_of_variables() {
        check(&[], &[], Some("a.yml:sub/b.yml"), None, &["/w/a.yml", "/w/sub/b.yml"]);
        let dotenv = "X=1\nCOMPOSE_FILE=\"c.yml\"\n";
        check(&[], &[], Some("a.yml"), Some(dotenv), &["/w/a.yml", "/w/.env"]);
        check(&[], &[], Some(""), Some(dotenv), &["/w/c.yml", "/w/.env"]);
    }

    #[test]
    fn without_anything_said_the_usual_names_are_looked_for() {
        check(&[], &[], None, None, &["/w/docker-compose.yml"]);
        let both = ["/w/docker-compose.yml", "/w/docker-compose.override.yml"];
        check(&[], &[both[0], both[1], "/w/compose.yaml"], None, None, &both);
        check(&[], &["/w/compose.yaml"], None, None, &["/w/compose.yaml"]);
    }
}
