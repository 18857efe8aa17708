//! Clients under test, each with a cache folder of its own, and small things to push and pull.

use std::path::Path;
use std::time::Duration;

use devc::Error;
use devc::event::Events;
use devc::host::Environment;
use devc::registry::{Descriptor, Digest, ImageManifest, Reference, Registry, RegistryOptions, media_type};
use serde_json::Map;
use tempfile::TempDir;

/// A cache folder and a folder for the docker client's configuration, gone at the end of the test.
pub struct Home {
    root: TempDir,
}

impl Home {
    /// With an empty cache and without logins.
    pub fn new() -> Self {
        Self { root: tempfile::Builder::new().prefix("devc-registry-").tempdir().unwrap() }
    }

    /// With this text as the docker client's `config.json`.
    pub fn with_logins(config: &str) -> Self {
        let home = Self::new();
        std::fs::write(home.path().join("config.json"), config).unwrap();
        home
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        self.root.path()
    }

    /// Options that lose no time.
    pub fn options(&self) -> RegistryOptions {
        let mut options = RegistryOptions::from_environment(&Environment::default());
        options.cache_dir = self.path().join("cache");
        options.logins.docker_config = Some(self.path().to_owned());
        options.timeouts.first_retry = Duration::from_millis(5);
        options
    }

    /// A client with these options.
    pub fn client(&self) -> Registry {
        with(self.options())
    }

    /// A client that only asks the cache.
    pub fn offline(&self) -> Registry {
        with(RegistryOptions { offline: true, ..self.options() })
    }
}

/// A client that keeps its troubles to itself.
pub fn with(options: RegistryOptions) -> Registry {
    Registry::new(options, Events::silent())
}

/// A reference at a host.
pub fn reference(host: &str, rest: &str) -> Reference {
    Reference::parse(&format!("{host}/{rest}")).unwrap()
}

/// Describes a content.
pub fn descriptor(media_type: &str, bytes: &[u8]) -> Descriptor {
    Descriptor {
        media_type: media_type.into(),
        digest: Digest::of(bytes),
        size: bytes.len() as u64,
        annotations: Map::new(),
        platform: None,
    }
}

/// The manifest of a Feature with one layer.
pub fn feature(layer: &[u8]) -> ImageManifest {
    let mut annotations = Map::new();
    annotations.insert("dev.containers.metadata".into(), r#"{"id":"go","version":"1.0.0"}"#.into());
    ImageManifest {
        schema_version: 2,
        media_type: Some(media_type::MANIFEST.into()),
        config: descriptor(media_type::DEVCONTAINERS, b"{}"),
        layers: vec![descriptor(media_type::LAYER, layer)],
        annotations,
    }
}

/// Publishes a Feature.
pub async fn publish(client: &Registry, name: &Reference, layer: &[u8]) -> ImageManifest {
    let manifest = feature(layer);
    client.push_blob(name, b"{}".to_vec()).await.unwrap();
    client.push_blob(name, layer.to_vec()).await.unwrap();
    client.push_manifest(name, manifest.to_bytes(), media_type::MANIFEST).await.unwrap();
    manifest
}

/// All that a person gets to read of an error.
pub fn told(error: &Error) -> String {
    let mut lines = vec![error.to_string()];
    lines.extend(error.reasons());
    lines.extend(error.hints().into_iter().map(str::to_owned));
    lines.join("\n")
}
