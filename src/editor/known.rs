//! The editors that are known, as data.

/// An editor, or what stands in for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "see `Editor::title`")]
pub enum Editor {
    Code,
    CodeInsiders,
    Cursor,
    Codium,
    Zed,
    JetBrains,
    Neovim,
    Shell,
}

impl Editor {
    /// All of them; where nobody says which, earlier ones come first.
    pub const ALL: [Self; 8] = [
        Self::Code,
        Self::CodeInsiders,
        Self::Cursor,
        Self::Codium,
        Self::Zed,
        Self::JetBrains,
        Self::Neovim,
        Self::Shell,
    ];

    /// What users write.
    pub fn name(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::CodeInsiders => "code-insiders",
            Self::Cursor => "cursor",
            Self::Codium => "codium",
            Self::Zed => "zed",
            Self::JetBrains => "jetbrains",
            Self::Neovim => "nvim",
            Self::Shell => "shell",
        }
    }

    /// The editor of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|editor| editor.name() == name)
    }

    /// What its makers call it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Code => "VS Code",
            Self::CodeInsiders => "VS Code Insiders",
            Self::Cursor => "Cursor",
            Self::Codium => "VSCodium",
            Self::Zed => "Zed",
            Self::JetBrains => "a JetBrains IDE",
            Self::Neovim => "Neovim",
            Self::Shell => "a shell",
        }
    }

    /// The programs of this machine that start it, the likeliest first. What runs in the container has none.
    pub fn programs(self) -> &'static [&'static str] {
        match self {
            Self::Code => &["code"],
            Self::CodeInsiders => &["code-insiders"],
            Self::Cursor => &["cursor"],
            Self::Codium => &["codium"],
            // Distributions that have another program called zed say zeditor.
            Self::Zed => &["zed", "zeditor"],
            Self::JetBrains => JETBRAINS,
            Self::Neovim | Self::Shell => &[],
        }
    }

    /// Under which name `customizations` of devcontainer.json speak to it.
    pub(super) fn customizations(self) -> Option<&'static str> {
        match self {
            Self::Code | Self::CodeInsiders | Self::Cursor | Self::Codium => Some("vscode"),
            Self::Zed => Some("zed"),
            Self::JetBrains => Some("jetbrains"),
            Self::Neovim | Self::Shell => None,
        }
    }
}

/// The launchers that JetBrains' Toolbox and packages put on PATH.
const JETBRAINS: &[&str] =
    &["idea", "pycharm", "webstorm", "goland", "rustrover", "clion", "rider", "phpstorm", "rubymine"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_editor_is_found_by_its_name() {
        for editor in Editor::ALL {
            assert_eq!(Editor::from_name(editor.name()), Some(editor));
        }
        assert_eq!(Editor::from_name("emacs"), None);
        assert!(Editor::ALL.is_sorted());
    }
}
