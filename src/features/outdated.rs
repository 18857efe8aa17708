//! Which newer versions of Features there are, and how devcontainer.json asks for one.

use serde_json::{Value, json};

use super::lockfile::Locked;
use super::oci::{OciReference, OciVersion};
use super::source::id_without_version;
use super::version::{SemanticVersion, sorted_versions};
use crate::config::Map;
use crate::config::jsonc::{Document, Segment};
use crate::{Error, ErrorKind, Result};

/// What `outdated` tells about one Feature.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outlook {
    /// The locked version, or else the wanted one.
    pub current: Option<String>,
    /// The newest version that the reference allows.
    pub wanted: Option<SemanticVersion>,
    /// The newest version of all.
    pub latest: Option<SemanticVersion>,
}

impl Outlook {
    /// Decides from the published tags. A digest wants the locked version, or else `at_digest`, its manifest's.
    pub fn new(
        reference: &OciReference,
        locked: Option<&Locked>,
        tags: &[String],
        at_digest: Option<&str>,
    ) -> Self {
        let versions = sorted_versions(tags.iter().map(String::as_str));
        let locked = locked.map(|locked| locked.version.as_str());
        let wanted = match &reference.version {
            OciVersion::Tag(tag) if tag == "latest" => versions.first().cloned(),
            OciVersion::Tag(tag) => versions.iter().find(|version| version.satisfies(tag)).cloned(),
            OciVersion::Digest(_) => locked.or(at_digest).and_then(SemanticVersion::parse),
        };
        let current = locked.map(str::to_owned).or(wanted.as_ref().map(ToString::to_string));
        Self { current, wanted, latest: versions.into_iter().next() }
    }

    /// How JSON results show it. What is not known is left out.
    pub fn json(&self) -> Value {
        let text = |version: &Option<SemanticVersion>| version.as_ref().map(ToString::to_string);
        let major = |version: &Option<SemanticVersion>| version.as_ref().map(SemanticVersion::major);
        let all = [
            ("current", self.current.clone()),
            ("wanted", text(&self.wanted)),
            ("wantedMajor", major(&self.wanted)),
            ("latest", text(&self.latest)),
            ("latestMajor", major(&self.latest)),
        ];
        let known = all.into_iter().filter_map(|(name, value)| Some((name.to_owned(), json!(value?))));
        Value::Object(known.collect::<Map>())
    }

    /// How the table shows it: current, wanted, latest.
    pub fn row(&self) -> [String; 3] {
        let text = |version: &Option<SemanticVersion>| version.as_ref().map(ToString::to_string);
        [self.current.clone(), text(&self.wanted), text(&self.latest)]
            .map(|version| version.unwrap_or_else(|| "-".to_owned()))
    }
}

/// Whether a text can follow `--target-version`: one to three numbers.
pub fn is_target_version(text: &str) -> bool {
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    text.split('.').count() <= 3 && text.split('.').all(is_number)
}

/// Some Features, one of them in another version; `feature` is its id in any version.
pub fn in_version(features: &Map, feature: &str, version: &str) -> Map {
    let wanted = id_without_version(feature);
    let renamed = features.iter().map(|(id, options)| match id_without_version(id) {
        Some(name) if Some(&name) == wanted.as_ref() => (format!("{name}:{version}"), options.clone()),
        _ => (id.clone(), options.clone()),
    });
    renamed.collect()
}

