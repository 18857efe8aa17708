//! Has devcontainer.json changed since the container was made, and in what?
//!
//! A container carries a short hash of each property that shaped it, as written (before substitution), so that no
//! value of a host variable gets into a label. Containers made by the reference CLI or by an editor carry only their
//! metadata entry; what that records is compared by value.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::config::Hook;
use crate::config::metadata::{self, Entry};
use crate::name::hex;

/// The label that holds the hashes.
pub const FINGERPRINT_LABEL: &str = "devc.fingerprint";

/// The label that says where the Dockerfile of a compose service is, which else only compose could tell.
pub const DOCKERFILE_LABEL: &str = "devc.dockerfile";

const VERSION: u32 = 1;

/// The properties that can only take effect in a new container. `remoteUser`, `userEnvProbe` and `remoteEnv` take
/// effect at once, and the rest does not touch the container.
const SHAPING: [&str; 30] = [
    "image",
    "build",
    "dockerFile",
    "context",
    "dockerComposeFile",
    "service",
    "runServices",
    "features",
    "overrideFeatureInstallOrder",
    "runArgs",
    "appPort",
    "mounts",
    "workspaceMount",
    "workspaceFolder",
    "containerEnv",
    "containerUser",
    "updateRemoteUserUID",
    "init",
    "privileged",
    "capAdd",
    "securityOpt",
    "overrideCommand",
    "hostRequirements",
    "onCreateCommand",
    "updateContentCommand",
    "postCreateCommand",
    "postStartCommand",
    "postAttachCommand",
    "waitFor",
    "customizations",
];

/// A property whose value is not the one that the container was made with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The property, or the name of a [`Part`].
    pub property: String,
}

/// Something outside of devcontainer.json that shapes a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// What people call it: `the Dockerfile`. No property has such a name.
    pub name: String,
    /// What it holds.
    pub content: Vec<u8>,
}

impl Part {
    /// A part with its content.
    pub fn new(name: impl Into<String>, content: impl Into<Vec<u8>>) -> Self {
        Self { name: name.into(), content: content.into() }
    }
}

#[derive(Serialize, Deserialize)]
struct Fingerprint {
    version: u32,
    properties: BTreeMap<String, String>,
}

/// The label's text for a configuration as written and what else shapes the container.
pub fn fingerprint(raw: &Map<String, Value>, parts: &[Part]) -> String {
    let properties = hashes(raw, parts);
    serde_json::to_string(&Fingerprint { version: VERSION, properties }).unwrap_or_default()
}

/// What has changed: properties in a fixed order, then parts by name; empty for a container that fits or that tells nothing.
///
/// `entry` is the devcontainer.json entry of the container's metadata label, `current` the entry that the
/// configuration would write now.
pub fn changes(
    fingerprint: Option<&str>,
    raw: &Map<String, Value>,
    parts: &[Part],
    entry: Option<&Map<String, Value>>,
    current: &Map<String, Value>,
) -> Vec<Change> {
    let recorded = fingerprint.and_then(|text| serde_json::from_str::<Fingerprint>(text).ok());
    let changed: Vec<String> = match recorded.filter(|recorded| recorded.version == VERSION) {
        Some(recorded) => differing(&recorded.properties, &hashes(raw, parts)),
        None => entry.map(|entry| differing_values(entry, current)).unwrap_or_default(),
    };
    changed.into_iter().map(|property| Change { property }).collect()
}

/// The metadata entries from which hooks are taken: one that has yet to run is the one that devcontainer.json holds now, so
/// that a hook that failed can be corrected there. `None` where only the container's own label can tell.
///
/// The fingerprint says whether devcontainer.json had an entry of its own when the container was made; if so, it is the
/// last one of the label.
pub fn entries_for_hooks(
    label: Option<&str>,
    fingerprint: Option<&str>,
    written: &Map<String, Value>,
) -> Option<Vec<Entry>> {
    let recorded = serde_json::from_str::<Fingerprint>(fingerprint?).ok()?;
    if recorded.version != VERSION || written.is_empty() {
        return None;
    }
    let mut entries = metadata::read_label(label?).entries;
    let is_hook = |name: &str| Hook::IN_CONTAINER.iter().any(|hook| hook.name() == name);
    let mut current = metadata::config_entry(written);
    current.retain(|name, _| is_hook(name));
    let names = recorded.properties.into_keys().map(|name| (name, Value::Null)).collect();
    match entries.last_mut().filter(|_| !metadata::config_entry(&names).is_empty()) {
        Some(own) => {
            own.retain(|name, _| !is_hook(name));
            own.extend(current);
        }
        None => entries.push(current),
    }
    Some(entries)
}

fn hashes(raw: &Map<String, Value>, parts: &[Part]) -> BTreeMap<String, String> {
    let of = |content: &[u8]| hex(&Sha256::digest(content)[..6]);
    let properties = SHAPING
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), of(raw.get(*name)?.to_string().as_bytes()))));
    properties.chain(parts.iter().map(|part| (part.name.clone(), of(&part.content)))).collect()
}

