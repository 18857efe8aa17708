//! Folds all metadata entries into one configuration: the merged one that everything is run by.

mod host;

use serde_json::Value;

use super::Map;
use super::metadata::Entry;
use super::mount::Mount;

/// What all entries together say about one property; `None` if nothing.
type Rule = fn(&[Entry], &str) -> Option<Value>;

/// Output property, property of the entries, and how they combine; in the order in which new ones are appended.
const RULES: &[(&str, &str, Rule)] = &[
    ("init", "init", any_truthy),
    ("privileged", "privileged", any_truthy),
    ("capAdd", "capAdd", union),
    ("securityOpt", "securityOpt", union),
    ("entrypoints", "entrypoint", all_truthy_or_none),
    ("mounts", "mounts", last_mount_per_target),
    ("customizations", "customizations", list_per_tool),
    ("onCreateCommands", "onCreateCommand", all_truthy),
    ("updateContentCommands", "updateContentCommand", all_truthy),
    ("postCreateCommands", "postCreateCommand", all_truthy),
    ("postStartCommands", "postStartCommand", all_truthy),
    ("postAttachCommands", "postAttachCommand", all_truthy),
    ("waitFor", "waitFor", last_truthy),
    ("remoteUser", "remoteUser", last_truthy),
    ("containerUser", "containerUser", last_truthy),
    ("userEnvProbe", "userEnvProbe", last_truthy),
    ("remoteEnv", "remoteEnv", last_per_key),
    ("containerEnv", "containerEnv", last_per_key),
    ("overrideCommand", "overrideCommand", last_boolean),
    ("portsAttributes", "portsAttributes", last_per_key),
    ("otherPortsAttributes", "otherPortsAttributes", last_truthy),
    ("forwardPorts", "forwardPorts", ports),
    ("shutdownAction", "shutdownAction", last_truthy),
    ("updateRemoteUserUID", "updateRemoteUserUID", last_boolean),
    ("hostRequirements", "hostRequirements", host::requirements),
];

/// What is not copied from the configuration: it reappears, if at all, at the place that the rules give it.
const NOT_COPIED: &[&str] = &[
    "customizations",
    "entrypoint",
    "onCreateCommand",
    "updateContentCommand",
    "postCreateCommand",
    "postStartCommand",
    "postAttachCommand",
    "shutdownAction",
];

/// Merges the entries, and takes what entries never carry from `config`.
///
/// For properties that entries do carry, only the entries count: the configuration reaches the result by being the
/// last entry. Keys have the order in which the reference CLI prints them.
pub fn merge(config: &Map, entries: &[Entry]) -> Map {
    let mut merged = config.clone();
    merged.retain(|key, _| !NOT_COPIED.contains(&key.as_str()));
    for (output, input, rule) in RULES {
        match rule(entries, input) {
            // An existing key keeps its place.
            Some(value) => drop(merged.insert((*output).to_owned(), value)),
            None => drop(merged.shift_remove(*output)),
        }
    }
    merged
}

/// Whether JavaScript would take the value for true; the rules were written with that in mind.
fn is_truthy(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(flag) => *flag,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(_) | Value::Object(_) => true,
    }
}

fn values<'a>(entries: &'a [Entry], key: &str) -> impl DoubleEndedIterator<Item = &'a Value> {
    entries.iter().filter_map(move |entry| entry.get(key))
}

/// The elements of all arrays, in order. A single value counts as an array of one, as in the reference CLI.
fn elements<'a>(entries: &'a [Entry], key: &str) -> impl Iterator<Item = &'a Value> {
    values(entries, key).filter(|value| is_truthy(value)).flat_map(|value| match value {
        Value::Array(elements) => elements.as_slice(),
        single => std::slice::from_ref(single),
    })
}

fn any_truthy(entries: &[Entry], key: &str) -> Option<Value> {
    Some(Value::Bool(values(entries, key).any(is_truthy)))
}

fn all_truthy(entries: &[Entry], key: &str) -> Option<Value> {
    Some(Value::Array(values(entries, key).filter(|value| is_truthy(value)).cloned().collect()))
}

fn all_truthy_or_none(entries: &[Entry], key: &str) -> Option<Value> {
    all_truthy(entries, key).filter(|list| list.as_array().is_some_and(|list| !list.is_empty()))
}

fn last_truthy(entries: &[Entry], key: &str) -> Option<Value> {
    values(entries, key).rfind(|value| is_truthy(value)).cloned()
}

fn last_boolean(entries: &[Entry], key: &str) -> Option<Value> {
    values(entries, key).rfind(|value| value.is_boolean()).cloned()
}

fn last_per_key(entries: &[Entry], key: &str) -> Option<Value> {
    let mut all = Map::new();
    for members in values(entries, key).filter_map(Value::as_object) {
        all.extend(members.clone());
    }
    Some(Value::Object(all))
}

fn union(entries: &[Entry], key: &str) -> Option<Value> {
    unique(elements(entries, key).cloned())
}

fn unique(values: impl Iterator<Item = Value>) -> Option<Value> {
    let mut seen: Vec<Value> = Vec::new();
    for value in values {
        if !seen.contains(&value) {
            seen.push(value);
        }
    }
    (!seen.is_empty()).then_some(Value::Array(seen))
}

fn list_per_tool(entries: &[Entry], key: &str) -> Option<Value> {
    let mut tools = Map::new();
    for (tool, value) in values(entries, key).filter_map(Value::as_object).flatten() {
        let list = tools.entry(tool.clone()).or_insert_with(|| Value::Array(Vec::new()));
        if let Value::Array(list) = list {
            list.push(value.clone());
        }
    }
    (!tools.is_empty()).then_some(Value::Object(tools))
}

/// Of several mounts with the same target the last one stays, at its place and in its form. One without a target is
/// kept in any case; the reference CLI loses all of them but one (Q34).
fn last_mount_per_target(entries: &[Entry], key: &str) -> Option<Value> {
    let all: Vec<(Option<String>, &Value)> =
        elements(entries, key).map(|value| (target(value), value)).collect();
    let is_last = |index: usize, target: &Option<String>| {
        target.is_none() || !all[index + 1..].iter().any(|(later, _)| later == target)
    };
    let kept: Vec<Value> = all
        .iter()
        .enumerate()
        .filter(|(index, (target, _))| is_last(*index, target))
        .map(|(_, (_, value))| (*value).clone())
        .collect();
    (!kept.is_empty()).then_some(Value::Array(kept))
}

fn target(mount: &Value) -> Option<String> {
    Mount::from_value(mount)?.target
}

/// A number means a port of `localhost`; the same port in both spellings counts once.
fn ports(entries: &[Entry], key: &str) -> Option<Value> {
    unique(elements(entries, key).map(|port| {
        match port.as_str().and_then(|text| text.strip_prefix("localhost:")) {
            Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                digits.parse::<u64>().map_or_else(|_| port.clone(), Value::from)
            }
            _ => port.clone(),
        }
    }))
}

#[cfg(test)]
mod tests;
