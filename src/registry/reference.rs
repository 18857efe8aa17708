//! Names of things in registries: `ghcr.io/devcontainers/features/go:1`.

use std::fmt;

use crate::error::{Error, ErrorKind, Result};
use crate::registry::Digest;

/// Docker Hub, as image names have it.
const HUB: &str = "docker.io";

/// Which of the versions under one name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Version {
    /// A tag, which may move.
    Tag(String),
    /// A digest, which always means the same bytes.
    Digest(Digest),
}

/// The name of a Feature, Template, collection or image in a registry.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Reference {
    registry: String,
    path: String,
    version: Version,
}

impl Reference {
    /// Reads the name of a Feature or Template. As in the reference CLI, capital letters become small ones, and a
    /// name without version means `latest`.
    pub fn parse(text: &str) -> Result<Self> {
        let small = text.to_lowercase();
        Self::read(&small).map_err(|reason| {
            Error::new(ErrorKind::Config, format!("{text:?} is not the name of something in a registry"))
                .because(reason)
                .hint("Write it as registry/namespace/name:version, such as \"ghcr.io/devcontainers/features/go:1\".")
        })
    }

    /// Reads the name of an image. Names without a registry are Docker Hub's: `debian` is
    /// `docker.io/library/debian:latest`, but `localhost:5000/x` is not Docker Hub's.
    pub fn image(text: &str) -> Result<Self> {
        Self::read_image(text).map_err(|reason| {
            Error::new(ErrorKind::Config, format!("{text:?} is not the name of an image")).because(reason)
        })
    }

    fn read(text: &str) -> Result<Self, String> {
        if text.starts_with('.') {
            return Err("it begins with a dot, as the path of a folder does".into());
        }
        let (name, version) = split_version(text)?;
        let (registry, path) = name.split_once('/').ok_or("it has no slash after the registry")?;
        Self::checked(registry, path.to_owned(), version)
    }

    fn read_image(text: &str) -> Result<Self, String> {
        let (name, version) = split_version(text)?;
        let (registry, path) = match name.split_once('/') {
            Some((registry, path)) if is_host(registry) => (registry.to_lowercase(), path),
            _ => (HUB.to_owned(), name),
        };
        let registry = if registry == "index.docker.io" { HUB.to_owned() } else { registry };
        let official = registry == HUB && !path.contains('/');
        let path = if official { format!("library/{path}") } else { path.to_owned() };
        Self::checked(&registry, path, version)
    }

    fn checked(registry: &str, path: String, version: Version) -> Result<Self, String> {
        if !is_registry(registry) {
            return Err(format!("{registry:?} is not the name of a registry"));
        }
        if let Some(part) = path.split('/').find(|part| !is_path_part(part)) {
            return Err(format!(
                "{part:?} in its path is not made of small letters and digits, with single \".\", \"_\" or \"-\" between them"
            ));
        }
        Ok(Self { registry: registry.to_owned(), path, version })
    }

    /// Whether the first segment looks like a machine. If not, `owner/repository/feature` is meant, an old form that
    /// no registry is asked for.
    pub fn has_registry(&self) -> bool {
        is_host(&self.registry)
    }

    /// The registry's host, with the port if one is given.
    pub fn registry(&self) -> &str {
        &self.registry
    }

    /// All between registry and version.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The path that is asked for: a well-known owner has moved.
    pub(super) fn request_path(&self) -> String {
        match self.path.strip_prefix("devcontainers-contrib/") {
            Some(rest) => format!("devcontainers-extra/{rest}"),
            None => self.path.clone(),
        }
    }

    /// The first segment of the path.
    pub fn owner(&self) -> &str {
        self.path.split('/').next().unwrap_or_default()
    }

    /// The path without its last segment; empty when there is only one.
    pub fn namespace(&self) -> &str {
        self.path.rsplit_once('/').map_or("", |(namespace, _)| namespace)
    }

    /// The last segment of the path: the id of the Feature or Template.
    pub fn id(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }

    /// Registry and path, without version.
    pub fn resource(&self) -> String {
        format!("{}/{}", self.registry, self.path)
    }

    /// Tag or digest.
    pub fn version(&self) -> &Version {
        &self.version
    }

    /// The tag, unless there is a digest.
    pub fn tag(&self) -> Option<&str> {
        match &self.version {
            Version::Tag(tag) => Some(tag),
            Version::Digest(_) => None,
        }
    }

    /// The digest, if there is one.
    pub fn digest(&self) -> Option<&Digest> {
        match &self.version {
            Version::Tag(_) => None,
            Version::Digest(digest) => Some(digest),
        }
    }

