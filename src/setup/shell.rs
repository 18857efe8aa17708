//! Shells: where their profiles are, and how they set a variable.

use std::path::{Path, PathBuf};

/// A shell that we can write for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Shell {
    Bash,
    Zsh,
    Fish,
    /// `sh`, dash, ash and ksh.
    Posix,
}

/// The folders in which profiles are.
#[derive(Clone, Copy, Debug)]
pub struct Homes<'a> {
    /// The user's home folder.
    pub home: &'a Path,
    /// `ZDOTDIR`.
    pub zsh: Option<&'a Path>,
    /// `XDG_CONFIG_HOME`.
    pub config: Option<&'a Path>,
}

impl Shell {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Bash, Self::Zsh, Self::Fish, Self::Posix];

    /// The shell that `$SHELL` names; `None` for one that is not known.
    pub fn of(program: &str) -> Option<Self> {
        match program.rsplit('/').next().unwrap_or_default() {
            "bash" => Some(Self::Bash),
            "zsh" => Some(Self::Zsh),
            "fish" => Some(Self::Fish),
            "sh" | "dash" | "ash" | "ksh" | "mksh" => Some(Self::Posix),
            _ => None,
        }
    }

    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bash => "bash",
            Self::Zsh => "zsh",
            Self::Fish => "fish",
            Self::Posix => "sh",
        }
    }

    /// The file that every interactive shell of this kind reads; for plain `sh` the one that logins read.
    pub fn profile(self, homes: Homes<'_>) -> PathBuf {
        match self {
            Self::Bash => homes.home.join(".bashrc"),
            Self::Zsh => homes.zsh.unwrap_or(homes.home).join(".zshrc"),
            Self::Fish => {
                let config = homes.config.map_or_else(|| homes.home.join(".config"), Path::to_owned);
                config.join("fish/config.fish")
            }
            Self::Posix => homes.home.join(".profile"),
        }
    }

    /// Lines that set variables, also for programs that it starts. The values are plain words.
    pub fn exports(self, variables: &[(&str, &str)]) -> String {
        let line = |(name, value): &(&str, &str)| match self {
            Self::Fish => format!("set -gx {name} {value}\n"),
            Self::Bash | Self::Zsh | Self::Posix => format!("export {name}={value}\n"),
        };
        variables.iter().map(line).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shells_are_known_by_their_program() {
        assert_eq!(Shell::of("/usr/bin/zsh"), Some(Shell::Zsh));
        assert_eq!(Shell::of("dash"), Some(Shell::Posix));
        assert_eq!(Shell::of("/usr/bin/nu"), None);
    }

    #[test]
    fn profiles_are_where_the_shell_looks() {
        let home = Path::new("/home/dev");
        let plain = Homes { home, zsh: None, config: None };
        let moved = Homes { home, zsh: Some(Path::new("/z")), config: Some(Path::new("/c")) };
        let paths = |homes| Shell::ALL.map(|shell| shell.profile(homes).display().to_string()).join(" ");
        assert_eq!(
            paths(plain),
            "/home/dev/.bashrc /home/dev/.zshrc /home/dev/.config/fish/config.fish /home/dev/.profile"
        );
        assert_eq!(paths(moved), "/home/dev/.bashrc /z/.zshrc /c/fish/config.fish /home/dev/.profile");
    }

    #[test]
    fn variables_are_set_in_the_shells_own_words() {
        assert_eq!(Shell::Posix.exports(&[("A", "1"), ("B", "x")]), "export A=1\nexport B=x\n");
        assert_eq!(Shell::Fish.exports(&[("A", "1")]), "set -gx A 1\n");
    }
}
