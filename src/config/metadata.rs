//! The `devcontainer.metadata` label: what images and containers remember about how to run them.

use std::fmt::Write;

use serde_json::Value;

use super::Map;

/// The name of the label.
pub const LABEL: &str = "devcontainer.metadata";

/// One entry: what an image, a Feature or devcontainer.json contributes.
pub type Entry = Map;

/// What a label says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Label {
    /// The entries, oldest first.
    pub entries: Vec<Entry>,
    /// Why something in it could not be used.
    pub note: Option<String>,
}

/// Properties of devcontainer.json that go into its entry, in the order of the reference CLI.
const FROM_CONFIG: &[&str] = &[
    "onCreateCommand",
    "updateContentCommand",
    "postCreateCommand",
    "postStartCommand",
    "postAttachCommand",
    "waitFor",
    "customizations",
    "mounts",
    "containerEnv",
    "containerUser",
    "init",
    "privileged",
    "capAdd",
    "securityOpt",
    "remoteUser",
    "userEnvProbe",
    "remoteEnv",
    "overrideCommand",
    "portsAttributes",
    "otherPortsAttributes",
    "forwardPorts",
    "shutdownAction",
    "updateRemoteUserUID",
    "hostRequirements",
];

/// Properties of a Feature that go into its entry, behind `id`, in the order of the reference CLI.
const FROM_FEATURE: &[&str] = &[
    "onCreateCommand",
    "updateContentCommand",
    "postCreateCommand",
    "postStartCommand",
    "postAttachCommand",
    "init",
    "privileged",
    "capAdd",
    "securityOpt",
    "entrypoint",
    "mounts",
    "customizations",
];

/// Properties whose current value counts even for a container that remembers another one.
const ALWAYS_CURRENT: &[&str] = &["remoteUser", "userEnvProbe", "remoteEnv"];

/// Reads a label: an array of entries or a single one. Anything else counts as empty and is noted.
pub fn read_label(text: &str) -> Label {
    match serde_json::from_str(text) {
        Ok(Value::Object(entry)) => Label { entries: vec![entry], note: None },
        Ok(Value::Array(values)) => from_array(values),
        Ok(other) => broken(&format!("it is {}", super::schema::kind_of(&other))),
        Err(reason) => broken(&reason.to_string()),
    }
}

fn from_array(values: Vec<Value>) -> Label {
    let count = values.len();
    let entries: Vec<Entry> = values
        .into_iter()
        .filter_map(|value| match value {
            Value::Object(entry) => Some(entry),
            _ => None,
        })
        .collect();
    let skipped = count - entries.len();
    let note =
        (skipped > 0).then(|| format!("{skipped} of {count} entries of the label {LABEL} are no objects"));
    Label { entries, note }
}

fn broken(why: &str) -> Label {
    Label { entries: Vec::new(), note: Some(format!("the label {LABEL} cannot be used: {why}")) }
}

/// The entry of devcontainer.json. What is there counts, even if it is `false`, `null` or empty.
pub fn config_entry(config: &Map) -> Entry {
    pick(config, FROM_CONFIG)
}

/// The entry of a Feature; `id` is what the user typed.
pub fn feature_entry(id: &str, feature: &Map) -> Entry {
    let mut entry = Entry::new();
    entry.insert("id".to_owned(), Value::from(id));
    entry.extend(pick(feature, FROM_FEATURE));
    entry
}

