//! What a Feature or Template says about itself, with the place of every mistake.

use serde_json::Value;

use crate::collection::Kind;
use crate::config::diagnostic::{Diagnostic, SourceFile, Span, render};
use crate::config::jsonc::{self, Document};
use crate::config::{Map, schema};
use crate::error::{Error, ErrorKind, Result};
use crate::features::OciReference;
use crate::features::version::SemanticVersion;

/// Without these nothing can be published.
const REQUIRED: [&str; 3] = ["id", "version", "name"];

/// A metadata file that can be used, as it is written.
#[derive(Debug)]
pub struct Metadata {
    /// All properties, in the order of the file.
    pub properties: Map,
    /// What works but is surely not as meant, ready to be shown.
    pub warnings: Option<String>,
}

impl Metadata {
    /// Reads and checks a file's text. `place` is its path as people should see it, and `folder` the name of the folder that
    /// should be called like the id.
    pub fn read(kind: Kind, text: &str, place: &str, folder: Option<&str>) -> Result<Self> {
        let document = jsonc::parse(SourceFile::new(place, text))
            .map_err(|rejection| unusable(kind, place).because(rejection.into_error(false)))?;
        let mut found = document.warnings.clone();
        found.extend(match kind {
            Kind::Feature => schema::check_feature(&document),
            Kind::Template => schema::check_template(&document),
        });
        found.extend(missing(&document));
        found.extend(unusable_id(&document));
        found.extend(odd_version(&document));
        found.extend(folder.and_then(|folder| other_name(kind, &document, folder)));
        found.sort_by_key(|diagnostic| diagnostic.span);
        let shown = |found: &[Diagnostic]| render(found, &document.source, false);
        if found.iter().any(Diagnostic::is_error) {
            return Err(unusable(kind, place).because(shown(&found)));
        }
        let warnings = (!found.is_empty()).then(|| shown(&found));
        Ok(Self { properties: document.root, warnings })
    }
}

/// Reads a file's text for documentation, which needs no more than an id.
pub fn read_for_docs(kind: Kind, text: &str, place: &str) -> Result<Map> {
    let document = jsonc::parse(SourceFile::new(place, text))
        .map_err(|rejection| unusable(kind, place).because(rejection.into_error(false)))?;
    match text_of(&document, "id") {
        Some(id) if !id.is_empty() => Ok(document.root),
        _ => {
            let missing = Diagnostic::error("`id` must be given", beginning(&document));
            Err(unusable(kind, place).because(render(&[missing], &document.source, false)))
        }
    }
}

fn unusable(kind: Kind, place: &str) -> Error {
    Error::new(ErrorKind::Config, format!("the {} in {place} cannot be used", kind.noun()))
}

fn missing(document: &Document) -> Option<Diagnostic> {
    let is_missing = |name: &&str| match document.root.get(*name) {
        None => true,
        Some(value) => value.as_str().is_some_and(|text| text.trim().is_empty()),
    };
    let names: Vec<String> =
        REQUIRED.iter().copied().filter(is_missing).map(|name| format!("`{name}`")).collect();
    let what = format!("{} must be given", names.join(" and "));
    (!names.is_empty()).then(|| Diagnostic::error(what, beginning(document)))
}

/// The id becomes the last part of a name in a registry.
fn unusable_id(document: &Document) -> Option<Diagnostic> {
    let id = text_of(document, "id")
        .filter(|id| OciReference::parse(&format!("registry.test/x/{id}")).is_err())?;
    let place = document.place.member("id")?;
    let message = format!("`{id}` cannot be the name of something in a registry");
    let help = "Use letters and digits, with single `.`, `_` or `-` between them.";
    (!id.is_empty()).then(|| Diagnostic::error(message, place.value).help(help))
}