    /// The same thing in the version that this digest names.
    pub fn with_digest(&self, digest: Digest) -> Self {
        Self { version: Version::Digest(digest), ..self.clone() }
    }

    /// The same thing in the version that this tag names.
    pub fn with_tag(&self, tag: &str) -> Result<Self> {
        if !is_tag(tag) {
            return Err(Error::new(
                ErrorKind::Config,
                format!("{tag:?} is not a tag for {}", self.resource()),
            ));
        }
        Ok(Self { version: Version::Tag(tag.to_owned()), ..self.clone() })
    }

    /// The collection that this Feature or Template belongs to; `None` when its path has one segment.
    pub fn collection(&self) -> Option<Self> {
        let path = Some(self.namespace()).filter(|namespace| !namespace.is_empty())?.to_owned();
        Some(Self { registry: self.registry.clone(), path, version: Version::Tag("latest".into()) })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tag(tag) => formatter.write_str(tag),
            Self::Digest(digest) => digest.fmt(formatter),
        }
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let separator = if self.digest().is_some() { '@' } else { ':' };
        write!(formatter, "{}/{}{separator}{}", self.registry, self.path, self.version)
    }
}

/// Splits name and version. A digest wins over a tag beside it, since it says more.
fn split_version(text: &str) -> Result<(&str, Version), String> {
    if let Some((name, digest)) = text.rsplit_once('@') {
        let digest = Digest::parse(digest).ok_or_else(|| {
            format!("what follows its \"@\" ({digest:?}) is not \"sha256:\" with 64 hexadecimal digits")
        })?;
        return Ok((split_tag(name).map_or(name, |(name, _)| name), Version::Digest(digest)));
    }
    let (name, tag) = split_tag(text).unwrap_or((text, "latest"));
    if !is_tag(tag) {
        return Err(format!("{tag:?} is not a tag: up to 128 letters, digits, \"_\", \".\" and \"-\""));
    }
    Ok((name, Version::Tag(tag.to_owned())))
}

/// A colon before the last slash belongs to the registry's port.
fn split_tag(text: &str) -> Option<(&str, &str)> {
    text.rsplit_once(':').filter(|(_, tag)| !tag.contains('/'))
}

fn is_tag(text: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let mut bytes = text.bytes();
    text.len() <= 128
        && bytes.next().is_some_and(is_word)
        && bytes.all(|byte| is_word(byte) || matches!(byte, b'.' | b'-'))
}

fn is_path_part(text: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let separators = text.split(|letter: char| letter.is_ascii() && is_word(letter as u8));
    let edges = text.bytes().next().is_some_and(is_word) && text.bytes().last().is_some_and(is_word);
    edges
        && separators.into_iter().all(|between| {
            matches!(between, "" | "." | "_" | "__") || between.bytes().all(|byte| byte == b'-')
        })
}

fn is_registry(text: &str) -> bool {
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b':' | b'[' | b']');
    let port = text.rsplit_once(':').filter(|(_, port)| !port.ends_with(']'));
    text.bytes().next().is_some_and(|byte| byte != b'-' && byte != b':')
        && text.bytes().all(is_name)
        && port.is_none_or(|(_, port)| port.parse::<u16>().is_ok())
}

