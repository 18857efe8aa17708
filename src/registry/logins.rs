//! The user's logins: which one is for which registry.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::sync::OnceCell;

use crate::host::Environment;
use crate::registry::docker_config::{self, DockerConfig};
use crate::registry::place::Place;
use crate::registry::{LoginSources, Reference, Timeouts};

/// What the user logs in with.
#[derive(Clone, PartialEq, Eq)]
pub enum Login {
    /// User name and password.
    #[expect(missing_docs, reason = "the names say it")]
    Password { user: String, password: String },
    /// A token that login servers exchange for shorter-lived ones.
    #[expect(missing_docs, reason = "the name says it")]
    Identity { token: String },
}

/// The login with which an engine pulls an image.
#[derive(Debug, Default)]
pub struct ImageLogin {
    /// How the docker client names the registry.
    pub server: String,
    /// The login, if there is one.
    pub login: Option<Login>,
    /// Why there may be none although the user has set one up.
    pub problem: Option<String>,
}

impl Login {
    /// The value of an `Authorization` header; an identity token is for login servers only and has none.
    pub(super) fn basic(&self) -> Option<String> {
        match self {
            Self::Password { user, password } => {
                Some(format!("Basic {}", STANDARD.encode(format!("{user}:{password}"))))
            }
            Self::Identity { .. } => None,
        }
    }
}

/// Never shows a secret.
impl fmt::Debug for Login {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Password { .. } => "Login::Password",
            Self::Identity { .. } => "Login::Identity",
        })
    }
}

/// What a look-up came to.
#[derive(Clone, Debug, Default)]
pub(super) struct Found {
    /// The login, if there is one.
    pub(super) login: Option<Login>,
    /// Why there may be none although the user has set one up.
    pub(super) problem: Option<String>,
}

/// Looks up logins, each once per run: a helper may ask the user for a password.
pub struct Logins {
    sources: LoginSources,
    helper_timeout: Duration,
    found: Mutex<HashMap<String, Arc<OnceCell<Found>>>>,
}

impl Logins {
    pub(super) fn new(sources: LoginSources, helper_timeout: Duration) -> Self {
        Self { sources, helper_timeout, found: Mutex::default() }
    }

    /// Those of the docker client alone: what an engine gets must be what `docker pull` would give it. A token for
    /// GitHub that may not read packages would be refused even what is public.
    pub fn of_docker(environment: &Environment) -> Self {
        let sources =
            LoginSources { inline: None, github: None, ..LoginSources::from_environment(environment) };
        Self::new(sources, Timeouts::default().helper)
    }

    /// The login for an image. There is none for what is not the name of one: the engine will say so.
    pub async fn for_image(&self, name: &str) -> ImageLogin {
        let Ok(reference) = Reference::image(name) else { return ImageLogin::default() };
        let host = Place::origin(&reference).host;
        let server = docker_config::keys(&host).swap_remove(0);
        let Found { login, problem } = self.find(&host).await;
        ImageLogin { server, login, problem }
    }

    /// The login for the registry at `host`.
    pub(super) async fn find(&self, host: &str) -> Found {
        let cell = {
            let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(found.entry(host.to_owned()).or_default())
        };
        cell.get_or_init(|| self.look_up(host)).await.clone()
    }

    async fn look_up(&self, host: &str) -> Found {
        if let Some(login) = self.inline(host) {
            return Found { login: Some(login), problem: None };
        }
        let mut found = self.in_docker_config(host).await;
        if let Some((user, password)) = self.sources.github.clone().filter(|_| host == "ghcr.io") {
            found.login.get_or_insert(Login::Password { user, password });
        }
        found
    }

    fn inline(&self, host: &str) -> Option<Login> {
        let names = docker_config::keys(host);
        self.sources.inline.as_deref()?.split(',').find_map(|entry| {
            let mut parts = entry.splitn(3, '|');
            let (registry, user, password) = (parts.next()?, parts.next()?, parts.next()?);
            names
                .iter()
                .any(|name| name == registry)
                .then(|| Login::Password { user: user.to_owned(), password: password.to_owned() })
        })
    }

    async fn in_docker_config(&self, host: &str) -> Found {
        let Some(folder) = &self.sources.docker_config else { return Found::default() };
        match DockerConfig::read(folder) {
            Ok(config) => config.login(host, self.sources.path.as_deref(), self.helper_timeout).await,
            Err(problem) => Found { login: None, problem: Some(problem) },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn logins(sources: LoginSources) -> Logins {
        Logins::new(sources, Duration::from_secs(5))
    }

    #[tokio::test]
    async fn inline_logins_are_for_their_own_registry_only() {
        let inline = Some("a.example|me|pass|word,ghcr.io|you|secret,broken".to_owned());
        let logins = logins(LoginSources { inline, ..LoginSources::default() });
        let password = |login: Option<Login>| match login {
            Some(Login::Password { user, password }) => format!("{user} {password}"),
            _ => String::new(),
        };
        assert_eq!(password(logins.find("a.example").await.login), "me pass|word");
        assert_eq!(password(logins.find("ghcr.io").await.login), "you secret");
        assert_eq!(password(logins.find("a.example.evil").await.login), "");
    }

    #[tokio::test]
    async fn a_github_token_is_for_ghcr_alone() {
        let github = Some(("me".to_owned(), "token".to_owned()));
        let logins = logins(LoginSources { github, ..LoginSources::default() });
        assert!(logins.find("ghcr.io").await.login.is_some());
        assert!(logins.find("ghcr.io:8443").await.login.is_none());
        assert!(logins.find("docker.pkg.github.com").await.login.is_none());
    }

    #[tokio::test]
    async fn an_engine_gets_the_docker_clients_logins_only() {
        let folder = tempfile::tempdir().unwrap();
        let config = r#"{"auths": {"https://index.docker.io/v1/": {"auth": "aHViOmh1Yg=="},
            "localhost:5000": {"auth": "bWU6cGFzcw=="}}}"#;
        std::fs::write(folder.path().join("config.json"), config).unwrap();
        let variables = [
            ("DOCKER_CONFIG", folder.path().to_str().unwrap()),
            ("GITHUB_TOKEN", "token"),
            ("DEVCONTAINERS_OCI_AUTH", "quay.io|me|pass"),
        ];
        let logins = Logins::of_docker(&Environment::of(&variables));
        for (image, server, known) in [
            ("debian", "https://index.docker.io/v1/", true),
            ("team/app:1", "https://index.docker.io/v1/", true),
            ("localhost:5000/team/app", "localhost:5000", true),
            ("ghcr.io/a/b", "ghcr.io", false),
            ("quay.io/a/b@sha256:0", "", false),
            ("quay.io/a/b:1", "quay.io", false),
        ] {
            let found = logins.for_image(image).await;
            assert_eq!((found.server.as_str(), found.login.is_some()), (server, known), "{image}");
        }
    }

    #[test]
    fn printing_a_login_shows_no_secret() {
        let login = Login::Password { user: "me".into(), password: "hunter2".into() };
        assert_eq!(format!("{login:?}"), "Login::Password");
        assert_eq!(login.basic().unwrap(), "Basic bWU6aHVudGVyMg==");
    }
}
