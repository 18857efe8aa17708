//! The rules, as they stand in `rules.toml`, made ready for the search.

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use regex::bytes::Regex;
use serde::Deserialize;

use crate::error::{Error, ErrorKind, Result};

/// What looks like a secret, and what only seems to.
#[derive(Debug)]
pub struct Rules {
    /// Places that are not looked at.
    pub(super) skip: GlobSet,
    /// Values that stand for one.
    pub(super) placeholders: Regex,
    /// Names of variables with secret values.
    pub(super) variables: Regex,
    /// Files that are secrets as a whole.
    pub(super) files: Vec<FileRule>,
    /// What secrets look like.
    pub(super) texts: Vec<TextRule>,
}

/// Files that are secrets as a whole.
#[derive(Debug)]
pub(super) struct FileRule {
    pub kind: String,
    pub names: GlobSet,
    pub except: GlobSet,
}

/// What a secret looks like; its first group, if there is one, is the value.
#[derive(Debug)]
pub(super) struct TextRule {
    pub kind: String,
    pub pattern: Regex,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    skip: Vec<String>,
    placeholders: String,
    variables: String,
    file: Vec<WrittenFile>,
    text: Vec<WrittenText>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenFile {
    kind: String,
    names: Vec<String>,
    #[serde(default)]
    except: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenText {
    kind: String,
    pattern: String,
}

impl Rules {
    /// The rules of this program.
    pub fn embedded() -> Result<Self> {
        Self::parse(include_str!("rules.toml")).map_err(|error| {
            Error::new(ErrorKind::Config, "the rules of what looks like a secret cannot be read")
                .because(error.to_string())
        })
    }

    fn parse(text: &str) -> std::result::Result<Self, Box<dyn std::error::Error>> {
        let written: Written = toml::from_str(text)?;
        let file = |rule: WrittenFile| -> std::result::Result<_, globset::Error> {
            Ok(FileRule { kind: rule.kind, names: globs(&rule.names)?, except: globs(&rule.except)? })
        };
        let text = |rule: WrittenText| -> std::result::Result<_, regex::Error> {
            Ok(TextRule { kind: rule.kind, pattern: Regex::new(&rule.pattern)? })
        };
        Ok(Self {
            skip: globs(&written.skip)?,
            placeholders: Regex::new(&written.placeholders)?,
            variables: Regex::new(&written.variables)?,
            files: written.file.into_iter().map(file).collect::<std::result::Result<_, _>>()?,
            texts: written.text.into_iter().map(text).collect::<std::result::Result<_, _>>()?,
        })
    }
}

/// A pattern without a slash is one of names, wherever the file is.
fn globs(patterns: &[String]) -> std::result::Result<GlobSet, globset::Error> {
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        let anywhere = if pattern.contains('/') { pattern.clone() } else { format!("**/{pattern}") };
        set.add(GlobBuilder::new(&anywhere).literal_separator(true).build()?);
    }
    set.build()
}
