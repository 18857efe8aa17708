//! Which editor is meant where nobody says so.

use super::Editor;

/// What there is to choose from.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// The editors whose program is on this machine.
    pub installed: Vec<Editor>,
    /// The tools that `customizations` of devcontainer.json name.
    pub customized: Vec<String>,
    /// Whether the user works with Neovim on this machine.
    pub has_neovim: bool,
}

/// The editor to open: one that the project is set up for, else the first that is installed, else Neovim where the user
/// has it. Nothing is opened that is only guessed at: `None` where there is none of them.
pub fn choose(seen: &Seen) -> Option<Editor> {
    let is_customized = |editor: &Editor| {
        let name = editor.customizations();
        name.is_some_and(|name| seen.customized.iter().any(|tool| tool == name))
    };
    let installed = || Editor::ALL.into_iter().filter(|editor| seen.installed.contains(editor));
    let neovim = seen.has_neovim.then_some(Editor::Neovim);
    installed().find(is_customized).or_else(|| installed().next()).or(neovim)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(installed: &[Editor], customized: &[&str], has_neovim: bool, expected: Option<Editor>) {
        let customized = customized.iter().map(|tool| (*tool).to_owned()).collect();
        assert_eq!(choose(&Seen { installed: installed.to_vec(), customized, has_neovim }), expected);
    }

    #[test]
    fn what_the_project_is_set_up_for_comes_before_what_is_installed() {
        check(&[Editor::Zed, Editor::Code], &[], false, Some(Editor::Code));
        check(&[Editor::Zed, Editor::Code], &["zed"], false, Some(Editor::Zed));
        check(&[Editor::Cursor, Editor::Zed], &["vscode", "devc"], false, Some(Editor::Cursor));
        check(&[Editor::Zed], &["vscode"], true, Some(Editor::Zed));
    }

    #[test]
    fn neovim_is_for_those_who_have_it_and_nothing_else() {
        check(&[], &["vscode"], true, Some(Editor::Neovim));
        check(&[], &["vscode"], false, None);
    }
}
