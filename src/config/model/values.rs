//! Lenient readers: a value of a wrong type counts as absent.

use serde_json::Value;

use crate::config::Map;

/// A non-empty string: empty ones count as absent wherever the reference CLI asks for truth.
pub(super) fn string(raw: &Map, key: &str) -> Option<String> {
    raw.get(key).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
}

pub(super) fn boolean(raw: &Map, key: &str) -> Option<bool> {
    raw.get(key).and_then(Value::as_bool)
}

pub(super) fn object(raw: &Map, key: &str) -> Map {
    raw.get(key).and_then(Value::as_object).cloned().unwrap_or_default()
}

pub(super) fn list<'a>(raw: &'a Map, key: &str) -> &'a [Value] {
    raw.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

pub(super) fn texts(raw: &Map, key: &str) -> Vec<String> {
    all_text(list(raw, key))
}

pub(super) fn text_or_texts(raw: &Map, key: &str) -> Vec<String> {
    string(raw, key).map_or_else(|| texts(raw, key), |one| vec![one])
}

pub(super) fn pairs(raw: &Map, key: &str) -> Vec<(String, String)> {
    object(raw, key).into_iter().map(|(name, value)| (name, text(&value))).collect()
}

pub(super) fn all_text(values: &[Value]) -> Vec<String> {
    values.iter().map(text).collect()
}

/// A value as text: a string without its quotes, anything else as JSON writes it.
pub(in crate::config) fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
