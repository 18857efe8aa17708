//! Registries that are reached through mirrors.

use devc::ErrorKind;
use devc::registry::{Reference, Registry, RegistryOptions};

use crate::client::{Home, publish, reference, told, with};
use crate::mock::{Mock, Reply};
use crate::server::{Server, Setup};

fn with_mirrors(home: &Home, table: &str) -> Registry {
    let mut options: RegistryOptions = home.options();
    options.mirrors.add(table).unwrap();
    with(options)
}

#[tokio::test]
async fn a_mirror_serves_a_registry_that_cannot_be_reached() {
    let (server, publisher, home) = (Server::start(Setup::Open), Home::new(), Home::new());
    let there = reference(&server.host(), "ghcr/devcontainers/features/go:1");
    let pushed = publish(&publisher.client(), &there, b"layer").await;
    let down = Mock::start(|_, _| Reply::new(503, ""));
    let client = with_mirrors(&home, &format!("ghcr.io={},{}/ghcr,none", down.host(), server.host()));
    let name = Reference::parse("ghcr.io/devcontainers/features/go:1").unwrap();
    assert_eq!(client.manifest(&name).await.unwrap().image(), Some(&pushed));
    assert_eq!(client.blob(&name, &pushed.layers[0]).await.unwrap().read().unwrap(), b"layer");
    assert_eq!(client.tags(&name).await.unwrap(), ["1"]);
    // Cached under the name that was asked for.
    assert_eq!(home.offline().manifest(&name).await.unwrap().image(), Some(&pushed));
}

#[tokio::test]
async fn what_no_place_has_is_not_found_and_all_places_are_named() {
    let home = Home::new();
    let (one, two) = (Mock::start(|_, _| Reply::new(404, "")), Mock::start(|_, _| Reply::new(404, "")));
    let client = with_mirrors(&home, &format!("ghcr.io={},{},none", one.host(), two.host()));
    let error = client.manifest(&Reference::parse("ghcr.io/a/b:1").unwrap()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(told(&error).contains(&one.host()) && told(&error).contains(&two.host()), "{}", told(&error));
}
