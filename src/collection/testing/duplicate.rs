//! Options that are not the defaults, for a Feature that is installed twice.

use serde_json::Value;

use crate::config::Map;
use crate::features::options::variable_name;

/// Options of a Feature, as it declares them, with other values than their defaults: switches the other way, and the next of
/// the values that are proposed. `chance` moves the choice where there are several. Other options are left alone.
pub(super) fn other_options(declared: &Map, chance: Option<usize>) -> Map {
    let other = |(name, option): (&String, &Value)| Some((name.clone(), other_value(option, chance)?));
    declared.iter().filter_map(other).collect()
}

fn other_value(option: &Value, chance: Option<usize>) -> Option<Value> {
    let default = option.get("default");
    if option.get("type").and_then(Value::as_str) == Some("boolean") {
        return Some(Value::Bool(default.and_then(Value::as_bool) != Some(true)));
    }
    let choices = ["enum", "proposals"].iter().find_map(|name| option.get(*name)?.as_array());
    let choices = choices.filter(|choices| !choices.is_empty())?;
    let start = chance.unwrap_or(0) % choices.len();
    // Without a default, the first of them may be what the Feature takes.
    let default = default.filter(|value| **value != "").unwrap_or(&choices[0]);
    let (before, from) = choices.split_at(start);
    from.iter().chain(before).find(|choice| *choice != default).cloned()
}

/// The variables by which the test script knows what was chosen, and what would be the default.
pub(super) fn variables(declared: &Map, chosen: &Map) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let chosen = chosen.iter().map(|(name, value)| (variable_name(name), text(value)));
    let defaults = declared.iter().filter_map(|(name, option)| {
        Some((variable_name(&format!("{name}__DEFAULT")), text(option.get("default")?)))
    });
    chosen.chain(defaults).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(declared: &Value, chance: Option<usize>, expected: &Value) {
        assert_eq!(Value::Object(other_options(declared.as_object().unwrap(), chance)), *expected);
    }

    #[test]
    fn other_values_than_the_defaults_are_chosen() {
        let declared = json!({
            "on": {"type": "boolean", "default": true},
            "off": {"type": "boolean"},
            "version": {"type": "string", "proposals": ["latest", "1", "2"], "default": "latest"},
            "shell": {"type": "string", "enum": ["bash", "zsh"], "default": "zsh"},
            "first": {"type": "string", "enum": ["a", "b"]},
            "only": {"type": "string", "enum": ["a"], "default": "a"},
            "free": {"type": "string", "default": "x"},
        });
        let expected = json!({"on": false, "off": true, "version": "1", "shell": "bash", "first": "b"});
        check(&declared, None, &expected);
        let version = json!({"version": declared["version"]});
        check(&version, Some(2), &json!({"version": "2"}));
        check(&version, Some(3), &json!({"version": "1"}));
    }

    #[test]
    fn the_script_knows_both_values() {
        let declared = json!({"version": {"default": "latest"}, "my-switch": {"default": true}, "free": {}});
        let chosen = json!({"version": "1"});
        let seen = variables(declared.as_object().unwrap(), chosen.as_object().unwrap());
        let pairs = [("VERSION", "1"), ("VERSION__DEFAULT", "latest"), ("MY_SWITCH__DEFAULT", "true")];
        assert_eq!(seen, pairs.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }
}
