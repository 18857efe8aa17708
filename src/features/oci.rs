//! References to Features in OCI registries: `ghcr.io/devcontainers/features/go:1`.

use std::fmt;

use crate::{Error, ErrorKind, Result};

/// A Feature in a registry.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OciReference {
    /// The host, perhaps with a port.
    pub registry: String,
    /// What is between registry and id, such as `devcontainers/features`.
    pub namespace: String,
    /// The last part.
    pub id: String,
    /// Which one of them.
    pub version: OciVersion,
}

/// Which version of a Feature is meant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OciVersion {
    /// A tag, `latest` when none was given.
    Tag(String),
    /// The digest of a manifest, `sha256:` and all.
    Digest(String),
}

impl OciReference {
    /// Reads a reference in any case of letters; what is wrong with it otherwise.
    pub fn parse(text: &str) -> Result<Self> {
        let wrong = |what: &str| malformed(text, what);
        let lower = text.to_lowercase();
        let (resource, version) = split_version(&lower);
        let version = match version {
            Some(('@', digest)) => OciVersion::Digest(checked_digest(digest).map_err(|what| wrong(&what))?),
            Some((_, tag)) if is_tag(tag) => OciVersion::Tag(tag.to_owned()),
            Some((_, tag)) => return Err(wrong(&format!("'{tag}' is no tag"))),
            None => OciVersion::Tag("latest".to_owned()),
        };
        let parts: Vec<&str> = resource.split('/').collect();
        let [registry, namespace @ .., id] = parts.as_slice() else {
            return Err(wrong("it has no registry"));
        };
        if namespace.is_empty() {
            return Err(wrong("it needs a registry, a namespace and a name"));
        }
        if !is_registry(registry) {
            return Err(wrong(&format!("'{registry}' is no registry")));
        }
        if let Some(part) = parts[1..].iter().find(|part| !is_path_part(part)) {
            return Err(wrong(&format!("'{part}' cannot be part of a name")));
        }
        let (registry, id) = ((*registry).to_owned(), (*id).to_owned());
        Ok(Self { registry, namespace: namespace.join("/"), id, version })
    }

    /// Registry, namespace and id, without a version.
    pub fn resource(&self) -> String {
        format!("{}/{}/{}", self.registry, self.namespace, self.id)
    }

    /// Whose it is: the first part of the namespace.
    pub fn owner(&self) -> &str {
        self.namespace.split('/').next().unwrap_or_default()
    }

    /// The repository in the registry. One owner has a new name, which old references do not know.
    pub fn path(&self) -> String {
        let namespace = match self.namespace.split_once('/') {
            Some(("devcontainers-contrib", rest)) => format!("devcontainers-extra/{rest}"),
            None if self.namespace == "devcontainers-contrib" => "devcontainers-extra".to_owned(),
            _ => self.namespace.clone(),
        };
        format!("{namespace}/{}", self.id)
    }

    /// The tag, unless a digest was given.
    pub fn tag(&self) -> Option<&str> {
        match &self.version {
            OciVersion::Tag(tag) => Some(tag),
            OciVersion::Digest(_) => None,
        }
    }

    /// The same Feature, by the digest of its manifest.
    pub fn at_digest(&self, digest: &str) -> Self {
        Self { version: OciVersion::Digest(digest.to_owned()), ..self.clone() }
    }
}

impl fmt::Display for OciReference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mark, version) = match &self.version {
            OciVersion::Tag(tag) => (':', tag),
            OciVersion::Digest(digest) => ('@', digest),
        };
        write!(formatter, "{}{mark}{version}", self.resource())
    }
}

/// An id and what follows it: `@` and a digest, or `:` and a tag behind the last slash.
pub fn split_version(id: &str) -> (&str, Option<(char, &str)>) {
    if let Some((resource, digest)) = id.rsplit_once('@') {
        return (resource, Some(('@', digest)));
    }
    match id.rsplit_once(':') {
        Some((resource, tag)) if !tag.contains('/') => (resource, Some((':', tag))),
        _ => (id, None),
    }
}

/// Whether `text` can be a tag.
pub fn is_tag(text: &str) -> bool {
    let first = text.bytes().next();
    first.is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && text.len() <= 128
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte))
}

