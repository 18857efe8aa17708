//! Changes to a project that break nothing: what one makes in order to see what a rebuild costs.

use serde::Deserialize;

use super::file_pattern::{FilePattern, LinePattern};

/// Stands in a text for something that is new each time.
const MARK: &str = "{mark}";

/// What can be changed in a project of a kind.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Edits {
    /// A change to a source file.
    pub source: Option<Edit>,
    /// A change after which dependencies are installed again.
    pub dependency: Option<Edit>,
}

/// A text that can be put into certain files without breaking anything.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Edit {
    /// The files, from the folder on; what the first pattern means comes first.
    pub files: Vec<FilePattern>,
    /// Behind what it goes, instead of at the end of the file.
    pub after: Option<LinePattern>,
    /// The text, with `{mark}` for something that is new each time.
    pub insert: String,
    /// The package that it adds, where it adds one.
    pub adds: Option<String>,
}

impl Edit {
    /// The file to change, of `files` from the folder on: samples and tests come last, and what lies deeper.
    pub fn choose<'a>(&self, files: impl Iterator<Item = &'a str>) -> Option<&'a str> {
        let rank = |path: &&str| {
            let pattern = self.files.iter().position(|pattern| pattern.matches(path));
            (is_aside(path), pattern, path.matches('/').count())
        };
        let meant = files.filter(|path| self.files.iter().any(|pattern| pattern.matches(path)));
        meant.min_by_key(rank)
    }

    /// The text with the change; `None` where there is no place for it.
    pub fn apply(&self, text: &str, mark: &str) -> Option<String> {
        let insert = self.insert.replace(MARK, mark);
        match &self.after {
            Some(pattern) => {
                let at = pattern.end_of_match(text)?;
                Some(format!("{}{insert}{}", &text[..at], &text[at..]))
            }
            None => {
                let gap = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
                Some(format!("{text}{gap}{insert}"))
            }
        }
    }
}

/// Files beside the program itself, which an image often leaves out.
fn is_aside(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    ["test", "spec", "config", "example", "bench", "doc", "setup"].iter().any(|word| lower.contains(word))
}

#[cfg(test)]
mod tests {
    use super::super::Tables;

    fn apply(table: &str, text: &str) -> String {
        let tables = Tables::embedded().unwrap();
        let table = tables.iter().find(|candidate| candidate.name == table).unwrap();
        table.edits.dependency.as_ref().unwrap().apply(text, "7").unwrap()
    }

    #[test]
    fn manifests_stay_valid() {
        let json = apply("npm", "{\n  \"name\": \"x\"\n}\n");
        serde_json::from_str::<serde_json::Value>(&json).unwrap();
        assert!(json.contains('7'));
        let manifest = apply("cargo", "[package]\nname = \"x\"");
        toml::from_str::<toml::Table>(&manifest).unwrap();
        assert!(apply("pip", "flask==3.0.0").starts_with("flask==3.0.0\nsix=="));
        assert!(
            apply("maven", "<?xml version=\"1.0\"?>\n<project a=\"b\">\n</project>\n")
                .contains("<project a=\"b\"><!--")
        );
    }

    #[test]
    fn the_programs_own_files_come_first() {
        let tables = Tables::embedded().unwrap();
        let python = tables.iter().find(|table| table.name == "pip").unwrap();
        let source = python.edits.source.as_ref().unwrap();
        let files = ["setup.py", "a/b/c.py", "tests/x.py", "src/app.py", "README"];
        assert_eq!(source.choose(files.into_iter()), Some("src/app.py"));
        assert_eq!(source.choose(["README"].into_iter()), None);
    }
}