/// The text of devcontainer.json with another version of a Feature; all else stays as it is, comments included.
///
/// `feature` is an id in any version.
pub fn with_version(document: &Document, feature: &str, version: &str) -> Result<String> {
    let wanted = id_without_version(feature);
    let features = document.root.get("features").and_then(Value::as_object);
    let keys = features.into_iter().flat_map(Map::keys);
    let matching: Vec<&String> =
        keys.filter(|key| wanted.is_some() && id_without_version(key) == wanted).collect();
    if matching.is_empty() {
        let place = document.source.path.display();
        return Err(Error::new(ErrorKind::NotFound, format!("{place} has no Feature '{feature}'"))
            .hint("Use an id as it stands under \"features\"; the version does not matter."));
    }
    let mut text = document.source.text.clone();
    let mut edits: Vec<_> = matching
        .iter()
        .filter_map(|key| {
            let place = document.place.at(&[Segment::Key("features"), Segment::Key(key)])?;
            let id = id_without_version(key)?;
            Some((place.name_or_value(), Value::from(format!("{id}:{version}")).to_string()))
        })
        .collect();
    edits.sort_by_key(|(span, _)| std::cmp::Reverse(span.start));
    for (span, key) in edits {
        text.replace_range(span.start..span.end, &key);
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::diagnostic::SourceFile;
    use crate::config::jsonc;

    #[track_caller]
    fn check(id: &str, locked: Option<&str>, at_digest: Option<&str>, expected: &str) {
        let tags = ["1", "1.2.3", "1.10.0", "2.0.0", "2.1.0-rc.1", "latest", "1.10"].map(str::to_owned);
        let locked = locked.map(|version| Locked {
            version: version.to_owned(),
            resolved: String::new(),
            integrity: String::new(),
            depends_on: Vec::new(),
        });
        let outlook = Outlook::new(&OciReference::parse(id).unwrap(), locked.as_ref(), &tags, at_digest);
        assert_eq!(outlook.row().join(" "), expected);
    }

    #[test]
    fn tags_digests_and_locks_say_what_is_current() {
        check("ghcr.io/a/b:1", None, None, "1.10.0 1.10.0 2.1.0-rc.1");
        check("ghcr.io/a/b:1.2", Some("1.2.0"), None, "1.2.0 1.2.3 2.1.0-rc.1");
        check("ghcr.io/a/b:3", None, None, "- - 2.1.0-rc.1");
        let digest = format!("ghcr.io/a/b@sha256:{}", "a".repeat(64));
        check(&digest, None, Some("1.2.3"), "1.2.3 1.2.3 2.1.0-rc.1");
        check(&digest, Some("1.2.0"), None, "1.2.0 1.2.0 2.1.0-rc.1");
        check(&digest, None, None, "- - 2.1.0-rc.1");
    }

    #[test]
    fn results_have_the_names_of_the_reference() {
        let reference = OciReference::parse("ghcr.io/a/b:1").unwrap();
        let outlook = Outlook::new(&reference, None, &["1.0.0".to_owned(), "2.0.0".to_owned()], None);
        assert_eq!(
            outlook.json().to_string(),
            r#"{"current":"1.0.0","wanted":"1.0.0","wantedMajor":"1","latest":"2.0.0","latestMajor":"2"}"#
        );
        assert_eq!(Outlook::new(&reference, None, &[], None).json().to_string(), "{}");
    }

    fn edited(text: &str, feature: &str) -> Result<String> {
        let document = jsonc::parse(SourceFile::new("/w/devcontainer.json", text)).unwrap();
        with_version(&document, feature, "2.1")
    }

    #[test]
    fn only_the_key_of_the_feature_changes() {
        let text = "{ // ghcr.io/a/b:1 is nice\n\"features\": {\"ghcr.io/a/b:1\": {\"x\": \"ghcr.io/a/b:1\"}, \"ghcr.io/a/bc\": {},},}";
        let expected = "{ // ghcr.io/a/b:1 is nice\n\"features\": {\"ghcr.io/a/b:2.1\": {\"x\": \"ghcr.io/a/b:1\"}, \"ghcr.io/a/bc\": {},},}";
        assert_eq!(edited(text, "ghcr.io/a/b").unwrap(), expected);
        assert_eq!(
            edited(text, "ghcr.io/a/b@sha256:x").unwrap_err().summary(),
            "/w/devcontainer.json has no Feature 'ghcr.io/a/b@sha256:x'"
        );
    }

    #[test]
    fn features_in_another_version_keep_their_places_and_options() {
        let features: Map =
            serde_json::from_str(r#"{"ghcr.io/a/b@sha256:x": 1, "ghcr.io/a/b:1": 2, "./b": 3}"#).unwrap();
        let text = serde_json::to_string(&in_version(&features, "ghcr.io/a/b:7", "2")).unwrap();
        assert_eq!(text, r#"{"ghcr.io/a/b@sha256:x":1,"ghcr.io/a/b:2":2,"./b":3}"#);
    }

    #[test]
    fn targets_are_one_to_three_numbers() {
        assert!(["1", "1.2", "1.2.3"].iter().all(|text| is_target_version(text)));
        assert!(!["", "v1", "1.", "1.2.3.4", "latest"].iter().any(|text| is_target_version(text)));
    }
}
