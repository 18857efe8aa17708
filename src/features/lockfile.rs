//! devcontainer-lock.json: which Features exactly were used.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::collation;
use super::order::{Planned, RequestedBy};
use super::source::Source;
use crate::config::Map;
use crate::{Error, ErrorKind, Result};

/// A lockfile's content, sorted by id.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lockfile {
    /// Id as written in devcontainer.json or in another Feature, and what it led to.
    features: Vec<(String, Locked)>,
}

/// What an id led to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Locked {
    /// The Feature's version.
    pub version: String,
    /// Where exactly it is.
    pub resolved: String,
    /// The digest of its manifest or archive.
    pub integrity: String,
    /// The ids of the Features that it depends on.
    pub depends_on: Vec<String>,
}

/// What to do with the lockfile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It says the same already.
    Keep,
    /// Write this text, all at once.
    Write(String),
}

/// Where the lockfile of a configuration is.
pub fn path_beside(config: &Path) -> PathBuf {
    let is_hidden = config.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
    config.with_file_name(if is_hidden { ".devcontainer-lock.json" } else { "devcontainer-lock.json" })
}

impl Lockfile {
    /// Reads a lockfile's text; `path` names it in errors. An empty one counts as absent.
    pub fn parse(text: &str, path: &Path) -> Result<Option<Self>> {
        if text.trim().is_empty() {
            return Ok(None);
        }
        let broken = |reason: String| {
            Error::new(ErrorKind::Config, format!("The lockfile {} cannot be read", path.display()))
                .because(reason)
                .hint("Restore it from version control, or delete it to make a new one.")
        };
        let value: Value = serde_json::from_str(text).map_err(|error| broken(error.to_string()))?;
        let Some(entries) = value.get("features").and_then(Value::as_object) else {
            return Err(broken("it has no object \"features\"".to_owned()));
        };
        let read = |(id, entry): (&String, &Value)| match Locked::read(entry) {
            Some(locked) => Ok((id.clone(), locked)),
            None => {
                Err(broken(format!("the entry of '{id}' needs \"version\", \"resolved\" and \"integrity\"")))
            }
        };
        Ok(Some(Self::sorted(entries.iter().map(read).collect::<Result<_>>()?)))
    }

    /// What was used in the end. Local Features are not recorded, nor those that only the command line asks for.
    pub fn of(order: &[Planned]) -> Self {
        let recorded = order.iter().filter(|planned| planned.by != RequestedBy::CommandLine);
        Self::sorted(
            recorded.filter_map(|planned| Some((planned.id.clone(), Locked::of(planned)?))).collect(),
        )
    }

    /// Of entries with one id the last counts.
    fn sorted(entries: Vec<(String, Locked)>) -> Self {
        let unique: BTreeMap<String, Locked> = entries.into_iter().collect();
        let mut features: Vec<_> = unique.into_iter().collect();
        features.sort_by(|(left, _), (right, _)| collation::compare(left, right));
        Self { features }
    }

    /// All entries, sorted by id.
    pub fn entries(&self) -> &[(String, Locked)] {
        &self.features
    }

    /// The entry of an id, as it was written.
    pub fn get(&self, id: &str) -> Option<&Locked> {
        self.features.iter().find(|(known, _)| known == id).map(|(_, locked)| locked)
    }

    /// The digests that the resolver has to keep to, by id.
    pub fn pins(&self) -> BTreeMap<String, String> {
        self.features.iter().map(|(id, locked)| (id.clone(), locked.integrity.clone())).collect()
    }

    /// The text of the file: the same bytes for the same content.
    pub fn text(&self) -> String {
        let features: Map = self.features.iter().map(|(id, locked)| (id.clone(), locked.json())).collect();
        let text = serde_json::to_string_pretty(&json!({ "features": features })).unwrap_or_default();
        format!("{text}\n")
    }

    /// Compares with what is there; another layout of the same content stays as it is.
    pub fn decide(&self, existing: Option<&Self>) -> Decision {
        if existing == Some(self) { Decision::Keep } else { Decision::Write(self.text()) }
    }

