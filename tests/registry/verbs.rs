//! What somebody at a terminal meets: flags, variables and files about registries, and troubles in words.

use std::path::PathBuf;
use std::process::Command;

use insta::assert_snapshot;

use crate::client::{Home, publish, reference, with};
use crate::mock::{Mock, Reply};
use crate::server::{AUTHORITY, PASSWORD, Server, Setup, USER};

/// What a run of `devc` came to.
struct Ran {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

/// Runs `devc` with nothing but these variables and a home of its own.
fn devc(home: &Home, words: &[&str], variables: &[(&str, &str)]) -> Ran {
    let output = Command::new(env!("CARGO_BIN_EXE_devc"))
        .args(words)
        .env_clear()
        .env("HOME", home.path())
        .env("DOCKER_CONFIG", home.path())
        .env("XDG_CACHE_HOME", home.path().join("cache"))
        .envs(variables.iter().copied())
        .current_dir(home.path())
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ran { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

/// Asks for the tags of a Feature.
fn tags(home: &Home, id: &str, flags: &[&str], variables: &[(&str, &str)]) -> Ran {
    devc(home, &[&["features", "info", "tags", id, "--json"], flags].concat(), variables)
}

fn is_found(ran: &Ran) -> bool {
    ran.code == Some(0) && ran.stdout.contains("publishedTags")
}

async fn published(setup: Setup) -> Server {
    let server = Server::start(setup);
    let home = Home::new();
    let mut options = home.options();
    options.logins.inline = Some(format!("{}|{USER}|{PASSWORD}", server.host()));
    options.certificates = (setup == Setup::Tls).then(|| server.file(AUTHORITY)).into_iter().collect();
    publish(&with(options), &reference(&server.host(), "a/b:1"), b"layer").await;
    server
}

/// What is told about a registry that always answers so.
fn told(status: u16, message: &str) -> String {
    let body = format!(r#"{{"errors":[{{"code":"X","message":"{message}"}}]}}"#);
    let mock = Mock::start(move |_, _| Reply::new(status, body.clone()));
    let ran = devc(&Home::new(), &["features", "info", "tags", &format!("{}/a/b:1", mock.host())], &[]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(1), ""), "{}", ran.stderr);
    ran.stderr.replace(&mock.host(), "[HOST]")
}

#[test]
fn refusals_say_what_to_do() {
    assert_snapshot!(told(401, "authentication required"), @"
        error: could not fetch the manifest of [HOST]/a/b:1
          caused by: [HOST] answered 401 Unauthorized: authentication required

        → Log in with `docker login [HOST]` using an account that may do this, or check the name: private and missing things often look the same.
        ");
    assert_snapshot!(told(403, "denied"), @"
        error: could not fetch the manifest of [HOST]/a/b:1
          caused by: [HOST] answered 403 Forbidden: denied

        → Log in with `docker login [HOST]` using an account that may do this, or check the name: private and missing things often look the same.
        ");
    assert_snapshot!(told(404, "manifest unknown"), @"
        error: could not fetch the manifest of [HOST]/a/b:1
          caused by: [HOST] answered 404 Not Found: manifest unknown

        → Check the name and the version for a typing mistake.
        → If it is private, log in first with `docker login [HOST]`.
        ");
}

#[test]
fn waiting_in_vain_is_told() {
    assert_snapshot!(told(429, "toomanyrequests"), @"
        warning: [HOST] answered 429 Too Many Requests: toomanyrequests. Trying again in 0.25 s.
        warning: [HOST] answered 429 Too Many Requests: toomanyrequests. Trying again in 0.5 s.
        warning: [HOST] answered 429 Too Many Requests: toomanyrequests. Trying again in 1 s.
        error: could not fetch the manifest of [HOST]/a/b:1
          caused by: [HOST] answered 429 Too Many Requests: toomanyrequests

        → The registry limits how often it may be asked: wait a while, or log in with `docker login [HOST]`.
        ");
}

#[test]
fn a_registry_that_is_down_is_named() {
    let ran = tags(&Home::new(), "localhost:1/a/b", &[], &[]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(1), "{}\n"));
    let last =
        ran.stderr.lines().skip_while(|line| !line.starts_with("error:")).collect::<Vec<_>>().join("\n");
    assert_snapshot!(last, @"
        error: could not fetch the manifest of localhost:1/a/b:latest
          caused by: localhost:1 could not be reached: tcp connect error: Connection refused (os error 111)

        → Check the network and the proxy variables (HTTPS_PROXY, NO_PROXY). With --offline only what is cached is used.
        ");
}

#[tokio::test]
async fn a_certificate_of_the_companys_own_authority_has_to_be_trusted() {
    let server = published(Setup::Tls).await;
    let (home, id) = (Home::new(), format!("{}/a/b:1", server.host()));
    let refused = tags(&home, &id, &[], &[]);
    assert_eq!(refused.code, Some(1));
    assert_snapshot!(refused.stderr.replace(&server.host(), "[HOST]"), @"
        error: could not fetch the manifest of [HOST]/a/b:1
          caused by: the certificate of [HOST] is not trusted: its issuer is unknown to this machine

        → If a proxy or a registry of your company uses a certificate authority of its own, add that to this machine's trusted certificates, or name its file with SSL_CERT_FILE.
        ");
    let authority = home.path().join("ca.pem");
    std::fs::write(&authority, server.file(AUTHORITY)).unwrap();
    for variable in ["SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"] {
        let ran = tags(&Home::new(), &id, &[], &[(variable, authority.to_str().unwrap())]);
        assert!(is_found(&ran), "{variable}: {}", ran.stderr);
    }
}

#[tokio::test]
async fn logins_are_those_of_docker() {
    let server = published(Setup::Password).await;
    let id = format!("{}/a/b:1", server.host());
    let refused = tags(&Home::new(), &id, &[], &[]);
    assert!(refused.stderr.contains(&format!("docker login {}", server.host())), "{}", refused.stderr);
    let config = format!(r#"{{"auths":{{"{}":{{"auth":"ZGV2Omh1bnRlcjI="}}}}}}"#, server.host());
    assert!(is_found(&tags(&Home::with_logins(&config), &id, &[], &[])));
    let inline = format!("{}|{USER}|{PASSWORD}", server.host());
    assert!(is_found(&tags(&Home::new(), &id, &[], &[("DEVCONTAINERS_OCI_AUTH", &inline)])));
    let wrong = format!("{}|{USER}|hunter3", server.host());
    let refused = tags(&Home::new(), &id, &["--log-level", "trace"], &[("DEVCONTAINERS_OCI_AUTH", &wrong)]);
    assert_eq!(refused.code, Some(1));
    assert!(!refused.stderr.contains("hunter3"), "{}", refused.stderr);
}

#[tokio::test]
async fn mirrors_are_named_by_flag_variable_or_file() {
    let server = published(Setup::Open).await;
    let (id, row) = ("registry.example/a/b:1", format!("registry.example={},none", server.host()));
    assert!(is_found(&tags(&Home::new(), id, &["--registry-mirror", &row], &[])));
    let table = format!("other.example=localhost:1;{row}");
    assert!(is_found(&tags(&Home::new(), id, &[], &[("DEVC_REGISTRY_MIRROR", &table)])));
    let home = Home::new();
    let file = write_table(&home, &format!("# ours\n\n{row} # the one in the cellar\n"));
    assert!(is_found(&tags(&home, id, &[], &[])));
    let elsewhere = tags(&home, id, &["--registry-mirror", "registry.example=localhost:1,none"], &[]);
    assert!(elsewhere.stderr.contains("localhost:1 could not be reached"), "{}", elsewhere.stderr);
    write_table(&home, "fine.example=m\nregistry.example\n");
    let wrong = tags(&home, id, &[], &[]);
    let place = format!("{}, line 2, has a mistake", file.display());
    assert!(wrong.code == Some(1) && wrong.stderr.contains(&place), "{}", wrong.stderr);
}

fn write_table(home: &Home, text: &str) -> PathBuf {
    let file = home.path().join(".config/devc/registry-mirrors");
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(&file, text).unwrap();
    file
}

#[tokio::test]
async fn offline_means_the_cache_alone() {
    let server = published(Setup::Open).await;
    let (home, id) = (Home::new(), format!("{}/a/b:1", server.host()));
    let manifest = |flags: &[&str], variables: &[(&str, &str)]| {
        devc(&home, &[&["features", "info", "manifest", &id], flags].concat(), variables)
    };
    let refused = manifest(&["--offline"], &[]);
    assert!(refused.stderr.contains("--offline forbids to ask"), "{}", refused.stderr);
    let first = manifest(&[], &[]);
    assert_eq!(first.code, Some(0), "{}", first.stderr);
    drop(server);
    for (flags, variables) in [(&["--offline"][..], &[][..]), (&[], &[("DEVC_OFFLINE", "true")])] {
        assert_eq!(manifest(flags, variables).stdout, first.stdout);
    }
}

#[test]
fn a_login_server_that_is_misspelled_is_told() {
    let flag = ["--allow-cross-origin-auth-host", "registry.example"];
    let ran = tags(&Home::new(), "localhost:1/a/b", &flag, &[]);
    assert!(ran.stderr.contains("write it as REGISTRY=HOST"), "{}", ran.stderr);
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
}
