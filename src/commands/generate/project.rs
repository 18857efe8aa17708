//! What `generate` has to know of a repository.

use std::path::Path;

use crate::commands::Context;
use crate::error::Result;
use crate::host::Tree;
use crate::stack::Stack;

/// The names by which compose finds a project's file, the first one there counts.
const COMPOSE_FILES: [&str; 4] = ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"];

/// What gives away a login in the settings of a package manager.
const LOGINS: [&str; 5] = ["_auth", "password", "passwd", "token", "secret"];

/// A repository.
pub(super) struct Project {
    /// The name of its folder.
    pub(super) name: String,
    /// Its files.
    pub(super) tree: Tree,
    /// The folder and the text of each `.gitignore`, upper folders first.
    pub(super) gitignores: Vec<(String, String)>,
}

impl Project {
    pub(super) fn read(root: &Path, context: &Context) -> Result<Self> {
        let tree = context.walk(root)?;
        let name =
            root.file_name().map_or_else(|| "project".to_owned(), |name| name.to_string_lossy().into_owned());
        let gitignores = gitignores(&tree);
        Ok(Self { name, tree, gitignores })
    }

    /// The compose file of the project itself.
    pub(super) fn compose_file(&self) -> Option<&'static str> {
        let is_there = |name: &&str| self.tree.files.binary_search_by(|file| file.as_str().cmp(name)).is_ok();
        COMPOSE_FILES.into_iter().find(|name| is_there(name))
    }

    /// Settings of package managers that could hold a login and hold none.
    pub(super) fn without_login(&self, stacks: &[Stack<'_>]) -> Vec<String> {
        let could = |file: &&String| {
            stacks.iter().flat_map(|stack| &stack.table.install.credentials).any(|pattern| {
                let rest = file.strip_suffix(pattern.as_str());
                rest.is_some_and(|folder| folder.is_empty() || folder.ends_with('/'))
            })
        };
        let has_none = |file: &&String| self.tree.read(file).is_some_and(|text| !holds_login(&text));
        self.tree.files.iter().filter(could).filter(has_none).cloned().collect()
    }
}

fn gitignores(tree: &Tree) -> Vec<(String, String)> {
    let folder = |file: &String| match file.rsplit_once('/') {
        Some((folder, ".gitignore")) => Some(folder.to_owned()),
        None if file == ".gitignore" => Some(String::new()),
        _ => None,
    };
    let mut folders: Vec<String> = tree.files.iter().filter_map(folder).collect();
    folders.sort_by_key(|folder| if folder.is_empty() { 0 } else { folder.split('/').count() });
    let read = |folder: String| {
        let path = if folder.is_empty() { ".gitignore".to_owned() } else { format!("{folder}/.gitignore") };
        Some((tree.read(&path)?, folder))
    };
    folders.into_iter().filter_map(read).map(|(text, folder)| (folder, text)).collect()
}

/// Whether a word in it stands before a login, or an address holds one.
fn holds_login(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    let in_address =
        |rest: &str| rest.split(['/', '\n', ' ', '"']).next().is_some_and(|host| host.contains('@'));
    LOGINS.iter().any(|word| text.contains(word)) || text.split("://").skip(1).any(in_address)
}

#[cfg(test)]
mod tests {
    use super::holds_login;

    #[test]
    fn logins_are_known_by_their_words_and_addresses() {
        assert!(holds_login("//registry.example/:_authToken=abc"));
        assert!(holds_login("<add key=\"ClearTextPassword\" value=\"x\" />"));
        assert!(holds_login("[global]\nindex-url = https://ann:pw@pypi.example/simple\n"));
        assert!(!holds_login("legacy-peer-deps=true\nregistry=https://registry.example/npm/@scope\n"));
    }
}
