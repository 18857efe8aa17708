//! Logins in the docker client's `config.json`, and the helper programs that it names.
//!
//! Helpers run as children of this process's runtime, so that one which hangs neither blocks other downloads nor
//! outlives a Ctrl-C.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::Deserialize;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use crate::host::files;
use crate::registry::logins::{Found, Login};

/// The part of `config.json` that is about logins.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct DockerConfig {
    auths: BTreeMap<String, Entry>,
    cred_helpers: BTreeMap<String, String>,
    creds_store: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Entry {
    auth: String,
    username: String,
    password: String,
    identitytoken: String,
}

/// Never shows a secret.
impl std::fmt::Debug for Entry {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Entry")
    }
}

impl DockerConfig {
    /// Reads `config.json` in `folder`; a missing one is an empty one.
    pub(super) fn read(folder: &Path) -> Result<Self, String> {
        let path = folder.join("config.json");
        let text = files::read_optional(&path).map_err(|error| error.to_string())?;
        Self::parse(text.as_deref().unwrap_or("{}"))
            .map_err(|place| format!("{} is not understood ({place})", path.display()))
    }

    /// Reads its text; of a mistake only the place is told, as what is there may be a secret.
    fn parse(text: &str) -> Result<Self, String> {
        serde_json::from_str(text)
            .map_err(|error| format!("line {}, column {}", error.line(), error.column()))
    }

    /// The login for a registry: its own helper's, else the common store's, else the one that is written down.
    pub(super) async fn login(&self, host: &str, path: Option<&str>, timeout: Duration) -> Found {
        let store = Some(self.creds_store.as_str()).filter(|name| !name.is_empty());
        let store = store.or_else(|| default_store(path?).filter(|_| self.is_empty()));
        let helpers = keys(host).into_iter().filter_map(|key| {
            let own = self.cred_helpers.get(&key).filter(|name| !name.is_empty());
            own.map(String::as_str).or(store).map(|helper| (key, helper))
        });
        let mut problem = None;
        for (key, helper) in helpers {
            match ask(helper, &key, path, timeout).await {
                Ok(login) => return Found { login: Some(login), problem: None },
                Err(Silence::NoLogin) => {}
                Err(Silence::Failed(reason)) => problem = Some(reason),
            }
        }
        let login = keys(host).iter().find_map(|key| self.written_down(key));
        Found { problem: problem.filter(|_| login.is_none()), login }
    }

    /// Whether nothing about logins is set up.
    fn is_empty(&self) -> bool {
        self.auths.is_empty() && self.cred_helpers.is_empty() && self.creds_store.is_empty()
    }

    fn written_down(&self, key: &str) -> Option<Login> {
        let is_it = |name: &str| name == key || host_of(name) == key;
        let (_, entry) = self.auths.iter().find(|(name, _)| is_it(name))?;
        if !entry.identitytoken.is_empty() {
            return Some(Login::Identity { token: entry.identitytoken.clone() });
        }
        if !entry.auth.is_empty() {
            return decode(&entry.auth);
        }
        let password = Login::Password { user: entry.username.clone(), password: entry.password.clone() };
        (!entry.username.is_empty()).then_some(password)
    }
}

/// The store that the docker client itself takes where nothing is set up, if it is installed in one of the folders.
fn default_store(path: &str) -> Option<&'static str> {
    let is_installed =
        |program: &str| path.split(':').any(|folder| Path::new(folder).join(program).is_file());
    let store = match cfg!(target_os = "macos") {
        true => "osxkeychain",
        false if is_installed("pass") => "pass",
        false => "secretservice",
    };
    is_installed(&format!("docker-credential-{store}")).then_some(store)
}

/// The login that a text of `config.json` has for a registry, helpers left out.
#[cfg(fuzzing)]
pub fn login_in(text: &str, host: &str) -> Option<Login> {
    let config = DockerConfig::parse(text).ok()?;
    keys(host).iter().find_map(|key| config.written_down(key))
}

/// The names under which logins for a registry are kept. Docker Hub has several.
pub(super) fn keys(host: &str) -> Vec<String> {
    const HUB: [&str; 4] =
        ["https://index.docker.io/v1/", "docker.io", "index.docker.io", "registry-1.docker.io"];
    let keys: &[&str] = if host == "registry-1.docker.io" { &HUB } else { &[host] };
    keys.iter().map(|key| (*key).to_owned()).collect()
}

/// `https://ghcr.io/v2/` was written by old clients for `ghcr.io`.
fn host_of(name: &str) -> &str {
    let Some((_, rest)) = name.split_once("://") else { return name };
    rest.split('/').next().unwrap_or_default()
}

/// `user:password` in base 64, with or without padding.
fn decode(text: &str) -> Option<Login> {
    let lenient = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let bytes = GeneralPurpose::new(&STANDARD, lenient).decode(text.trim()).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let (user, password) = text.split_once(':')?;
    Some(Login::Password { user: user.to_owned(), password: password.trim_end_matches('\0').to_owned() })
}

/// Why a helper gave no login.
enum Silence {
    /// It has none for this registry.
    NoLogin,
    /// It could not be asked.
    Failed(String),
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    username: String,
    secret: String,
}

/// Asks `docker-credential-<helper>`. What it prints may hold secrets and is never shown.
async fn ask(helper: &str, key: &str, path: Option<&str>, timeout: Duration) -> Result<Login, Silence> {
    let program = format!("docker-credential-{helper}");
    let failed = |reason: &str| Silence::Failed(format!("{program} {reason}"));
    if helper.contains('/') {
        return Err(failed("is not the name of a program"));
    }
    let output = match tokio::time::timeout(timeout, run(&program, key, path)).await {
        Ok(Ok(output)) => output,
        Ok(Err(error)) => return Err(failed(&format!("could not be run: {error}"))),
        Err(_) => return Err(failed(&format!("did not answer within {} seconds", timeout.as_secs()))),
    };
    if !output.status.success() {
        return Err(Silence::NoLogin);
    }
    let answer: Answer = serde_json::from_slice(&output.stdout)
        .map_err(|_| failed("gave an answer that is not understood"))?;
    Ok(match answer.username.as_str() {
        "<token>" => Login::Identity { token: answer.secret },
        _ => Login::Password { user: answer.username, password: answer.secret },
    })
}

