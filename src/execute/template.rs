//! Brings Templates here: from a folder of this machine or from a registry.

use std::path::Path;

use serde_json::Value;

use crate::archive::Package;
use crate::error::{Error, ErrorKind, Result};
use crate::event::{Events, StepKind};
use crate::registry::{Artifact, Reference, Registry, media_type};
use crate::template::{FILE_NAME, Template, TemplateMetadata};

/// What a name in a registry stands for.
#[derive(Debug)]
pub enum Published {
    /// A Template.
    Template(Template),
    /// A collection, with what each of its Templates says about itself.
    Collection(Vec<TemplateMetadata>),
}

/// Reads the Template in a folder.
pub fn template_in(folder: &Path) -> Result<Template> {
    if !folder.join(FILE_NAME).is_file() {
        let summary = format!("{} is not a Template", folder.display());
        return Err(Error::new(ErrorKind::NotFound, summary).because(format!("it has no {FILE_NAME}")));
    }
    template_of(Package::of_folder(folder)?, &folder.display().to_string())
}

/// Fetches what a registry has under a name.
pub async fn fetch_template(registry: &Registry, name: &str, events: &Events) -> Result<Published> {
    let reference = Reference::parse(name)?;
    let step = events.step(StepKind::Fetch, format!("Fetching {reference}"));
    step.conclude(fetch(registry, &reference).await)
}

async fn fetch(registry: &Registry, reference: &Reference) -> Result<Published> {
    let artifact = registry.artifact(reference).await?;
    let content = registry.content(&artifact).await?;
    let result = if artifact.media_type() == media_type::COLLECTION {
        collection(&content).map(Published::Collection)
    } else {
        template(&content, &artifact).map(Published::Template)
    };
    result.map_err(|error| {
        Error::new(ErrorKind::Config, format!("{reference} cannot be used as a Template")).because(error)
    })
}

fn template(content: &[u8], artifact: &Artifact) -> Result<Template> {
    let package = Package::read(content)?;
    match (package.file(FILE_NAME), artifact.metadata()) {
        (None, Some(text)) => Ok(Template { metadata: TemplateMetadata::parse(text, FILE_NAME)?, package }),
        _ => template_of(package, &artifact.reference.to_string()),
    }
}

/// A Template without metadata has no options; the reference CLI uses it too.
fn template_of(package: Package, place: &str) -> Result<Template> {
    let place = format!("{place}/{FILE_NAME}");
    let metadata = package.text(FILE_NAME).map(|text| TemplateMetadata::parse(text, &place)).transpose()?;
    Ok(Template { metadata: metadata.unwrap_or_default(), package })
}

fn collection(content: &[u8]) -> Result<Vec<TemplateMetadata>> {
    let unreadable = || Error::new(ErrorKind::Config, "its table of contents cannot be read");
    let contents: Value = serde_json::from_slice(content).map_err(|error| unreadable().because(error))?;
    let templates = contents.get("templates").and_then(Value::as_array).filter(|list| !list.is_empty());
    let Some(templates) = templates else {
        return Err(Error::new(ErrorKind::Config, "it is a collection without Templates"));
    };
    let templates = templates.iter().filter_map(Value::as_object).cloned();
    Ok(templates.map(TemplateMetadata::from_map).filter(|template| !template.id().is_empty()).collect())
}
