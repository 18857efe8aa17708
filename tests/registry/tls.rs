//! Certificates of one's own authority.

use devc::registry::RegistryOptions;

use crate::client::{Home, publish, reference, told, with};
use crate::server::{AUTHORITY, Server, Setup};

#[tokio::test]
async fn a_registry_is_trusted_when_its_authority_is() {
    let (server, home) = (Server::start(Setup::Tls), Home::new());
    let certificates = vec![server.file(AUTHORITY)];
    let client = with(RegistryOptions { certificates, ..home.options() });
    let name = reference(&server.host(), "team/features/go:1");
    publish(&client, &name, b"layer").await;
    assert_eq!(client.tags(&name).await.unwrap(), ["1"]);
}

#[tokio::test]
async fn an_unknown_authority_is_said_to_be_the_problem() {
    let (server, home) = (Server::start(Setup::Tls), Home::new());
    let name = reference(&server.host(), "team/features/go:1");
    let told = told(&home.client().manifest(&name).await.unwrap_err());
    assert!(told.contains("is not trusted: its issuer is unknown to this machine"), "{told}");
    assert!(told.contains("SSL_CERT_FILE"), "{told}");
}

#[tokio::test]
async fn a_certificate_for_another_name_is_refused() {
    let (server, home) = (Server::start(Setup::Tls), Home::new());
    let certificates = vec![server.file(AUTHORITY)];
    let client = with(RegistryOptions { certificates, ..home.options() });
    let by_address = server.host().replace("localhost", "127.0.0.1");
    let told = told(&client.manifest(&reference(&by_address, "team/x:1")).await.unwrap_err());
    assert!(told.contains("it is for another name"), "{told}");
}
