//! No login is ever sent to a host that it is not for.

use devc::registry::RegistryOptions;

use crate::client::{Home, descriptor, feature, reference, told, with};
use crate::mock::{Mock, Reply};
use devc::registry::media_type;

/// A login for the registry, another one for the host that must not get the first.
fn logins(registry: &str) -> Home {
    Home::with_logins(&format!(r#"{{"auths": {{"{registry}": {{"auth": "ZGV2Omh1bnRlcjI="}}}}}}"#))
}

/// A registry that wants a password and then sends downloads to `storage`.
fn redirecting(storage: String) -> Mock {
    Mock::start(move |request, _| match request.authorization() {
        "" => Reply::new(401, "").header("WWW-Authenticate", "Basic realm=\"x\""),
        _ => Reply::new(307, "").header("Location", format!("http://{storage}/signed?signature=hunter3")),
    })
}

#[tokio::test]
async fn a_redirect_takes_the_download_along_but_not_the_login() {
    let storage = Mock::start(|_, _| Reply::new(200, "layer"));
    let registry = redirecting(storage.other_host());
    let home = logins(&registry.host());
    let layer = descriptor(media_type::LAYER, b"layer");
    home.client().blob(&reference(&registry.host(), "a/b:1"), &layer).await.unwrap();
    let received = storage.received();
    assert_eq!(received.len(), 1);
    assert_eq!(received[0].authorization(), "");
    assert!(registry.received().iter().any(|request| request.authorization().starts_with("Basic")));
}

#[tokio::test]
async fn the_port_counts_as_another_host_too() {
    let storage = Mock::start(|_, _| Reply::new(200, "layer"));
    let registry = redirecting(storage.host());
    let layer = descriptor(media_type::LAYER, b"layer");
    let home = logins(&registry.host());
    home.client().blob(&reference(&registry.host(), "a/b:1"), &layer).await.unwrap();
    assert!(storage.received().iter().all(|request| request.authorization().is_empty()));
}

#[tokio::test]
async fn a_storage_that_asks_for_a_login_does_not_get_the_registrys() {
    let storage = Mock::start(|_, _| Reply::new(401, "").header("WWW-Authenticate", "Basic realm=\"y\""));
    let registry = redirecting(storage.other_host());
    let home = logins(&registry.host());
    let layer = descriptor(media_type::LAYER, b"layer");
    let error = home.client().blob(&reference(&registry.host(), "a/b:1"), &layer).await.unwrap_err();
    assert!(told(&error).contains("401 Unauthorized"), "{}", told(&error));
    assert!(!told(&error).contains("hunter3"), "signatures of addresses are secrets: {}", told(&error));
    assert!(storage.received().iter().all(|request| request.authorization().is_empty()));
}

#[tokio::test]
async fn the_login_does_not_come_back_after_a_way_over_another_host() {
    let back = Mock::start(|request, _| {
        let port = request.headers["host"].clone();
        Reply::new(500, port)
    });
    let home_of_login = back.host();
    let storage = {
        let target = home_of_login.clone();
        Mock::start(move |_, _| Reply::new(307, "").header("Location", format!("http://{target}/v2/evil")))
    };
    let other = storage.other_host();
    let registry = Mock::start(move |request, port| match (request.line.as_str(), request.authorization()) {
        ("GET /home", _) => Reply::new(200, "layer"),
        (_, "") => Reply::new(401, "").header("WWW-Authenticate", "Basic realm=\"x\""),
        _ => Reply::new(307, "").header("Location", format!("http://{other}/{port}")),
    });
    let home = logins(&registry.host());
    let layer = descriptor(media_type::LAYER, b"layer");
    let _ = home.client().blob(&reference(&registry.host(), "a/b:1"), &layer).await;
    for request in back.received().iter().chain(&storage.received()) {
        assert_eq!(request.authorization(), "");
    }
    assert!(!back.received().is_empty(), "the way was gone to its end");
}

/// A registry whose login server is at another host.
fn with_foreign_login_server(server: String) -> Mock {
    Mock::start(move |request, _| match request.authorization() {
        "Bearer all" => Reply::new(200, feature(b"layer").to_bytes()),
        _ => Reply::new(401, "")
            .header("WWW-Authenticate", format!("Bearer realm=\"http://{server}/token\",service=\"s\"")),
    })
}

#[tokio::test]
async fn a_login_server_elsewhere_is_asked_without_the_login_unless_it_is_named() {
    let server = Mock::start(|request, _| match request.authorization() {
        "" => Reply::new(200, r#"{"token":"public"}"#),
        _ => Reply::new(200, r#"{"token":"all"}"#),
    });
    let registry = with_foreign_login_server(server.other_host());
    let home = logins(&registry.host());
    let name = reference(&registry.host(), "a/b:1");
    let told = told(&home.client().manifest(&name).await.unwrap_err());
    assert!(server.received().iter().all(|request| request.authorization().is_empty()));
    let flag = format!("--allow-cross-origin-auth-host {}={}", registry.host(), server.other_host());
    assert!(told.contains(&flag) && told.contains("was not sent to"), "{told}");

    let mut options: RegistryOptions = home.options();
    options.login_servers.add(&format!("{}={}", registry.host(), server.other_host())).unwrap();
    with(options).manifest(&name).await.unwrap();
    assert!(server.received().iter().any(|request| request.authorization().starts_with("Basic")));
}

#[tokio::test]
async fn an_upload_goes_where_the_registry_says_but_the_login_does_not() {
    let storage = Mock::start(|_, _| Reply::new(201, ""));
    let target = storage.other_host();
    let registry =
        Mock::start(move |request, _| match (request.line.split(' ').next(), request.authorization()) {
            (_, "") => Reply::new(401, "").header("WWW-Authenticate", "Basic realm=\"x\""),
            (Some("HEAD"), _) => Reply::new(404, ""),
            _ => Reply::new(202, "").header("Location", format!("http://{target}/upload?state=1")),
        });
    let home = logins(&registry.host());
    home.client().push_blob(&reference(&registry.host(), "a/b:1"), b"layer".to_vec()).await.unwrap();
    let received = storage.received();
    assert_eq!((received.len(), received[0].authorization(), received[0].body.as_str()), (1, "", "layer"));
    assert!(received[0].line.starts_with("PUT /upload?state=1&digest=sha256"), "{}", received[0].line);
}

#[tokio::test]
async fn nobody_is_sent_on_to_plain_http_elsewhere() {
    let registry =
        Mock::start(|_, _| Reply::new(302, "").header("Location", "http://storage.example/x?key=hunter3"));
    let told = told(&Home::new().client().manifest(&reference(&registry.host(), "a/b:1")).await.unwrap_err());
    assert!(told.contains("sends us on to http://storage.example, which is not https"), "{told}");
    let circle =
        Mock::start(|request, _| Reply::new(302, "").header("Location", request.line.replace("GET ", "")));
    let error = Home::new().client().manifest(&reference(&circle.host(), "a/b:1")).await.unwrap_err();
    assert!(crate::client::told(&error).contains("redirects in circles"));
}
