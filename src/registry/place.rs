//! Where a repository is asked for: at its registry, or at a mirror of it.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::error::{Error, ErrorKind, Result};
use crate::registry::Reference;

/// A repository at one host.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Place {
    /// The host that is asked, with the port if one is given.
    pub(super) host: String,
    /// The repository there.
    pub(super) path: String,
}

impl Place {
    /// At the registry itself. Docker Hub's registry has another name than Docker Hub.
    pub(super) fn origin(reference: &Reference) -> Self {
        let host = match reference.registry() {
            "docker.io" => "registry-1.docker.io",
            other => other,
        };
        Self { host: host.to_owned(), path: reference.request_path() }
    }
}

/// Which registries have mirrors, for sites without a way to the registries themselves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mirrors {
    table: BTreeMap<String, Row>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Row {
    mirrors: Vec<String>,
    without_origin: bool,
}

impl Mirrors {
    /// Adds `REGISTRY=MIRROR[/PREFIX][,MIRROR...]`. They are asked in this order, the registry itself last; the word
    /// `none` at the end means that the registry itself is never asked.
    pub fn add(&mut self, text: &str) -> Result<()> {
        let wrong = || {
            Error::new(ErrorKind::Usage, format!("{text:?} does not name mirrors of a registry"))
                .hint("Write it as REGISTRY=MIRROR[/PREFIX][,MIRROR...][,none], such as \"ghcr.io=mirror.example/ghcr\".")
        };
        let (registry, list) = text.split_once('=').ok_or_else(wrong)?;
        let mut mirrors: Vec<String> = list.split(',').map(|mirror| mirror.trim().to_owned()).collect();
        let without_origin = mirrors.pop_if(|last| last == "none").is_some();
        let usable = |mirror: &String| !mirror.is_empty() && mirror != "none" && !mirror.contains("://");
        if registry.is_empty() || mirrors.is_empty() || !mirrors.iter().all(usable) {
            return Err(wrong());
        }
        self.table.insert(registry.to_lowercase(), Row { mirrors, without_origin });
        Ok(())
    }

    /// Where to ask for something, best first. Never empty.
    pub(super) fn places(&self, reference: &Reference) -> Vec<Place> {
        let origin = Place::origin(reference);
        let Some(row) = self.table.get(reference.registry()) else { return vec![origin] };
        let at = |mirror: &String| match mirror.trim_end_matches('/').split_once('/') {
            Some((host, prefix)) => {
                Place { host: host.to_owned(), path: format!("{prefix}/{}", origin.path) }
            }
            None => Place { host: mirror.trim_end_matches('/').to_owned(), path: origin.path.clone() },
        };
        let mut places: Vec<Place> = row.mirrors.iter().map(at).collect();
        places.extend((!row.without_origin).then_some(origin));
        places
    }
}

/// Whether a host (with or without port) is this machine, by its name alone: no name server is asked.
pub(super) fn is_loopback(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    name == "localhost" || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(mirrors: &Mirrors, name: &str) -> Vec<String> {
        let reference = Reference::image(name).unwrap();
        mirrors.places(&reference).into_iter().map(|place| format!("{} {}", place.host, place.path)).collect()
    }

    #[test]
    fn mirrors_are_asked_before_the_registry() {
        let mut mirrors = Mirrors::default();
        mirrors.add("ghcr.io=mirror.example/ghcr/, localhost:5000").unwrap();
        mirrors.add("docker.io=mirror.example/hub,none").unwrap();
        assert_eq!(
            places(&mirrors, "ghcr.io/a/b"),
            ["mirror.example ghcr/a/b", "localhost:5000 a/b", "ghcr.io a/b"]
        );
        assert_eq!(places(&mirrors, "debian"), ["mirror.example hub/library/debian"]);
        assert_eq!(places(&mirrors, "quay.io/a/b"), ["quay.io a/b"]);
        assert_eq!(places(&Mirrors::default(), "debian"), ["registry-1.docker.io library/debian"]);
    }

    #[test]
    fn a_mirror_table_with_a_mistake_is_refused() {
        for wrong in
            ["ghcr.io", "=a", "ghcr.io=", "ghcr.io=a,,b", "ghcr.io=none", "ghcr.io=none,a", "a=http://b"]
        {
            assert!(Mirrors::default().add(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn this_machine_is_known_by_name() {
        for host in ["localhost", "localhost:5000", "127.0.0.1:1", "127.9.9.9", "[::1]:5000"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in ["localhost.example", "127.0.0.1.example:1", "10.0.0.1", "[::2]", "ghcr.io", "", "::1x"] {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
