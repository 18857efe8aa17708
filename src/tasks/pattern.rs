//! Patterns of files, from the folder of a task on.

use std::fmt;

use globset::{Glob, GlobBuilder, GlobMatcher};

/// As deep as there is something.
const ANY_DEPTH: usize = 99;

/// A pattern of files: `package.json`, `src/**/*.rs`, `~/.cache/tool`.
#[derive(Clone, Debug)]
pub struct Pattern {
    /// Whether it begins at the home folder.
    pub is_at_home: bool,
    /// The folders before the first wildcard, or all of a pattern without one; `.` for none.
    pub base: String,
    /// How many levels below the base it can match.
    pub depth: usize,
    matcher: GlobMatcher,
}

impl Pattern {
    /// Reads a pattern.
    pub fn parse(text: &str) -> Result<Self, globset::Error> {
        let (is_at_home, rest) = match text.strip_prefix("~/") {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix("./").unwrap_or(text)),
        };
        let rest = if rest.len() > 1 { rest.trim_end_matches('/') } else { rest };
        let parts: Vec<&str> = rest.split('/').collect();
        let literal = parts.iter().take_while(|part| !part.contains(['*', '?', '[', '{'])).count();
        let base = match parts[..literal].join("/") {
            base if base.is_empty() && rest.starts_with('/') => "/".to_owned(),
            base if base.is_empty() => ".".to_owned(),
            base => base,
        };
        let depth = if rest.contains("**") { ANY_DEPTH } else { parts.len() - literal };
        Ok(Self { is_at_home, base, depth, matcher: glob(rest)?.compile_matcher() })
    }

    /// Whether a path is what the pattern names.
    pub fn names(&self, path: &str) -> bool {
        self.matcher.is_match(path)
    }

    /// Whether a path is what the pattern names, or below it.
    pub fn covers(&self, path: &str) -> bool {
        let above = path.match_indices('/').map(|(end, _)| &path[..end]);
        above.chain([path]).any(|path| self.names(path))
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let home = if self.is_at_home { "~/" } else { "" };
        write!(formatter, "{home}{}", self.matcher.glob())
    }
}

fn glob(text: &str) -> Result<Glob, globset::Error> {
    GlobBuilder::new(text).literal_separator(true).build()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, base: &str, depth: usize) {
        let pattern = Pattern::parse(text).unwrap();
        assert_eq!((pattern.base.as_str(), pattern.depth), (base, depth), "{text}");
    }

    #[test]
    fn a_pattern_says_where_to_look_and_how_deep() {
        check("package.json", "package.json", 0);
        check("./dist/", "dist", 0);
        check("*.lock", ".", 1);
        check("src/*/a.rs", "src", 2);
        check("src/**/*.rs", "src", ANY_DEPTH);
        check("/opt/tool/*", "/opt/tool", 1);
        assert!(Pattern::parse("~/.cache/x").unwrap().is_at_home);
        assert!(Pattern::parse("a[").is_err());
    }

    #[test]
    fn a_star_stays_in_its_folder_and_a_folder_covers_what_is_in_it() {
        let pattern = Pattern::parse("src/*").unwrap();
        assert!(pattern.names("src/a") && !pattern.names("src/a/b") && pattern.covers("src/a/b"));
        assert!(Pattern::parse("src/**/*.rs").unwrap().names("src/a.rs"));
    }
}