fn checked_digest(digest: &str) -> Result<String, String> {
    let is_hex = |hex: &str| hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
    match digest.strip_prefix("sha256:") {
        Some(hex) if is_hex(hex) => Ok(digest.to_owned()),
        _ => Err(format!("'{digest}' is no digest (sha256: and 64 hexadecimal digits)")),
    }
}

/// A name without a dot is none that anybody could reach, unless it is this machine or has a port.
fn is_registry(name: &str) -> bool {
    let (host, port) = name.split_once(':').map_or((name, None), |(host, port)| (host, Some(port)));
    let is_reachable = host.contains('.') || host.starts_with("localhost") || port.is_some();
    let host_fits = host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte));
    let port_fits = port.is_none_or(|port| port.parse::<u16>().is_ok());
    is_reachable && host_fits && port_fits && host.bytes().next().is_some_and(|byte| byte != b'.')
}

/// Letters and digits, with one dot, up to two underscores or any number of dashes between them.
fn is_path_part(part: &str) -> bool {
    let mut words = part.split(|letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit());
    let is_edge =
        |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    is_edge(part.bytes().next())
        && is_edge(part.bytes().last())
        && words.all(|between| {
            matches!(between, "" | "." | "_" | "__") || between.bytes().all(|byte| byte == b'-')
        })
}

fn malformed(text: &str, what: &str) -> Error {
    Error::new(ErrorKind::Config, format!("The Feature id '{text}' cannot be understood: {what}"))
        .hint("Write it as registry/namespace/name:version, for example ghcr.io/devcontainers/features/go:1.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let seen = match OciReference::parse(text) {
            Ok(reference) => format!("{} {} {reference}", reference.registry, reference.path()),
            Err(error) => error.summary().split_once("understood: ").unwrap().1.to_owned(),
        };
        assert_eq!(seen, expected, "{text}");
    }

    #[test]
    fn references_are_read_in_any_case() {
        check("ghcr.io/A/Features/Go", "ghcr.io a/features/go ghcr.io/a/features/go:latest");
        check("ghcr.io/a/b/go:1.2", "ghcr.io a/b/go ghcr.io/a/b/go:1.2");
        check("localhost:5000/a/go:1", "localhost:5000 a/go localhost:5000/a/go:1");
        let digest = format!("sha256:{}", "0a".repeat(32));
        check(&format!("ghcr.io/a/go@{digest}"), &format!("ghcr.io a/go ghcr.io/a/go@{digest}"));
        check(
            "ghcr.io/devcontainers-contrib/features/x",
            "ghcr.io devcontainers-extra/features/x ghcr.io/devcontainers-contrib/features/x:latest",
        );
    }

    proptest::proptest! {
        #[test]
        fn what_is_printed_can_be_read_again(text in "[a-z]{1,3}\\.[a-z]{2}(:[1-9][0-9]{1,3})?(/[A-Za-z0-9]{1,4}){2,4}(:[a-z0-9.]{1,5})?") {
            // A tag may not begin with a dot.
            if let Ok(reference) = OciReference::parse(&text) {
                proptest::prop_assert_eq!(OciReference::parse(&reference.to_string()).unwrap(), reference);
            } else {
                proptest::prop_assert!(text.contains(":."));
            }
        }
    }

    #[test]
    fn mistakes_are_named() {
        check("ghcr.io/go", "it needs a registry, a namespace and a name");
        check("ghcr.io/a/b:", "'' is no tag");
        check("ghcr.io/a/b:-x", "'-x' is no tag");
        check("ghcr.io/a/b@md5:x", "'md5:x' is no digest (sha256: and 64 hexadecimal digits)");
        check("ghcr.io/a//b", "'' cannot be part of a name");
        check("ghcr.io/a-/b", "'a-' cannot be part of a name");
        check("ghcr.io/a/b..c", "'b..c' cannot be part of a name");
        check(".io/a/b", "'.io' is no registry");
        check("owner/repo/feature", "'owner' is no registry");
        check("ghcr.io:http/a/b", "'ghcr.io:http' is no registry");
    }
}