    /// Fails unless what is there says the same: `--frozen-lockfile`.
    pub fn check_frozen(&self, existing: Option<&Self>) -> Result<()> {
        let Some(existing) = existing else {
            return Err(Error::new(ErrorKind::Config, "Lockfile does not exist.")
                .hint("Run once without --frozen-lockfile, and commit the file."));
        };
        let differences = self.differences(existing);
        if differences.is_empty() {
            return Ok(());
        }
        Err(Error::new(ErrorKind::Config, "Lockfile does not match.")
            .because(differences.join("; "))
            .hint("Run once without --frozen-lockfile, and commit the changed file."))
    }

    /// What is not as in `old`, one phrase per Feature.
    pub fn differences(&self, old: &Self) -> Vec<String> {
        let changed = self.features.iter().filter_map(|(id, new)| match old.get(id) {
            None => Some(format!("'{id}' is not in it")),
            Some(old) => old.difference(new).map(|what| format!("'{id}' {what}")),
        });
        let gone = old.features.iter().filter(|(id, _)| self.get(id).is_none());
        changed.chain(gone.map(|(id, _)| format!("'{id}' is not used any more"))).collect()
    }
}

impl Locked {
    fn read(entry: &Value) -> Option<Self> {
        let text = |name: &str| entry.get(name).and_then(Value::as_str).map(str::to_owned);
        let depends_on = entry.get("dependsOn").and_then(Value::as_array).into_iter().flatten();
        Some(Self {
            version: text("version")?,
            resolved: text("resolved")?,
            integrity: text("integrity")?,
            depends_on: depends_on.filter_map(Value::as_str).map(str::to_owned).collect(),
        })
    }

    fn of(planned: &Planned) -> Option<Self> {
        let integrity = planned.digest.clone()?;
        let resolved = match &planned.source {
            Source::Oci(reference) => format!("{}/{}@{integrity}", reference.registry, reference.path()),
            Source::Tarball { url, .. } => url.clone(),
            Source::Local(_) => return None,
        };
        let version = planned.metadata.version().unwrap_or_default().to_owned();
        let depends_on = planned.metadata.depends_on().map(|(id, _)| id.to_owned()).collect();
        Some(Self { version, resolved, integrity, depends_on })
    }

    fn json(&self) -> Value {
        let mut entry =
            json!({ "version": self.version, "resolved": self.resolved, "integrity": self.integrity });
        if !self.depends_on.is_empty() {
            entry["dependsOn"] = json!(self.depends_on);
        }
        entry
    }

