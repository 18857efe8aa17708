//! What a Feature says about itself: devcontainer-feature.json.

use serde_json::Value;

use crate::config::diagnostic::SourceFile;
use crate::config::metadata::{self, Entry};
use crate::config::{Map, jsonc, legacy};
use crate::{Error, ErrorKind, Result};

/// The name of the file.
pub const FILE_NAME: &str = "devcontainer-feature.json";

/// The properties of a Feature. Nothing is required; what has a wrong type counts as absent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FeatureMetadata {
    raw: Map,
}

/// An option that a Feature declares.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DeclaredOption<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its default value, if it has one.
    pub default: Option<&'a Value>,
    /// `boolean` or `string`, as far as it is said.
    pub kind: Option<&'a str>,
    /// The only values that it may have; empty when all are fine.
    pub allowed: &'a [Value],
}

impl FeatureMetadata {
    /// Reads a file's text; `place` names it in errors.
    pub fn parse(text: &str, place: &str) -> Result<Self> {
        jsonc::parse(SourceFile::new(place, text)).map(|document| Self::from_map(document.root)).map_err(
            |rejection| {
                Error::new(ErrorKind::Config, "A Feature's metadata cannot be read")
                    .because(rejection.into_error(false))
            },
        )
    }

    /// Takes the properties as they are, old spellings rewritten.
    pub fn from_map(raw: Map) -> Self {
        Self { raw: legacy::modernise(raw) }
    }

    /// All properties, in the order of the file.
    pub fn raw(&self) -> &Map {
        &self.raw
    }

    /// Fills in what only the file in the Feature's package says. What is known already wins.
    pub fn completed_by(mut self, package: &Self) -> Self {
        for (name, value) in &package.raw {
            if !self.raw.contains_key(name) {
                self.raw.insert(name.clone(), value.clone());
            }
        }
        self
    }

    /// The text property `name`, unless it is empty.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.raw.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
    }

    /// The id that the Feature gives itself.
    pub fn id(&self) -> Option<&str> {
        self.text("id")
    }

    /// Its version.
    pub fn version(&self) -> Option<&str> {
        self.text("version")
    }

    /// Whether it should not be used any more.
    pub fn is_deprecated(&self) -> bool {
        self.raw.get("deprecated").and_then(Value::as_bool) == Some(true)
    }

    /// The new name of a Feature that was found under an old one.
    pub fn renamed_to(&self) -> Option<&str> {
        let is_renamed = !self.texts("legacyIds").is_empty();
        self.text("currentId").filter(|current| is_renamed && self.id() != Some(current))
    }

    /// All names of the Feature, its current one first.
    pub fn aliases(&self) -> Vec<String> {
        let current = self.text("currentId").or(self.id());
        current.map(str::to_owned).into_iter().chain(self.texts("legacyIds")).collect()
    }

    /// Features that must be there before this one, with their options.
    pub fn depends_on(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.members("dependsOn")
    }

    /// Features that must come first if they are installed at all.
    pub fn installs_after(&self) -> Vec<String> {
        self.texts("installsAfter")
    }

    /// The options that it declares.
    pub fn options(&self) -> impl Iterator<Item = DeclaredOption<'_>> {
        self.members("options").map(|(name, option)| DeclaredOption {
            name,
            default: option.get("default"),
            kind: option.get("type").and_then(Value::as_str),
            allowed: option.get("enum").and_then(Value::as_array).map_or(&[], Vec::as_slice),
        })
    }

    /// Variables of the image from this Feature on. Values may refer to others (`${PATH}`).
    pub fn container_env(&self) -> Vec<(String, String)> {
        self.members("containerEnv").map(|(name, value)| (name.to_owned(), text_of(value))).collect()
    }

    /// The entry of the metadata label; `id` is what the user typed.
    pub fn entry(&self, id: &str, with_customizations: bool) -> Entry {
        let mut entry = metadata::feature_entry(id, &self.raw);
        if !with_customizations {
            entry.shift_remove("customizations");
        }
        entry
    }

    fn members(&self, name: &str) -> impl Iterator<Item = (&str, &Value)> {
        let members = self.raw.get(name).and_then(Value::as_object);
        members.into_iter().flatten().map(|(name, value)| (name.as_str(), value))
    }

    fn texts(&self, name: &str) -> Vec<String> {
        let values = self.raw.get(name).and_then(Value::as_array);
        values.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    }
}

/// A value as text: a string without its quotes, anything else as JSON writes it.
pub(super) fn text_of(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::FeatureMetadata;

    fn metadata(text: &str) -> FeatureMetadata {
        FeatureMetadata::parse(text, "devcontainer-feature.json").unwrap()
    }

    #[test]
    fn old_spellings_become_customizations() {
        let entry =
            metadata(r#"{"id":"x", "extensions":["a.b"], /* why */ "init":true,}"#).entry("./x", true);
        assert_eq!(
            Value::Object(entry),
            json!({"id":"./x","init":true,"customizations":{"vscode":{"extensions":["a.b"]}}})
        );
    }

    #[test]
    fn customizations_can_be_left_out() {
        let entry = metadata(r#"{"customizations":{"zed":{}},"privileged":true}"#).entry("./x", false);
        assert_eq!(Value::Object(entry), json!({"id":"./x","privileged":true}));
    }

    #[test]
    fn a_renamed_feature_knows_all_its_names() {
        let old = metadata(r#"{"id":"old","currentId":"new","legacyIds":["old","older"]}"#);
        assert_eq!(old.aliases(), ["new", "old", "older"]);
        assert_eq!(old.renamed_to(), Some("new"));
        let new = metadata(r#"{"id":"new","currentId":"new","legacyIds":["old"]}"#);
        assert_eq!(new.renamed_to(), None);
        assert_eq!(metadata("{}").aliases(), Vec::<String>::new());
    }

    #[test]
    fn the_package_only_fills_gaps() {
        let known = metadata(r#"{"id":"x","version":"1.0.0"}"#);
        let all = known.completed_by(&metadata(r#"{"version":"2.0.0","name":"X"}"#));
        assert_eq!(Value::Object(all.raw().clone()), json!({"id":"x","version":"1.0.0","name":"X"}));
    }

    #[test]
    fn what_has_a_wrong_type_is_absent() {
        let odd = metadata(
            r#"{"id":7,"options":[],"dependsOn":"x","installsAfter":{"a":1},"containerEnv":{"N":1}}"#,
        );
        assert_eq!(odd.id(), None);
        assert_eq!(odd.options().count() + odd.depends_on().count() + odd.installs_after().len(), 0);
        assert_eq!(odd.container_env(), [("N".to_owned(), "1".to_owned())]);
    }

    #[test]
    fn text_that_is_no_json_is_named() {
        let error = FeatureMetadata::parse("[", "/w/x/devcontainer-feature.json").unwrap_err();
        assert_eq!(error.summary(), "A Feature's metadata cannot be read");
        assert!(error.reasons()[0].contains("/w/x/devcontainer-feature.json"), "{:?}", error.reasons());
    }
}
