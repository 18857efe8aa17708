//! Reads the titles of lifecycle hooks, which follow the reference CLI's headings word for word:
//! `Running the <hook> from <origin>` and `Running <entry> of <hook> from <origin>`.

/// The name under which editors follow a hook: `Running postCreateCommand...`.
///
/// Any other title is its own name.
pub(super) fn progress_name(title: &str) -> String {
    match hook(title) {
        Some(hook) => format!("Running {hook}..."),
        None => format!("{title}..."),
    }
}

fn hook(title: &str) -> Option<&str> {
    let (what, _origin) = title.strip_prefix("Running ")?.split_once(" from ")?;
    let hook = what.strip_prefix("the ").or_else(|| what.rsplit_once(" of ").map(|(_entry, hook)| hook))?;
    (!hook.contains(' ')).then_some(hook)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hooks_and_their_entries_share_a_name() {
        let name = "Running postCreateCommand...";
        assert_eq!(progress_name("Running the postCreateCommand from devcontainer.json"), name);
        assert_eq!(progress_name("Running the postCreateCommand from Feature './a from b'"), name);
        assert_eq!(progress_name("Running one of two of postCreateCommand from devcontainer.json"), name);
    }

    #[test]
    fn other_titles_stand_for_themselves() {
        assert_eq!(progress_name("Installing dotfiles"), "Installing dotfiles...");
    }
}
