//! What `templates apply` and `init` have in common: finding a Template and writing its files.

use std::path::{Path, PathBuf};

use crate::commands::Context;
use crate::config::nearest;
use crate::error::{Error, ErrorKind, Result};
use crate::execute::{self, Effect, Placement, Published};
use crate::registry::Registry;
use crate::template::{Source, Template, TemplateMetadata, built_in};

/// Finds what a name stands for: a Template that devc has, that a folder has, or what a registry has.
pub async fn find(name: &str, registry: &Registry, context: &Context) -> Result<Published> {
    match Source::of(name) {
        Source::BuiltIn(id) => built_in::find(&id).ok_or_else(|| unknown(&id))?.map(Published::Template),
        Source::Folder(path) => {
            execute::template_in(&context.environment.absolute(&path)).map(Published::Template)
        }
        Source::Registry(name) => execute::fetch_template(registry, &name, &context.events).await,
    }
}

/// As [`find`], where a collection is no help.
pub async fn find_one(name: &str, registry: &Registry, context: &Context) -> Result<Template> {
    match find(name, registry, context).await? {
        Published::Template(template) => Ok(template),
        Published::Collection(templates) => Err(is_collection(name, &templates)),
    }
}

/// One of its Templates has to be named.
pub fn is_collection(name: &str, templates: &[TemplateMetadata]) -> Error {
    let ids: Vec<&str> = templates.iter().map(TemplateMetadata::id).collect();
    Error::new(ErrorKind::Usage, format!("{name} is a collection of Templates"))
        .hint(format!("Choose one: add /NAME, which is one of {}.", ids.join(", ")))
}

fn unknown(id: &str) -> Error {
    let error = Error::new(ErrorKind::NotFound, format!("devc has no Template '{id}'"));
    let error = match nearest(id, built_in::ids()) {
        Some(meant) => error.hint(format!("Did you mean '{meant}'?")),
        None => error,
    };
    error
        .hint(format!("devc has {}.", built_in::ids().collect::<Vec<_>>().join(", ")))
        .hint("Write a folder as ./NAME and one in a registry as ghcr.io/devcontainers/templates/NAME.")
}

/// The paths of files and links that take the place of others.
pub fn replaced(placements: &[Placement]) -> Vec<&str> {
    let replaced = placements.iter().filter(|one| one.effect == Effect::Replaces);
    replaced.map(|one| one.entry.path.as_str()).collect()
}

/// Writes the files. Returns where those are that were replaced, if there are any.
pub fn write(folder: &Path, placements: &[Placement], context: &Context) -> Result<Option<PathBuf>> {
    let kept = execute::kept_folder(&context.environment.state_dir);
    execute::place(folder, placements, &kept)?;
    Ok((!replaced(placements).is_empty()).then_some(kept))
}