    fn difference(&self, new: &Self) -> Option<String> {
        if self.integrity != new.integrity {
            return Some(format!(
                "is locked to {} ({}) and leads to {} ({})",
                self.version, self.integrity, new.version, new.integrity
            ));
        }
        (self != new).then(|| "is recorded with other details".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::from_value;

    use super::*;
    use crate::features::metadata::FeatureMetadata;
    use crate::features::source::Places;

    fn planned(id: &str, by: RequestedBy, version: &str, depends_on: Value) -> Planned {
        let metadata = json!({"id":"x","version":version,"dependsOn":depends_on});
        let source = Source::of(id, &Places { config_folder: "/w".into(), workspace: None }).unwrap();
        let digest = (!matches!(source, Source::Local(_))).then(|| format!("sha256:{version}"));
        let metadata = FeatureMetadata::from_map(from_value(metadata).unwrap());
        Planned { id: id.to_owned(), source, options: json!({}), by, metadata, digest }
    }

    fn lockfile(version: &str) -> Lockfile {
        Lockfile::of(&[
            planned(
                "ghcr.io/devcontainers-contrib/features/Z:1",
                RequestedBy::Configuration,
                version,
                json!({"ghcr.io/b/a":{}}),
            ),
            planned("ghcr.io/b/a", RequestedBy::Feature, "2.0.0", json!({})),
            planned("./local", RequestedBy::Configuration, "1.0.0", json!({})),
            planned("ghcr.io/b/extra", RequestedBy::CommandLine, "1.0.0", json!({})),
            planned(
                "https://x.org/devcontainer-feature-t.tgz",
                RequestedBy::Configuration,
                "3.0.0",
                json!({}),
            ),
        ])
    }

    #[test]
    fn the_text_is_that_of_the_reference() {
        insta::assert_snapshot!(lockfile("1.2.3").text(), @r#"
        {
          "features": {
            "ghcr.io/b/a": {
              "version": "2.0.0",
              "resolved": "ghcr.io/b/a@sha256:2.0.0",
              "integrity": "sha256:2.0.0"
            },
            "ghcr.io/devcontainers-contrib/features/Z:1": {
              "version": "1.2.3",
              "resolved": "ghcr.io/devcontainers-extra/features/z@sha256:1.2.3",
              "integrity": "sha256:1.2.3",
              "dependsOn": [
                "ghcr.io/b/a"
              ]
            },
            "https://x.org/devcontainer-feature-t.tgz": {
              "version": "3.0.0",
              "resolved": "https://x.org/devcontainer-feature-t.tgz",
              "integrity": "sha256:3.0.0"
            }
          }
        }
        "#);
        assert_eq!(Lockfile::default().text(), "{\n  \"features\": {}\n}\n");
    }

    #[test]
    fn reading_what_was_written_changes_nothing() {
        let lockfile = lockfile("1.2.3");
        let read = |text: &str| Lockfile::parse(text, Path::new("lock")).unwrap();
        let again = read(&lockfile.text());
        assert_eq!(lockfile.decide(again.as_ref()), Decision::Keep);
        let compact = lockfile.text().replace(['\n', ' '], "");
        assert_eq!(lockfile.decide(read(&compact).as_ref()), Decision::Keep);
        assert_eq!(lockfile.decide(read(" \n").as_ref()), Decision::Write(lockfile.text()));
        assert_eq!(lockfile.pins()["ghcr.io/b/a"], "sha256:2.0.0");
    }

    proptest::proptest! {
        #[test]
        fn any_content_survives_writing_and_reading(ids in proptest::collection::vec("\\PC{0,12}", 0..6)) {
            let locked = |id: &String| Locked {
                version: id.clone(),
                resolved: format!("r{id}"),
                integrity: String::new(),
                depends_on: vec![id.clone()],
            };
            let entries: Vec<_> = ids.iter().map(|id| (id.clone(), locked(id))).collect();
            let backwards = Lockfile::sorted(entries.iter().rev().cloned().collect());
            let lockfile = Lockfile::sorted(entries);
            proptest::prop_assert_eq!(backwards.text(), lockfile.text());
            let again = Lockfile::parse(&lockfile.text(), Path::new("x")).unwrap();
            proptest::prop_assert_eq!(again, Some(lockfile));
        }
    }

    #[test]
    fn a_broken_lockfile_is_an_error() {
        let reason =
            |text: &str| Lockfile::parse(text, Path::new("/w/lock.json")).unwrap_err().reasons().join(" ");
        assert!(reason("{").starts_with("EOF while parsing"));
        assert_eq!(reason("[]"), "it has no object \"features\"");
        assert_eq!(
            reason(r#"{"features":{"a":{}}}"#),
            "the entry of 'a' needs \"version\", \"resolved\" and \"integrity\""
        );
    }

    #[test]
    fn a_frozen_lockfile_must_say_the_same() {
        let (old, new) = (lockfile("1.2.3"), lockfile("1.3.0"));
        assert!(new.check_frozen(Some(&new)).is_ok());
        assert_eq!(new.check_frozen(None).unwrap_err().summary(), "Lockfile does not exist.");
        let error = new.check_frozen(Some(&old)).unwrap_err();
        assert_eq!(error.summary(), "Lockfile does not match.");
        assert_eq!(
            error.reasons(),
            [
                "'ghcr.io/devcontainers-contrib/features/Z:1' is locked to 1.2.3 (sha256:1.2.3) and leads to 1.3.0 (sha256:1.3.0)"
            ]
        );
        assert_eq!(new.differences(&Lockfile::default()).len(), 3);
        assert_eq!(Lockfile::default().differences(&new)[0], "'ghcr.io/b/a' is not used any more");
    }

    #[test]
    fn the_file_hides_as_its_configuration_does() {
        let beside = |path: &str| path_beside(Path::new(path)).display().to_string();
        assert_eq!(beside("/w/.devcontainer/devcontainer.json"), "/w/.devcontainer/devcontainer-lock.json");
        assert_eq!(beside("/w/.devcontainer.json"), "/w/.devcontainer-lock.json");
    }
}
