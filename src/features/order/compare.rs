//! Which Features are the same, and which of two comes first.

use std::cmp::Ordering;

use serde_json::Value;

use crate::config::Map;
use crate::features::collation;
use crate::features::oci::OciReference;
use crate::features::source::Source;

/// A Feature with its options, as far as comparing needs to know it.
#[derive(Clone, Debug)]
pub(super) struct Identity {
    /// The id, as it was written.
    pub id: String,
    pub source: Source,
    /// The options, as they were written.
    pub options: Value,
    /// The digest of the manifest, for one from a registry.
    pub digest: Option<String>,
    /// All its names, if they are known.
    pub aliases: Option<Vec<String>>,
}

impl Identity {
    /// Whether installing one of them is enough.
    pub fn is_same(&self, other: &Self) -> bool {
        std::mem::discriminant(&self.source) == std::mem::discriminant(&other.source)
            && self.compare(other).is_eq()
    }

    /// Which one comes first when nothing else decides. Fewer options come first, as in the reference CLI.
    pub fn compare(&self, other: &Self) -> Ordering {
        let by_options = || compare_options(&self.options, &other.options);
        match (&self.source, &other.source) {
            (Source::Oci(left), Source::Oci(right)) => {
                if self.digest == other.digest && by_options().is_eq() {
                    return Ordering::Equal;
                }
                self.compare_names(left, other, right)
                    .then_with(|| compare_tags(left, right))
                    .then_with(by_options)
                    .then_with(|| self.digest.cmp(&other.digest))
            }
            (Source::Local(left), Source::Local(right)) => {
                collation::compare(&left.to_string_lossy(), &right.to_string_lossy()).then_with(by_options)
            }
            (Source::Tarball { url: left, .. }, Source::Tarball { url: right, .. }) => {
                collation::compare(left, right).then_with(by_options)
            }
            _ => collation::compare(&self.id, &other.id),
        }
    }

    /// Features with a name in common count as equal here.
    fn compare_names(&self, own: &OciReference, other: &Self, others: &OciReference) -> Ordering {
        let place = |reference: &OciReference| format!("{}/{}", reference.registry, reference.namespace);
        collation::compare(&place(own), &place(others)).then_with(|| {
            let names = |identity: &Self, reference: &OciReference| {
                identity.aliases.clone().unwrap_or_else(|| vec![reference.id.clone()])
            };
            let others_names = names(other, others);
            let is_shared = names(self, own).iter().any(|name| others_names.contains(name));
            if is_shared { Ordering::Equal } else { collation::compare(&own.id, &others.id) }
        })
    }

    /// Whether installing this satisfies the wish to come after `wish`, whatever the versions.
    pub fn satisfies(&self, wish: &Self) -> bool {
        match (&self.source, &wish.source) {
            (Source::Oci(own), Source::Oci(wished)) => {
                let is_alias = |name: &String| name == &own.id;
                own.resource() == wished.resource()
                    || own.registry == wished.registry
                        && own.namespace == wished.namespace
                        && wish.aliases.iter().flatten().any(is_alias)
            }
            (Source::Local(own), Source::Local(wished)) => own == wished,
            (Source::Tarball { url: own, .. }, Source::Tarball { url: wished, .. }) => own == wished,
            _ => false,
        }
    }
}

fn compare_tags(left: &OciReference, right: &OciReference) -> Ordering {
    match (left.tag(), right.tag()) {
        (Some(left), Some(right)) => collation::compare(left, right),
        _ => Ordering::Equal,
    }
}

fn compare_options(left: &Value, right: &Value) -> Ordering {
    match (left, right) {
        (Value::String(left), Value::String(right)) => collation::compare(left, right),
        (Value::Bool(left), Value::Bool(right)) => left.cmp(right),
        (Value::Object(left), Value::Object(right)) => compare_objects(left, right),
        _ => collation::compare(kind(left), kind(right)),
    }
}

