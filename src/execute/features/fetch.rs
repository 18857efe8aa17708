//! Answers the resolver's questions, all that are open at a time at once.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use futures_util::future::{join_all, try_join_all};

use super::set::FeatureSet;
use crate::archive::Package;
use crate::error::{Error, ErrorKind, Result};
use crate::event::{Events, Level, StepKind};
use crate::features::order::Request;
use crate::features::{
    Facts, FeatureMetadata, Need, OciReference, Planned, Resolver, Source, Step, metadata,
};
use crate::host::files;
use crate::registry::{Artifact, Digest, Reference, Registry};

/// The file that packages of the first, undocumented format had in place of devcontainer-feature.json.
const FIRST_FORMAT: &str = "devcontainer-features.json";
/// What each Feature must have.
const INSTALL_SCRIPT: &str = "install.sh";

/// Where Features come from.
#[derive(Clone, Copy)]
pub struct FeatureSources<'a> {
    /// Brings those that are in registries; it bounds how much is under way at once.
    pub registry: &'a Registry,
    /// Where it reports.
    pub events: &'a Events,
}

/// The install order, and where each package is.
#[derive(Clone, Debug, Default)]
pub struct Resolved {
    /// What is installed, first to last.
    pub order: Vec<Planned>,
    /// Who waits for whom, as a mermaid flowchart.
    pub chart: String,
    origins: Origins,
}

/// What was found, by where it was looked for and the digest that it has.
type Origins = BTreeMap<(Source, Option<String>), Origin>;

/// Where the package of a Feature is.
#[derive(Clone, Debug)]
pub enum Origin {
    /// In a registry.
    Registry(Box<Artifact>),
    /// It was an archive, and its content is here already.
    Archive(Package),
    /// In a folder of this machine.
    Folder(PathBuf),
}

/// An answer, and where the rest of it is.
struct Found {
    facts: Facts,
    origin: Origin,
}

impl Resolved {
    /// Where the package of a Feature of [`Resolved::order`] is.
    pub fn origin(&self, planned: &Planned) -> Option<&Origin> {
        self.origins.get(&(planned.source.clone(), planned.digest.clone()))
    }
}

