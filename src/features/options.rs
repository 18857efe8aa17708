//! Options of a Feature, and how its install script sees them: as environment variables.

use serde_json::Value;

use super::metadata::{DeclaredOption, FeatureMetadata, text_of};

/// The file with the options, beside the install script.
pub const FILE_NAME: &str = "devcontainer-features.env";

/// The values that a Feature is installed with: its defaults in its own order, with the user's in their place; then
/// those that it does not declare, in the user's order.
///
/// A text or boolean in place of options is the value of the option `version`, if there is one.
pub fn effective(metadata: &FeatureMetadata, given: &Value) -> Vec<(String, String)> {
    let has_version = || metadata.options().any(|option| option.name == "version");
    let given: Vec<(&str, &Value)> = match given {
        Value::Object(given) => given.iter().map(|(name, value)| (name.as_str(), value)).collect(),
        Value::Null => Vec::new(),
        scalar if has_version() => vec![("version", scalar)],
        _ => Vec::new(),
    };
    let find = |name: &str| given.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
    let defaults: Vec<(&str, &Value)> = metadata
        .options()
        .filter_map(|option| Some((option.name, find(option.name), option.default?)))
        .map(|(name, given, default)| (name, given.unwrap_or(default)))
        .collect();
    let others = given.iter().filter(|(name, _)| !defaults.iter().any(|(known, _)| known == name));
    let all = defaults.iter().chain(others);
    all.map(|(name, value)| ((*name).to_owned(), text_of(value))).collect()
}

/// The variable that carries an option.
pub fn variable_name(option: &str) -> String {
    let is_word =
        |unit: &u16| u8::try_from(*unit).is_ok_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    // By UTF-16 units, as the reference CLI counts.
    let units = option.encode_utf16().map(|unit| Some(unit).filter(is_word));
    let safe: String =
        units.map(|unit| unit.and_then(|unit| char::from_u32(unit.into())).unwrap_or('_')).collect();
    let rest = safe.trim_start_matches(|letter: char| letter.is_ascii_digit() || letter == '_');
    let prefix = if rest.len() < safe.len() { "_" } else { "" };
    format!("{prefix}{}", rest.to_ascii_uppercase())
}

/// The variables of a Feature: its options, and one more for those who still read the first version's.
pub fn variables(metadata: &FeatureMetadata, given: &Value) -> Vec<(String, String)> {
    let options = effective(metadata, given);
    let old = metadata.text("buildArg").map(|name| {
        let version = options.iter().find(|(option, _)| option == "version").map(|(_, value)| value.clone());
        (name.to_owned(), version.unwrap_or_else(|| (*given != Value::Bool(false)).to_string()))
    });
    let options = options.iter().map(|(name, value)| (variable_name(name), value.clone()));
    options.chain(old).collect()
}

/// A file of assignments that a shell reads; every value arrives as it is.
///
/// Values without special characters look as the reference CLI writes them.
pub fn file_text(variables: &[(String, String)]) -> String {
    let lines = variables.iter().map(|(name, value)| format!("{name}={}", quoted(value)));
    lines.collect::<Vec<_>>().join("\n")
}

/// In double quotes for a shell. Shells have no NUL, so there is none here either.
fn quoted(value: &str) -> String {
    let mut text = String::with_capacity(value.len() + 2);
    text.push('"');
    for letter in value.chars().filter(|letter| *letter != '\0') {
        if matches!(letter, '"' | '\\' | '$' | '`') {
            text.push('\\');
        }
        text.push(letter);
    }
    text.push('"');
    text
}

/// What is odd about the given options, each as a sentence. They are used all the same, as the reference CLI does.
pub fn oddities(metadata: &FeatureMetadata, given: &Value) -> Vec<String> {
    let Value::Object(given) = given else { return Vec::new() };
    given.iter().filter_map(|(name, value)| oddity(metadata, name, value)).collect()
}

fn oddity(metadata: &FeatureMetadata, name: &str, value: &Value) -> Option<String> {
    let Some(option) = metadata.options().find(|option| option.name == name) else {
        let known: Vec<&str> = metadata.options().map(|option| option.name).collect();
        let known = if known.is_empty() { "it has none".to_owned() } else { known.join(", ") };
        return Some(format!("It has no option '{name}' ({known})."));
    };
    if !type_fits(&option, value) {
        let kind = option.kind.unwrap_or_default();
        return Some(format!("Its option '{name}' is a {kind}, and {value} is none."));
    }
    let allowed: Vec<String> = option.allowed.iter().map(text_of).collect();
    let is_allowed = allowed.is_empty() || allowed.contains(&text_of(value));
    (!is_allowed).then(|| format!("Its option '{name}' has no value {value} ({}).", allowed.join(", ")))
}

