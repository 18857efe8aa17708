//! What the user and this machine have set up for registries.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use crate::error::{Error, ErrorKind, Result};
use crate::host::Environment;
use crate::host::trust::HostTrust;
use crate::registry::Mirrors;

/// How registries are reached. All of it is values, so that nothing is read before it is needed.
#[derive(Clone, Debug, Default)]
pub struct RegistryOptions {
    /// Where verified contents are kept.
    pub cache_dir: PathBuf,
    /// Whether only the cache may answer.
    pub offline: bool,
    /// Registries with mirrors.
    pub mirrors: Mirrors,
    /// Login servers at other hosts than their registries.
    pub login_servers: LoginServers,
    /// Where the user's logins are.
    pub logins: LoginSources,
    /// Proxies on the way.
    pub proxies: Proxies,
    /// Certificates (PEM) to trust in addition to those of this machine.
    pub certificates: Vec<String>,
    /// How long to wait for others.
    pub timeouts: Timeouts,
    /// Asked for this machine's certificates when the first connection is made.
    pub environment: Environment,
}

/// Where logins are looked up. [`RegistryOptions::from_environment`] has the order.
#[derive(Clone, Default)]
pub struct LoginSources {
    /// The folder of the docker client's `config.json`.
    pub docker_config: Option<PathBuf>,
    /// `registry|user|password`, several separated by commas (`DEVCONTAINERS_OCI_AUTH`).
    pub inline: Option<String>,
    /// User and token for `ghcr.io`.
    pub github: Option<(String, String)>,
    /// Where programs are found, as in `PATH`: credential helpers. Without it this process's own counts for those that
    /// are named, and no others are looked for.
    pub path: Option<String>,
}

/// Only says what is there: the values are secrets.
impl std::fmt::Debug for LoginSources {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("LoginSources")
            .field("docker_config", &self.docker_config)
            .field("inline", &self.inline.is_some())
            .field("github", &self.github.is_some())
            .finish_non_exhaustive()
    }
}

/// The proxy for https, and what is reached without it. Plain http is for this machine only and needs none.
#[derive(Clone, Default)]
pub struct Proxies {
    /// The proxy's address.
    pub https: Option<String>,
    /// Hosts that are reached without it, as curl reads `NO_PROXY`.
    pub none_for: Option<String>,
}

/// Addresses of proxies may hold passwords.
impl std::fmt::Debug for Proxies {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Proxies").field("https", &self.https.is_some()).finish_non_exhaustive()
    }
}

/// How long to wait.
#[derive(Clone, Debug)]
pub struct Timeouts {
    /// For a connection, TLS included.
    pub connect: Duration,
    /// For the beginning of an answer, and for each further piece of it.
    pub silence: Duration,
    /// For a credential helper, which may ask the user something.
    pub helper: Duration,
    /// Before the second try; each further wait is twice as long.
    pub first_retry: Duration,
    /// The longest wait that a server may ask for.
    pub longest_retry: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            silence: Duration::from_secs(30),
            helper: Duration::from_secs(60),
            first_retry: Duration::from_millis(250),
            longest_retry: Duration::from_secs(20),
        }
    }
}

/// Which login servers may get a registry's login although they are at another host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoginServers {
    trusted: BTreeMap<String, BTreeSet<String>>,
}

impl Default for LoginServers {
    fn default() -> Self {
        let mut servers = Self { trusted: BTreeMap::new() };
        for (registry, server) in
            [("registry-1.docker.io", "auth.docker.io"), ("registry.gitlab.com", "gitlab.com")]
        {
            servers.insert(registry, server);
        }
        servers
    }
}

