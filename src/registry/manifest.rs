//! Manifests: what a version of something consists of.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::registry::{Digest, Platform};

/// The names of formats.
pub mod media_type {
    /// A manifest as Features, Templates and OCI images have it.
    pub const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
    /// A list of manifests, one per platform.
    pub const INDEX: &str = "application/vnd.oci.image.index.v1+json";
    /// [`MANIFEST`], in Docker's words.
    pub const DOCKER_MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";
    /// [`INDEX`], in Docker's words.
    pub const DOCKER_INDEX: &str = "application/vnd.docker.distribution.manifest.list.v2+json";
    /// The configuration of Features, Templates and collections, by which they are known.
    pub const DEVCONTAINERS: &str = "application/vnd.devcontainers";
    /// The archive of a Feature or Template.
    pub const LAYER: &str = "application/vnd.devcontainers.layer.v1+tar";
    /// The table of contents of a collection.
    pub const COLLECTION: &str = "application/vnd.devcontainers.collection.layer.v1+json";
}

/// The formats that are understood, as an `Accept` header has them.
pub(super) const ACCEPTED: &str = "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json, application/vnd.docker.distribution.manifest.v2+json, application/vnd.docker.distribution.manifest.list.v2+json";

/// A content that something refers to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Descriptor {
    /// Its format.
    pub media_type: String,
    /// Its name.
    pub digest: Digest,
    /// Its length in bytes.
    pub size: u64,
    /// Notes about it, such as the name of its file.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub annotations: Map<String, Value>,
    /// The platform that it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<Platform>,
}

impl Descriptor {
    /// Describes a content.
    pub fn of(media_type: &str, bytes: &[u8]) -> Self {
        Self {
            media_type: media_type.to_owned(),
            digest: Digest::of(bytes),
            size: bytes.len() as u64,
            annotations: Map::new(),
            platform: None,
        }
    }
}

/// A manifest of one thing. Written as JSON, its properties are in the order of the reference CLI.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ImageManifest {
    /// Always 2.
    pub schema_version: u32,
    /// Its own format.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    /// The configuration.
    pub config: Descriptor,
    /// The contents, bottom first.
    pub layers: Vec<Descriptor>,
    /// Notes about it, such as `dev.containers.metadata`, in their order.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub annotations: Map<String, Value>,
}

impl ImageManifest {
    /// Whether this is a Feature, a Template or a collection.
    pub fn is_devcontainers(&self) -> bool {
        self.config.media_type == media_type::DEVCONTAINERS
    }

    /// The text of an annotation.
    pub fn annotation(&self, name: &str) -> Option<&str> {
        self.annotations.get(name)?.as_str()
    }

    /// The bytes to push.
    pub fn to_bytes(&self) -> Vec<u8> {
        // Maps with text keys and plain values always have a JSON form.
        serde_json::to_vec(self).unwrap_or_default()
    }
}

/// A list of manifests, one per platform.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ImageIndex {
    /// Always 2.
    pub schema_version: u32,
    /// The manifests.
    pub manifests: Vec<Descriptor>,
    /// Notes about it.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub annotations: Map<String, Value>,
}

/// What a manifest says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// One thing.
    Image(Box<ImageManifest>),
    /// The same for several platforms.
    Index(ImageIndex),
}

/// A manifest as the registry has it.
#[derive(Clone, PartialEq, Eq)]
pub struct Manifest {
    /// Its digest.
    pub digest: Digest,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// What they say.
    pub content: Content,
}

impl fmt::Debug for Manifest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Manifest")
            .field("digest", &self.digest)
            .field("content", &self.content)
            .finish()
    }
}

impl Manifest {
    /// Reads the bytes of a manifest or index. Which of them it is shows in what it has, since the media type is
    /// optional in it.
    pub fn parse(bytes: Vec<u8>) -> Result<Self, String> {
        let value: Value =
            serde_json::from_slice(&bytes).map_err(|error| format!("it is not JSON: {error}"))?;
        let content = match (value.get("layers").is_some(), value.get("manifests").is_some()) {
            (true, false) => serde_json::from_value(value).map(Content::Image),
            (false, true) => serde_json::from_value(value).map(Content::Index),
            _ => return Err("it has neither layers nor manifests, or both".into()),
        };
        let content = content.map_err(|error| error.to_string())?;
        Ok(Self { digest: Digest::of(&bytes), bytes, content })
    }

    /// The manifest of one thing; `None` for an index.
    pub fn image(&self) -> Option<&ImageManifest> {
        match &self.content {
            Content::Image(image) => Some(image),
            Content::Index(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn feature() -> ImageManifest {
        let mut layer = Descriptor {
            media_type: media_type::LAYER.into(),
            digest: Digest::of(b"layer"),
            size: 5,
            annotations: Map::new(),
            platform: None,
        };
        layer
            .annotations
            .insert("org.opencontainers.image.title".into(), "devcontainer-feature-go.tgz".into());
        let mut annotations = Map::new();
        annotations.insert("dev.containers.metadata".into(), "{\"id\":\"go\"}".into());
        annotations.insert("com.github.package.type".into(), "devcontainer_feature".into());
        ImageManifest {
            schema_version: 2,
            media_type: Some(media_type::MANIFEST.into()),
            config: Descriptor {
                media_type: media_type::DEVCONTAINERS.into(),
                digest: Digest::of(b"{}"),
                size: 2,
                annotations: Map::new(),
                platform: None,
            },
            layers: vec![layer],
            annotations,
        }
    }

    #[test]
    fn a_manifest_is_written_as_the_reference_writes_it() {
        let text = String::from_utf8(feature().to_bytes()).unwrap();
        insta::assert_snapshot!(text, @r#"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"application/vnd.devcontainers","digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a","size":2},"layers":[{"mediaType":"application/vnd.devcontainers.layer.v1+tar","digest":"sha256:dac1d7cfa95021764849fd102524e141488c5e3a90f861dbb5a12d9ac8584f85","size":5,"annotations":{"org.opencontainers.image.title":"devcontainer-feature-go.tgz"}}],"annotations":{"dev.containers.metadata":"{\"id\":\"go\"}","com.github.package.type":"devcontainer_feature"}}"#);
    }

    #[test]
    fn what_is_written_is_read_again() {
        let manifest = Manifest::parse(feature().to_bytes()).unwrap();
        assert_eq!(manifest.image(), Some(&feature()));
        assert_eq!(manifest.image().unwrap().annotation("dev.containers.metadata"), Some("{\"id\":\"go\"}"));
        assert!(manifest.image().unwrap().is_devcontainers());
    }

    #[test]
    fn what_is_no_manifest_is_refused_with_a_reason() {
        for text in ["", "[]", "{}", r#"{"layers":[],"manifests":[]}"#, r#"{"schemaVersion":2,"layers":[]}"#]
        {
            assert!(Manifest::parse(text.into()).is_err(), "{text}");
        }
        let escaping =
            br#"{"schemaVersion":2,"config":{"mediaType":"","digest":"sha256:../x","size":1},"layers":[]}"#;
        assert!(Manifest::parse(escaping.to_vec()).unwrap_err().contains("is not a sha256 digest"));
    }

    proptest::proptest! {
        #[test]
        fn no_damage_to_a_manifest_is_too_strange(at in 0..400_usize, byte: u8) {
            let mut bytes = feature().to_bytes();
            let at = at % bytes.len();
            bytes[at] = byte;
            let _ = Manifest::parse(bytes);
        }
    }
}
