//! Collections on their way into a real registry.

use std::path::Path;

use devc::ErrorKind;
use devc::collection::{self, Collection, Destination, Kind};
use devc::event::Events;
use devc::registry::{Registry, media_type};
use serde_json::{Value, json};

use crate::client::{Home, publish as publish_artifact, reference, told};
use crate::server::{PASSWORD, Server, Setup, USER};

/// A collection with one Feature, which was called otherwise once.
fn read(folder: &Path) -> Collection {
    let go = folder.join("go");
    std::fs::create_dir_all(&go).unwrap();
    let metadata = r#"{"id": "go", "version": "1.2.3", "name": "Go", "legacyIds": ["golang"]}"#;
    std::fs::write(go.join("devcontainer-feature.json"), metadata).unwrap();
    std::fs::write(go.join("install.sh"), "true\n").unwrap();
    collection::read(Kind::Feature, folder).unwrap()
}

async fn publish(server: &Server, client: &Registry, folder: &Path) -> devc::Result<Value> {
    let to = Destination { registry: server.host(), namespace: "team/features".to_owned() };
    collection::publish(&read(folder), &to, client, &Events::silent()).await
}

async fn tags(server: &Server, client: &Registry, id: &str) -> Vec<String> {
    let name = reference(&server.host(), &format!("team/features/{id}"));
    let mut tags = client.tags(&name).await.unwrap();
    tags.sort();
    tags
}

#[tokio::test]
async fn what_is_published_once_is_left_as_it_is() {
    let (server, home) = (Server::start(Setup::Open), Home::new());
    let (client, folder) = (home.client(), home.path().join("src"));
    let first = publish(&server, &client, &folder).await.unwrap();
    assert_eq!(first["go"]["publishedTags"], json!(["1", "1.2", "1.2.3", "latest"]));
    assert_eq!(first["go"]["publishedLegacyIds"], json!(["golang"]));
    for id in ["go", "golang"] {
        assert_eq!(tags(&server, &client, id).await, ["1", "1.2", "1.2.3", "latest"]);
    }
    assert_eq!(publish(&server, &client, &folder).await.unwrap(), json!({"go": {}}));
}

#[tokio::test]
async fn a_publication_that_was_broken_off_is_finished_by_the_next_one() {
    let (server, home) = (Server::start(Setup::Open), Home::new());
    let (client, folder) = (home.client(), home.path().join("src"));
    // The old name is done, the current one has some of its tags.
    let begun = reference(&server.host(), "team/features/go:1");
    let manifest = publish_artifact(&client, &begun, b"layer").await.to_bytes();
    client.push_manifest(&begun.with_tag("latest").unwrap(), manifest, media_type::MANIFEST).await.unwrap();
    publish_artifact(&client, &reference(&server.host(), "team/features/golang:1.2.3"), b"layer").await;

    let result = publish(&server, &client, &folder).await.unwrap();
    assert_eq!(result["go"]["publishedTags"], json!(["1", "1.2", "1.2.3", "latest"]));
    assert_eq!(result["go"].get("publishedLegacyIds"), None);
    let digest = |tag: &str| {
        let name = reference(&server.host(), &format!("team/features/go:{tag}"));
        let client = client.clone();
        async move { client.manifest(&name).await.unwrap().digest.to_string() }
    };
    for tag in ["1", "1.2", "1.2.3", "latest"] {
        assert_eq!(digest(tag).await, result["go"]["digest"], "{tag}");
    }
}

#[tokio::test]
async fn publishing_takes_a_login_where_the_registry_wants_one() {
    let (server, home) = (Server::start(Setup::Password), Home::new());
    let folder = home.path().join("src");
    let error = publish(&server, &home.client(), &folder).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Registry);
    assert!(told(&error).contains("docker login"), "{}", told(&error));

    let mut options = home.options();
    options.logins.inline = Some(format!("{}|{USER}|{PASSWORD}", server.host()));
    let client = crate::client::with(options);
    assert_eq!(publish(&server, &client, &folder).await.unwrap()["go"]["version"], "1.2.3");
}

#[tokio::test]
async fn one_that_is_published_alone_takes_its_place_in_the_table_of_contents() {
    let (server, home) = (Server::start(Setup::Open), Home::new());
    let (client, folder) = (home.client(), home.path().join("src"));
    std::fs::create_dir_all(folder.join("git")).unwrap();
    std::fs::write(folder.join("git/install.sh"), "true\n").unwrap();
    let write = |version: &str| {
        let metadata = format!(r#"{{"id": "git", "version": "{version}", "name": "Git"}}"#);
        std::fs::write(folder.join("git/devcontainer-feature.json"), metadata).unwrap();
    };
    write("1.0.0");
    publish(&server, &client, &folder).await.unwrap();
    write("1.0.1");
    let alone = collection::read(Kind::Feature, &folder.join("git")).unwrap();
    let to = Destination { registry: server.host(), namespace: "team/features".to_owned() };
    collection::publish(&alone, &to, &client, &Events::silent()).await.unwrap();

    let name = reference(&server.host(), "team/features");
    let contents = client.content(&client.artifact(&name).await.unwrap()).await.unwrap();
    let contents: Value = serde_json::from_slice(&contents).unwrap();
    let listed = contents["features"].as_array().unwrap().iter();
    let listed: Vec<String> = listed.map(|one| format!("{}:{}", one["id"], one["version"])).collect();
    assert_eq!(listed.join(" "), r#""git":"1.0.1" "go":"1.2.3""#);
}
