//! Patterns of file names and of lines in them.

use std::sync::OnceLock;

use globset::{GlobBuilder, GlobMatcher};
use regex::Regex;
use serde::Deserialize;

/// A file name, perhaps with `*`, or a path from the folder on.
#[derive(Debug, Deserialize)]
#[serde(from = "String")]
pub struct FilePattern {
    text: String,
    /// `None` for a name without wildcards. Made when first used: most tables are never looked at.
    glob: OnceLock<Option<GlobMatcher>>,
}

impl From<String> for FilePattern {
    fn from(text: String) -> Self {
        Self { text, glob: OnceLock::new() }
    }
}

impl FilePattern {
    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether a file's path from the folder on is meant. `*` does not match `/`, `**` does.
    pub fn matches(&self, path: &str) -> bool {
        if !self.text.contains('*') {
            return self.text == path;
        }
        let glob = self.glob.get_or_init(|| {
            let glob = GlobBuilder::new(&self.text).literal_separator(true).build().ok()?;
            Some(glob.compile_matcher())
        });
        glob.as_ref().is_some_and(|glob| glob.is_match(path))
    }
}

/// A regular expression for a place in a file.
#[derive(Debug, Deserialize)]
#[serde(from = "String")]
pub struct LinePattern {
    text: String,
    regex: OnceLock<Option<Regex>>,
}

impl From<String> for LinePattern {
    fn from(text: String) -> Self {
        Self { text, regex: OnceLock::new() }
    }
}

impl LinePattern {
    /// Whether it is a regular expression at all: what the tests of the tables ask.
    pub fn is_valid(&self) -> bool {
        self.regex().is_some()
    }

    /// The line, from 1, on which the first match is, and what its first group caught (or the whole match).
    pub fn find(&self, text: &str) -> Option<(usize, String)> {
        let captures = self.regex()?.captures(text)?;
        let caught = captures.get(1).or_else(|| captures.get(0))?;
        let line = text[..caught.start()].matches('\n').count() + 1;
        Some((line, caught.as_str().trim().to_owned()))
    }

    /// What the first group of each match caught.
    pub fn find_all<'t>(&self, text: &'t str) -> impl Iterator<Item = &'t str> {
        let matches = self.regex().into_iter().flat_map(|regex| regex.captures_iter(text));
        matches.filter_map(|captures| Some(captures.get(1)?.as_str()))
    }

    /// Where the first match ends.
    pub fn end_of_match(&self, text: &str) -> Option<usize> {
        Some(self.regex()?.find(text)?.end())
    }

    fn regex(&self) -> Option<&Regex> {
        self.regex.get_or_init(|| Regex::new(&self.text).ok()).as_ref()
    }
}