/// Install scripts see only text, so that `"true"` is as good as `true`.
fn type_fits(option: &DeclaredOption<'_>, value: &Value) -> bool {
    match option.kind {
        Some("boolean") => matches!(text_of(value).as_str(), "true" | "false"),
        Some("string") => value.is_string() || value.is_number() || value.is_boolean(),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{from_value, json};

    use super::*;

    fn metadata(options: Value) -> FeatureMetadata {
        FeatureMetadata::from_map(from_value(json!({ "options": options })).unwrap())
    }

    #[track_caller]
    fn check(options: Value, given: Value, expected: &str) {
        assert_eq!(file_text(&variables(&metadata(options), &given)), expected);
    }

    #[test]
    fn names_are_those_of_the_reference() {
        let names = ["extra-opt", "1a", "__x", "a.b-c", "1.2x", "é", "😀", ""];
        assert_eq!(names.map(variable_name), ["EXTRA_OPT", "_A", "_X", "A_B_C", "_X", "_", "_", ""]);
    }

    #[test]
    fn the_users_values_take_the_place_of_defaults() {
        let options = json!({"version":{"default":"1"},"gc":{"type":"boolean","default":true},"plain":{}});
        check(options.clone(), json!({}), "VERSION=\"1\"\nGC=\"true\"");
        check(
            options.clone(),
            json!({"new":"x","gc":false,"plain":"y"}),
            "VERSION=\"1\"\nGC=\"false\"\nNEW=\"x\"\nPLAIN=\"y\"",
        );
        check(options.clone(), json!("2.0"), "VERSION=\"2.0\"\nGC=\"true\"");
        check(options, json!(true), "VERSION=\"true\"\nGC=\"true\"");
    }

    #[test]
    fn a_bare_value_needs_an_option_for_the_version() {
        check(json!({"gc":{"default":true}}), json!("2.0"), "GC=\"true\"");
        check(json!({}), json!(true), "");
    }

    #[test]
    fn special_characters_survive_the_shell() {
        check(json!({}), json!({"a":"it's \"q\" $X `y` \\z"}), r#"A="it's \"q\" \$X \`y\` \\z""#);
    }

    #[test]
    fn the_first_versions_variable_is_there_too() {
        let raw = json!({"buildArg":"OLD","options":{"version":{"default":"lts"}}});
        let metadata = FeatureMetadata::from_map(from_value(raw).unwrap());
        assert_eq!(file_text(&variables(&metadata, &json!("18"))), "VERSION=\"18\"\nOLD=\"18\"");
    }

    #[test]
    fn odd_options_are_told() {
        let metadata = metadata(json!({
            "gc":{"type":"boolean","default":true},
            "shell":{"type":"string","enum":["bash","zsh"]},
            "v":{"type":"string","proposals":["1"]}
        }));
        let given = json!({"gc":"maybe","shell":"fish","v":{"x":1},"gcc":true});
        assert_eq!(
            oddities(&metadata, &given),
            [
                "Its option 'gc' is a boolean, and \"maybe\" is none.",
                "Its option 'shell' has no value \"fish\" (bash, zsh).",
                "Its option 'v' is a string, and {\"x\":1} is none.",
                "It has no option 'gcc' (gc, shell, v).",
            ]
        );
        assert!(oddities(&metadata, &json!({"gc":"false","shell":"zsh","v":7})).is_empty());
    }

    /// What a real shell makes of the file.
    fn through_a_shell(value: &str) -> String {
        let text = file_text(&[("VALUE".to_owned(), value.to_owned())]);
        let script = format!("set -a\n{text}\nset +a\nprintf %s. \"$VALUE\"");
        let output = std::process::Command::new("/bin/sh").args(["-c", &script]).output().unwrap();
        let seen = String::from_utf8(output.stdout).unwrap();
        seen.strip_suffix('.').unwrap_or("no output").to_owned()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]

        #[test]
        fn every_value_arrives_as_it_is(value in "([ -~]|[\n\té😀]|\\$|`|\\\\|\"|'){0,20}") {
            prop_assert_eq!(through_a_shell(&value), value);
        }
    }
}
