//! Features as results show them: the reference CLI's `featuresConfiguration`.

use std::path::Path;

use serde_json::{Value, json};

use super::fetch::Origin;
use super::set::FeatureSet;
use crate::config::Map;
use crate::features::oci::OciVersion;
use crate::features::source::id_without_version;
use crate::features::{OciReference, Planned, Source};

impl FeatureSet {
    /// What `read-configuration` prints for Features whose files are in `folder`; nothing when there are none.
    pub fn printed(&self, folder: &Path) -> Option<Value> {
        let sets = self.members().enumerate().map(|(place, (planned, origin))| {
            json!({
                "sourceInformation": source_information(planned, origin),
                "features": [feature(planned, place, folder)],
                "internalVersion": "2",
                "computedDigest": planned.digest,
            })
        });
        let sets: Vec<Value> = sets.map(without_nothing).collect();
        (!sets.is_empty()).then(|| json!({ "featureSets": sets, "dstFolder": folder }))
    }
}

fn source_information(planned: &Planned, origin: &Origin) -> Value {
    let id = &planned.id;
    match (&planned.source, origin) {
        (Source::Oci(reference), Origin::Registry(artifact)) => json!({
            "type": "oci",
            "manifest": artifact.manifest,
            "manifestDigest": artifact.digest.to_string(),
            "featureRef": feature_reference(reference),
            "userFeatureId": id,
            "userFeatureIdWithoutVersion": id_without_version(id),
        }),
        (Source::Tarball { url, .. }, _) => {
            json!({ "type": "direct-tarball", "tarballUri": url, "userFeatureId": id })
        }
        (source, _) => {
            json!({ "type": "file-path", "resolvedFilePath": source.to_string(), "userFeatureId": id })
        }
    }
}

fn feature_reference(reference: &OciReference) -> Value {
    let is_local = reference.registry.split(':').next() == Some("localhost");
    let (kind, version) = match &reference.version {
        OciVersion::Tag(tag) => ("tag", tag),
        OciVersion::Digest(digest) => ("digest", digest),
    };
    json!({
        "scheme": if is_local { "http" } else { "https" },
        "id": reference.id,
        "owner": reference.owner(),
        "namespace": reference.namespace,
        "registry": reference.registry,
        "resource": reference.resource(),
        "path": reference.path(),
        "version": version,
        kind: version,
    })
}

/// All that the Feature says about itself, then how it is used.
fn feature(planned: &Planned, place: usize, folder: &Path) -> Value {
    let name = planned.folder_name(place);
    let is_published = planned.source.oci().is_some();
    let mut feature: Map = planned.metadata.raw().clone();
    let mut add = |name: &str, value: Value| drop(feature.insert(name.to_owned(), value));
    // The two orders are those of the reference CLI.
    if is_published {
        add("included", json!(true));
        add("value", planned.options.clone());
    } else {
        if planned.metadata.text("name").is_none() {
            add("name", json!(planned.id));
        }
        add("value", planned.options.clone());
        add("included", json!(true));
    }
    add("cachePath", json!(folder.join(&name)));
    add("consecutiveId", json!(name));
    Value::Object(feature)
}

/// Without members that are `null` because there is nothing to say.
fn without_nothing(value: Value) -> Value {
    match value {
        Value::Object(members) => members.into_iter().filter(|(_, value)| !value.is_null()).collect(),
        other => other,
    }
}
