//! What Features, Templates and collections have in common: a manifest of their own kind with one layer that counts.

use crate::error::{Error, ErrorKind, Result};
use crate::registry::{Digest, ImageManifest, Manifest, Reference, Registry};

/// Where a published Feature or Template says in its manifest what it is, as JSON.
pub const METADATA: &str = "dev.containers.metadata";

/// A published Feature, Template or collection, of which only the manifest has been fetched.
#[derive(Clone, Debug)]
pub struct Artifact {
    /// The version that was asked for.
    pub reference: Reference,
    /// The digest of its manifest.
    pub digest: Digest,
    /// Its manifest.
    pub manifest: ImageManifest,
}

impl Artifact {
    /// What this manifest describes.
    pub fn of(reference: &Reference, manifest: &Manifest) -> Result<Self> {
        let digest = manifest.digest.clone();
        match manifest.image() {
            Some(image) if image.is_devcontainers() && !image.layers.is_empty() => {
                Ok(Self { reference: reference.clone(), digest, manifest: image.clone() })
            }
            _ => {
                Err(Error::new(ErrorKind::Config, format!("{reference} is neither a Feature nor a Template"))
                    .because("its manifest is that of something else, such as an image")
                    .hint("Check the name for a typing mistake."))
            }
        }
    }

    /// What it says about itself, as JSON; older ones say nothing outside their package.
    pub fn metadata(&self) -> Option<&str> {
        self.manifest.annotation(METADATA)
    }

    /// The media type of its content, which tells collections from packages.
    pub fn media_type(&self) -> &str {
        self.manifest.layers.first().map_or("", |layer| layer.media_type.as_str())
    }
}

impl Registry {
    /// The manifest of a Feature, Template or collection; anything else, such as an image, is refused.
    pub async fn artifact(&self, reference: &Reference) -> Result<Artifact> {
        Artifact::of(reference, &self.manifest(reference).await?)
    }

    /// The bytes of an artifact's content: the archive of a package, the JSON of a collection.
    pub async fn content(&self, artifact: &Artifact) -> Result<Vec<u8>> {
        let layer = artifact
            .manifest
            .layers
            .first()
            .ok_or_else(|| Error::new(ErrorKind::Config, format!("{} is empty", artifact.reference)))?;
        self.blob(&artifact.reference, layer).await?.read()
    }
}
