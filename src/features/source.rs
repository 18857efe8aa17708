//! Where the id of a Feature leads: to a registry, an archive or a folder.

use std::fmt;
use std::path::{Component, Path, PathBuf};

use super::oci::{OciReference, split_version};
use crate::{Error, ErrorKind, Result};

/// Where a Feature comes from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// A registry.
    Oci(OciReference),
    /// An archive at an address.
    Tarball {
        /// The address.
        url: String,
        /// The Feature's name, from the name of the archive.
        name: String,
    },
    /// A folder on this machine, as an absolute path.
    Local(PathBuf),
}

/// Where local Features may be. All paths are absolute.
#[derive(Clone, Debug, Default)]
pub struct Places {
    /// The folder of devcontainer.json, which relative ids start from.
    pub config_folder: PathBuf,
    /// The workspace folder, if there is one.
    pub workspace: Option<PathBuf>,
}

/// Names from before Features had registries.
const MOVED: &[&str] = &[
    "aws-cli",
    "azure-cli",
    "desktop-lite",
    "docker-in-docker",
    "docker-from-docker",
    "dotnet",
    "git",
    "git-lfs",
    "github-cli",
    "java",
    "kubectl-helm-minikube",
    "node",
    "powershell",
    "python",
    "ruby",
    "rust",
    "sshd",
    "terraform",
];

/// Such names that also changed.
const RENAMED: &[(&str, &str)] = &[("golang", "go"), ("common", "common-utils")];

/// The full id that an old, bare name stands for.
pub fn full_id(id: &str) -> Option<String> {
    let renamed = RENAMED.iter().find(|(old, _)| *old == id).map(|(_, new)| *new);
    let name = renamed.or_else(|| MOVED.iter().find(|name| **name == id).copied())?;
    Some(format!("ghcr.io/devcontainers/features/{name}:1"))
}

/// The id without its version, where it leads to a registry.
pub fn id_without_version(id: &str) -> Option<String> {
    let id = full_id(id).unwrap_or_else(|| id.to_owned());
    OciReference::parse(&id).ok().map(|_| split_version(&id).0.to_owned())
}

impl Source {
    /// Decides where `id` leads. Nothing is looked up.
    pub fn of(id: &str, places: &Places) -> Result<Self> {
        let mapped = full_id(id);
        let id = mapped.as_deref().unwrap_or(id);
        if !id.contains(['/', '\\']) {
            return Err(bare(id));
        }
        if id.starts_with("https://") || is_near(id) {
            return tarball(id);
        }
        if id.starts_with("./") || id.starts_with("../") {
            return local(id, places);
        }
        if id.starts_with('/') {
            return Err(wrong(id, "it is an absolute path")
                .hint("Write the path relative to devcontainer.json, beginning with ./ or ../."));
        }
        if is_github_release(id) {
            return Err(github(id));
        }
        OciReference::parse(id).map(Self::Oci)
    }

    /// A short name: what a Feature without an id of its own is called.
    pub fn name(&self) -> String {
        match self {
            Self::Oci(reference) => reference.id.clone(),
            Self::Tarball { name, .. } => name.clone(),
            Self::Local(path) => path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        }
    }

    /// The reference, for one in a registry.
    pub fn oci(&self) -> Option<&OciReference> {
        match self {
            Self::Oci(reference) => Some(reference),
            _ => None,
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Oci(reference) => reference.fmt(formatter),
            Self::Tarball { url, .. } => formatter.write_str(url),
            Self::Local(path) => path.display().fmt(formatter),
        }
    }
}

/// Plain http is for this machine only: nobody can listen there.
fn is_near(id: &str) -> bool {
    let host = id.strip_prefix("http://").and_then(|rest| rest.split(['/', ':']).next());
    matches!(host, Some("localhost" | "127.0.0.1"))
}

fn tarball(url: &str) -> Result<Source> {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let file = path.rsplit('/').next().unwrap_or_default();
    let name = file.split_once("devcontainer-feature-").and_then(|(_, rest)| rest.split_once(".tgz"));
    let fits = |name: &str| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
    };
    match name {
        Some((name, _)) if fits(name) => Ok(Source::Tarball { url: url.to_owned(), name: name.to_owned() }),
        _ => Err(wrong(url, &format!("'{file}' is no archive of a Feature"))
            .hint("The archive's name must be devcontainer-feature-<name>.tgz.")),
    }
}

fn local(id: &str, places: &Places) -> Result<Source> {
    let path = normalized(&places.config_folder.join(id));
    let roots = [Some(&places.config_folder), places.workspace.as_ref()];
    if roots.into_iter().flatten().any(|root| path.starts_with(root) && path != *root) {
        return Ok(Source::Local(path));
    }
    let outside = wrong(id, &format!("{} is outside the workspace", path.display()));
    Err(outside.hint("Move the Feature's folder into the workspace, for example below .devcontainer."))
}