/// Packing takes any version, but only this form can be published.
fn odd_version(document: &Document) -> Option<Diagnostic> {
    let version = text_of(document, "version").filter(|version| SemanticVersion::parse(version).is_none())?;
    let place = document.place.member("version")?;
    let diagnostic = Diagnostic::warning("`version` is not a semantic version", place.value);
    let diagnostic = diagnostic.label("cannot be published").help("Write three numbers, such as `1.2.3`.");
    (!version.is_empty()).then_some(diagnostic)
}

fn text_of<'a>(document: &'a Document, name: &str) -> Option<&'a str> {
    document.root.get(name).and_then(Value::as_str)
}

/// The opening brace: the place of what is missing.
fn beginning(document: &Document) -> Span {
    let start = document.place.value.start;
    Span::new(start, start + 1)
}

/// Tools that look at a repository expect the id to be the folder's name.
fn other_name(kind: Kind, document: &Document, folder: &str) -> Option<Diagnostic> {
    let id = text_of(document, "id").filter(|id| *id != folder)?;
    let place = document.place.member("id")?;
    let message = format!("the {} is called `{id}`, but its folder `{folder}`", kind.noun());
    Some(Diagnostic::warning(message, place.value).help("Give both the same name."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(kind: Kind, text: &str) -> String {
        match Metadata::read(kind, text, kind.file_name(), Some("go")) {
            Ok(metadata) => metadata.warnings.unwrap_or_default(),
            Err(error) => format!("{error}\n{}", error.reasons().join("\n")),
        }
    }

    #[test]
    fn all_mistakes_are_told_with_their_places() {
        let text = "{\n  \"id\": \"go lang\",\n  \"version\": \"1\",\n  \"privileged\": \"true\",\n  \"option\": {}\n}";
        insta::assert_snapshot!(told(Kind::Feature, text), @r#"
        the Feature in devcontainer-feature.json cannot be used
        error: `name` must be given
         --> devcontainer-feature.json:1:1
          |
        1 | {
          | ^

        error: `go lang` cannot be the name of something in a registry
         --> devcontainer-feature.json:2:9
          |
        2 |   "id": "go lang",
          |         ^^^^^^^^^
          |
          = help: Use letters and digits, with single `.`, `_` or `-` between them.

        warning: the Feature is called `go lang`, but its folder `go`
         --> devcontainer-feature.json:2:9
          |
        2 |   "id": "go lang",
          |         ^^^^^^^^^
          |
          = help: Give both the same name.

        warning: `version` is not a semantic version
         --> devcontainer-feature.json:3:14
          |
        3 |   "version": "1",
          |              ^^^ cannot be published
          |
          = help: Write three numbers, such as `1.2.3`.

        error: `privileged` must be `true` or `false`
         --> devcontainer-feature.json:4:17
          |
        4 |   "privileged": "true",
          |                 ^^^^^^ this is a string
          |
          = help: Write it without quotes.

        warning: unknown property `option`
         --> devcontainer-feature.json:5:3
          |
        5 |   "option": {}
          |   ^^^^^^^^ nothing reads it
          |
          = help: Did you mean `options`?
        "#);
    }

    #[test]
    fn a_good_file_has_none() {
        let text = r#"{ /* why */ "id": "go", "version": "1.2.3-rc.1", "name": "Go", "options": {"version": {"type": "string", "default": "1"}}, }"#;
        assert_eq!(told(Kind::Feature, text), "");
        assert_eq!(told(Kind::Template, text), "");
    }

    #[test]
    fn options_have_one_of_two_types() {
        let text =
            r#"{"id": "go", "version": "1.0.0", "name": "Go", "options": {"version": {"type": "strin"}}}"#;
        insta::assert_snapshot!(told(Kind::Template, text), @r#"
        the Template in devcontainer-template.json cannot be used
        error: `options.version.type` cannot be "strin"
         --> devcontainer-template.json:1:80
          |
        1 | {"id": "go", "version": "1.0.0", "name": "Go", "options": {"version": {"type": "strin"}}}
          |                                                                                ^^^^^^^ not one of its values
          |
          = help: Did you mean "string"?
        "#);
    }
}
