//! Where the name of a Template leads: to one that is part of the program, to a folder, or to a registry.

use std::path::PathBuf;

/// Where a Template comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// The program has it, under this id.
    BuiltIn(String),
    /// A folder, as it was typed.
    Folder(PathBuf),
    /// A registry has it under this name; a whole collection may have it too.
    Registry(String),
}

impl Source {
    /// Decides where `name` leads. A path begins with `.` or `/`, and a name without a slash is the program's own.
    pub fn of(name: &str) -> Self {
        if name.starts_with(['.', '/']) {
            Self::Folder(PathBuf::from(name))
        } else if name.contains('/') {
            Self::Registry(name.to_owned())
        } else {
            Self::BuiltIn(name.to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shape_of_a_name_says_where_it_leads() {
        assert_eq!(Source::of("rust"), Source::BuiltIn("rust".into()));
        for path in [".", "./rust", "../x", "/srv/x"] {
            assert_eq!(Source::of(path), Source::Folder(path.into()));
        }
        for name in ["ghcr.io/devcontainers/templates/go:1", "localhost:5000/a/b"] {
            assert_eq!(Source::of(name), Source::Registry(name.into()));
        }
    }
}