impl LoginServers {
    /// Adds `REGISTRY=LOGINSERVER`.
    pub fn add(&mut self, text: &str) -> Result<()> {
        match text.split_once('=') {
            Some((registry, server)) if !registry.is_empty() && !server.is_empty() => {
                self.insert(registry, server);
                Ok(())
            }
            _ => Err(Error::new(ErrorKind::Usage, format!("{text:?} does not name a login server"))
                .hint("Write it as REGISTRY=LOGINSERVER, such as \"registry.example=login.example\".")),
        }
    }

    fn insert(&mut self, registry: &str, server: &str) {
        self.trusted.entry(registry.to_lowercase()).or_default().insert(server.to_lowercase());
    }

    /// Whether the login for `registry` may go to `server` (host, with the port if one is given).
    pub(super) fn allows(&self, registry: &str, server: &str) -> bool {
        registry.eq_ignore_ascii_case(server)
            || self
                .trusted
                .get(&registry.to_lowercase())
                .is_some_and(|known| known.contains(&server.to_lowercase()))
    }
}

impl RegistryOptions {
    /// What the environment says: cache folder, proxies, certificates, logins.
    ///
    /// Logins are looked up as in the reference CLI: `DEVCONTAINERS_OCI_AUTH`, the docker client's configuration with
    /// its helpers, `GITHUB_TOKEN` for ghcr.io.
    pub fn from_environment(environment: &Environment) -> Self {
        Self {
            cache_dir: environment.cache_dir.clone(),
            logins: LoginSources::from_environment(environment),
            proxies: Proxies::from_environment(environment),
            environment: environment.clone(),
            ..Self::default()
        }
    }

    /// The certificates (PEM) that are trusted beyond those that the system's own store holds.
    pub(super) fn extra_certificates(&self) -> Vec<String> {
        let named = self.environment.get_non_empty("NODE_EXTRA_CA_CERTS");
        let named = named.and_then(|path| std::fs::read_to_string(path).ok());
        let host = HostTrust::gather(&self.environment).extra;
        self.certificates.iter().cloned().chain(named).chain(host).collect()
    }
}

impl LoginSources {
    pub(super) fn from_environment(environment: &Environment) -> Self {
        let text = |name: &str| environment.get_non_empty(name).map(str::to_owned);
        let in_home = || environment.home.as_ref().map(|home| home.join(".docker"));
        let on_github = text("GITHUB_HOST").is_none_or(|host| host == "github.com");
        let user = || text("USERNAME").unwrap_or_else(|| "devc".into());
        Self {
            docker_config: text("DOCKER_CONFIG").map(PathBuf::from).or_else(in_home),
            inline: text("DEVCONTAINERS_OCI_AUTH"),
            github: text("GITHUB_TOKEN").filter(|_| on_github).map(|token| (user(), token)),
            path: text("PATH"),
        }
    }
}

impl Proxies {
    fn from_environment(environment: &Environment) -> Self {
        let first =
            |names: &[&str]| names.iter().find_map(|name| environment.get_non_empty(name)).map(str::to_owned);
        Self {
            https: first(&["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"]),
            none_for: first(&["NO_PROXY", "no_proxy"]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_goes_to_the_registrys_own_server_and_to_those_that_were_named() {
        let mut servers = LoginServers::default();
        servers.add("registry.example=login.example:8443").unwrap();
        assert!(servers.allows("ghcr.io", "GHCR.io"));
        assert!(servers.allows("registry-1.docker.io", "auth.docker.io"));
        assert!(servers.allows("registry.example", "login.example:8443"));
        assert!(!servers.allows("registry.example", "login.example"));
        assert!(!servers.allows("ghcr.io", "auth.docker.io"));
        assert!(servers.add("registry.example").is_err());
    }

    #[test]
    fn secrets_do_not_appear_when_options_are_printed() {
        let mut options = RegistryOptions::default();
        options.logins.inline = Some("r|u|hunter2".into());
        options.logins.github = Some(("u".into(), "hunter2".into()));
        options.proxies.https = Some("http://u:hunter2@proxy".into());
        assert!(!format!("{options:?}").contains("hunter2"));
    }
}
