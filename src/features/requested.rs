//! Which Features the user asked for, in which order, with which options.

use serde_json::{Value, json};

use crate::config::Map;
use crate::{Error, ErrorKind, Result};

/// A Feature that the user asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct RequestedFeature {
    /// Its id, as it was written.
    pub id: String,
    /// Its options, as they were written: an object, a text or a boolean.
    pub options: Value,
    /// Whether only the command line asks for it.
    pub is_additional: bool,
}

/// All that the user asked for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Requested {
    /// The Features in the order in which they were written.
    pub features: Vec<RequestedFeature>,
    /// What should be written differently, each as a sentence.
    pub warnings: Vec<String>,
}

/// Shorthands for options of other Features: name, Feature, option.
const SHORTHANDS: &[(&str, &str, &str)] = &[
    ("gradle", "java", "installGradle"),
    ("maven", "java", "installMaven"),
    ("jupyterlab", "python", "installJupyterlab"),
];

/// Collects the Features of devcontainer.json, then those of `--additional-features` that it does not name.
pub fn requested(config: &Map, additional: &Map) -> Result<Requested> {
    let new = additional.iter().filter(|(id, _)| !config.contains_key(*id));
    let all = config.iter().map(|entry| (entry, false)).chain(new.map(|entry| (entry, true)));
    let features = all.map(|((id, options), is_additional)| {
        let options = checked(id, options)?;
        Ok(RequestedFeature { id: id.clone(), options, is_additional })
    });
    let mut requested = Requested { features: features.collect::<Result<_>>()?, warnings: Vec::new() };
    for shorthand in SHORTHANDS {
        requested.expand(shorthand);
    }
    Ok(requested)
}

/// A number is the version that it looks like, and `null` asks for nothing special.
fn checked(id: &str, options: &Value) -> Result<Value> {
    match options {
        Value::Object(values) => {
            values.iter().try_for_each(|(name, value)| check_value(id, name, value))?;
            Ok(options.clone())
        }
        Value::String(_) | Value::Bool(_) => Ok(options.clone()),
        Value::Number(number) => Ok(Value::from(number.to_string())),
        Value::Null => Ok(json!({})),
        Value::Array(_) => Err(Error::new(
            ErrorKind::Config,
            format!("The options of the Feature '{id}' are a list, but they must be an object"),
        )
        .hint(format!("Write \"{id}\": {{}} for its defaults."))),
    }
}

/// Options reach a Feature as variables, and neither a list nor an object is one. The reference CLI installs with the
/// words `[object Object]`.
fn check_value(id: &str, name: &str, value: &Value) -> Result<()> {
    let kind = match value {
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
        _ => return Ok(()),
    };
    let summary =
        format!("The option '{name}' of the Feature '{id}' is {kind}, but it must be a text or a boolean");
    Err(Error::new(ErrorKind::Config, summary)
        .hint("Look up how the Feature's documentation writes the option."))
}

impl Requested {
    /// Turns a shorthand into the option that it stands for.
    fn expand(&mut self, (name, target, option): &(&str, &str, &str)) {
        let Some(position) = self.features.iter().position(|feature| feature.id == *name) else { return };
        let shorthand = self.features.remove(position);
        self.warnings.push(format!(
            "The Feature '{name}' is an option of another one by now: use ghcr.io/devcontainers/features/{target}:1 \
             with \"{option}\": true."
        ));
        let existing = self.features.iter_mut().find(|feature| is_named(&feature.id, target));
        match existing {
            Some(feature) => switch_on(&mut feature.options, option),
            None => self.features.push(RequestedFeature {
                id: format!("ghcr.io/devcontainers/features/{target}:1"),
                options: json!({ *option: true }),
                is_additional: shorthand.is_additional,
            }),
        }
    }
}

fn is_named(id: &str, target: &str) -> bool {
    let name = id.strip_prefix("ghcr.io/devcontainers/features/");
    id == target || name.is_some_and(|name| name.split(':').next() == Some(target))
}

fn switch_on(options: &mut Value, option: &str) {
    if let Value::String(version) = options {
        *options = json!({ "version": version });
    }
    if !options.is_object() {
        *options = json!({});
    }
    if let Some(options) = options.as_object_mut() {
        options.insert(option.to_owned(), Value::Bool(true));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::from_str;

    use super::*;

    #[track_caller]
    fn check(config: &str, additional: &str, expected: &str) {
        let requested = requested(&from_str(config).unwrap(), &from_str(additional).unwrap()).unwrap();
        let one = |feature: &RequestedFeature| {
            let mark = if feature.is_additional { "+" } else { "" };
            format!("{mark}{} {}", feature.id, feature.options)
        };
        let seen: Vec<String> = requested.features.iter().map(one).collect();
        assert_eq!(seen.join("\n"), expected);
    }

    #[test]
    fn the_configuration_comes_first_and_wins() {
        check(
            r#"{"./b":{"x":1},"./a":"v"}"#,
            r#"{"./c":true,"./a":{"y":2}}"#,
            "./b {\"x\":1}\n./a \"v\"\n+./c true",
        );
        check("{}", "{}", "");
    }

    #[test]
    fn numbers_and_null_are_understood_and_lists_are_not() {
        check(r#"{"./a":18,"./b":null}"#, "{}", "./a \"18\"\n./b {}");
        let error = requested(&from_str(r#"{"./a":[]}"#).unwrap(), &Map::new()).unwrap_err();
        assert_eq!(
            error.summary(),
            "The options of the Feature './a' are a list, but they must be an object"
        );
        let error = requested(&from_str(r#"{"./a":{"x":["1"]}}"#).unwrap(), &Map::new()).unwrap_err();
        assert_eq!(
            error.summary(),
            "The option 'x' of the Feature './a' is a list, but it must be a text or a boolean"
        );
    }

    #[test]
    fn shorthands_become_options_of_an_existing_feature() {
        check(
            r#"{"maven":"latest","java":"17","gradle":"latest"}"#,
            "{}",
            r#"java {"version":"17","installGradle":true,"installMaven":true}"#,
        );
        check(
            r#"{"jupyterlab":{},"ghcr.io/devcontainers/features/python:1":{"a":1}}"#,
            "{}",
            r#"ghcr.io/devcontainers/features/python:1 {"a":1,"installJupyterlab":true}"#,
        );
    }

    #[test]
    fn shorthands_bring_the_feature_that_is_missing() {
        check(
            r#"{"gradle":"latest","maven":true}"#,
            "{}",
            r#"ghcr.io/devcontainers/features/java:1 {"installGradle":true,"installMaven":true}"#,
        );
    }
}
