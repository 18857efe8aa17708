//! Logging in: with a password at a real registry, with tokens at a login server.

use std::os::unix::fs::PermissionsExt;
use std::sync::atomic::{AtomicUsize, Ordering};

use devc::registry::RegistryOptions;

use crate::client::{Home, feature, publish, reference, told, with};
use crate::mock::{Mock, Received, Reply};
use crate::server::{PASSWORD, Server, Setup, USER};

/// `dev:hunter2` and `dev:wrong`, as `config.json` has them.
const RIGHT: &str = "ZGV2Omh1bnRlcjI=";
const WRONG: &str = "ZGV2Ondyb25n";

fn written_down(host: &str, auth: &str) -> String {
    format!(r#"{{"auths": {{"{host}": {{"auth": "{auth}"}}}}}}"#)
}

#[tokio::test]
async fn a_password_opens_a_registry() {
    let server = Server::start(Setup::Password);
    let name = reference(&server.host(), "team/features/go:1");
    let home = Home::with_logins(&written_down(&server.host(), RIGHT));
    publish(&home.client(), &name, b"layer").await;
    assert_eq!(home.client().tags(&name).await.unwrap(), ["1"]);

    let mut options: RegistryOptions = Home::new().options();
    options.logins.inline = Some(format!("{}|{USER}|{PASSWORD}", server.host()));
    assert_eq!(with(options).tags(&name).await.unwrap(), ["1"]);
}

#[tokio::test]
async fn a_helper_opens_a_registry() {
    let server = Server::start(Setup::Password);
    let home = Home::with_logins(&format!(r#"{{"credHelpers": {{"{}": "test"}}}}"#, server.host()));
    let helper = home.path().join("docker-credential-test");
    let script = format!(
        "#!/bin/sh\necho x >>{}\nprintf '{{\"Username\":\"{USER}\",\"Secret\":\"{PASSWORD}\"}}'\n",
        home.path().join("asked").display()
    );
    std::fs::write(&helper, script).unwrap();
    std::fs::set_permissions(&helper, std::fs::Permissions::from_mode(0o700)).unwrap();
    let mut options: RegistryOptions = home.options();
    options.logins.path = Some(format!("{}:/usr/bin:/bin", home.path().display()));
    let client = with(options);
    publish(&client, &reference(&server.host(), "team/features/go:1"), b"layer").await;
    publish(&client, &reference(&server.host(), "team/features/node:1"), b"layer").await;
    let asked = std::fs::read_to_string(home.path().join("asked")).unwrap();
    assert_eq!(asked.lines().count(), 1, "a helper is asked once");
}

#[tokio::test]
async fn without_the_right_password_the_registry_stays_closed_and_nothing_secret_is_told() {
    let server = Server::start(Setup::Password);
    let name = reference(&server.host(), "team/features/go:1");
    for home in [Home::new(), Home::with_logins(&written_down(&server.host(), WRONG))] {
        let errors = [
            home.client().manifest(&name).await.unwrap_err(),
            home.client().push_blob(&name, b"x".to_vec()).await.unwrap_err(),
        ];
        for error in errors {
            let told = told(&error);
            assert!(told.contains("401 Unauthorized") && told.contains("docker login localhost:"), "{told}");
            assert!(!told.contains("wrong") && !told.contains(WRONG), "{told}");
        }
    }
    let broken = Home::with_logins(r#"{"credsStore": "that-is-missing"}"#);
    let told = told(&broken.client().manifest(&name).await.unwrap_err());
    assert!(told.contains("docker-credential-that-is-missing could not be run"), "{told}");
}

/// A registry whose login server is below `/token` on the same host and gives out `token`.
fn with_login_server(token: impl Fn(&Received) -> Reply + Send + Sync + 'static) -> Mock {
    Mock::start(move |request, port| {
        if request.line.contains("/token") {
            return token(request);
        }
        if request.authorization() == "Bearer good" {
            return Reply::new(200, feature(b"layer").to_bytes());
        }
        let realm = format!("http://127.0.0.1:{port}/token");
        let challenge = format!("Bearer realm=\"{realm}\",service=\"test\",scope=\"repository:a/b:pull\"");
        Reply::new(401, "").header("WWW-Authenticate", challenge)
    })
}

#[tokio::test]
async fn a_token_is_fetched_once_and_used_again() {
    let mock = with_login_server(|_| Reply::new(200, r#"{"token":"good"}"#));
    let home = Home::new();
    let (client, name) = (home.client(), reference(&mock.host(), "a/b:1"));
    for _ in 0..3 {
        client.manifest(&name).await.unwrap();
    }
    let expected = ["GET /token?service=test&scope=repository%3Aa%2Fb%3Apull"];
    assert_eq!(mock.lines("/token"), expected);
    assert_eq!(mock.received().len(), 5);
}

#[tokio::test]
async fn a_password_is_exchanged_for_a_token_and_goes_nowhere_else() {
    let mock = with_login_server(|request| match request.authorization() {
        "Basic ZGV2Omh1bnRlcjI=" => Reply::new(200, r#"{"access_token":"good"}"#),
        _ => Reply::new(401, ""),
    });
    let home = Home::with_logins(&written_down(&mock.host(), RIGHT));
    home.client().manifest(&reference(&mock.host(), "a/b:1")).await.unwrap();
    let with_password =
        mock.received().into_iter().filter(|request| request.authorization().contains("Basic"));
    assert!(with_password.map(|request| request.line).all(|line| line.starts_with("GET /token")));
}

#[tokio::test]
async fn an_identity_token_is_posted_to_the_login_server() {
    let mock = with_login_server(|request| {
        let expected = "client_id=devcontainer&grant_type=refresh_token&service=test&scope=repository%3Aa%2Fb%3Apull&refresh_token=long";
        let fits = request.line == "POST /token" && request.body == expected;
        if fits { Reply::new(200, r#"{"access_token":"good"}"#) } else { Reply::new(401, "") }
    });
    let config = format!(r#"{{"auths": {{"{}": {{"identitytoken": "long"}}}}}}"#, mock.host());
    Home::with_logins(&config).client().manifest(&reference(&mock.host(), "a/b:1")).await.unwrap();
}

#[tokio::test]
async fn an_old_login_does_not_keep_from_what_is_public() {
    let mock = with_login_server(|request| match request.authorization() {
        "" => Reply::new(200, r#"{"token":"good"}"#),
        _ => Reply::new(401, ""),
    });
    let home = Home::with_logins(&written_down(&mock.host(), WRONG));
    home.client().manifest(&reference(&mock.host(), "a/b:1")).await.unwrap();
}

#[tokio::test]
async fn a_token_that_has_expired_is_replaced() {
    let given = AtomicUsize::new(0);
    let mock = Mock::start(move |request, port| {
        if request.line.contains("/token") {
            return Reply::new(200, format!("{{\"token\":\"t{}\"}}", given.fetch_add(1, Ordering::SeqCst)));
        }
        let good = match request.line.as_str() {
            "GET /v2/a/b/manifests/1" => "Bearer t0",
            _ => "Bearer t1",
        };
        if request.authorization() == good {
            return Reply::new(200, feature(b"layer").to_bytes());
        }
        Reply::new(401, "")
            .header("WWW-Authenticate", format!("Bearer realm=\"http://127.0.0.1:{port}/token\""))
    });
    let home = Home::new();
    let client = home.client();
    client.manifest(&reference(&mock.host(), "a/b:1")).await.unwrap();
    client.manifest(&reference(&mock.host(), "a/b:2")).await.unwrap();
    assert_eq!(mock.lines("/token").len(), 2);
}

#[tokio::test]
async fn a_login_server_without_a_token_is_named() {
    for (reply, expected) in [
        (Reply::new(200, "{}"), "gave no token"),
        (Reply::new(403, ""), "403 Forbidden; it is the login server"),
        (Reply::new(302, "").header("Location", "http://127.0.0.1:1/steal"), "302 Found"),
    ] {
        let mock = with_login_server(move |_| reply.clone());
        let error = Home::new().client().manifest(&reference(&mock.host(), "a/b:1")).await.unwrap_err();
        assert!(told(&error).contains(expected), "{}", told(&error));
    }
}
