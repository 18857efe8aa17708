//! `--offline`: only what is cached.

use crate::client::{Home, publish, reference, told};
use crate::server::{Server, Setup};

#[tokio::test]
async fn what_was_fetched_once_needs_no_registry() {
    let home = Home::new();
    let server = Server::start(Setup::Open);
    let name = reference(&server.host(), "team/features/go:1");
    let pushed = publish(&home.client(), &name, b"layer").await;
    let client = home.client();
    let manifest = client.manifest(&name).await.unwrap();
    client.blob(&name, &pushed.layers[0]).await.unwrap();
    drop(server);

    let offline = home.offline();
    assert_eq!(offline.manifest(&name).await.unwrap(), manifest);
    assert_eq!(offline.manifest(&name.with_digest(manifest.digest.clone())).await.unwrap(), manifest);
    assert_eq!(offline.blob(&name, &pushed.layers[0]).await.unwrap().read().unwrap(), b"layer");
    // The digest says it all: a lockfile needs no registry either.
    home.client().manifest(&name.with_digest(manifest.digest)).await.unwrap();
    // The tag does not: it may have moved.
    let told = told(&home.client().manifest(&name).await.unwrap_err());
    assert!(told.contains("could not be reached") && told.contains("--offline uses it"), "{told}");
}

#[tokio::test]
async fn what_is_not_cached_is_refused_without_asking() {
    let home = Home::new();
    let mock = crate::mock::Mock::start(|_, _| crate::mock::Reply::new(500, ""));
    let name = reference(&mock.host(), "team/features/go:1");
    let offline = home.offline();
    let errors = [
        offline.manifest(&name).await.unwrap_err(),
        offline.tags(&name).await.unwrap_err(),
        offline.push_blob(&name, b"x".to_vec()).await.unwrap_err(),
        offline.has_manifest(&name).await.unwrap_err(),
    ];
    for error in &errors {
        assert!(told(error).contains("--offline forbids to ask the registry"), "{}", told(error));
        assert!(told(error).contains("Run the command once without --offline"));
    }
    assert!(mock.received().is_empty());
}