fn compare_objects(left: &Map, right: &Map) -> Ordering {
    left.len().cmp(&right.len()).then_with(|| {
        let pairs = sorted(left).into_iter().zip(sorted(right));
        pairs
            .map(|(left, right)| compare_members(left, right))
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal)
    })
}

fn compare_members(left: (&String, &Value), right: (&String, &Value)) -> Ordering {
    let by_value = || match (left.1, right.1) {
        (Value::String(left), Value::String(right)) => collation::compare(left, right),
        (Value::Bool(left), Value::Bool(right)) => left.cmp(right),
        // The reference CLI takes all other pairs for equal; nobody means that.
        (left, right) => left.to_string().cmp(&right.to_string()),
    };
    collation::compare(left.0, right.0).then_with(by_value)
}

fn sorted(object: &Map) -> Vec<(&String, &Value)> {
    let mut members: Vec<_> = object.iter().collect();
    members.sort_by_key(|(name, _)| *name);
    members
}

/// The words of JavaScript, because they are compared.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::String(_) => "string",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        _ => "object",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::features::source::Places;

    fn identity(id: &str, digest: &str, options: Value, aliases: &[&str]) -> Identity {
        let aliases = aliases.iter().map(|alias| (*alias).to_owned()).collect::<Vec<_>>();
        Identity {
            id: id.to_owned(),
            source: Source::of(id, &Places { config_folder: "/w".into(), workspace: None }).unwrap(),
            options,
            digest: Some(digest.to_owned()),
            aliases: Some(aliases).filter(|aliases| !aliases.is_empty()),
        }
    }

    fn plain(id: &str) -> Identity {
        identity(id, id, json!({}), &[])
    }

    #[track_caller]
    fn check(sorted: &[Identity]) {
        for pair in sorted.windows(2) {
            assert_eq!(pair[0].compare(&pair[1]), Ordering::Less, "{} {}", pair[0].id, pair[1].id);
            assert_eq!(pair[1].compare(&pair[0]), Ordering::Greater, "{} {}", pair[0].id, pair[1].id);
        }
    }

    #[test]
    fn registries_namespaces_names_and_tags_sort_as_text() {
        check(&["ghcr.io/a/x", "ghcr.io/a/y:1", "ghcr.io/a/y:10", "ghcr.io/a/y:9", "ghcr.io/b/a"].map(plain));
    }

    #[test]
    fn fewer_options_come_first() {
        let with = |options| identity("./a", "", options, &[]);
        check(&[
            with(json!({})),
            with(json!({"a":"x"})),
            with(json!({"a":"y"})),
            with(json!({"b":"x"})),
            with(json!({"a":"x","b":false})),
            with(json!({"b":true,"a":"x"})),
        ]);
        check(&[with(json!(false)), with(json!(true)), with(json!({})), with(json!("a")), with(json!("b"))]);
    }

    #[test]
    fn equal_manifests_with_equal_options_are_the_same() {
        let one = identity("ghcr.io/a/x:1", "d", json!({}), &[]);
        assert!(one.is_same(&identity("ghcr.io/a/x:latest", "d", json!({}), &[])));
        assert!(!one.is_same(&identity("ghcr.io/a/x:1", "e", json!({}), &[])));
        assert!(!one.is_same(&identity("ghcr.io/a/x:1", "d", json!({"a":"b"}), &[])));
        assert!(!plain("./ghcr.io/a/x:1").is_same(&plain("ghcr.io/a/x:1")));
    }

    #[test]
    fn old_names_satisfy_through_the_names_of_the_wish() {
        let wish = identity("ghcr.io/a/new:2", "d", json!({}), &["new", "old"]);
        assert!(plain("ghcr.io/a/new:1").satisfies(&wish));
        assert!(plain("ghcr.io/a/old:1").satisfies(&wish));
        assert!(!plain("ghcr.io/b/old:1").satisfies(&wish));
        assert!(!identity("ghcr.io/a/old", "d", json!({}), &["new"]).satisfies(&plain("ghcr.io/a/new")));
        assert!(plain("./x").satisfies(&identity("./y/../x", "", json!({"a":"b"}), &[])));
    }
}
