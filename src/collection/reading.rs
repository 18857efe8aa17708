//! From a folder to a collection.

use std::path::{Path, PathBuf};

use crate::archive::Package;
use crate::collection::{Kind, Member, metadata};
use crate::config::Map;
use crate::error::{Error, ErrorKind, Result};
use crate::host::files;

/// Features or Templates that are published together, sorted by the names of their folders.
#[derive(Debug)]
pub struct Collection {
    /// What they are.
    pub kind: Kind,
    /// They.
    pub members: Vec<Member>,
    /// Whether it is one that stands alone, which may be a part of something larger.
    pub is_single: bool,
    /// Folders in which there is none, for a warning.
    pub skipped: Vec<String>,
}

/// Reads a Feature or Template, or a folder of them. Everything is checked before anything is returned, and all that cannot be
/// used is told together.
///
/// Fails with [`ErrorKind::NotFound`] when there is nothing, and with [`ErrorKind::Config`] for mistakes.
pub fn read(kind: Kind, folder: &Path) -> Result<Collection> {
    if has_metadata(kind, folder) {
        let place = folder.display().to_string();
        let member = Member::new(kind, Package::of_folder(folder)?, &place, None)?;
        return Ok(Collection { kind, members: vec![member], is_single: true, skipped: Vec::new() });
    }
    let (folders, skipped): (Vec<PathBuf>, Vec<PathBuf>) =
        subfolders(folder)?.into_iter().partition(|folder| has_metadata(kind, folder));
    if folders.is_empty() {
        return Err(nothing(kind, folder));
    }
    let members = all_or_every_mistake(folders.iter().map(|folder| {
        let name = name_of(folder);
        Member::new(kind, Package::of_folder(folder)?, &folder.display().to_string(), Some(&name))
    }))?;
    let skipped = skipped.iter().map(|folder| name_of(folder)).collect();
    Ok(Collection { kind, members, is_single: false, skipped })
}

/// A Feature or Template of which only the documentation is wanted.
#[derive(Debug)]
pub struct Documented {
    /// Where it is.
    pub folder: PathBuf,
    /// The last part of that.
    pub name: String,
    /// What it says about itself.
    pub metadata: Map,
    /// Its NOTES.md.
    pub notes: String,
}

/// Reads what documentation is made of, from every sub-folder of `folder` that has it. Only the id is required.
pub fn documented(kind: Kind, folder: &Path) -> Result<Vec<Documented>> {
    let folders: Vec<PathBuf> =
        subfolders(folder)?.into_iter().filter(|folder| has_metadata(kind, folder)).collect();
    if folders.is_empty() {
        return Err(nothing(kind, folder));
    }
    let all = folders.into_iter().map(|folder| {
        let file = folder.join(kind.file_name());
        let metadata = metadata::read_for_docs(kind, &files::read(&file)?, &file.display().to_string())?;
        let notes = files::read_optional(&folder.join("NOTES.md"))?.unwrap_or_default();
        Ok(Documented { name: name_of(&folder), folder, metadata, notes })
    });
    all_or_every_mistake(all)
}

fn has_metadata(kind: Kind, folder: &Path) -> bool {
    folder.join(kind.file_name()).is_file()
}

/// Folders whose names do not begin with a dot, sorted.
fn subfolders(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = files::list(folder)?;
    found.retain(|path| path.is_dir() && !name_of(path).starts_with('.'));
    Ok(found)
}

