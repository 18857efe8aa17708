//! The user's own files, cloned into the container.

/// Which dotfiles, and where to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dotfiles {
    /// As typed: a URL, a path, or `owner/name` on GitHub.
    pub repository: String,
    /// The folder of the clone; `~` is the home folder.
    pub target: String,
    /// The script to run; `None` looks for one of the usual names.
    pub install_command: Option<String>,
}

/// The script gets the repository, the target and the install command as `$1`, `$2` and `$3`, so nothing has to be
/// quoted into it. The names of install scripts and their order are the reference CLI's.
const SCRIPT: &str = include_str!("../../templates/install-dotfiles.sh");

/// The process that installs them.
pub(super) fn command(dotfiles: &Dotfiles) -> Vec<String> {
    let install = dotfiles.install_command.as_deref().unwrap_or_default();
    let repository = repository_url(&dotfiles.repository);
    ["/bin/sh", "-c", SCRIPT, "sh", &repository, &dotfiles.target, install].map(str::to_owned).to_vec()
}

/// What is neither a URL nor a path is the name of a repository on GitHub (reference CLI).
fn repository_url(repository: &str) -> String {
    let is_path = ["/", "./", "../"].iter().any(|start| repository.starts_with(start));
    if is_path || repository.contains(':') {
        return repository.to_owned();
    }
    format!("https://github.com/{repository}.git")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_name_is_a_repository_on_github() {
        assert_eq!(repository_url("me/dotfiles"), "https://github.com/me/dotfiles.git");
        assert_eq!(repository_url("./mine"), "./mine");
        assert_eq!(repository_url("git@host:me/dotfiles"), "git@host:me/dotfiles");
    }
}
