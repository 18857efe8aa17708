//! Finds every mistake in a devcontainer.json: wrong types, bad values, unknown names, properties without effect.

mod json_schema;
mod published;
mod relations;
mod table;

use serde_json::Value;

use super::diagnostic::{Diagnostic, Span};
use super::jsonc::{Document, Place};
use super::nearest::nearest;
pub use json_schema::customizations as customizations_schema;
use table::{Property, Shape};

/// Reports all mistakes, in file order. What cannot be used is an error; what has no effect is a warning.
///
/// Whether an image is named at all is not looked at here: attaching to a container needs none.
pub fn check(document: &Document) -> Vec<Diagnostic> {
    let mut found = check_against(table::TOP_LEVEL, document);
    relations::check(document, &mut found);
    found.sort_by_key(|diagnostic| diagnostic.span);
    found
}

/// As [`check`], for a devcontainer-feature.json.
pub fn check_feature(document: &Document) -> Vec<Diagnostic> {
    check_against(published::FEATURE, document)
}

/// As [`check`], for a devcontainer-template.json.
pub fn check_template(document: &Document) -> Vec<Diagnostic> {
    check_against(published::TEMPLATE, document)
}

fn check_against(known: &[Property], document: &Document) -> Vec<Diagnostic> {
    let mut checker = Checker::default();
    for (value, (name, place)) in document.root.values().zip(document.place.members()) {
        checker.property(known, "", name, value, place);
    }
    checker.found
}

/// A value's kind with its article: `a string`.
pub fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

#[derive(Default)]
struct Checker {
    found: Vec<Diagnostic>,
}

impl Checker {
    /// Checks one property of an object whose own path is `within` (empty at the top level).
    fn property(&mut self, known: &[Property], within: &str, name: &str, value: &Value, place: &Place) {
        let path = if within.is_empty() { name.to_owned() } else { format!("{within}.{name}") };
        match known.iter().find(|property| property.name == name) {
            Some(_) if value.is_null() && !nullable(known, name) => {
                self.found.push(absent(&path, place.value))
            }
            Some(property) => self.value(&property.shape, &path, value, place),
            None => self.found.push(unknown(known, within, name, place.name_or_value())),
        }
    }

    fn value(&mut self, shape: &Shape, path: &str, value: &Value, place: &Place) {
        match (shape, value) {
            (Shape::Either(choices), _) => match choices.iter().find(|choice| takes(choice, value)) {
                Some(choice) => self.value(choice, path, value, place),
                None => self.found.push(wrong_type(shape, path, value, place.value)),
            },
            (_, _) if !takes(shape, value) => {
                self.found.push(wrong_type(shape, path, value, place.value));
            }
            (Shape::List(element), Value::Array(values)) => self.elements(element, path, values, place),
            (Shape::MapOf(member), Value::Object(members)) => {
                for (value, (name, place)) in members.values().zip(place.members()) {
                    self.value(member, &format!("{path}.{name}"), value, place);
                }
            }
            (Shape::Object(known), Value::Object(members)) => {
                for (value, (name, place)) in members.values().zip(place.members()) {
                    self.property(known, path, name, value, place);
                }
            }
            (Shape::Open(known), Value::Object(members)) => {
                let members = members.values().zip(place.members());
                let ours = |name: &str| known.iter().any(|property| property.name == name);
                for (value, (name, place)) in members.filter(|(_, (name, _))| ours(name)) {
                    self.property(known, path, name, value, place);
                }
            }
            _ => self.found.extend(bad_value(shape, path, value, place.value)),
        }
    }

    fn elements(&mut self, shape: &Shape, path: &str, values: &[Value], place: &Place) {
        for (index, value) in values.iter().enumerate() {
            if let Some(place) = place.element(index) {
                self.value(shape, &format!("{path}[{index}]"), value, place);
            }
        }
    }
}

fn nullable(known: &[Property], name: &str) -> bool {
    known.iter().any(|property| property.name == name && takes(&property.shape, &Value::Null))
}

/// Whether the kind of the value fits; what it says may still be wrong.
fn takes(shape: &Shape, value: &Value) -> bool {
    match shape {
        Shape::Anything => true,
        Shape::Text | Shape::OneOf(_) | Shape::Format(..) => value.is_string(),
        Shape::TextLike => value.is_string() || value.is_number() || value.is_boolean(),
        Shape::Flag => value.is_boolean(),
        Shape::Null => value.is_null(),
        Shape::Integer(..) => value.is_number(),
        Shape::List(_) => value.is_array(),
        Shape::MapOf(_) | Shape::Object(_) | Shape::Open(_) => value.is_object(),
        Shape::Either(choices) => choices.iter().any(|choice| takes(choice, value)),
    }
}