fn name_of(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

fn all_or_every_mistake<T>(results: impl Iterator<Item = Result<T>>) -> Result<Vec<T>> {
    let (good, mistakes): (Vec<_>, Vec<_>) = results.partition(Result::is_ok);
    let mut mistakes: Vec<Error> = mistakes.into_iter().filter_map(Result::err).collect();
    match mistakes.len() {
        0 => Ok(good.into_iter().flatten().collect()),
        1 => Err(mistakes.remove(0)),
        count => {
            Err(Error::new(ErrorKind::Config, format!("{count} folders of the collection cannot be used"))
                .because(mistakes.iter().map(told).collect::<Vec<_>>().join("\n\n")))
        }
    }
}

fn told(error: &Error) -> String {
    let lines = [vec![error.summary().to_owned()], error.reasons()].concat();
    lines.join("\n")
}

fn nothing(kind: Kind, folder: &Path) -> Error {
    let error =
        Error::new(ErrorKind::NotFound, format!("there is no {} in {}", kind.noun(), folder.display()));
    let source = folder.join("src");
    let has_some = subfolders(&source).is_ok_and(|found| found.iter().any(|path| has_metadata(kind, path)));
    if has_some {
        return error.hint(format!("Name the folder that holds them: {}", source.display()));
    }
    error.hint(format!("Name a folder with a {}, or one whose sub-folders have it.", kind.file_name()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder with these files.
    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        folder
    }

    fn feature(id: &str) -> String {
        format!(r#"{{"id": "{id}", "version": "1.0.0", "name": "{id}"}}"#)
    }

    fn summary(kind: Kind, folder: &Path) -> String {
        let error = read(kind, folder).unwrap_err();
        let text = [vec![error.summary().to_owned()], error.reasons()].concat().join("\n");
        text.replace(&folder.display().to_string(), "FOLDER") + "\n" + &error.hints().join("\n")
    }

    #[test]
    fn the_members_are_sorted_and_other_folders_are_named() {
        let (git, go) = (feature("git"), feature("go"));
        let folder = folder(&[
            ("go/devcontainer-feature.json", &go),
            ("go/install.sh", ""),
            ("git/devcontainer-feature.json", &git),
            ("git/install.sh", ""),
            ("notes/README.md", ""),
            (".hidden/devcontainer-feature.json", "{"),
            ("README.md", ""),
        ]);
        let collection = read(Kind::Feature, folder.path()).unwrap();
        assert_eq!(collection.members.iter().map(Member::id).collect::<Vec<_>>(), ["git", "go"]);
        assert_eq!(collection.skipped, ["notes"]);
    }

    #[test]
    fn all_mistakes_of_all_members_are_told() {
        let git = feature("git");
        let folder = folder(&[
            ("git/devcontainer-feature.json", &git),
            ("go/devcontainer-feature.json", r#"{"id": "go", "name": "Go"}"#),
            ("go/install.sh", ""),
        ]);
        let told = summary(Kind::Feature, folder.path());
        assert!(told.starts_with("2 folders of the collection cannot be used"), "{told}");
        assert!(
            told.contains("FOLDER/git has no install.sh") && told.contains("`version` must be given"),
            "{told}"
        );
    }

    #[test]
    fn the_folder_above_gets_a_hint() {
        let git = feature("git");
        let folder = folder(&[("src/git/devcontainer-feature.json", &git)]);
        let told = summary(Kind::Feature, folder.path());
        assert!(
            told.contains(&format!(
                "Name the folder that holds them: {}",
                folder.path().join("src").display()
            ))
        );
        assert!(
            summary(Kind::Template, folder.path())
                .contains("Name a folder with a devcontainer-template.json")
        );
    }

    #[test]
    fn one_alone_needs_no_folder_of_its_name() {
        let folder = folder(&[(
            "devcontainer-feature.json",
            r#"{"id": "go", "version": "1.0.0", "name": "Go", "legacyIds": ["golang"]}"#,
        )]);
        let collection = read(Kind::Feature, folder.path()).unwrap();
        let member = &collection.members[0];
        assert_eq!((member.archive_stem.as_str(), member.warnings.as_deref()), ("go", None));
        assert!(member.package.text("devcontainer-feature.json").unwrap().contains("\"currentId\": \"go\""));
        assert!(collection.table_of_contents().contains("\n            \"id\": \"go\",\n"));
    }
}
