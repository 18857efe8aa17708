//! Templates that are part of the program, so that `devc init` needs no network.

use super::{FILE_NAME, Template, TemplateMetadata};
use crate::Result;
use crate::archive::Package;

/// A Template's id and its files.
struct BuiltIn {
    id: &'static str,
    files: &'static [(&'static str, &'static str)],
}

/// Reads the files of a folder below `templates/init` when the program is compiled.
macro_rules! built_in {
    ($id:literal, $($path:literal),+) => {
        BuiltIn {
            id: $id,
            files: &[$(($path, include_str!(concat!("../../templates/init/", $id, "/", $path)))),+],
        }
    };
}

/// In the order in which they are offered.
const ALL: &[BuiltIn] = &[
    built_in!(
        "debian",
        "devcontainer-template.json",
        ".devcontainer/devcontainer.json",
        ".devcontainer/Dockerfile"
    ),
    built_in!(
        "node",
        "devcontainer-template.json",
        ".devcontainer/devcontainer.json",
        ".devcontainer/Dockerfile"
    ),
    built_in!(
        "python",
        "devcontainer-template.json",
        ".devcontainer/devcontainer.json",
        ".devcontainer/Dockerfile"
    ),
    built_in!(
        "rust",
        "devcontainer-template.json",
        ".devcontainer/devcontainer.json",
        ".devcontainer/Dockerfile"
    ),
    built_in!(
        "go",
        "devcontainer-template.json",
        ".devcontainer/devcontainer.json",
        ".devcontainer/Dockerfile"
    ),
    built_in!(
        "postgres",
        "devcontainer-template.json",
        ".devcontainer/devcontainer.json",
        ".devcontainer/Dockerfile",
        ".devcontainer/compose.yaml"
    ),
];

/// Files by which projects are known, and the Template for them; the first one counts.
const SIGNS: &[(&str, &str)] = &[
    ("Cargo.toml", "rust"),
    ("go.mod", "go"),
    ("pyproject.toml", "python"),
    ("requirements.txt", "python"),
    ("package.json", "node"),
];

/// The Template that the files of a project speak for.
pub fn suggested(has_file: impl Fn(&str) -> bool) -> Option<&'static str> {
    SIGNS.iter().find(|(file, _)| has_file(file)).map(|(_, id)| *id)
}

/// The ids of all of them, in the order in which they are offered.
pub fn ids() -> impl Iterator<Item = &'static str> {
    ALL.iter().map(|one| one.id)
}

/// The one with this id.
pub fn find(id: &str) -> Option<Result<Template>> {
    ALL.iter().find(|one| one.id == id).map(BuiltIn::read)
}

impl BuiltIn {
    fn read(&self) -> Result<Template> {
        let mut package = Package::default();
        self.files.iter().for_each(|(path, text)| package.add_text(path, text));
        let metadata = TemplateMetadata::parse(package.text(FILE_NAME).unwrap_or_default(), self.id)?;
        Ok(Template { metadata, package })
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::archive::Content;
    use crate::config::diagnostic::SourceFile;
    use crate::config::{jsonc, schema};
    use crate::template::{Request, Values, render, with_defaults};

    #[test]
    fn a_project_speaks_for_a_template() {
        assert_eq!(suggested(|file| ["package.json", "Cargo.toml"].contains(&file)), Some("rust"));
        assert_eq!(suggested(|_| false), None);
        assert!(SIGNS.iter().all(|(_, id)| ids().any(|known| known == *id)));
    }

    #[test]
    fn every_file_of_the_folders_is_there() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/init");
        let mut folders: Vec<_> = std::fs::read_dir(&root)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        folders.sort();
        let mut known: Vec<_> = ids().collect();
        known.sort_unstable();
        assert_eq!(known, folders);
        for one in ALL {
            let package = Package::of_folder(&root.join(one.id)).unwrap();
            let files = package.entries().iter().filter(|entry| matches!(entry.content, Content::File(_)));
            let mut listed: Vec<_> = one.files.iter().map(|(path, _)| *path).collect();
            listed.sort_unstable();
            assert_eq!(files.map(|entry| entry.path.as_str()).collect::<Vec<_>>(), listed, "{}", one.id);
        }
    }

    #[test]
    fn each_becomes_a_sound_configuration() {
        for id in ids() {
            let template = find(id).unwrap().unwrap();
            assert_eq!(template.metadata.id(), id);
            let values = with_defaults(&template.metadata, &Values::new());
            let entries = render(&template.package, &Request { values, ..Request::default() }).unwrap();
            for entry in &entries {
                let Content::File(bytes) = &entry.content else { continue };
                let text = std::str::from_utf8(bytes).unwrap();
                assert!(!text.contains("templateOption"), "{id}: {}", entry.path);
                if entry.path.ends_with(".json") {
                    let document = jsonc::parse(SourceFile::new(id, text)).unwrap();
                    assert_eq!(schema::check(&document), [], "{id}");
                }
            }
        }
    }

    #[test]
    fn each_option_is_used_and_has_a_default() {
        for id in ids() {
            let template = find(id).unwrap().unwrap();
            let files = &ALL.iter().find(|one| one.id == id).unwrap().files[1..];
            for option in template.metadata.options() {
                assert!(option.default.is_some() && option.description.is_some(), "{id}: {}", option.name);
                let reference = format!("${{templateOption:{}}}", option.name);
                assert!(files.iter().any(|(_, text)| text.contains(&reference)), "{id}: {}", option.name);
            }
        }
    }
}
