//! The control manifest: Features that must not be used, and versions with known faults.
//!
//! It is a service, never a condition: whoever cannot fetch it goes on with [`ControlManifest::default`].

use serde::Deserialize;

use super::order::Planned;
use super::source::Source;
use super::version::SemanticVersion;
use crate::{Error, ErrorKind, Result};

/// Where it is published.
pub const URL: &str = "https://containers.dev/static/devcontainer-control-manifest.json";

/// What the control manifest says.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase", default)]
pub struct ControlManifest {
    /// Features that must not be used.
    pub disallowed_features: Vec<Disallowed>,
    /// Versions with known faults.
    pub feature_advisories: Vec<Advisory>,
}

/// Features that must not be used.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct Disallowed {
    /// What their ids begin with.
    pub feature_id_prefix: String,
    /// Where one can read why.
    #[serde(rename = "documentationURL")]
    pub documentation_url: Option<String>,
}

/// A fault of some versions of a Feature.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct Advisory {
    /// The Feature, without a version.
    pub feature_id: String,
    /// The first version that has it.
    pub introduced_in_version: String,
    /// The first version without it.
    pub fixed_in_version: String,
    /// What it is.
    pub description: String,
    /// Where one can read more.
    #[serde(rename = "documentationURL")]
    pub documentation_url: Option<String>,
}

impl ControlManifest {
    /// Reads its text; what cannot be read says nothing.
    pub fn parse(text: &str) -> Self {
        serde_json::from_str(text).unwrap_or_default()
    }

    /// The rule that forbids the Feature `id`, as it was written.
    pub fn disallows(&self, id: &str) -> Option<&Disallowed> {
        let begins = |rule: &&Disallowed| {
            let rest = id.strip_prefix(rule.feature_id_prefix.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', ':', '@']))
        };
        self.disallowed_features.iter().find(begins)
    }

    /// Fails if one of `ids` must not be used.
    pub fn check<'a>(&self, ids: impl IntoIterator<Item = &'a str>) -> Result<()> {
        for id in ids {
            if let Some(rule) = self.disallows(id) {
                return Err(rule.forbids(id));
            }
        }
        Ok(())
    }

    /// What is known against the versions in use, each as a sentence, sorted by Feature.
    pub fn warnings(&self, order: &[Planned]) -> Vec<String> {
        let mut warnings: Vec<String> = order.iter().flat_map(|planned| self.warnings_of(planned)).collect();
        warnings.sort();
        warnings
    }

    fn warnings_of(&self, planned: &Planned) -> Vec<String> {
        let Source::Oci(reference) = &planned.source else { return Vec::new() };
        let Some(version) = planned.metadata.version().and_then(SemanticVersion::parse) else {
            return Vec::new();
        };
        let id = format!("{}/{}", reference.registry, reference.path());
        let fitting = self.feature_advisories.iter().filter(|advisory| {
            [&reference.resource(), &id].contains(&&advisory.feature_id) && advisory.concerns(&version)
        });
        fitting.map(|advisory| advisory.sentence(&version)).collect()
    }
}

impl Disallowed {
    /// With the members that the reference CLI's error result has. A container that runs already is left running.
    fn forbids(&self, id: &str) -> Error {
        let error = Error::new(
            ErrorKind::Config,
            format!(
                "Cannot use the '{id}' Feature since it was reported to be problematic. Please remove this Feature from your configuration and rebuild any dev container using it before continuing."
            ),
        )
        .detail("disallowedFeatureId", id)
        .detail("didStopContainer", false);
        match &self.documentation_url {
            Some(address) => {
                error.hint(format!("Read more at {address}.")).detail("learnMoreUrl", address.as_str())
            }
            None => error,
        }
    }
}

impl Advisory {
    fn concerns(&self, version: &SemanticVersion) -> bool {
        let introduced = SemanticVersion::parse(&self.introduced_in_version);
        let fixed = SemanticVersion::parse(&self.fixed_in_version);
        introduced.is_some_and(|introduced| introduced <= *version)
            && fixed.is_some_and(|fixed| *version < fixed)
    }

    fn sentence(&self, version: &SemanticVersion) -> String {
        let see =
            self.documentation_url.as_ref().map_or_else(String::new, |address| format!(", see {address}"));
        format!(
            "{} {version}: {} (introduced in {}, fixed in {}{see})",
            self.feature_id, self.description, self.introduced_in_version, self.fixed_in_version
        )
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{from_value, json};

    use super::*;
    use crate::features::metadata::FeatureMetadata;
    use crate::features::order::RequestedBy;
    use crate::features::source::Places;

    const TEXT: &str = r#"{
        "disallowedFeatures": [{"featureIdPrefix":"ghcr.io/bad/features","documentationURL":"https://x.org"}],
        "featureAdvisories": [{
            "featureId":"ghcr.io/a/go","introducedInVersion":"1.0.7","fixedInVersion":"1.1.10","description":"leaks"
        }]
    }"#;

    #[test]
    fn a_prefix_ends_where_a_part_of_the_id_ends() {
        let manifest = ControlManifest::parse(TEXT);
        for id in ["ghcr.io/bad/features", "ghcr.io/bad/features/x:1", "ghcr.io/bad/features@sha256:0"] {
            let error = manifest.check(["./fine", id]).unwrap_err();
            assert!(error.summary().contains(id));
            assert_eq!(error.hints(), ["Read more at https://x.org."]);
        }
        assert!(manifest.check(["ghcr.io/bad/features2/x", "ghcr.io/bad"]).is_ok());
    }

    #[test]
    fn versions_with_faults_are_told() {
        let warnings = |version: &str| {
            let id = "ghcr.io/a/go:1".to_owned();
            let raw = from_value(json!({"id":"go","version":version})).unwrap();
            let source = Source::of(&id, &Places::default()).unwrap();
            let metadata = FeatureMetadata::from_map(raw);
            let by = RequestedBy::Configuration;
            let planned = Planned { id, source, options: json!({}), by, metadata, digest: None };
            ControlManifest::parse(TEXT).warnings(&[planned]).join("\n")
        };
        assert_eq!(warnings("1.1.9"), "ghcr.io/a/go 1.1.9: leaks (introduced in 1.0.7, fixed in 1.1.10)");
        assert_eq!(warnings("1.1.10") + &warnings("1.0.6") + &warnings("x"), "");
    }

    #[test]
    fn what_cannot_be_read_says_nothing() {
        for text in ["", "[]", "{}", r#"{"disallowedFeatures":7}"#] {
            assert_eq!(ControlManifest::parse(text), ControlManifest::default());
        }
    }
}
