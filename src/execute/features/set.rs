//! Features with everything that is needed to install them.

use std::path::{Path, PathBuf};
use std::{fs, io};

use sha2::{Digest, Sha256};

use super::fetch::Origin;
use crate::archive::Package;
use crate::config::metadata::Entry;
use crate::error::{Error, ErrorKind, Result};
use crate::features::install::{self, TextFile};
use crate::features::{Planned, options};
use crate::host::files::create_private_folder;
use crate::host::unique_id;
use crate::name::hex;
use crate::recipe::features::{CONTENT_MODE, FeatureLayer, SHARED_FOLDER};

/// Features in their install order, with their packages.
#[derive(Clone, Debug, Default)]
pub struct FeatureSet {
    /// What is installed, first to last, with everything that it says about itself.
    pub order: Vec<Planned>,
    /// The files of each, and where they are from, in the same order.
    packages: Vec<(Package, Origin)>,
}

impl FeatureSet {
    /// Puts Features and their packages together.
    pub(super) fn new(loaded: Vec<(Planned, (Package, Origin))>) -> Self {
        let (order, packages) = loaded.into_iter().unzip();
        Self { order, packages }
    }

    /// Whether there is nothing to install.
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// The entries of the metadata label, in install order.
    pub fn entries(&self, with_customizations: bool) -> Vec<Entry> {
        self.order.iter().map(|planned| planned.metadata.entry(&planned.id, with_customizations)).collect()
    }

    /// What the Dockerfile needs to know.
    pub fn layers(&self) -> Vec<FeatureLayer> {
        FeatureLayer::all(&self.order)
    }

    /// The folders of the build context, by name: one for what all Features share, and one per Feature.
    pub fn content(&self, container_user: &str, remote_user: &str) -> Vec<(String, Package)> {
        let shared = with_files(Package::default(), install::shared_files(container_user, remote_user));
        std::iter::once((SHARED_FOLDER.to_owned(), shared)).chain(self.folders()).collect()
    }

    /// One folder per Feature, by name. It depends on nothing but the Feature and its options, so that a build can tell
    /// by its content whether it has to install the Feature again.
    pub fn folders(&self) -> impl Iterator<Item = (String, Package)> {
        self.order.iter().zip(&self.packages).enumerate().map(|(place, (planned, (package, _)))| {
            (planned.folder_name(place), with_files(package.clone(), install::feature_files(planned)))
        })
    }

    /// Writes the folders below `cache`, for others to read, and returns where. The place is named after the content, so
    /// that it is written once and never half.
    pub fn keep(&self, cache: &Path) -> Result<PathBuf> {
        let folders: Vec<(String, Package)> = self.folders().collect();
        let mut digest = Sha256::new();
        for (name, package) in &folders {
            digest.update(name);
            digest.update(package.to_tar());
        }
        let place = cache.join(hex(&digest.finalize()[..16]));
        if place.is_dir() {
            return Ok(place);
        }
        let failed = |error: io::Error| {
            Error::new(ErrorKind::Host, format!("could not write {}", place.display())).because(error)
        };
        let partial = place.with_extension(unique_id());
        create_private_folder(&partial).map_err(failed)?;
        for (name, package) in &folders {
            package.write_to(&partial.join(name), Some(CONTENT_MODE))?;
        }
        match fs::rename(&partial, &place) {
            // Somebody else was faster with the same.
            Err(_) if place.is_dir() => fs::remove_dir_all(&partial).map_err(failed)?,
            result => result.map_err(failed)?,
        }
        Ok(place)
    }

    /// What is installed, and where it is from.
    pub(super) fn members(&self) -> impl Iterator<Item = (&Planned, &Origin)> {
        self.order.iter().zip(self.packages.iter().map(|(_, origin)| origin))
    }

    /// What is odd about the options that were given, each as a sentence.
    pub fn warnings(&self) -> Vec<String> {
        let of = |planned: &Planned| {
            let oddities = options::oddities(&planned.metadata, &planned.options);
            oddities
                .into_iter()
                .map(|text| format!("The Feature '{}': {text}", planned.id))
                .collect::<Vec<_>>()
        };
        self.order.iter().flat_map(of).collect()
    }
}

fn with_files(mut package: Package, files: Vec<TextFile>) -> Package {
    for (name, text) in files {
        package.add_text(&name, &text);
    }
    package
}
