//! How an editor is told which container to open.

use std::fmt::Write;
use std::path::Path;

use serde_json::{Value, json};

use super::Editor;
use crate::name::hex;

/// A running dev container, as an editor may look for it.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The name of the container.
    pub container: &'a str,
    /// The folder of the project and its devcontainer.json on this machine, where the container carries both as labels:
    /// editors find it by them.
    pub labels: Option<(&'a Path, &'a Path)>,
    /// The folder to open, inside the container.
    pub folder: &'a str,
    /// The IDE that `customizations.jetbrains.backend` names.
    pub jetbrains_backend: Option<&'a str>,
}

/// What opens the editor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Handoff {
    /// A program of this machine, with its arguments. One that stays in the foreground ends with the editor.
    Program {
        /// The programs to look for, the likeliest first.
        programs: Vec<&'static str>,
        /// Their arguments.
        arguments: Vec<String>,
        /// Whether it runs for as long as the editor does.
        stays: bool,
    },
    /// A command in the container.
    Command(Vec<String>),
    /// The user's shell in the container.
    Shell,
}

impl Place<'_> {
    /// What opens this container in an editor, with more words for it; `None` for editors that cannot be led to a container
    /// without labels.
    pub fn handoff(&self, editor: Editor, words: &[String]) -> Option<Handoff> {
        let with_words =
            |own: &[&str]| own.iter().map(|&word| word.to_owned()).chain(words.iter().cloned()).collect();
        let program = |arguments: &[&str], stays| Handoff::Program {
            programs: self.programs(editor),
            arguments: with_words(arguments),
            stays,
        };
        let workspace = || self.labels.and_then(|(folder, _)| folder.to_str());
        Some(match editor {
            Editor::Code | Editor::CodeInsiders | Editor::Cursor | Editor::Codium => {
                program(&["--folder-uri", &self.uri(editor)], false)
            }
            Editor::Zed => program(&["--dev-container", workspace()?], false),
            Editor::JetBrains => program(&[workspace()?], true),
            Editor::Neovim if words.is_empty() => Handoff::Command(with_words(&["nvim", "."])),
            Editor::Neovim => Handoff::Command(with_words(&["nvim"])),
            Editor::Shell => Handoff::Shell,
        })
    }

    fn programs(&self, editor: Editor) -> Vec<&'static str> {
        let wanted = self.jetbrains_backend.map(str::to_lowercase);
        let is_wanted = |program: &&str| match (&wanted, *program) {
            (Some(backend), "idea") => backend == "intellij",
            (Some(backend), program) => backend == program,
            (None, _) => false,
        };
        let (first, rest): (Vec<_>, Vec<_>) = editor.programs().iter().copied().partition(is_wanted);
        first.into_iter().chain(rest).collect()
    }

    /// The address by which editors of VS Code's family know a folder in this container.
    ///
    /// A dev container's own address makes the editor find it by its labels and care for it as for one of its own: ports,
    /// extensions, settings, `postAttachCommand`. Without labels there is only the address of any container, by name.
    fn uri(&self, editor: Editor) -> String {
        let (kind, description) = match self.labels {
            Some((folder, config)) => ("dev-container", description(editor, folder, config)),
            None => ("attached-container", json!({"containerName": format!("/{}", self.container)})),
        };
        format!("vscode-remote://{kind}+{}{}", hex(description.to_string().as_bytes()), encoded(self.folder))
    }
}

/// What the extension of each editor reads: Cursor's is one of its own.
fn description(editor: Editor, folder: &Path, config: &Path) -> Value {
    if editor == Editor::Cursor {
        return json!({"settingType": "config", "workspacePath": folder, "devcontainerPath": config});
    }
    json!({"hostPath": folder, "configFile": {"$mid": 1, "path": config, "scheme": "file"}})
}

/// A path as URIs have it: everything but unreserved characters and slashes as `%XX`.
fn encoded(path: &str) -> String {
    path.bytes().fold(String::new(), |mut text, byte| {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b'/' => {
                text.push(byte.into())
            }
            _ => drop(write!(text, "%{byte:02X}")),
        }
        text
    })
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;

    fn place(is_labelled: bool) -> Place<'static> {
        let labels = (Path::new("/home/me/my äpp"), Path::new("/home/me/my äpp/.devcontainer.json"));
        Place {
            container: "brave_shaw",
            labels: is_labelled.then_some(labels),
            folder: "/workspaces/my äpp",
            jetbrains_backend: Some("RustRover"),
        }
    }

    /// The words, what an address hides in hexadecimal digits as text.
    fn check(is_labelled: bool, editor: Editor) -> String {
        let Some(Handoff::Program { programs, arguments, .. }) = place(is_labelled).handoff(editor, &[])
        else {
            return "nothing".to_owned();
        };
        let readable = arguments.iter().map(|argument| match argument.split_once('+') {
            Some((start, rest)) => {
                let (digits, path) = rest.split_at(rest.find('/').unwrap());
                format!("{start}+<{}>{path}", text(digits))
            }
            None => argument.clone(),
        });
        format!("{} {}", programs[0], readable.collect::<Vec<_>>().join(" "))
    }

    fn text(digits: &str) -> String {
        let pairs = digits.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap());
        String::from_utf8(pairs.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect()).unwrap()
    }

    #[test]
    fn a_container_with_labels_is_opened_by_its_folder() {
        assert_snapshot!(check(true, Editor::Code), @r#"code --folder-uri vscode-remote://dev-container+<{"hostPath":"/home/me/my äpp","configFile":{"$mid":1,"path":"/home/me/my äpp/.devcontainer.json","scheme":"file"}}>/workspaces/my%20%C3%A4pp"#);
        assert_snapshot!(check(true, Editor::Cursor), @r#"cursor --folder-uri vscode-remote://dev-container+<{"settingType":"config","workspacePath":"/home/me/my äpp","devcontainerPath":"/home/me/my äpp/.devcontainer.json"}>/workspaces/my%20%C3%A4pp"#);
        assert_snapshot!(check(true, Editor::Zed), @"zed --dev-container /home/me/my äpp");
        assert_snapshot!(check(true, Editor::JetBrains), @"rustrover /home/me/my äpp");
    }

    #[test]
    fn another_container_is_opened_by_its_name_where_the_editor_can() {
        assert_snapshot!(check(false, Editor::Codium), @r#"codium --folder-uri vscode-remote://attached-container+<{"containerName":"/brave_shaw"}>/workspaces/my%20%C3%A4pp"#);
        assert_eq!(place(false).handoff(Editor::Zed, &[]), None);
        assert_eq!(place(false).handoff(Editor::JetBrains, &[]), None);
        let words = ["src/main.rs".to_owned()];
        let command = |words| place(false).handoff(Editor::Neovim, words);
        assert_eq!(command(&words), Some(Handoff::Command(vec!["nvim".to_owned(), words[0].clone()])));
        assert_eq!(command(&[]), Some(Handoff::Command(vec!["nvim".to_owned(), ".".to_owned()])));
    }

    #[test]
    fn without_a_wish_the_first_ide_is_looked_for_first() {
        let place = Place { jetbrains_backend: None, ..place(true) };
        assert_eq!(place.programs(Editor::JetBrains)[..2], ["idea", "pycharm"]);
        let place = Place { jetbrains_backend: Some("IntelliJ"), ..place };
        assert_eq!(place.programs(Editor::JetBrains)[0], "idea");
    }
}