/// Without `.` and `..`; pure, so that links stay what they are.
fn normalized(path: &Path) -> PathBuf {
    let mut result = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                result.pop();
            }
            other => result.push(other),
        }
    }
    result
}

/// `owner/repository/feature`, perhaps with `@tag`: no registry has a name like that.
fn is_github_release(id: &str) -> bool {
    let parts: Vec<&str> = id.split('/').collect();
    parts.len() == 3
        && parts.iter().all(|part| !part.is_empty())
        && !parts[0].contains(['.', ':'])
        && !parts[0].starts_with("localhost")
        && !id.contains("@sha256:")
}

fn bare(id: &str) -> Error {
    wrong(id, "old ids without a registry are not supported")
        .hint("If it is a local Feature, prepend your Feature name with './'.")
        .hint("If it is a published one, write all of its id: ghcr.io/devcontainers/features/go:1.")
}

fn github(id: &str) -> Error {
    Error::new(
        ErrorKind::Unsupported,
        format!("devc does not install Features from GitHub releases, as '{id}' asks"),
    )
    .hint("Look for the Feature in a registry (https://containers.dev/features), and use that id.")
}

fn wrong(id: &str, what: &str) -> Error {
    Error::new(ErrorKind::Config, format!("The Feature id '{id}' cannot be used: {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(id: &str, expected: &str) {
        let places = Places { config_folder: "/w/.devcontainer".into(), workspace: Some("/w".into()) };
        let seen = match Source::of(id, &places) {
            Ok(source) => format!("{source} as {}", source.name()),
            Err(error) => error.summary().to_owned(),
        };
        assert_eq!(seen, expected);
    }

    #[test]
    fn old_names_lead_to_the_registry() {
        check("golang", "ghcr.io/devcontainers/features/go:1 as go");
        check("common", "ghcr.io/devcontainers/features/common-utils:1 as common-utils");
        check("git", "ghcr.io/devcontainers/features/git:1 as git");
        check("fish", "The Feature id 'fish' cannot be used: old ids without a registry are not supported");
        let error = Source::of("fish", &Places::default()).unwrap_err();
        assert!(error.hints()[0].contains("prepend your Feature name with"));
    }

    #[test]
    fn local_features_may_be_anywhere_in_the_workspace() {
        check("./a", "/w/.devcontainer/a as a");
        check("../tools/./b/", "/w/tools/b as b");
        check("../../c", "The Feature id '../../c' cannot be used: /c is outside the workspace");
        check("..//", "The Feature id '..//' cannot be used: /w is outside the workspace");
        check("/w/a", "The Feature id '/w/a' cannot be used: it is an absolute path");
    }

    #[test]
    fn archives_tell_their_name() {
        let url = "https://x.org/y/devcontainer-feature-go.tgz";
        check(url, &format!("{url} as go"));
        let near = "http://localhost:8000/devcontainer-feature-go.tgz";
        check(near, &format!("{near} as go"));
        check(
            "https://x.org/go.tgz",
            "The Feature id 'https://x.org/go.tgz' cannot be used: 'go.tgz' is no archive of a Feature",
        );
    }

    #[test]
    fn everything_else_is_a_registry_or_a_release() {
        check("ghcr.io/a/b/go:1", "ghcr.io/a/b/go:1 as go");
        check("localhost/a/b", "localhost/a/b:latest as b");
        check("a/b/c@v1", "devc does not install Features from GitHub releases, as 'a/b/c@v1' asks");
        check(
            "a/b",
            "The Feature id 'a/b' cannot be understood: it needs a registry, a namespace and a name",
        );
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(id in "\\PC{0,40}|[a-z@:/.\\\\-]{0,30}|https://[a-z/.-]{0,30}") {
            let places = Places { config_folder: "/w/.devcontainer".into(), workspace: Some("/w".into()) };
            if let Ok(Source::Local(path)) = Source::of(&id, &places) {
                proptest::prop_assert!(path.starts_with("/w") && path != Path::new("/w"));
            }
            let _ = id_without_version(&id);
        }
    }

    #[test]
    fn versions_are_cut_off_where_there_are_any() {
        assert_eq!(id_without_version("ghcr.io/a/Go:1").as_deref(), Some("ghcr.io/a/Go"));
        assert_eq!(id_without_version("git").as_deref(), Some("ghcr.io/devcontainers/features/git"));
        assert_eq!(id_without_version("./x"), None);
    }
}