async fn run(program: &str, key: &str, path: Option<&str>) -> std::io::Result<std::process::Output> {
    let mut command = Command::new(program);
    command.arg("get").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    if let Some(path) = path {
        command.env("PATH", path);
    }
    let mut child = command.spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        // A helper that does not read has an opinion of its own; its exit code tells.
        let _ = stdin.write_all(key.as_bytes()).await;
    }
    child.wait_with_output().await
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Folder(tempfile::TempDir);

    impl Folder {
        fn with(config: &str) -> Self {
            let folder = tempfile::tempdir().unwrap();
            std::fs::write(folder.path().join("config.json"), config).unwrap();
            Self(folder)
        }

        fn helper(self, name: &str, script: &str) -> Self {
            use std::os::unix::fs::PermissionsExt;
            let path = self.0.path().join(format!("docker-credential-{name}"));
            std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700)).unwrap();
            self
        }

        async fn find(&self, host: &str) -> String {
            let path = format!("{}:/usr/bin:/bin", self.0.path().display());
            let config = DockerConfig::read(self.0.path()).unwrap();
            let found = config.login(host, Some(&path), Duration::from_millis(500)).await;
            match (found.login, found.problem) {
                (Some(Login::Password { user, password }), _) => format!("{user}:{password}"),
                (Some(Login::Identity { token }), _) => format!("token {token}"),
                (None, problem) => problem.unwrap_or_default(),
            }
        }
    }

    #[tokio::test]
    async fn logins_that_are_written_down_are_found_by_the_registrys_name() {
        let folder = Folder::with(
            r#"{"auths": {
                "a.example": {"auth": "bWU6cGFzczp3b3Jk"},
                "https://index.docker.io/v1/": {"auth": "aHViOmh1Yg"},
                "https://old.example/v2/": {"username": "u", "password": "p"},
                "t.example:5000": {"auth": "eDp5", "identitytoken": "long"},
                "empty.example": {}
            }, "psFormat": "x"}"#,
        );
        for (host, expected) in [
            ("a.example", "me:pass:word"),
            ("registry-1.docker.io", "hub:hub"),
            ("old.example", "u:p"),
            ("t.example:5000", "token long"),
            ("empty.example", ""),
            ("other.example", ""),
        ] {
            assert_eq!(folder.find(host).await, expected, "{host}");
        }
    }

    #[tokio::test]
    async fn helpers_are_asked_for_the_registry_that_they_are_for() {
        let echo = r#"read -r key || true; printf '{"ServerURL":"","Username":"from %s","Secret":"%s"}'"#;
        let folder = Folder::with(
            r#"{"credHelpers": {"a.example": "one", "b.example": "token"}, "credsStore": "two",
                "auths": {"none.example": {"auth": "bWU6cGFzcw=="}}}"#,
        )
        .helper("one", &format!(r#"{echo} one "$key""#))
        .helper("token", r#"printf '{"Username":"<token>","Secret":"long"}'"#)
        .helper("two", &format!(r#"{echo} two "$key"; test "$key" != none.example"#));
        assert_eq!(folder.find("a.example").await, "from one:a.example");
        assert_eq!(folder.find("b.example").await, "token long");
        assert_eq!(folder.find("c.example").await, "from two:c.example");
        assert_eq!(folder.find("registry-1.docker.io").await, "from two:https://index.docker.io/v1/");
        assert_eq!(folder.find("none.example").await, "me:pass", "a store without it is not the end");
    }

    #[tokio::test]
    #[cfg(target_os = "linux")]
    async fn where_nothing_is_set_up_the_platforms_own_store_is_asked_if_it_is_there() {
        let answer = r#"printf '{"Username":"me","Secret":"kept"}'"#;
        assert_eq!(Folder::with("{}").find("a.example").await, "");
        let folder = Folder::with("{}").helper("secretservice", answer);
        assert_eq!(folder.find("a.example").await, "me:kept");
        let folder = Folder::with(r#"{"auths": {"b.example": {}}}"#).helper("secretservice", answer);
        assert_eq!(folder.find("a.example").await, "", "what is set up counts");
    }

    #[tokio::test]
    async fn helpers_that_fail_are_named_and_not_quoted() {
        let folder = Folder::with(
            r#"{"credHelpers": {"a.example": "missing", "b.example": "noise", "c.example": "slow", "d.example": "../x"}}"#,
        )
        .helper("noise", "echo hunter2")
        .helper("slow", "exec sleep 20");
        assert!(folder.find("a.example").await.starts_with("docker-credential-missing could not be run"));
        let noise = folder.find("b.example").await;
        assert_eq!(noise, "docker-credential-noise gave an answer that is not understood");
        assert!(folder.find("c.example").await.contains("did not answer within"));
        assert!(folder.find("d.example").await.contains("is not the name of a program"));
    }

    #[test]
    fn a_configuration_that_is_no_json_is_named_without_its_content() {
        let folder = Folder::with(r#"{"auths": {"a.example": {"auth": ["hunter2"]}}}"#);
        let problem = DockerConfig::read(folder.0.path()).unwrap_err();
        assert!(problem.contains("config.json is not understood"), "{problem}");
        assert!(!problem.contains("hunter2"));
    }
}
