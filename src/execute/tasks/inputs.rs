//! The contents of the files that a task reads, where they are on this machine.

use std::path::Path;

use sha2::{Digest, Sha256};

use crate::host::Tree;
use crate::name::hex;
use crate::tasks::{Inputs, Pattern};

/// Digests of all files that the patterns name. Files that git ignores count only if they are named without a wildcard, as
/// whatever else is ignored is made and not written.
pub(super) fn read_inputs(folder: &Path, patterns: &[String]) -> Inputs {
    let patterns: Vec<Pattern> = patterns.iter().filter_map(|text| Pattern::parse(text).ok()).collect();
    patterns
        .iter()
        .flat_map(|pattern| files(folder, pattern))
        .filter_map(|path| digest(folder, path))
        .collect()
}

/// The files that a pattern names, as paths from the folder on.
fn files(folder: &Path, pattern: &Pattern) -> Vec<String> {
    let base = folder.join(&pattern.base);
    if !base.is_dir() {
        return vec![pattern.base.clone()];
    }
    let found = Tree::walk(&base).map(|tree| tree.files).unwrap_or_default();
    let found = found.into_iter().map(|path| match pattern.base.as_str() {
        "." => path,
        base => format!("{base}/{path}"),
    });
    found.filter(|path| pattern.covers(path)).collect()
}

fn digest(folder: &Path, path: String) -> Option<(String, String)> {
    let bytes = std::fs::read(folder.join(&path)).ok()?;
    Some((path, hex(&Sha256::digest(&bytes))))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn files_are_found_by_name_by_folder_and_by_wildcard() {
        let folder = tempfile::tempdir().unwrap();
        for path in ["src/a.rs", "src/b/c.rs", "src/b/notes.txt", "out.rs", ".gitignore"] {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "out.rs\n").unwrap();
        }
        let check = |pattern: &str, expected: &[&str]| {
            let found = read_inputs(folder.path(), &[pattern.to_owned()]);
            assert_eq!(found.keys().collect::<Vec<_>>(), expected, "{pattern}");
        };
        check("src/a.rs", &["src/a.rs"]);
        check("src/b", &["src/b/c.rs", "src/b/notes.txt"]);
        check("**/*.rs", &["src/a.rs", "src/b/c.rs"]);
        check("src/*.rs", &["src/a.rs"]);
        check("out.rs", &["out.rs"]);
        check("gone", &[]);
    }
}
