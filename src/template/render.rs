//! Which files a Template brings to a project, and what is in them.

use serde_json::Value;

use super::metadata::FILE_NAME;
use super::options::Values;
use super::substitute::substitute;
use crate::archive::{Content, Entry, Package};
use crate::config::diagnostic::SourceFile;
use crate::config::jsonc;
use crate::{Error, ErrorKind, Result};

/// Files that describe the Template itself.
const OWN_FILES: [&str; 3] = [FILE_NAME, "README.md", "NOTES.md"];

/// What a project wants of a Template.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// The values of options, defaults included.
    pub values: Values,
    /// Paths to leave out: a file, or with `/*` at the end all that is in a folder.
    pub omit: Vec<String>,
    /// Features to add to devcontainer.json, each with its options.
    pub features: Vec<(String, Value)>,
}

/// The files, folders and links to write, by path.
///
/// Fails when Features are wanted and the Template's devcontainer.json cannot be read.
pub fn render(package: &Package, request: &Request) -> Result<Vec<Entry>> {
    let wanted = package.entries().iter().filter(|entry| is_wanted(&entry.path, &request.omit));
    let mut entries: Vec<Entry> = wanted.map(|entry| filled_in(entry, &request.values)).collect();
    if !request.features.is_empty() {
        add_features(&mut entries, &request.features)?;
    }
    Ok(entries)
}

/// The devcontainer.json among the files: the one that is found first in a project.
pub fn configuration(entries: &[Entry]) -> Option<&str> {
    let is_file = |entry: &&Entry| matches!(entry.content, Content::File(_));
    let paths = entries.iter().filter(is_file).map(|entry| entry.path.as_str());
    let rank = |path: &str| match path {
        ".devcontainer/devcontainer.json" => Some(0),
        ".devcontainer.json" => Some(1),
        _ => path.ends_with("/devcontainer.json").then_some(2),
    };
    paths.filter_map(|path| Some((rank(path)?, path))).min().map(|(_, path)| path)
}

fn is_wanted(path: &str, omit: &[String]) -> bool {
    let omitted = |pattern: &String| match pattern.strip_suffix("/*") {
        Some(folder) => path == folder || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/')),
        None => path == pattern,
    };
    !OWN_FILES.contains(&path) && !omit.iter().any(omitted)
}

/// Bytes that are no text stay as they are (Q40).
fn filled_in(entry: &Entry, values: &Values) -> Entry {
    let mut entry = entry.clone();
    if let Content::File(bytes) = &mut entry.content
        && let Ok(text) = std::str::from_utf8(bytes)
    {
        *bytes = substitute(text, values).into_bytes();
    }
    entry
}

fn add_features(entries: &mut [Entry], features: &[(String, Value)]) -> Result<()> {
    let Some(path) = configuration(entries).map(str::to_owned) else { return Err(nowhere_to_add()) };
    let Some(entry) = entries.iter_mut().find(|entry| entry.path == path) else { return Ok(()) };
    let Content::File(bytes) = &mut entry.content else { return Ok(()) };
    let source = SourceFile::new(&*path, &String::from_utf8_lossy(bytes));
    let members = features.iter().map(|(id, options)| (id.as_str(), options));
    let text = jsonc::set_members(source, "features", members).map_err(|rejection| {
        Error::new(ErrorKind::Config, format!("Features cannot be added to the Template's {path}"))
            .because(rejection.into_error(false))
    })?;
    *bytes = text.into_bytes();
    Ok(())
}

fn nowhere_to_add() -> Error {
    Error::new(ErrorKind::Config, "Features cannot be added: the Template brings no devcontainer.json")
        .hint("Leave out the Features, or add them to the project's devcontainer.json.")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn package(files: &[(&str, &str)]) -> Package {
        let mut package = Package::default();
        files.iter().for_each(|(path, text)| package.add_text(path, text));
        package
    }

    fn paths(entries: &[Entry]) -> Vec<&str> {
        entries.iter().map(|entry| entry.path.as_str()).collect()
    }

    fn text<'a>(entries: &'a [Entry], path: &str) -> &'a str {
        let entry = entries.iter().find(|entry| entry.path == path).unwrap();
        let Content::File(bytes) = &entry.content else { panic!("{path} is no file") };
        std::str::from_utf8(bytes).unwrap()
    }

    #[test]
    fn a_template_keeps_what_describes_it_and_what_is_not_wanted() {
        let package = package(&[
            (FILE_NAME, "{}"),
            ("README.md", ""),
            ("docs/README.md", ""),
            (".github/a.yml", ""),
            (".github/b/c.yml", ""),
            (".githubber", ""),
            ("x.txt", ""),
        ]);
        let omit = vec![".github/*".to_owned(), "x.txt".to_owned()];
        let entries = render(&package, &Request { omit, ..Request::default() }).unwrap();
        assert_eq!(paths(&entries), [".githubber", "docs/README.md"]);
    }

    #[test]
    fn text_is_filled_in_and_other_bytes_stay() {
        let mut package = package(&[("a.txt", "v${templateOption:v}")]);
        let values = Values::from([("v".to_owned(), "2".to_owned())]);
        let request = Request { values, ..Request::default() };
        assert_eq!(text(&render(&package, &request).unwrap(), "a.txt"), "v2");
        let bytes = b"\xff\x00${templateOption:v}".to_vec();
        package = package_with_bytes(&bytes);
        assert_eq!(render(&package, &request).unwrap()[0].content, Content::File(bytes));
    }

    fn package_with_bytes(bytes: &[u8]) -> Package {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("logo.png"), bytes).unwrap();
        Package::of_folder(folder.path()).unwrap()
    }

    #[test]
    fn features_go_into_the_configuration_that_counts() {
        let config = "{\n  // Ours.\n  \"image\": \"x\"\n}\n";
        let package =
            package(&[("web/devcontainer.json", "{}"), (".devcontainer/devcontainer.json", config)]);
        let features = vec![("ghcr.io/a/b:1".to_owned(), json!({"version": "2"}))];
        let entries = render(&package, &Request { features, ..Request::default() }).unwrap();
        insta::assert_snapshot!(text(&entries, ".devcontainer/devcontainer.json"), @r#"
        {
          // Ours.
          "image": "x",
          "features": {
            "ghcr.io/a/b:1": {
              "version": "2"
            }
          }
        }
        "#);
        assert_eq!(text(&entries, "web/devcontainer.json"), "{}");
    }

    #[test]
    fn features_need_a_configuration_that_can_be_read() {
        let features = vec![("x/y/z".to_owned(), json!({}))];
        let request = Request { features, ..Request::default() };
        let error = render(&package(&[("a", "")]), &request).unwrap_err();
        assert!(error.summary().contains("brings no devcontainer.json"));
        let error = render(&package(&[(".devcontainer.json", "{")]), &request).unwrap_err();
        assert!(error.summary().contains(".devcontainer.json"), "{error}");
    }
}
