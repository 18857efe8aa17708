//! Finding paths by pattern. Links are never followed.

use std::fs;
use std::path::{Path, PathBuf};

/// What fits a pattern below `root`, sorted; `*` stands for a part of a name, `**` for any number of folders.
pub fn paths(root: &Path, pattern: &str) -> Vec<PathBuf> {
    let mut found = vec![root.to_owned()];
    for part in pattern.split('/') {
        found = match part {
            "**" => found.iter().flat_map(|folder| folders(folder)).collect(),
            _ => found.iter().flat_map(|folder| children(folder, part)).collect(),
        };
    }
    found.sort_unstable();
    found
}

/// A folder and all folders below it.
fn folders(folder: &Path) -> Vec<PathBuf> {
    let below = children(folder, "*").into_iter().filter(|path| is_folder(path));
    std::iter::once(folder.to_owned()).chain(below.flat_map(|path| folders(&path))).collect()
}

fn children(folder: &Path, pattern: &str) -> Vec<PathBuf> {
    let entries = is_folder(folder).then(|| fs::read_dir(folder).ok()).flatten();
    let entries = entries.into_iter().flatten().flatten();
    let fitting = entries.filter(|entry| fits(pattern, &entry.file_name().to_string_lossy()));
    fitting.map(|entry| entry.path()).collect()
}

fn is_folder(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_dir())
}

fn fits(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((head, rest)) => name.strip_prefix(head).is_some_and(|name| {
            let mut ends = name.char_indices().map(|(at, _)| at).chain([name.len()]);
            ends.any(|at| fits(rest, &name[at..]))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_parts_of_names_and_for_folders() {
        assert!(fits("*", "") && fits("a*c", "abc") && fits("*@*", "x@1") && fits("*-a", "b-a-a"));
        assert!(!fits("a*c", "ab") && !fits("ab*bc", "abc") && !fits("", "a"));
        let folder = tempfile::tempdir().unwrap();
        for path in ["x/@v/1.zip", "x/y/@v/2.zip", "@v/3.zip", "x/@v/1.mod"] {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        std::os::unix::fs::symlink(folder.path().join("x"), folder.path().join("link")).unwrap();
        let count = |pattern: &str| paths(folder.path(), pattern).len();
        assert_eq!((count("**/@v/*.zip"), count("x/**/@v/*.zip"), count("**/*.mod")), (3, 2, 1));
        assert_eq!((count("*/@v/*"), count("link/*")), (2, 0));
    }
}