impl FeatureSources<'_> {
    /// Finds the install order of what `request` names and of all that this depends on.
    ///
    /// Fails when a Feature cannot be fetched, naming it, and when Features wait for each other.
    pub async fn resolve(&self, request: Request) -> Result<Resolved> {
        if request.features.is_empty() {
            return Ok(Resolved::default());
        }
        let step = self.events.step(StepKind::Fetch, "Resolving Features");
        step.conclude(self.ordered(request).await)
    }

    /// Brings the packages.
    pub async fn load(&self, resolved: &Resolved) -> Result<FeatureSet> {
        let loaded = resolved.order.iter().map(|planned| self.load_one(resolved, planned));
        Ok(FeatureSet::new(try_join_all(loaded).await?))
    }

    async fn ordered(&self, request: Request) -> Result<Resolved> {
        let mut resolver = Resolver::new(request);
        let mut origins = Origins::new();
        loop {
            let needs = match resolver.step()? {
                Step::Ordered(order) => return Ok(Resolved { order, chart: resolver.chart()?, origins }),
                Step::Needs(needs) => needs,
            };
            let answers = join_all(needs.iter().map(|need| self.find(need))).await;
            for (need, answer) in needs.into_iter().zip(answers) {
                let facts = match answer {
                    Ok(Found { facts, origin }) => {
                        origins.insert((need.wanted.source.clone(), facts.digest.clone()), origin);
                        Some(facts)
                    }
                    Err(error) if need.is_optional => {
                        self.note_absence(&need, &error);
                        None
                    }
                    Err(error) => return Err(unavailable(&need.id, error)),
                };
                resolver.answer(need.wanted, facts);
            }
        }
    }

    /// A Feature that others only want to come after is not installed, so that its metadata can be done without.
    fn note_absence(&self, need: &Need, error: &Error) {
        let reasons = error.reasons().join(": ");
        let text = format!("The other names of the Feature '{}' are not known: {error}: {reasons}", need.id);
        self.events.notice(Level::Debug, text);
    }

    async fn find(&self, need: &Need) -> Result<Found> {
        let integrity = need.wanted.integrity.as_deref().map(digest_of).transpose()?;
        match &need.wanted.source {
            Source::Oci(reference) => self.find_in_registry(reference, integrity.as_ref()).await,
            Source::Local(folder) => find_folder(folder),
            Source::Tarball { url, .. } => self.find_archive(url, integrity.as_ref()).await,
        }
    }

    async fn find_in_registry(&self, asked: &OciReference, integrity: Option<&Digest>) -> Result<Found> {
        let exact = integrity.map_or_else(|| asked.clone(), |digest| asked.at_digest(&digest.to_string()));
        let artifact = self.registry.artifact(&Reference::parse(&exact.to_string())?).await?;
        let place = artifact.reference.to_string();
        let metadata = match artifact.metadata() {
            Some(text) => FeatureMetadata::parse(text, &place)?,
            None => metadata_of(&self.package(&artifact).await?, &place)?,
        };
        let facts = Facts { metadata, digest: Some(artifact.digest.to_string()) };
        Ok(Found { facts, origin: Origin::Registry(Box::new(artifact)) })
    }

    async fn find_archive(&self, url: &str, integrity: Option<&Digest>) -> Result<Found> {
        let blob = self.registry.download(url, integrity).await?;
        let digest = Some(blob.digest().to_string());
        let package = Package::read(&blob.read()?)?;
        let facts = Facts { metadata: metadata_of(&package, url)?, digest };
        Ok(Found { facts, origin: Origin::Archive(package) })
    }

    async fn package(&self, artifact: &Artifact) -> Result<Package> {
        Package::read(&self.registry.content(artifact).await?)
    }

    async fn load_one(&self, resolved: &Resolved, planned: &Planned) -> Result<(Planned, (Package, Origin))> {
        let missing = || Error::new(ErrorKind::NotFound, format!("{} was not looked for", planned.source));
        let origin = resolved.origin(planned).ok_or_else(missing)?;
        let package = match origin {
            Origin::Registry(artifact) => self.package(artifact).await,
            Origin::Archive(package) => Ok(package.clone()),
            Origin::Folder(folder) => Package::of_folder(folder),
        };
        let complete = |package: Package| {
            let inside = metadata_of(&package, &planned.source.to_string())?;
            if package.file(INSTALL_SCRIPT).is_none() {
                return Err(Error::new(ErrorKind::Config, format!("it has no {INSTALL_SCRIPT}"))
                    .hint("Report it to the author of the Feature."));
            }
            let metadata = planned.metadata.clone().completed_by(&inside);
            Ok((Planned { metadata, ..planned.clone() }, (package, origin.clone())))
        };
        package.and_then(complete).map_err(|error| unavailable(&planned.id, error))
    }
}

fn find_folder(folder: &Path) -> Result<Found> {
    let path = folder.join(metadata::FILE_NAME);
    let Some(text) = files::read_optional(&path)? else {
        if folder.join(FIRST_FORMAT).is_file() {
            return Err(first_format(&folder.display().to_string()));
        }
        return Err(Error::new(ErrorKind::NotFound, format!("there is no file {}", path.display()))
            .hint("Correct the path in \"features\", which starts from the folder of devcontainer.json."));
    };
    let metadata = FeatureMetadata::parse(&text, &path.display().to_string())?;
    Ok(Found { facts: Facts { metadata, digest: None }, origin: Origin::Folder(folder.to_owned()) })
}

/// What a package says about itself; `place` names it in errors.
fn metadata_of(package: &Package, place: &str) -> Result<FeatureMetadata> {
    match package.text(metadata::FILE_NAME) {
        Some(text) => FeatureMetadata::parse(text, &format!("{} of {place}", metadata::FILE_NAME)),
        None if package.file(FIRST_FORMAT).is_some() => Err(first_format(place)),
        None => Err(Error::new(ErrorKind::Config, format!("{place} has no {}", metadata::FILE_NAME))
            .hint("Check the reference: what it leads to is no Feature.")),
    }
}

fn first_format(place: &str) -> Error {
    let text =
        format!("{place} is in the first format of Features ({FIRST_FORMAT}), which devc does not install");
    Error::new(ErrorKind::Unsupported, text)
        .hint("Look for a newer version of the Feature at https://containers.dev/features.")
}

fn digest_of(text: &str) -> Result<Digest> {
    Digest::parse(text).ok_or_else(|| {
        Error::new(ErrorKind::Config, format!("'{text}' in the lockfile is no digest"))
            .hint("Restore the lockfile from version control, or delete it to make a new one.")
    })
}

fn unavailable(id: &str, error: Error) -> Error {
    Error::new(error.kind(), format!("The Feature '{id}' cannot be used")).because(error)
}
