//! What an image says about itself, without pulling it.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind, Result};
use crate::registry::{Content, Descriptor, ImageIndex, ImageManifest, Reference, Registry};

/// The largest configuration that is read into memory.
const LARGEST_CONFIG: u64 = 8 * 1024 * 1024;

/// What an image runs on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Platform {
    /// Such as `linux`.
    pub os: String,
    /// Such as `amd64`.
    pub architecture: String,
    /// Such as `v7`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
}

impl Platform {
    /// Reads `os/architecture[/variant]`.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('/').map(str::to_owned).filter(|part| !part.is_empty());
        let platform = Self { os: parts.next()?, architecture: parts.next()?, variant: parts.next() };
        parts.next().is_none().then_some(platform)
    }

    /// Whether an image for `other` runs here. Who says nothing of a variant takes any.
    fn accepts(&self, other: &Self) -> bool {
        let same_kind = self.os == other.os && self.architecture == other.architecture;
        same_kind && (self.variant.is_none() || other.variant.is_none() || self.variant == other.variant)
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.os, self.architecture)?;
        self.variant.iter().try_for_each(|variant| write!(formatter, "/{variant}"))
    }
}

/// What an image says about itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImageDetails {
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// Its environment.
    pub environment: BTreeMap<String, String>,
    /// Its user; empty means root.
    pub user: String,
    /// Its entrypoint.
    pub entrypoint: Vec<String>,
    /// Its default command.
    pub command: Vec<String>,
    /// `os/architecture[/variant]`.
    pub platform: String,
}

#[derive(Deserialize)]
struct RawImage {
    #[serde(default)]
    os: String,
    #[serde(default)]
    architecture: String,
    variant: Option<String>,
    config: Option<RawConfig>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RawConfig {
    user: Option<String>,
    env: Option<Vec<String>>,
    labels: Option<BTreeMap<String, String>>,
    entrypoint: Option<Vec<String>>,
    cmd: Option<Vec<String>>,
}

impl Registry {
    /// What an image says about itself on a platform. Its layers are not fetched.
    pub async fn image_details(&self, reference: &Reference, platform: &Platform) -> Result<ImageDetails> {
        let manifest = match self.manifest(reference).await?.content {
            Content::Image(image) => *image,
            Content::Index(index) => self.choose(reference, &index, platform).await?,
        };
        let unfit = |reason: String| unusable(reference).because(reason);
        if manifest.config.size > LARGEST_CONFIG {
            return Err(unfit(format!("its configuration has {} bytes", manifest.config.size)));
        }
        let bytes = self.blob(reference, &manifest.config).await?.read()?;
        let image: RawImage = serde_json::from_slice(&bytes)
            .map_err(|error| unfit(format!("its configuration is not understood: {error}")))?;
        Ok(image.into())
    }

    async fn choose(
        &self,
        reference: &Reference,
        index: &ImageIndex,
        platform: &Platform,
    ) -> Result<ImageManifest> {
        let entry = select(index, platform).ok_or_else(|| {
            let all: Vec<String> = platforms(index).map(|(_, platform)| platform.to_string()).collect();
            Error::new(ErrorKind::NotFound, format!("image {reference} does not exist for {platform}"))
                .because(format!("it exists for {}", all.join(", ")))
                .hint("Choose another image, or another platform with --platform.")
        })?;
        match self.manifest(&reference.with_digest(entry.digest.clone())).await?.content {
            Content::Image(image) => Ok(*image),
            Content::Index(_) => Err(unusable(reference).because("its index leads to another index")),
        }
    }
}

fn unusable(reference: &Reference) -> Error {
    Error::new(ErrorKind::Config, format!("image {reference} cannot be used"))
}

/// The entries that are images; others are proofs of their origin, on the platform `unknown/unknown`.
fn platforms(index: &ImageIndex) -> impl Iterator<Item = (&Descriptor, &Platform)> {
    let named = index.manifests.iter().filter_map(|entry| Some((entry, entry.platform.as_ref()?)));
    named.filter(|(_, platform)| platform.os != "unknown")
}

/// The best entry: one with the very same variant before one that merely runs.
fn select<'a>(index: &'a ImageIndex, wanted: &Platform) -> Option<&'a Descriptor> {
    let fitting = || platforms(index).filter(|(_, platform)| wanted.accepts(platform));
    let exact = fitting().find(|(_, platform)| *platform == wanted);
    exact.or_else(|| fitting().next()).map(|(entry, _)| entry)
}

impl From<RawImage> for ImageDetails {
    fn from(raw: RawImage) -> Self {
        let config = raw.config.unwrap_or_default();
        let variables = config.env.unwrap_or_default();
        let pair =
            |text: &String| text.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()));
        let variant = raw.variant.filter(|variant| !variant.is_empty());
        Self {
            labels: config.labels.unwrap_or_default(),
            environment: variables.iter().filter_map(pair).collect(),
            user: config.user.unwrap_or_default(),
            entrypoint: config.entrypoint.unwrap_or_default(),
            command: config.cmd.unwrap_or_default(),
            platform: Platform { os: raw.os, architecture: raw.architecture, variant }.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::Digest;

    fn index(platforms: &[&str]) -> ImageIndex {
        let entry = |text: &&str| Descriptor {
            media_type: String::new(),
            digest: Digest::of(text.as_bytes()),
            size: 1,
            annotations: serde_json::Map::new(),
            platform: Platform::parse(text),
        };
        let manifests = platforms.iter().map(entry).collect();
        ImageIndex { schema_version: 2, manifests, annotations: serde_json::Map::new() }
    }

    #[test]
    fn the_entry_for_the_platform_is_chosen() {
        let index =
            index(&["unknown/unknown", "linux/amd64", "linux/arm/v6", "linux/arm/v7", "linux/arm64/v8"]);
        let check = |wanted: &str, expected: Option<&str>| {
            let found = select(&index, &Platform::parse(wanted).unwrap()).map(|entry| entry.digest.clone());
            assert_eq!(found, expected.map(|text| Digest::of(text.as_bytes())), "{wanted}");
        };
        check("linux/amd64", Some("linux/amd64"));
        check("linux/arm/v7", Some("linux/arm/v7"));
        check("linux/arm64", Some("linux/arm64/v8"));
        check("linux/arm", Some("linux/arm/v6"));
        check("linux/s390x", None);
        check("unknown/unknown", None);
        check("linux/arm/v5", None);
    }

    #[test]
    fn an_image_may_say_little() {
        let details = |text: &str| ImageDetails::from(serde_json::from_str::<RawImage>(text).unwrap());
        assert_eq!(details(r#"{"os":"linux","architecture":"arm64"}"#).platform, "linux/arm64");
        let full = details(r#"{"config":{"User":"vscode","Env":["A=b=c","B"],"Cmd":null,"Labels":null}}"#);
        assert_eq!((full.user.as_str(), full.environment["A"].as_str()), ("vscode", "b=c"));
    }

    #[test]
    fn platforms_are_read_and_printed() {
        for text in ["linux/amd64", "linux/arm/v7"] {
            assert_eq!(Platform::parse(text).unwrap().to_string(), text);
        }
        assert!(Platform::parse("linux").is_none() && Platform::parse("a/b/c/d").is_none());
    }
}
