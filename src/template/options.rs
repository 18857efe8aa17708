//! The values of a Template's options.

use std::collections::BTreeMap;

use super::metadata::{Choices, Kind, TemplateMetadata, TemplateOption};
use crate::config::nearest;

/// Values by the names of their options.
pub type Values = BTreeMap<String, String>;

/// The given values, with the Template's defaults for all other options.
///
/// The reference CLI leaves out defaults that are `false`; here they are as good as any other.
pub fn with_defaults(metadata: &TemplateMetadata, given: &Values) -> Values {
    let defaults = metadata.options().into_iter().filter_map(|one| Some((one.name.to_owned(), one.default?)));
    defaults.chain(given.clone()).collect()
}

/// What is wrong with the given values, each as a sentence.
pub fn mistakes(metadata: &TemplateMetadata, given: &Values) -> Vec<String> {
    let options = metadata.options();
    given.iter().filter_map(|(name, value)| mistake(&options, name, value)).collect()
}

fn mistake(options: &[TemplateOption<'_>], name: &str, value: &str) -> Option<String> {
    let names: Vec<&str> = options.iter().map(|option| option.name).collect();
    let Some(option) = options.iter().find(|option| option.name == name) else {
        let meant = nearest(name, names.iter().copied()).map(|name| format!("; did you mean '{name}'?"));
        let known = if names.is_empty() { "it has none".to_owned() } else { names.join(", ") };
        return Some(format!("The Template has no option '{name}' ({known}){}", meant.unwrap_or(".".into())));
    };
    match (option.kind, &option.choices) {
        (Kind::Switch, _) if !matches!(value, "true" | "false") => {
            Some(format!("The option '{name}' is true or false, not '{value}'."))
        }
        (Kind::Text, Choices::Only(allowed)) if !allowed.contains(&value) => {
            Some(format!("The option '{name}' has no value '{value}' ({}).", allowed.join(", ")))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, from_value, json};

    use super::*;

    fn metadata() -> TemplateMetadata {
        let options: Value = json!({
            "version": {"type": "string", "default": "22"},
            "flavour": {"type": "string", "enum": ["slim", "full"], "default": "slim"},
            "tests": {"type": "boolean", "default": false},
            "name": {"type": "string"}
        });
        TemplateMetadata::from_map(from_value(json!({ "options": options })).unwrap())
    }

    fn values(pairs: &[(&str, &str)]) -> Values {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn every_default_counts() {
        let all = with_defaults(&metadata(), &values(&[("version", "20"), ("other", "x")]));
        let expected = [("flavour", "slim"), ("other", "x"), ("tests", "false"), ("version", "20")];
        assert_eq!(all, values(&expected));
    }

    #[test]
    fn values_that_make_no_sense_are_told() {
        let given = [("flavor", "slim"), ("flavour", "fat"), ("tests", "yes"), ("version", "anything")];
        assert_eq!(
            mistakes(&metadata(), &values(&given)),
            [
                "The Template has no option 'flavor' (version, flavour, tests, name); did you mean 'flavour'?",
                "The option 'flavour' has no value 'fat' (slim, full).",
                "The option 'tests' is true or false, not 'yes'.",
            ]
        );
    }
}
