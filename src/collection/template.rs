//! What is added to a Template's metadata when it is packed: its type, its files, its Features.

use serde_json::Value;

use crate::archive::{Content, Package};
use crate::config::diagnostic::SourceFile;
use crate::config::{Map, jsonc};
use crate::error::{Error, ErrorKind, Result};
use crate::features::OciReference;
use crate::template::{TemplateMetadata, Values, substitute, with_defaults};

/// Where a Template keeps its configuration, in the order of the search (reference CLI).
const CONFIGURATIONS: [&str; 2] = [".devcontainer.json", ".devcontainer/devcontainer.json"];

/// Adds `type`, `files`, `fileCount` and `featureIds`, and makes `optionalPaths` precise.
pub fn complete(metadata: &mut Map, package: &Package, place: &str) -> Result<()> {
    let configuration = configuration(metadata, package, place)?;
    let files: Vec<String> = files(package).map(str::to_owned).collect();
    metadata.insert("type".to_owned(), kind_of(&configuration, place)?.into());
    metadata.insert("files".to_owned(), files.clone().into());
    metadata.insert("fileCount".to_owned(), files.len().into());
    metadata.insert("featureIds".to_owned(), feature_ids(&configuration).into());
    if let Some(Value::Array(paths)) = metadata.get_mut("optionalPaths") {
        paths.iter_mut().for_each(|path| *path = precise(path, &files));
    }
    Ok(())
}

/// The configuration with the defaults of all options: without values, `"init": ${templateOption:init}` is no JSON.
fn configuration(metadata: &Map, package: &Package, place: &str) -> Result<Map> {
    let found = CONFIGURATIONS.iter().find_map(|path| Some((path, package.text(path)?)));
    let Some((path, text)) = found else {
        return Err(Error::new(
            ErrorKind::Config,
            format!("the Template in {place} has no devcontainer.json"),
        )
        .hint(format!("Add {place}/{}.", CONFIGURATIONS[1])));
    };
    let values = with_defaults(&TemplateMetadata::from_map(metadata.clone()), &Values::new());
    let text = substitute(text, &values);
    let document = jsonc::parse(SourceFile::new(format!("{place}/{path}"), &text));
    document.map(|document| document.root).map_err(|rejection| rejection.into_error(false))
}

fn kind_of(configuration: &Map, place: &str) -> Result<&'static str> {
    let has = |name: &str| configuration.contains_key(name);
    let builds =
        has("dockerFile") || configuration.get("build").is_some_and(|build| build["dockerfile"].is_string());
    match () {
        () if has("image") => Ok("image"),
        () if builds => Ok("dockerfile"),
        () if has("dockerComposeFile") => Ok("dockerCompose"),
        () => Err(Error::new(
            ErrorKind::Config,
            format!(
                "the Template in {place} says neither `image`, `build.dockerfile` nor `dockerComposeFile`"
            ),
        )),
    }
}

/// All but folders, sorted.
fn files(package: &Package) -> impl Iterator<Item = &str> {
    let entries = package.entries().iter().filter(|entry| entry.content != Content::Folder);
    entries.map(|entry| entry.path.as_str())
}

/// The Features from registries, without their versions.
fn feature_ids(configuration: &Map) -> Vec<String> {
    let features = configuration.get("features").and_then(Value::as_object);
    let ids = features.into_iter().flat_map(Map::keys);
    ids.filter_map(|id| OciReference::parse(id).ok()).map(|reference| reference.resource()).collect()
}

/// `docs/*` becomes the path of the one file in it, if it is only one: nobody has to be asked about a folder then.
fn precise(path: &Value, files: &[String]) -> Value {
    let folder = path.as_str().and_then(|path| path.strip_suffix('*')).filter(|folder| folder.len() > 1);
    let Some(folder) = folder.filter(|folder| folder.ends_with('/')) else { return path.clone() };
    let mut inside = files.iter().filter(|file| file.starts_with(folder));
    match (inside.next(), inside.next()) {
        (Some(only), None) => only.as_str().into(),
        _ => path.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The completed metadata of a Template with these files.
    fn check(metadata: Value, files: &[(&str, &str)]) -> Result<Value> {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let mut metadata = metadata.as_object().unwrap().clone();
        complete(&mut metadata, &Package::of_folder(folder.path()).unwrap(), "src/x")?;
        Ok(Value::Object(metadata))
    }

    #[test]
    fn type_files_and_features_are_added() {
        let configuration =
            r#"{"build": {"dockerfile": "Dockerfile"}, "features": {"ghcr.io/a/b/go:1": {}, "./own": {}}}"#;
        let files =
            [(".devcontainer/devcontainer.json", configuration), (".devcontainer/Dockerfile", "FROM x")];
        insta::assert_snapshot!(check(json!({"id": "x"}), &files).unwrap(), @r#"{"id":"x","type":"dockerfile","files":[".devcontainer/Dockerfile",".devcontainer/devcontainer.json"],"fileCount":2,"featureIds":["ghcr.io/a/b/go"]}"#);
    }

    #[test]
    fn options_outside_of_texts_have_their_defaults() {
        let metadata = json!({"id": "x", "options": {"init": {"type": "boolean", "default": false}}});
        let configuration = r#"{"image": "x", "init": ${templateOption:init}}"#;
        let completed = check(metadata, &[(".devcontainer.json", configuration)]).unwrap();
        assert_eq!(completed["type"], "image");
    }

    #[test]
    fn a_folder_with_one_file_becomes_that_file() {
        let files = [
            (".devcontainer.json", r#"{"image": "x"}"#),
            (".github/a.yml", ""),
            ("docs/a", ""),
            ("docs/b", ""),
        ];
        let paths = json!([".github/*", "docs/*", "*", "docs/a", "do*"]);
        let seen = check(json!({"optionalPaths": paths}), &files).unwrap();
        assert_eq!(seen["optionalPaths"], json!([".github/a.yml", "docs/*", "*", "docs/a", "do*"]));
    }

    #[test]
    fn a_template_needs_a_configuration_that_says_what_runs() {
        let summary = |files: &[(&str, &str)]| check(json!({}), files).unwrap_err().summary().to_owned();
        assert_eq!(summary(&[]), "the Template in src/x has no devcontainer.json");
        let nothing = [(".devcontainer.json", "{}")];
        assert!(
            summary(&nothing).ends_with("says neither `image`, `build.dockerfile` nor `dockerComposeFile`")
        );
        assert_eq!(summary(&[(".devcontainer.json", "{")]), "src/x/.devcontainer.json is not valid JSON");
    }
}
