//! What is pushed to a real registry comes back.

use devc::ErrorKind;
use devc::registry::{Digest, ImageIndex, Platform, Reference, media_type};
use serde_json::{Map, json};

use crate::client::{Home, descriptor, feature, publish, reference, told};
use crate::server::{Server, Setup};

#[tokio::test]
async fn a_feature_comes_back_as_it_was_pushed() {
    let (server, home, other) = (Server::start(Setup::Open), Home::new(), Home::new());
    let name = reference(&server.host(), "team/features/go:1.0.0");
    let pushed = publish(&home.client(), &name, b"layer").await;
    for tag in ["1.0", "1", "latest"] {
        let tagged = name.with_tag(tag).unwrap();
        home.client().push_manifest(&tagged, pushed.to_bytes(), media_type::MANIFEST).await.unwrap();
    }

    let client = other.client();
    let manifest = client.manifest(&reference(&server.host(), "team/features/go")).await.unwrap();
    assert_eq!(manifest.image(), Some(&pushed));
    assert_eq!(manifest.digest, Digest::of(&pushed.to_bytes()));
    let by_digest = client.manifest(&name.with_digest(manifest.digest.clone())).await.unwrap();
    assert_eq!(by_digest, manifest);
    let layer = client.blob(&name, &pushed.layers[0]).await.unwrap();
    assert_eq!(layer.read().unwrap(), b"layer");
    let mut tags = client.tags(&name).await.unwrap();
    tags.sort();
    assert_eq!(tags, ["1", "1.0", "1.0.0", "latest"]);
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let (server, home) = (Server::start(Setup::Open), Home::new());
    let client = home.client();
    let name = reference(&server.host(), "team/features/go:2");
    assert_eq!(client.manifest(&name).await.unwrap_err().kind(), ErrorKind::NotFound);
    assert!(client.tags(&name).await.unwrap().is_empty());
    assert!(!client.has_manifest(&name).await.unwrap());

    publish(&client, &name.with_tag("1").unwrap(), b"layer").await;
    let error = client.manifest(&name).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(told(&error).contains("manifest unknown"), "{}", told(&error));
    let missing = descriptor(media_type::LAYER, b"never pushed");
    assert_eq!(client.blob(&name, &missing).await.unwrap_err().kind(), ErrorKind::NotFound);
    assert!(client.has_manifest(&name.with_tag("1").unwrap()).await.unwrap());
}

#[tokio::test]
async fn a_manifest_whose_contents_are_missing_is_refused_with_the_registrys_reason() {
    let (server, home) = (Server::start(Setup::Open), Home::new());
    let name = reference(&server.host(), "team/features/go:1");
    let pushed = home.client().push_manifest(&name, feature(b"x").to_bytes(), media_type::MANIFEST).await;
    let told = told(&pushed.unwrap_err());
    assert!(told.contains("400 Bad Request") && told.contains("blob unknown"), "{told}");
}

#[tokio::test]
async fn an_image_is_asked_for_its_details_without_its_layers() {
    let (server, home) = (Server::start(Setup::Open), Home::new());
    let client = home.client();
    let name = Reference::image(&format!("{}/base:1", server.host())).unwrap();
    let mut entries = Vec::new();
    for architecture in ["amd64", "arm64"] {
        let config = json!({"os": "linux", "architecture": architecture, "config": {
            "User": "vscode", "Env": ["A=b"], "Labels": {"arch": architecture}, "Cmd": ["bash"]}});
        let config = config.to_string().into_bytes();
        let mut manifest = feature(b"layer");
        manifest.config = descriptor("application/vnd.oci.image.config.v1+json", &config);
        client.push_blob(&name, config).await.unwrap();
        client.push_blob(&name, b"layer".to_vec()).await.unwrap();
        let bytes = manifest.to_bytes();
        let by_digest = name.with_digest(Digest::of(&bytes));
        client.push_manifest(&by_digest, bytes.clone(), media_type::MANIFEST).await.unwrap();
        let mut entry = descriptor(media_type::MANIFEST, &bytes);
        entry.platform = Platform::parse(&format!("linux/{architecture}"));
        entries.push(entry);
    }
    let index = ImageIndex { schema_version: 2, manifests: entries, annotations: Map::new() };
    let mut index = serde_json::to_value(index).unwrap();
    index["mediaType"] = media_type::INDEX.into();
    client.push_manifest(&name, index.to_string().into_bytes(), media_type::INDEX).await.unwrap();

    let client = Home::new();
    let arm = Platform::parse("linux/arm64/v8").unwrap();
    let details = client.client().image_details(&name, &arm).await.unwrap();
    assert_eq!((details.user.as_str(), details.labels["arch"].as_str()), ("vscode", "arm64"));
    assert_eq!((details.environment["A"].as_str(), details.platform.as_str()), ("b", "linux/arm64"));
    let error =
        client.client().image_details(&name, &Platform::parse("linux/s390x").unwrap()).await.unwrap_err();
    assert!(told(&error).contains("it exists for linux/amd64, linux/arm64"), "{}", told(&error));
}

#[tokio::test]
async fn twenty_features_are_fetched_side_by_side() {
    let (server, home, other) = (Server::start(Setup::Open), Home::new(), Home::new());
    let names: Vec<Reference> =
        (0..20).map(|n| reference(&server.host(), &format!("team/features/f{n}:1"))).collect();
    let publisher = home.client();
    for name in &names {
        publish(&publisher, name, name.id().as_bytes()).await;
    }
    let client = other.client();
    let tasks: Vec<_> = names
        .into_iter()
        .map(|name| {
            let client = client.clone();
            tokio::spawn(async move {
                let manifest = client.manifest(&name).await.unwrap();
                let layer = client.blob(&name, &manifest.image().unwrap().layers[0]).await.unwrap();
                assert_eq!(layer.read().unwrap(), name.id().as_bytes());
            })
        })
        .collect();
    let begin = std::time::Instant::now();
    for task in tasks {
        task.await.unwrap();
    }
    assert!(begin.elapsed().as_secs() < 20);
}