/// The kinds that fit, in words.
fn expected(shape: &Shape) -> String {
    match shape {
        Shape::Anything => "anything".to_owned(),
        Shape::Text | Shape::TextLike => "a string".to_owned(),
        Shape::Flag => "`true` or `false`".to_owned(),
        Shape::Null => "`null`".to_owned(),
        Shape::Integer(..) => "a whole number".to_owned(),
        Shape::OneOf([word]) => format!("\"{word}\""),
        Shape::OneOf(_) => "a string".to_owned(),
        Shape::Format(description, _) => (*description).to_owned(),
        Shape::List(element) => match element {
            Shape::Text | Shape::TextLike => "an array of strings".to_owned(),
            _ => "an array".to_owned(),
        },
        Shape::MapOf(_) | Shape::Object(_) | Shape::Open(_) => "an object".to_owned(),
        Shape::Either(choices) => join(choices.iter().map(expected).collect()),
    }
}

fn join(mut words: Vec<String>) -> String {
    match words.pop() {
        Some(last) if !words.is_empty() => format!("{} or {last}", words.join(", ")),
        Some(only) => only,
        None => String::new(),
    }
}

fn wrong_type(shape: &Shape, path: &str, value: &Value, span: Span) -> Diagnostic {
    let diagnostic = Diagnostic::error(format!("`{path}` must be {}", expected(shape)), span)
        .label(format!("this is {}", kind_of(value)));
    match value.as_str() {
        Some("true" | "false") if takes(shape, &Value::Bool(true)) => {
            diagnostic.help("Write it without quotes.")
        }
        Some(text) if takes(shape, &Value::from(0)) && text.parse::<i64>().is_ok() => {
            diagnostic.help("Write it without quotes.")
        }
        Some(_) if matches!(shape, Shape::List(_)) => diagnostic.help("Put it in `[` and `]`."),
        _ => diagnostic,
    }
}

/// What is wrong with a value of the right kind.
fn bad_value(shape: &Shape, path: &str, value: &Value, span: Span) -> Option<Diagnostic> {
    match (shape, value) {
        (Shape::Integer(least, most), Value::Number(number)) => {
            let fits = number.as_i64().is_some_and(|number| (*least..=*most).contains(&number));
            (!fits).then(|| out_of_range(path, *least, *most, span))
        }
        // A variable may become anything.
        (_, Value::String(text)) if text.contains("${") => None,
        (Shape::OneOf(words), Value::String(text)) if !words.contains(&text.as_str()) => {
            Some(no_such_word(words, path, text, span))
        }
        (Shape::Format(description, test), Value::String(text)) if !test(text) => Some(
            Diagnostic::warning(format!("`{path}` should be {description}"), span).label("has no effect"),
        ),
        (Shape::TextLike, Value::Number(_) | Value::Bool(_)) => Some(
            Diagnostic::warning(format!("`{path}` should be a string"), span)
                .label(format!("this is {}; it is used as text", kind_of(value)))
                .help("Put it in double quotes."),
        ),
        _ => None,
    }
}

fn out_of_range(path: &str, least: i64, most: i64, span: Span) -> Diagnostic {
    let range =
        if most == i64::MAX { format!("at least {least}") } else { format!("from {least} to {most}") };
    Diagnostic::error(format!("`{path}` must be a whole number, {range}"), span)
}

fn no_such_word(words: &[&str], path: &str, text: &str, span: Span) -> Diagnostic {
    let diagnostic =
        Diagnostic::error(format!("`{path}` cannot be \"{text}\""), span).label("not one of its values");
    match nearest(text, words.iter().copied()) {
        Some(word) => diagnostic.help(format!("Did you mean \"{word}\"?")),
        None => diagnostic.help(format!("Use one of {}.", expected_words(words))),
    }
}

fn expected_words(words: &[&str]) -> String {
    join(words.iter().map(|word| format!("\"{word}\"")).collect())
}

fn absent(path: &str, span: Span) -> Diagnostic {
    Diagnostic::warning(format!("`{path}` is null, which is as if it were not there"), span)
        .help("Remove it.")
}

fn unknown(known: &[Property], within: &str, name: &str, span: Span) -> Diagnostic {
    let message = if within.is_empty() {
        format!("unknown property `{name}`")
    } else {
        format!("unknown property `{name}` in `{within}`")
    };
    let diagnostic = Diagnostic::warning(message, span).label("nothing reads it");
    let belongs_to_build = within.is_empty() && table::BUILD.iter().any(|property| property.name == name);
    match nearest(name, known.iter().map(|property| property.name)) {
        _ if belongs_to_build => diagnostic.help("It belongs inside `build`."),
        Some(word) => diagnostic.help(format!("Did you mean `{word}`?")),
        None => diagnostic,
    }
}

#[cfg(test)]
mod tests;
