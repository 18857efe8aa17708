//! Images that need no build, because the same one has been built before.
//!
//! Where an image is another one with Features and a label on top, all that goes into it is known without the builder,
//! which takes 200 ms to come to the same answer. A Dockerfile may copy files, so there the builder is asked each time.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::build::{BuildContext, BuildRequest, Dockerfile, Output};
use crate::host::files;
use crate::name::hex;

/// What an image was made of, as this machine remembers it.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct KnownImage {
    /// The image's id in the engine.
    image: String,
    /// The hash of all that went into it.
    ingredients: String,
}

impl KnownImage {
    /// An image and what it was made of.
    pub(super) fn new(image: &str, ingredients: &str) -> Self {
        Self { image: image.to_owned(), ingredients: ingredients.to_owned() }
    }

    /// What is known of the image of this name; a damaged record is none.
    pub(super) fn load(state_dir: &Path, name: &str) -> Option<Self> {
        let text = files::read_optional(&path(state_dir, name)).ok()??;
        serde_json::from_str(&text).ok()
    }

    /// Remembers it. Failing to is no error: the builder is asked again.
    pub(super) fn save(&self, state_dir: &Path, name: &str) {
        if let Ok(text) = serde_json::to_string(self) {
            let _ = files::write_atomic(&path(state_dir, name), &text);
        }
    }
}

/// One file for each name, so that old images leave nothing behind.
fn path(state_dir: &Path, name: &str) -> PathBuf {
    state_dir.join("images").join(format!("{}.json", name.replace(['/', ':'], "_")))
}

/// The hash of all that goes into an image on the base with the id `base`; `None` where only the builder can tell, or has to
/// be asked all the same.
///
/// Certificates, proxies and our own secrets leave no trace in an image. Whether steps get them stands in the Dockerfile.
pub(super) fn ingredients(base: &str, request: &BuildRequest) -> Option<String> {
    let Dockerfile::Text { text, original: None } = &request.dockerfile else { return None };
    let wants_more = request.no_cache || request.cache_to.is_some() || request.platform.is_some();
    if wants_more || request.output != Output::Load || !request.ssh.is_empty() {
        return None;
    }
    let mut parts: Vec<Vec<u8>> = vec![base.into(), text.clone().into()];
    parts.extend(request.labels.iter().map(|(name, value)| format!("{name}={value}").into()));
    for (_, context) in &request.contexts {
        match context {
            BuildContext::Given(_) => return None,
            BuildContext::Files(_) => {}
            BuildContext::Packages(packages) => {
                parts.extend(
                    packages.iter().flat_map(|(name, package)| [name.clone().into(), package.to_tar()]),
                );
            }
        }
    }
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    Some(hex(&hash.finalize()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::Package;

    fn request(text: &str, script: &str) -> BuildRequest {
        let mut package = Package::default();
        package.add_text("install.sh", script);
        BuildRequest {
            dockerfile: Dockerfile::Text { text: text.to_owned(), original: None },
            contexts: vec![(
                "features".to_owned(),
                BuildContext::Packages(vec![("a_0".to_owned(), package)]),
            )],
            ..BuildRequest::default()
        }
    }

    #[test]
    fn everything_that_goes_in_counts() {
        let all = [
            ingredients("base", &request("FROM a", "echo 1")),
            ingredients("other", &request("FROM a", "echo 1")),
            ingredients("base", &request("FROM b", "echo 1")),
            ingredients("base", &request("FROM a", "echo 2")),
            ingredients(
                "base",
                &BuildRequest { labels: vec![("a".into(), "b".into())], ..request("FROM a", "echo 1") },
            ),
        ];
        let distinct: std::collections::BTreeSet<_> = all.iter().flatten().collect();
        assert_eq!(distinct.len(), all.len());
        assert_eq!(all[0], ingredients("base", &request("FROM a", "echo 1")));
    }

    #[test]
    fn the_builder_is_asked_where_only_it_can_tell() {
        let of = |change: &dyn Fn(&mut BuildRequest)| {
            let mut request = request("FROM a", "echo");
            change(&mut request);
            ingredients("base", &request)
        };
        assert_eq!(of(&|request| request.no_cache = true), None);
        assert_eq!(of(&|request| request.output = Output::Push), None);
        assert_eq!(of(&|request| request.ssh.push("default".to_owned())), None);
        assert_eq!(of(&|request| request.dockerfile = Dockerfile::File("/w/Dockerfile".into())), None);
        let given = ("x".to_owned(), BuildContext::Given("/w".to_owned()));
        assert_eq!(of(&|request| request.contexts.push(given.clone())), None);
    }

    #[test]
    fn a_damaged_record_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let known = KnownImage::new("sha256:1", "abc");
        known.save(folder.path(), "registry/a:b");
        assert_eq!(KnownImage::load(folder.path(), "registry/a:b"), Some(known));
        std::fs::write(folder.path().join("images/registry_a_b.json"), "{").unwrap();
        assert_eq!(KnownImage::load(folder.path(), "registry/a:b"), None);
    }
}
