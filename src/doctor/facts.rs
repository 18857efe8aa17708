//! What is known of a machine and its engine.

use std::fmt;

/// What was found: the thing, or why it is not there.
pub type Found<T> = Result<T, String>;

/// Everything that was looked at.
#[derive(Clone, Debug)]
pub struct Facts {
    /// Where the engine should be, and who says so.
    pub endpoint: String,
    /// The engine.
    pub engine: Found<EngineFacts>,
    /// The version of buildx.
    pub buildx: Found<Version>,
    /// The version of Docker Compose.
    pub compose: Found<Version>,
    /// The builder in use.
    pub builder: Found<BuilderFacts>,
    /// The free bytes of the disk on which the engine keeps its data; `None` where that is another machine's.
    pub free_bytes: Option<u64>,
    /// Names of the proxy variables that are set.
    pub proxies: Vec<String>,
    /// How many certificates this machine trusts besides the public ones.
    pub certificates: usize,
    /// Variables that turn BuildKit off.
    pub against_buildkit: Vec<String>,
    /// The user that `devc` runs as.
    pub uid: u32,
}

/// What an engine says about itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EngineFacts {
    /// Its version.
    pub version: Version,
    /// The version of its API.
    pub api: String,
    /// How it stores images, such as `overlay2`.
    pub driver: String,
    /// Whether images are kept by containerd.
    pub has_containerd_store: bool,
    /// Whether it runs without root.
    pub is_rootless: bool,
    /// Where it keeps its data.
    pub root: String,
}

/// The builder that builds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BuilderFacts {
    /// Its name.
    pub name: String,
    /// `docker`, `docker-container`, `kubernetes` or `remote`.
    pub driver: String,
    /// `running` or something else.
    pub status: String,
}

/// A version, as text and as numbers that can be compared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Version(String);

impl Version {
    /// Reads `v0.13.1+ds1`, `2.26.1-4` and the like.
    pub fn new(text: &str) -> Self {
        Self(text.trim().trim_start_matches('v').to_owned())
    }

    /// Whether it is at least this one. A version that has no numbers is taken for a new one.
    pub fn is_at_least(&self, major: u64, minor: u64) -> bool {
        let mut numbers = self.0.split(['.', '-', '+']).map_while(|part| part.parse::<u64>().ok());
        match (numbers.next(), numbers.next()) {
            (Some(found), rest) => (found, rest.unwrap_or_default()) >= (major, minor),
            (None, _) => true,
        }
    }
}

impl EngineFacts {
    /// Whether its builder hashes all files of an image before each `RUN` with a secret: BuildKit 0.13 to 0.15, which is in Docker
    /// Engine 26.0 to 27.2 (moby/buildkit#5251).
    pub fn has_slow_secrets(&self) -> bool {
        self.version.is_at_least(26, 0) && !self.version.is_at_least(27, 3)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl BuilderFacts {
    /// Reads what `buildx inspect` writes: `Name:   default` and so on, the builder first and then its nodes.
    pub fn read(text: &str) -> Option<Self> {
        let value = |wanted: &str| {
            let mut pairs = text.lines().filter_map(|line| line.split_once(':'));
            pairs.find(|(name, _)| name.trim() == wanted).map(|(_, value)| value.trim().to_owned())
        };
        Some(Self {
            name: value("Name")?,
            driver: value("Driver")?,
            status: value("Status").unwrap_or_default(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_number() {
        let check = |text: &str, major, minor| Version::new(text).is_at_least(major, minor);
        assert!(check("0.13.1+ds1", 0, 13) && check("v0.20.0", 0, 13) && check("dev", 0, 13));
        assert!(check("26.1.5+dfsg1", 23, 0) && check("2", 1, 9));
        assert!(!check("0.9.1", 0, 13) && !check("20.10.24", 23, 0));
    }

    #[test]
    fn secrets_are_slow_from_docker_26_to_27_2() {
        let slow = |text: &str| {
            EngineFacts { version: Version::new(text), ..EngineFacts::default() }.has_slow_secrets()
        };
        assert!(slow("26.0.0") && slow("26.1.5+dfsg1") && slow("27.2.1"));
        assert!(!slow("25.0.5") && !slow("27.3.0") && !slow("29.1.2") && !slow("4.3.1") && !slow("dev"));
    }

    #[test]
    fn the_builder_is_read_from_what_buildx_writes() {
        let text = "Name:          big\nDriver:        docker-container\nLast Activity: 2026-11-21 13:43:43 +0000 UTC\n\n\
                    Nodes:\nName:             big0\nEndpoint:         default\nStatus:           inactive\n";
        let expected = BuilderFacts {
            name: "big".to_owned(),
            driver: "docker-container".to_owned(),
            status: "inactive".to_owned(),
        };
        assert_eq!(BuilderFacts::read(text), Some(expected));
        assert_eq!(BuilderFacts::read("ERROR: no builder"), None);
    }
}
