//! Which versions of Features their registries have.

use futures_util::future::join_all;

use super::{FeatureSources, Lock};
use crate::error::Result;
use crate::event::Level;
use crate::features::outdated::Outlook;
use crate::features::{FeatureMetadata, OciReference};
use crate::registry::{METADATA, Reference};

impl FeatureSources<'_> {
    /// What there is of each Feature, given by its id and where that leads. All registries are asked at once; the answers
    /// come in the order of the questions. Of a Feature whose registry does not answer only the lock is known, and a
    /// warning says why.
    pub async fn outlooks(&self, wanted: &[(String, OciReference)], lock: &Lock) -> Vec<Outlook> {
        join_all(wanted.iter().map(|(id, reference)| self.outlook(reference, id, lock))).await
    }

    async fn outlook(&self, wanted: &OciReference, id: &str, lock: &Lock) -> Outlook {
        let locked = lock.get(id);
        match self.versions(wanted, locked.is_some()).await {
            Ok((tags, at_digest)) => Outlook::new(wanted, locked, &tags, at_digest.as_deref()),
            Err(error) => {
                let reasons = [vec![error.to_string()], error.reasons()].concat().join(": ");
                let text = format!("The versions of the Feature '{id}' are not known: {reasons}");
                let lines = [text].into_iter().chain(error.hints().into_iter().map(str::to_owned));
                self.events.notice(Level::Warning, lines.collect::<Vec<_>>().join("\n"));
                Outlook::new(wanted, locked, &[], None)
            }
        }
    }

    /// All tags, and the version of the manifest where only that tells the version.
    async fn versions(
        &self,
        wanted: &OciReference,
        is_locked: bool,
    ) -> Result<(Vec<String>, Option<String>)> {
        let reference = Reference::parse(&wanted.to_string())?;
        let tags = self.registry.tags(&reference).await?;
        let at_digest = match reference.digest() {
            Some(_) if !is_locked && !tags.is_empty() => self.version_of(&reference).await?,
            _ => None,
        };
        Ok((tags, at_digest))
    }

    /// The version that a manifest names; older ones name none.
    async fn version_of(&self, reference: &Reference) -> Result<Option<String>> {
        let artifact = self.registry.artifact(reference).await?;
        let Some(text) = artifact.metadata() else { return Ok(None) };
        let metadata = FeatureMetadata::parse(text, &format!("{METADATA} of {reference}"))?;
        Ok(metadata.version().map(str::to_owned))
    }
}