fn pick(from: &Map, keys: &[&str]) -> Entry {
    keys.iter()
        .filter_map(|key| from.get_key_value(*key))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

/// Entries for a new image or container: those of the base image, then the Features', then devcontainer.json's.
/// Entries that say nothing are left out.
pub fn combine(base: &[Entry], features: &[Entry], config: Entry) -> Vec<Entry> {
    let all = base.iter().chain(features).cloned().chain([config]);
    all.filter(|entry| !entry.is_empty()).collect()
}

/// Entries that hold for an existing container.
///
/// `label` is its metadata label. `is_ours` says that it carries all id labels by name: then it was created from this
/// configuration and remembers it, so that only a few current properties are added. A foreign container gets
/// everything that the configuration and its Features say.
pub fn of_container(label: Option<&str>, is_ours: bool, features: &[Entry], config: &Map) -> Label {
    let Some(label) = label.map(read_label) else {
        return Label { entries: combine(&[], features, config_entry(config)), note: None };
    };
    let entries = if is_ours {
        combine(&label.entries, &[], pick(config, ALWAYS_CURRENT))
    } else {
        combine(&label.entries, features, config_entry(config))
    };
    Label { entries, note: label.note }
}

/// The label's text for a container: compact JSON, always an array.
pub fn label_text(entries: &[Entry]) -> String {
    let entries: Vec<String> = entries.iter().map(entry_text).collect();
    format!("[{}]", entries.join(","))
}

/// The instruction that puts the label on an image. Each entry has a line of its own, since builders limit the length
/// of lines; the text that docker stores has blanks between the entries.
pub fn dockerfile_label(entries: &[Entry]) -> String {
    let mut instruction = format!("LABEL {LABEL}=\"[ ");
    for (index, entry) in entries.iter().enumerate() {
        let comma = if index == 0 { "" } else { ", " };
        let escaped = escape(&entry_text(entry));
        // Writing to a String cannot fail.
        let _ = write!(instruction, "{comma}\\\n{escaped}");
    }
    instruction.push_str(" ]\"");
    instruction
}

fn entry_text(entry: &Entry) -> String {
    serde_json::to_string(entry).unwrap_or_default()
}

/// Escapes what has a meaning inside double quotes of a Dockerfile.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if matches!(character, '"' | '\\' | '$') {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use serde_json::{from_str, json};

    use super::*;

    fn entry(text: &str) -> Entry {
        from_str(text).unwrap()
    }

    fn check_label(text: &str, entries: &str, note: Option<&str>) {
        let label = read_label(text);
        assert_eq!(label_text(&label.entries), entries);
        assert_eq!(label.note.as_deref(), note);
    }

    #[test]
    fn a_label_is_an_array_or_a_single_entry() {
        check_label(r#"[ {"id":"a"}, {"init":true} ]"#, r#"[{"id":"a"},{"init":true}]"#, None);
        check_label(r#"{"remoteUser":"vscode"}"#, r#"[{"remoteUser":"vscode"}]"#, None);
    }

    #[test]
    fn a_broken_label_is_empty_and_noted() {
        check_label("7", "[]", Some("the label devcontainer.metadata cannot be used: it is a number"));
        check_label(
            "[",
            "[]",
            Some(
                "the label devcontainer.metadata cannot be used: EOF while parsing a list at line 1 column 1",
            ),
        );
        check_label(
            r#"[{"a":1}, 2]"#,
            r#"[{"a":1}]"#,
            Some("1 of 2 entries of the label devcontainer.metadata are no objects"),
        );
    }

    #[test]
    fn the_config_entry_has_the_keys_of_the_reference_in_its_order() {
        let config = entry(
            r#"{"name":"n","image":"i","remoteUser":null,"init":false,"mounts":[],"onCreateCommand":"","runArgs":[]}"#,
        );
        let picked = Value::Object(config_entry(&config)).to_string();
        assert_eq!(picked, r#"{"onCreateCommand":"","mounts":[],"init":false,"remoteUser":null}"#);
    }

    #[test]
    fn a_feature_entry_begins_with_its_id() {
        let feature = entry(r#"{"id":"x","version":"1","entrypoint":"/e","init":true,"containerEnv":{}}"#);
        let picked = Value::Object(feature_entry("ghcr.io/a/x:1", &feature)).to_string();
        assert_eq!(picked, r#"{"id":"ghcr.io/a/x:1","init":true,"entrypoint":"/e"}"#);
        assert_eq!(Value::Object(feature_entry("./y", &Map::new())), json!({"id": "./y"}));
    }

    fn check_container(label: Option<&str>, is_ours: bool, expected: &str) {
        let config = entry(r#"{"image":"i","init":true,"remoteUser":"now"}"#);
        let features = [entry(r#"{"id":"f"}"#)];
        assert_eq!(label_text(&of_container(label, is_ours, &features, &config).entries), expected);
    }

    #[test]
    fn a_container_without_label_is_what_the_config_says() {
        check_container(None, true, r#"[{"id":"f"},{"init":true,"remoteUser":"now"}]"#);
    }

    #[test]
    fn our_container_remembers_and_takes_only_the_current_user_and_environment() {
        let label = r#"[{"init":false,"remoteUser":"then"}]"#;
        check_container(Some(label), true, r#"[{"init":false,"remoteUser":"then"},{"remoteUser":"now"}]"#);
    }

    #[test]
    fn a_foreign_container_gets_everything_on_top() {
        let label = r#"[{"init":false}, {}]"#;
        let expected = r#"[{"init":false},{"id":"f"},{"init":true,"remoteUser":"now"}]"#;
        check_container(Some(label), false, expected);
    }

    #[test]
    fn the_dockerfile_label_escapes_and_breaks_lines() {
        let entries = [entry(r#"{"id":"a"}"#), entry(r#"{"postCreateCommand":"echo \"$HOME\""}"#)];
        insta::assert_snapshot!(dockerfile_label(&entries), @r#"
        LABEL devcontainer.metadata="[ \
        {\"id\":\"a\"}, \
        {\"postCreateCommand\":\"echo \\\"\$HOME\\\"\"} ]"
        "#);
        assert_eq!(dockerfile_label(&[]), "LABEL devcontainer.metadata=\"[  ]\"");
    }
}
