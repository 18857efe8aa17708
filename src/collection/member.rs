//! A Feature or Template as it is published.

use serde_json::Value;

use crate::archive::{Content, Package};
use crate::collection::metadata::Metadata;
use crate::collection::{Kind, indented, template};
use crate::config::Map;
use crate::error::{Error, ErrorKind, Result};

/// The script without which a Feature does nothing.
const INSTALL_SCRIPT: &str = "install.sh";

/// A Feature or Template, ready to be packed.
#[derive(Debug)]
pub struct Member {
    /// What its archive is named after: its folder, or its id when it stands alone (reference CLI).
    pub archive_stem: String,
    /// What it says about itself, completed.
    pub metadata: Map,
    /// Its files.
    pub package: Package,
    /// What is surely not as meant, ready to be shown.
    pub warnings: Option<String>,
}

impl Member {
    /// Checks the content of a folder and completes its metadata. `place` is the folder as people should see it; `folder` is
    /// its name when it is one of a collection.
    pub fn new(kind: Kind, package: Package, place: &str, folder: Option<&str>) -> Result<Self> {
        let file = format!("{place}/{}", kind.file_name());
        let text = package.text(kind.file_name()).ok_or_else(|| unreadable(&file))?;
        let Metadata { properties: mut metadata, warnings } = Metadata::read(kind, text, &file, folder)?;
        let mut package = package;
        match kind {
            Kind::Feature if folder.is_some() => require_install_script(&package, place)?,
            Kind::Feature => {}
            Kind::Template => template::complete(&mut metadata, &package, place)?,
        }
        if complete_names(kind, &mut metadata) || kind == Kind::Template {
            package.add_text(kind.file_name(), &indented(&metadata.clone().into()));
        }
        let id = text_of(&metadata, "id");
        let archive_stem = folder.map_or_else(|| id.to_owned(), str::to_owned);
        Ok(Self { archive_stem, metadata, package, warnings })
    }

    /// The name under which it is published.
    pub fn id(&self) -> &str {
        text_of(&self.metadata, "id")
    }

    /// Its version, as it is written.
    pub fn version(&self) -> &str {
        text_of(&self.metadata, "version")
    }

    /// The names that it had before, under which it is published too.
    pub fn legacy_ids(&self) -> Vec<&str> {
        let ids = self.metadata.get("legacyIds").and_then(Value::as_array);
        ids.into_iter().flatten().filter_map(Value::as_str).collect()
    }
}

/// A Feature that had other names says what it is called now, since the archive is found under the old ones too.
fn complete_names(kind: Kind, metadata: &mut Map) -> bool {
    let legacy = metadata.get("legacyIds").and_then(Value::as_array);
    let is_renamed = kind == Kind::Feature && legacy.is_some_and(|ids| !ids.is_empty());
    if is_renamed {
        let id = text_of(metadata, "id").to_owned();
        metadata.insert("currentId".to_owned(), id.into());
    }
    is_renamed
}

fn text_of<'a>(metadata: &'a Map, name: &str) -> &'a str {
    metadata.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn require_install_script(package: &Package, place: &str) -> Result<()> {
    let found = package.entries().iter().find(|entry| entry.path == INSTALL_SCRIPT);
    match found.map(|entry| &entry.content) {
        Some(Content::File(_) | Content::Link(_)) => Ok(()),
        _ => Err(Error::new(ErrorKind::Config, format!("the Feature in {place} has no {INSTALL_SCRIPT}"))
            .hint("Add the script that installs it.")),
    }
}

fn unreadable(file: &str) -> Error {
    Error::new(ErrorKind::Config, format!("{file} is no text file")).hint("Save it as UTF-8.")
}
