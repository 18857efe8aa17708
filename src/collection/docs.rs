//! The README.md of a Feature or Template, made from what it says about itself.
//!
//! The form is an interface: repositories keep these files and compare them, so it is the reference CLI's, byte for byte, but
//! for text that would break a table.

use std::fmt::Write;

use serde_json::Value;

use crate::collection::Kind;
use crate::config::Map;

/// How it is used, which Features show by example.
#[derive(Debug)]
pub enum Usage {
    /// From this collection of a registry.
    Published {
        /// Registry and namespace.
        collection: String,
    },
    /// There is no example.
    None,
}

/// The text of the file. `source` is the address of the metadata file, and `notes` what its author has to add.
pub fn readme(kind: Kind, metadata: &Map, usage: &Usage, source: Option<&str>, notes: &str) -> String {
    let file = kind.file_name();
    let mut text = important_note(kind, metadata);
    let _ = write!(text, "\n# {}\n\n{}\n\n", title(metadata), get(metadata, "description"));
    if let Usage::Published { collection } = usage {
        let reference = format!("{collection}/{}:{}", get(metadata, "id"), major_version(metadata));
        let _ = write!(
            text,
            "## Example Usage\n\n```json\n\"features\": {{\n    \"{reference}\": {{}}\n}}\n```\n\n"
        );
    }
    let _ = writeln!(text, "{}", options(metadata));
    if let Usage::Published { .. } = usage {
        text += &extensions(metadata);
    }
    let source = source.unwrap_or(file);
    let _ = write!(
        text,
        "\n{notes}\n\n---\n\n_Note: This file was auto-generated from the [{file}]({source}).  Add additional notes to a `NOTES.md`._\n"
    );
    text
}

fn important_note(kind: Kind, metadata: &Map) -> String {
    let noun = kind.noun();
    let mut text = String::new();
    if metadata.get("deprecated") == Some(&Value::Bool(true)) {
        let _ = writeln!(
            text,
            "- **This {noun} is deprecated, and will no longer receive any further updates/support.**"
        );
    }
    let legacy: Vec<String> = texts(metadata.get("legacyIds")).map(|id| format!("'{id}'")).collect();
    if !legacy.is_empty() {
        let _ = writeln!(text, "- **Ids used to publish this {noun} in the past - {}**", legacy.join(", "));
    }
    if text.is_empty() { text } else { format!("### **IMPORTANT NOTE**\n{text}") }
}

fn title(metadata: &Map) -> String {
    match (get(metadata, "name"), get(metadata, "id")) {
        ("", id) => id.to_owned(),
        (name, id) => format!("{name} ({id})"),
    }
}

fn major_version(metadata: &Map) -> &str {
    match get(metadata, "version") {
        "" => "latest",
        version => version.split('.').next().unwrap_or_default(),
    }
}

fn options(metadata: &Map) -> String {
    let Some(options) = metadata.get("options").and_then(Value::as_object) else { return String::new() };
    let mut rows = vec![
        "## Options\n".to_owned(),
        "| Options Id | Description | Type | Default Value |".to_owned(),
        "|-----|-----|-----|-----|".to_owned(),
    ];
    rows.extend(options.iter().map(|(name, option)| {
        let [description, kind, default] =
            ["description", "type", "default"].map(|property| cell(option.get(property)));
        format!("| {name} | {description} | {kind} | {default} |")
    }));
    rows.join("\n")
}

/// A value as a cell of a table, which a bar or a line end would break.
fn cell(value: Option<&Value>) -> String {
    let text = match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.replace('|', "\\|").replace(['\r', '\n'], " "),
        Some(other) => other.to_string(),
    };
    if text.is_empty() { "-".to_owned() } else { text }
}

fn extensions(metadata: &Map) -> String {
    let extensions = metadata.get("customizations").and_then(|all| all.get("vscode")?.get("extensions"));
    let lines: Vec<String> = texts(extensions).map(|id| format!("- `{id}`\n")).collect();
    if lines.is_empty() {
        return String::new();
    }
    format!("\n## Customizations\n\n### VS Code Extensions\n\n{}", lines.concat())
}

fn texts(value: Option<&Value>) -> impl Iterator<Item = &str> {
    value.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

fn get<'a>(metadata: &'a Map, name: &str) -> &'a str {
    metadata.get(name).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(kind: Kind, metadata: &Value, usage: &Usage, source: Option<&str>) -> String {
        readme(kind, metadata.as_object().unwrap(), usage, source, "## Notes\n\nMore.\n")
    }

    #[test]
    fn a_feature_shows_how_it_is_used() {
        let metadata = json!({"id": "go", "version": "1.2.3", "name": "Go", "description": "Compiler and tools",
            "deprecated": true, "legacyIds": ["golang"],
            "options": {"version": {"type": "string", "default": "", "description": "this | that\nor none"}, "lint": {"type": "boolean", "default": false}},
            "customizations": {"vscode": {"extensions": ["golang.go"]}}});
        let usage = Usage::Published { collection: "ghcr.io/acme/features".to_owned() };
        let source = "https://github.com/acme/features/blob/main/src/go/devcontainer-feature.json";
        insta::assert_snapshot!(check(Kind::Feature, &metadata, &usage, Some(source)), @r#"
        ### **IMPORTANT NOTE**
        - **This Feature is deprecated, and will no longer receive any further updates/support.**
        - **Ids used to publish this Feature in the past - 'golang'**

        # Go (go)

        Compiler and tools

        ## Example Usage

        ```json
        "features": {
            "ghcr.io/acme/features/go:1": {}
        }
        ```

        ## Options

        | Options Id | Description | Type | Default Value |
        |-----|-----|-----|-----|
        | version | this \| that or none | string | - |
        | lint | - | boolean | false |

        ## Customizations

        ### VS Code Extensions

        - `golang.go`

        ## Notes

        More.


        ---

        _Note: This file was auto-generated from the [devcontainer-feature.json](https://github.com/acme/features/blob/main/src/go/devcontainer-feature.json).  Add additional notes to a `NOTES.md`._
        "#);
    }

    #[test]
    fn a_template_has_no_example() {
        insta::assert_snapshot!(check(Kind::Template, &json!({"id": "rust"}), &Usage::None, None), @"

        # rust





        ## Notes

        More.


        ---

        _Note: This file was auto-generated from the [devcontainer-template.json](devcontainer-template.json).  Add additional notes to a `NOTES.md`._
        ");
    }
}
