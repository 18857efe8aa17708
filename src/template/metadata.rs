//! What a Template says about itself: devcontainer-template.json.

use serde_json::Value;

use crate::config::diagnostic::SourceFile;
use crate::config::{Map, jsonc};
use crate::{Error, ErrorKind, Result};

/// The name of the file.
pub const FILE_NAME: &str = "devcontainer-template.json";

/// The properties of a Template. Nothing is required; what has a wrong type counts as absent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TemplateMetadata {
    raw: Map,
}

/// An option that a Template declares.
#[derive(Clone, Debug, PartialEq)]
pub struct TemplateOption<'a> {
    /// Its name.
    pub name: &'a str,
    /// What it is for, as far as it is said.
    pub description: Option<&'a str>,
    /// What its values are.
    pub kind: Kind,
    /// Its value if none is given.
    pub default: Option<String>,
    /// Values to choose from.
    pub choices: Choices<'a>,
}

/// What the values of an option are. Templates only ever see text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Any text.
    Text,
    /// `true` or `false`.
    Switch,
}

/// Values that a Template knows for an option.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choices<'a> {
    /// It names none.
    Free,
    /// It names some; others are fine too.
    Suggested(Vec<&'a str>),
    /// It names all.
    Only(Vec<&'a str>),
}

impl TemplateMetadata {
    /// Reads a file's text; `place` names it in errors.
    pub fn parse(text: &str, place: &str) -> Result<Self> {
        match jsonc::parse(SourceFile::new(place, text)) {
            Ok(document) => Ok(Self { raw: document.root }),
            Err(rejection) => Err(Error::new(ErrorKind::Config, "A Template's metadata cannot be read")
                .because(rejection.into_error(false))),
        }
    }

    /// Takes the properties as they are.
    pub fn from_map(raw: Map) -> Self {
        Self { raw }
    }

    /// All properties, in the order of the file.
    pub fn raw(&self) -> &Map {
        &self.raw
    }

    /// The id that the Template gives itself; empty where it gives none.
    pub fn id(&self) -> &str {
        self.text("id").unwrap_or_default()
    }

    /// The name for people, else the id.
    pub fn name(&self) -> &str {
        self.text("name").unwrap_or(self.id())
    }

    /// What it is for; empty where that is not said.
    pub fn description(&self) -> &str {
        self.text("description").unwrap_or_default()
    }

    /// The options, in the order of the file.
    pub fn options(&self) -> Vec<TemplateOption<'_>> {
        let options = self.raw.get("options").and_then(Value::as_object);
        options.into_iter().flatten().filter_map(|(name, value)| option(name, value.as_object()?)).collect()
    }

    /// Paths that a project may do without: a file, or with `/*` at the end a folder.
    pub fn optional_paths(&self) -> Vec<&str> {
        texts(self.raw.get("optionalPaths"))
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.raw.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
    }
}

fn option<'a>(name: &'a str, raw: &'a Map) -> Option<TemplateOption<'a>> {
    let kind = match raw.get("type").and_then(Value::as_str) {
        Some("boolean") => Kind::Switch,
        Some("string") | None => Kind::Text,
        Some(_) => return None,
    };
    let (only, suggested) = (texts(raw.get("enum")), texts(raw.get("proposals")));
    let choices = match (only.is_empty(), suggested.is_empty()) {
        (false, _) => Choices::Only(only),
        (true, false) => Choices::Suggested(suggested),
        (true, true) => Choices::Free,
    };
    let description = raw.get("description").and_then(Value::as_str);
    Some(TemplateOption { name, description, kind, default: raw.get("default").and_then(text_of), choices })
}

/// The text that a Template sees of a value.
fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn texts(value: Option<&Value>) -> Vec<&str> {
    value.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_come_in_the_order_of_the_file() {
        let text = r#"{
            "id": "web", "name": "Web", // ours
            "options": {
                "version": {"type": "string", "proposals": ["22", "20"], "default": "22"},
                "flavour": {"type": "string", "enum": ["slim", "full"], "default": "slim", "description": "How big"},
                "tests": {"type": "boolean", "default": false},
                "odd": {"type": "array"},
            },
            "optionalPaths": [".github/*"],
        }"#;
        let metadata = TemplateMetadata::parse(text, "x").unwrap();
        assert_eq!((metadata.id(), metadata.name(), metadata.description()), ("web", "Web", ""));
        assert_eq!(metadata.optional_paths(), [".github/*"]);
        let options = metadata.options();
        assert_eq!(options.iter().map(|one| one.name).collect::<Vec<_>>(), ["version", "flavour", "tests"]);
        assert_eq!(options[0].choices, Choices::Suggested(vec!["22", "20"]));
        assert_eq!(options[1].choices, Choices::Only(vec!["slim", "full"]));
        assert_eq!((options[2].kind, options[2].default.as_deref()), (Kind::Switch, Some("false")));
    }

    #[test]
    fn what_is_no_json_is_named() {
        let error = TemplateMetadata::parse("[", "/t/devcontainer-template.json").unwrap_err();
        assert!(error.reasons()[0].contains("/t/devcontainer-template.json"), "{:?}", error.reasons());
    }
}
