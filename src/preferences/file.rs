//! The text of `config.toml`: read with the place of every mistake, changed with every comment kept.

use std::ops::Range;

use toml_edit::{Document, DocumentMut, Item, TomlError};

use super::{SETTINGS, Setting, Value};
use crate::config::diagnostic::{self, Diagnostic, SourceFile, Span};
use crate::config::nearest;
use crate::error::{Error, ErrorKind, Result};

/// What the file says about a setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Which.
    pub name: &'static str,
    /// What it is.
    pub value: Value,
    /// The line, counted from one.
    pub line: usize,
}

/// Reads the file. Mistakes come all together, each with its place.
pub fn read(source: &SourceFile, color: bool) -> Result<Vec<Entry>> {
    let (mut entries, mut mistakes) = (Vec::new(), Vec::new());
    match source.text.parse::<Document<String>>() {
        Err(error) => mistakes.push(syntax(&error)),
        Ok(document) => {
            for (name, item) in document.iter() {
                let key = document.key(name).and_then(toml_edit::Key::span);
                match entry(&source.text, name, item, span(key.clone().or(item.span()))) {
                    Ok(entry) => entries.push(entry),
                    Err(mistake) => mistakes.push(mistake),
                }
            }
        }
    }
    if mistakes.is_empty() { Ok(entries) } else { Err(rejected(source, &mistakes, color)) }
}

/// The text with a setting in it: in its old place where it is there already, else at the end.
pub fn set(source: &SourceFile, setting: &Setting, value: &Value) -> Result<String> {
    let mut document = editable(source)?;
    let new = match value {
        Value::Flag(flag) => toml_edit::Value::from(*flag),
        Value::Count(count) => toml_edit::Value::from(i64::from(*count)),
        Value::Text(text) => toml_edit::Value::from(text),
    };
    match document.get_mut(setting.name).and_then(Item::as_value_mut) {
        Some(old) => {
            let decor = old.decor().clone();
            *old = new;
            *old.decor_mut() = decor;
        }
        None => drop(document.insert(setting.name, Item::Value(new))),
    }
    Ok(document.to_string())
}

/// The text without a setting and without the comment right above it.
pub fn unset(source: &SourceFile, setting: &Setting) -> Result<String> {
    let text = &source.text;
    let document = text.parse::<Document<String>>().map_err(|error| unusable(source, &error))?;
    let Some((key, item)) = document.get_key_value(setting.name) else { return Ok(text.clone()) };
    let begin = key.span().map_or(0, |key| line_start(text, key.start));
    let end = item.span().and_then(|value| Some(value.end + text[value.end..].find('\n')? + 1));
    Ok(format!("{}{}", &text[..comment_start(text, begin)], &text[end.unwrap_or(text.len())..]))
}

fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |end| end + 1)
}

/// Where the comment begins that ends right above the line at `begin`.
fn comment_start(text: &str, mut begin: usize) -> usize {
    while begin > 0 {
        let above = line_start(text, begin - 1);
        if !text[above..].trim_start_matches([' ', '\t']).starts_with('#') {
            break;
        }
        begin = above;
    }
    begin
}

fn editable(source: &SourceFile) -> Result<DocumentMut> {
    source.text.parse().map_err(|error| unusable(source, &error))
}

fn unusable(source: &SourceFile, error: &TomlError) -> Error {
    rejected(source, &[syntax(error)], false)
}

fn rejected(source: &SourceFile, mistakes: &[Diagnostic], color: bool) -> Error {
    let summary = format!("{} cannot be used as it is", source.path.display());
    Error::new(ErrorKind::Config, summary).because(diagnostic::render(mistakes, source, color))
}

fn entry(text: &str, name: &str, item: &Item, key: Span) -> Result<Entry, Diagnostic> {
    let setting = Setting::from_name(name).ok_or_else(|| unknown(name, key))?;
    let value = value(item).filter(|value| setting.allows(value)).ok_or_else(|| {
        let message = format!("`{name}` must be {}", setting.kind.requirement());
        Diagnostic::error(message, item.span().map_or(key, |range| span(Some(range))))
    })?;
    Ok(Entry { name: setting.name, value, line: line_of(text, key.start) })
}

