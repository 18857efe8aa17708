//! Which files a `.dockerignore` keeps out of a build, as BuildKit decides it.
//!
//! The rules are those of `moby/patternmatcher`, and of the way in which BuildKit's walk uses it: what a pattern said of
//! a folder holds for all that is below. The matcher of the `ignore` crate is git's, which differs in half of all files.

mod gitignore;
mod pattern;
mod sections;

use crate::{Error, ErrorKind, Result};
use pattern::Pattern;
pub use sections::{Facts, hidden_sources, sections};

/// The patterns of a `.dockerignore`.
#[derive(Debug, Default)]
pub struct DockerIgnore {
    patterns: Vec<Pattern>,
}

/// What the patterns say of a path, for the paths below it.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// Whether the path itself is kept out.
    pub hidden: bool,
    /// Which patterns match.
    matched: Vec<bool>,
}

impl DockerIgnore {
    /// Reads the text of a file. Fails where BuildKit does: on a pattern that makes no sense.
    pub fn parse(text: &str) -> Result<Self> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut patterns = Vec::new();
        for (index, line) in text.lines().enumerate() {
            // Only a line that begins with it is a comment: blanks before are part of a pattern.
            if line.starts_with('#') || line.trim().is_empty() {
                continue;
            }
            let pattern = Pattern::parse(line.trim()).ok_or_else(|| unreadable(index + 1, line))?;
            patterns.push(pattern);
        }
        Ok(Self { patterns })
    }

    /// Whether a file or folder is kept out. The path is relative to the context, with `/`.
    pub fn hides(&self, path: &str) -> bool {
        let ends = path.match_indices('/').map(|(end, _)| end).chain([path.len()]);
        let verdict = ends.fold(None, |above, end| Some(self.judge(&path[..end], above.as_ref())));
        verdict.is_some_and(|verdict| verdict.hidden)
    }

    /// As [`Self::hides`] for who walks down a tree and has the verdict on the folder `above`.
    pub fn judge(&self, path: &str, above: Option<&Verdict>) -> Verdict {
        let mut hidden = false;
        let mut matched = vec![false; self.patterns.len()];
        for (index, pattern) in self.patterns.iter().enumerate() {
            // What could change nothing is not asked, and then it says nothing of what is below either.
            let asked = pattern.is_exception == hidden;
            matched[index] =
                above.is_some_and(|above| above.matched[index]) || asked && pattern.matches(path);
            if matched[index] {
                hidden = !pattern.is_exception;
            }
        }
        Verdict { hidden, matched }
    }

    /// Whether no pattern brings anything back, so that all below a hidden folder is hidden.
    pub fn hides_for_good(&self) -> bool {
        !self.patterns.iter().any(|pattern| pattern.is_exception)
    }
}

fn unreadable(line: usize, pattern: &str) -> Error {
    Error::new(ErrorKind::Config, format!("line {line} of the .dockerignore is no pattern: {pattern}"))
        .hint("Close what `[` opens, and write something after `!` and `\\`.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, hidden: &[&str], sent: &[&str]) {
        let ignore = DockerIgnore::parse(text).unwrap();
        for path in hidden {
            assert!(ignore.hides(path), "{path} is sent");
        }
        for path in sent {
            assert!(!ignore.hides(path), "{path} is hidden");
        }
    }

    #[test]
    fn a_pattern_holds_from_the_root_on_and_for_all_below() {
        check("target", &["target", "target/a/b"], &["a/target", "targets"]);
        check("/a/b/", &["a/b", "a/b/c"], &["a", "b"]);
        check("./a/../b", &["b"], &["a"]);
    }

    #[test]
    fn wildcards_stay_in_a_folder_unless_they_are_two() {
        check("*.log\n**/*.tmp", &["a.log", "x/y/a.tmp", "a.tmp"], &["x/a.log"]);
        check("a/**/z", &["a/z", "a/b/c/z", "a/z/y"], &["z"]);
        check("a/**", &["a/b"], &["a", "ab"]);
        check("?.[ch]", &["a.c", "b.h"], &["ab.c", "a.o", "/.c"]);
        check("**", &["a", "a/b"], &[]);
    }

    #[test]
    fn the_last_pattern_that_matches_counts() {
        check("*\n!src\nsrc/*.log", &["README", "src/a.log"], &["src", "src/a.rs", "src/x/a.log"]);
        check("node_modules\n!node_modules/keep", &["node_modules/a"], &["node_modules/keep/b"]);
        // The exception says nothing of a folder that nothing hides, and so nothing of what is in it.
        check("a/b\n!a", &["a/b"], &["a"]);
    }

    #[test]
    fn comments_blanks_and_escapes_are_read_as_the_builder_does() {
        check("\u{feff}# no\n\r\n  a  \r\n! b\nb", &["a", "b"], &["# no"]);
        check("\\#a\n\\!b\n\\*", &["#a", "!b", "*"], &["a", "b", "x"]);
        check("a.b\na+(b)\n{x}", &["a.b", "a+(b)", "{x}"], &["axb", "aab"]);
        check("[[a]x\n[a&&b]y", &["[x", "ax", "&y", "by"], &["x"]);
    }

    #[test]
    fn what_is_no_pattern_is_told_with_its_line() {
        let error = DockerIgnore::parse("a\n[b\n").unwrap_err();
        assert_eq!(error.summary(), "line 2 of the .dockerignore is no pattern: [b");
        assert!(
            ["!", "!/", "a\\", "[]a]", "[a-]", "[^]"].iter().all(|text| DockerIgnore::parse(text).is_err())
        );
    }
}
