//! `scenarios.json`: dev containers by name, with Features of the collection among their Features.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::config::Map;
use crate::config::diagnostic::{Diagnostic, SourceFile, Span, render};
use crate::config::jsonc::{self, Document};
use crate::error::{Error, ErrorKind, Result};

/// The name of the file.
pub(super) const FILE_NAME: &str = "scenarios.json";

/// A scenario, with the Features of the collection that it needs.
#[derive(Debug)]
pub(super) struct Scenario {
    /// Its name, which is that of its script too.
    pub(super) name: String,
    /// Its devcontainer.json, which names those Features as folders.
    pub(super) configuration: Map,
    /// The folders of those Features, and their names.
    pub(super) features: Vec<(PathBuf, String)>,
}

/// Reads the scenarios of a folder, in their order. `source` is where the Features are; all mistakes are told together.
pub(super) fn read(path: &Path, text: &str, source: &Path, filter: Option<&str>) -> Result<Vec<Scenario>> {
    let document = jsonc::parse(SourceFile::new(path, text)).map_err(|rejection| {
        Error::new(ErrorKind::Config, "scenarios cannot be read").because(rejection.into_error(false))
    })?;
    let wanted = |name: &str| filter.is_none_or(|filter| name.contains(filter));
    let mut mistakes = Vec::new();
    let mut scenarios = Vec::new();
    for (name, value) in document.root.iter().filter(|(name, _)| wanted(name)) {
        match scenario(name, value, path.parent().unwrap_or(path), source) {
            Ok(scenario) => scenarios.push(scenario),
            Err(message) => mistakes.push(Diagnostic::error(message, place(&document, name))),
        }
    }
    if mistakes.is_empty() {
        return Ok(scenarios);
    }
    Err(Error::new(ErrorKind::Config, format!("{} has mistakes", path.display())).because(render(
        &mistakes,
        &document.source,
        false,
    )))
}

fn place(document: &Document, name: &str) -> Span {
    document.place.member(name).map_or(Span::new(0, 1), |place| place.name_or_value())
}

fn scenario(name: &str, value: &Value, folder: &Path, source: &Path) -> Result<Scenario, String> {
    let Some(features) = value.get("features").and_then(Value::as_object) else {
        return Err(format!("the scenario `{name}` has no Features"));
    };
    if !folder.join(format!("{name}.sh")).is_file() {
        return Err(format!("the scenario `{name}` has no script `{name}.sh` beside this file"));
    }
    let mut own = Vec::new();
    let mut named = Map::new();
    for (id, options) in features {
        // What has a slash is a Feature from elsewhere.
        if id.contains('/') {
            named.insert(id.clone(), options.clone());
            continue;
        }
        let feature = source.join(id);
        if !feature.is_dir() {
            return Err(format!("the scenario `{name}` uses `{id}`, which is not in {}", source.display()));
        }
        own.push((feature, id.clone()));
        named.insert(format!("./{id}"), options.clone());
    }
    let mut configuration = value.as_object().cloned().unwrap_or_default();
    configuration.insert("features".to_owned(), named.into());
    Ok(Scenario { name: name.to_owned(), configuration, features: own })
}