fn value(item: &Item) -> Option<Value> {
    match item.as_value()? {
        toml_edit::Value::Boolean(flag) => Some(Value::Flag(*flag.value())),
        toml_edit::Value::Integer(count) => u32::try_from(*count.value()).ok().map(Value::Count),
        toml_edit::Value::String(text) => Some(Value::Text(text.value().clone())),
        _ => None,
    }
}

fn unknown(name: &str, span: Span) -> Diagnostic {
    let diagnostic = Diagnostic::error(format!("unknown setting `{name}`"), span);
    match nearest(name, SETTINGS.iter().map(|setting| setting.name)) {
        Some(known) => diagnostic.help(format!("Did you mean `{known}`?")),
        None => diagnostic.help("List the settings with `devc config`."),
    }
}

fn syntax(error: &TomlError) -> Diagnostic {
    Diagnostic::error(error.message().lines().next().unwrap_or("this is no TOML"), span(error.span()))
}

fn span(range: Option<Range<usize>>) -> Span {
    range.map_or_else(Span::default, |range| Span::new(range.start, range.end))
}

fn line_of(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::preferences::{CA_FILE, EDITOR, OPTIMIZE};

    fn source(text: &str) -> SourceFile {
        SourceFile::new("config.toml", text)
    }

    #[test]
    fn what_is_said_comes_with_its_line() {
        let entries = read(&source("# mine\neditor = \"zed\"\n\noptimize = false\n"), false).unwrap();
        let lines: Vec<_> =
            entries.iter().map(|entry| (entry.name, entry.value.to_string(), entry.line)).collect();
        assert_eq!(lines, [("editor", "zed".to_owned(), 2), ("optimize", "false".to_owned(), 4)]);
        assert_eq!(read(&source(""), false).unwrap(), []);
    }

    #[test]
    fn all_mistakes_are_told_together_with_their_places() {
        let text = "editr = \"zed\"\noptimize = \"no\"\nmax-parallel = 0\n\n[volumes]\nbase = 1\n";
        let error = read(&source(text), false).unwrap_err();
        assert_snapshot!(error.reasons().join("\n"), @r#"
        error: unknown setting `editr`
         --> config.toml:1:1
          |
        1 | editr = "zed"
          | ^^^^^
          |
          = help: Did you mean `editor`?

        error: `optimize` must be true or false
         --> config.toml:2:12
          |
        2 | optimize = "no"
          |            ^^^^

        error: `max-parallel` must be a whole number, at least 1
         --> config.toml:3:16
          |
        3 | max-parallel = 0
          |                ^

        error: unknown setting `volumes`
         --> config.toml:5:2
          |
        5 | [volumes]
          |  ^^^^^^^
          |
          = help: Did you mean `volumes-folder`?
        "#);
        let error = read(&source("editor = zed\n"), false).unwrap_err();
        assert_snapshot!(error.reasons().join("\n"), @"
        error: string values must be quoted, expected literal string
         --> config.toml:1:10
          |
        1 | editor = zed
          |          ^^^
        ");
    }

    #[test]
    fn a_change_leaves_the_rest_as_it_is() {
        let text = "# Who I am\neditor  =  \"zed\" # for now\n\n# why not\noptimize = true\n";
        let text = set(&source(text), &EDITOR, &Value::Text("nvim".into())).unwrap();
        let text = set(&source(&text), &CA_FILE, &Value::Text("~/a \"b\".pem".into())).unwrap();
        assert_snapshot!(text, @r#"
        # Who I am
        editor  =  "nvim" # for now

        # why not
        optimize = true
        ca-file = '~/a "b".pem'
        "#);
        assert_snapshot!(unset(&source(&text), &OPTIMIZE).unwrap(), @r#"
        # Who I am
        editor  =  "nvim" # for now

        ca-file = '~/a "b".pem'
        "#);
        assert_eq!(set(&source(""), &OPTIMIZE, &Value::Flag(false)).unwrap(), "optimize = false\n");
    }
}
