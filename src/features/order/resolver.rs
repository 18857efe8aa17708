//! Asks for what it needs to know until the install order stands.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::graph::{Graph, Node};
use super::{chart, rounds};
use crate::Result;
use crate::features::metadata::FeatureMetadata;
use crate::features::requested::RequestedFeature;
use crate::features::source::{Places, Source};

/// What is to be resolved.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// The user's Features.
    pub features: Vec<RequestedFeature>,
    /// `overrideFeatureInstallOrder`.
    pub override_order: Vec<String>,
    /// Where local Features may be.
    pub places: Places,
    /// The digests that the lockfile holds, by Feature id.
    pub pins: BTreeMap<String, String>,
}

/// Something to fetch.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wanted {
    /// Where it is.
    pub source: Source,
    /// The digest that it must have: of the manifest in a registry (fetch this one in place of the tag), or of the
    /// archive.
    pub integrity: Option<String>,
}

/// A question of the resolver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    /// The Feature, as it was written.
    pub id: String,
    /// What to fetch.
    pub wanted: Wanted,
    /// Whether the order can do without: then a failure is answered with nothing.
    pub is_optional: bool,
}

/// The answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    /// What the Feature says about itself.
    pub metadata: FeatureMetadata,
    /// The digest of the manifest in the registry, or of the archive; none for a folder.
    pub digest: Option<String>,
}

/// Who wants a Feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestedBy {
    /// devcontainer.json.
    Configuration,
    /// `--additional-features`.
    CommandLine,
    /// Another Feature, which depends on it.
    Feature,
}

/// A Feature in its place of the install order.
#[derive(Clone, Debug, PartialEq)]
pub struct Planned {
    /// Its id, as it was written where it was asked for.
    pub id: String,
    /// Where it comes from.
    pub source: Source,
    /// Its options, as they were written.
    pub options: Value,
    /// Who wants it.
    pub by: RequestedBy,
    /// What it says about itself.
    pub metadata: FeatureMetadata,
    /// The digest of its manifest or archive.
    pub digest: Option<String>,
}

/// What comes next.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// These must be answered first; all at once, if you like.
    Needs(Vec<Need>),
    /// The install order.
    Ordered(Vec<Planned>),
}

/// Finds the install order, without fetching anything itself.
///
/// Call [`Resolver::step`], answer each [`Need`] in any order, and again, until the order comes.
#[derive(Clone, Debug)]
pub struct Resolver {
    request: Request,
    known: BTreeMap<Wanted, Option<Facts>>,
}

impl Resolver {
    /// Knows nothing yet.
    pub fn new(request: Request) -> Self {
        Self { request, known: BTreeMap::new() }
    }

    /// Answers a question; with nothing only if it was optional.
    pub fn answer(&mut self, wanted: Wanted, facts: Option<Facts>) {
        self.known.insert(wanted, facts);
    }

    /// Goes as far as the answers allow.
    pub fn step(&self) -> Result<Step> {
        let Graph { nodes, needs, .. } = Graph::build(&self.request, &self.known)?;
        if needs.is_empty() {
            let ordered = rounds::ordered(nodes)?;
            return Ok(Step::Ordered(ordered.into_iter().map(Planned::from).collect()));
        }
        Ok(Step::Needs(needs))
    }

    /// Who waits for whom, as a mermaid flowchart of what is known so far.
    pub fn chart(&self) -> Result<String> {
        Ok(chart::draw(&Graph::build(&self.request, &self.known)?.nodes))
    }
}

impl From<Node> for Planned {
    fn from(node: Node) -> Self {
        let Node { identity, by, facts, .. } = node;
        let Facts { metadata, digest } = facts;
        Self { id: identity.id, source: identity.source, options: identity.options, by, metadata, digest }
    }
}

impl Planned {
    /// How `features resolve-dependencies` prints it.
    pub fn printed(&self) -> Value {
        let id = match (&self.source, &self.digest) {
            (Source::Oci(reference), Some(digest)) => format!("{}@{digest}", reference.resource()),
            _ => self.id.clone(),
        };
        json!({ "id": id, "options": self.options })
    }

    /// The name of its folder: the Feature's id and its place in the order, from 0.
    pub fn folder_name(&self, place: usize) -> String {
        let fits = |letter: char| letter.is_ascii_alphanumeric() || "_-.".contains(letter);
        let id = self.metadata.id().map_or_else(|| self.source.name(), str::to_owned);
        let safe: String = id.chars().map(|letter| if fits(letter) { letter } else { '_' }).collect();
        format!("{safe}_{place}")
    }
}