/// With a dot or a port, or on this machine. Anything else is the first half of a name on Docker Hub.
fn is_host(text: &str) -> bool {
    text.contains(['.', ':']) || text == "localhost"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_features_have_parts() {
        let name = Reference::parse("GHCR.io/devcontainers/Features/go:1.2").unwrap();
        let parts = [name.registry(), name.owner(), name.namespace(), name.path(), name.id()];
        let expected =
            ["ghcr.io", "devcontainers", "devcontainers/features", "devcontainers/features/go", "go"];
        assert_eq!(parts, expected);
        assert_eq!(name.resource(), "ghcr.io/devcontainers/features/go");
        assert_eq!((name.tag(), name.digest()), (Some("1.2"), None));
        assert_eq!(name.collection().unwrap().to_string(), "ghcr.io/devcontainers/features:latest");
    }

    #[test]
    fn a_name_is_printed_as_it_is_asked_for() {
        let check = |text: &str, expected: &str| {
            let name = Reference::parse(text).unwrap();
            assert_eq!(name.to_string(), expected);
            assert_eq!(Reference::parse(expected).unwrap(), name);
        };
        let digest = format!("sha256:{}", "0a".repeat(32));
        check("ghcr.io/a/b", "ghcr.io/a/b:latest");
        check("localhost:5000/a/b/c:2", "localhost:5000/a/b/c:2");
        check("localhost:5000/a", "localhost:5000/a:latest");
        check("[::1]:5000/a/b", "[::1]:5000/a/b:latest");
        check(&format!("ghcr.io/a/b:1@{digest}"), &format!("ghcr.io/a/b@{digest}"));
    }

    #[test]
    fn wrong_names_say_what_is_wrong() {
        let reason = |text: &str| Reference::parse(text).unwrap_err().reasons().join("; ");
        let all: Vec<String> = [
            "./local",
            "go",
            "ghcr.io/a/",
            "ghcr.io/a//b",
            "ghcr.io/a/b..c",
            "ghcr.io/a/-b",
            "ghcr.io/a/ö",
            "ghcr.io/a/b:",
            "ghcr.io/a/b:.x",
            "ghcr.io/a/b@sha256:12",
            "ghcr.io/a/b@md5:12",
            "user@host/a/b",
            "/a/b",
            "https://ghcr.io/a",
        ]
        .map(|text| format!("{text}: {}", reason(text)))
        .into();
        insta::assert_snapshot!(all.join("\n"), @r#"
        ./local: it begins with a dot, as the path of a folder does
        go: it has no slash after the registry
        ghcr.io/a/: "" in its path is not made of small letters and digits, with single ".", "_" or "-" between them
        ghcr.io/a//b: "" in its path is not made of small letters and digits, with single ".", "_" or "-" between them
        ghcr.io/a/b..c: "b..c" in its path is not made of small letters and digits, with single ".", "_" or "-" between them
        ghcr.io/a/-b: "-b" in its path is not made of small letters and digits, with single ".", "_" or "-" between them
        ghcr.io/a/ö: "ö" in its path is not made of small letters and digits, with single ".", "_" or "-" between them
        ghcr.io/a/b:: "" is not a tag: up to 128 letters, digits, "_", "." and "-"
        ghcr.io/a/b:.x: ".x" is not a tag: up to 128 letters, digits, "_", "." and "-"
        ghcr.io/a/b@sha256:12: what follows its "@" ("sha256:12") is not "sha256:" with 64 hexadecimal digits
        ghcr.io/a/b@md5:12: what follows its "@" ("md5:12") is not "sha256:" with 64 hexadecimal digits
        user@host/a/b: what follows its "@" ("host/a/b") is not "sha256:" with 64 hexadecimal digits
        /a/b: "" is not the name of a registry
        https://ghcr.io/a: "https:" is not the name of a registry
        "#);
    }

    #[test]
    fn names_without_a_machine_are_not_for_registries() {
        assert!(!Reference::parse("owner/repository/feature").unwrap().has_registry());
        assert!(Reference::parse("localhost/a/b").unwrap().has_registry());
        assert!(Reference::parse("registry:5000/a/b").unwrap().has_registry());
    }

    #[test]
    fn images_without_a_registry_are_docker_hubs() {
        let check =
            |text: &str, expected: &str| assert_eq!(Reference::image(text).unwrap().to_string(), expected);
        check("debian", "docker.io/library/debian:latest");
        check("debian:12", "docker.io/library/debian:12");
        check("docker.io/debian", "docker.io/library/debian:latest");
        check("index.docker.io/team/app", "docker.io/team/app:latest");
        check("team/app", "docker.io/team/app:latest");
        check("localhost:5000/x", "localhost:5000/x:latest");
        check("ghcr.io/x", "ghcr.io/x:latest");
        check("ghcr.io/x:Mixed-Case", "ghcr.io/x:Mixed-Case");
        assert!(Reference::image("Debian").is_err());
        assert!(Reference::image("").is_err());
    }

    #[test]
    fn an_owner_that_moved_is_asked_for_under_its_new_name() {
        let name = Reference::parse("ghcr.io/devcontainers-contrib/features/x").unwrap();
        assert_eq!(name.request_path(), "devcontainers-extra/features/x");
        assert_eq!(name.owner(), "devcontainers-contrib");
    }

    proptest::proptest! {
        #[test]
        fn what_is_printed_is_read_as_the_same(text in "[a-z0-9./:@_ö-]{0,30}", tag in "[a-zA-Z0-9._-]{0,8}") {
            let text = format!("ghcr.io/{text}:{tag}");
            for name in [Reference::parse(&text), Reference::image(&text)].into_iter().flatten() {
                proptest::prop_assert_eq!(Reference::image(&name.to_string()).unwrap(), name);
            }
        }

        #[test]
        fn no_text_is_too_strange(text in ".*") {
            let _ = (Reference::parse(&text), Reference::image(&text));
        }
    }
}