fn differing(was: &BTreeMap<String, String>, is: &BTreeMap<String, String>) -> Vec<String> {
    let all: BTreeSet<&str> = was.keys().chain(is.keys()).map(String::as_str).collect();
    let parts = all.into_iter().filter(|name| !SHAPING.contains(name));
    let names = SHAPING.iter().copied().chain(parts);
    names.filter(|name| was.get(*name) != is.get(*name)).map(str::to_owned).collect()
}

fn differing_values(was: &Map<String, Value>, is: &Map<String, Value>) -> Vec<String> {
    SHAPING.iter().filter(|name| was.get(**name) != is.get(**name)).map(|name| (*name).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(text: &str) -> Map<String, Value> {
        serde_json::from_str(text).unwrap()
    }

    fn dockerfile(text: &str) -> [Part; 1] {
        [Part::new("the Dockerfile", text)]
    }

    fn check(was: &str, is: &str, expected: &[&str]) {
        let label = fingerprint(&map(was), &dockerfile("FROM a"));
        let found = changes(Some(&label), &map(is), &dockerfile("FROM a"), None, &Map::new());
        assert_eq!(found.iter().map(|change| change.property.as_str()).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn changed_added_and_removed_properties_are_named() {
        check(r#"{"image":"a"}"#, r#"{"image":"a"}"#, &[]);
        check(r#"{"image":"a","init":true}"#, r#"{"image":"b","capAdd":[]}"#, &["image", "init", "capAdd"]);
    }

    #[test]
    fn what_takes_effect_at_once_is_no_change() {
        check(r#"{"remoteEnv":{"A":"1"}}"#, r#"{"remoteEnv":{"A":"2"},"name":"x","remoteUser":"dev"}"#, &[]);
    }

    #[test]
    fn a_part_that_is_edited_added_or_removed_is_a_change() {
        let label = fingerprint(&Map::new(), &dockerfile("FROM a"));
        let names = |parts: &[Part]| {
            let found = changes(Some(&label), &Map::new(), parts, None, &Map::new());
            found.into_iter().map(|change| change.property).collect::<Vec<_>>()
        };
        assert_eq!(names(&dockerfile("FROM b")), ["the Dockerfile"]);
        assert_eq!(names(&[]), ["the Dockerfile"]);
        let more = [dockerfile("FROM a")[0].clone(), Part::new("the lockfile", "{}")];
        assert_eq!(names(&more), ["the lockfile"]);
    }

    #[test]
    fn containers_of_other_tools_are_compared_by_their_metadata_entry() {
        let entry = map(r#"{"postCreateCommand":"a","mounts":["x"]}"#);
        let current = map(r#"{"postCreateCommand":"b","mounts":["x"]}"#);
        let found = changes(None, &map(r#"{"image":"new"}"#), &[], Some(&entry), &current);
        assert_eq!(found, [Change { property: "postCreateCommand".into() }]);
        assert!(changes(None, &Map::new(), &[], None, &current).is_empty());
    }

    fn check_hooks(label: &str, was: &str, is: &str, expected: &str) {
        let found = entries_for_hooks(Some(label), Some(&fingerprint(&map(was), &[])), &map(is));
        assert_eq!(metadata::label_text(&found.unwrap()), expected);
    }

    #[test]
    fn hooks_are_those_of_the_file_as_it_is_now() {
        let label = r#"[{"postCreateCommand":"base"},{"postCreateCommand":"old","init":true}]"#;
        let was = r#"{"image":"a","postCreateCommand":"old","init":true}"#;
        check_hooks(
            label,
            was,
            r#"{"image":"a","postCreateCommand":"new"}"#,
            r#"[{"postCreateCommand":"base"},{"init":true,"postCreateCommand":"new"}]"#,
        );
    }

    #[test]
    fn hooks_of_the_image_stay_when_the_file_had_nothing_to_record() {
        let label = r#"[{"postCreateCommand":"base"}]"#;
        let is = r#"{"image":"a","postStartCommand":"new"}"#;
        check_hooks(
            label,
            r#"{"image":"a"}"#,
            is,
            r#"[{"postCreateCommand":"base"},{"postStartCommand":"new"}]"#,
        );
    }

    #[test]
    fn without_a_file_or_a_fingerprint_the_label_decides() {
        assert_eq!(entries_for_hooks(Some("[]"), None, &map(r#"{"image":"a"}"#)), None);
        assert_eq!(entries_for_hooks(Some("[]"), Some(&fingerprint(&Map::new(), &[])), &Map::new()), None);
    }

    #[test]
    fn no_value_gets_into_the_label() {
        assert!(!fingerprint(&map(r#"{"containerEnv":{"TOKEN":"hunter2"}}"#), &[]).contains("hunter2"));
    }
}
