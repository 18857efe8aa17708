//! From a collection to a registry.
//!
//! Everything is decided before anything is pushed. What others look at first is pushed last: a version's own tag after
//! the tags that move to it, a Feature's own name after its old ones, the table of contents after all. So a publication that
//! is broken off goes on where it stopped when it is started again.

use futures_util::future::{join_all, try_join_all};
use serde_json::{Value, json};

use crate::collection::tags::tags;
use crate::collection::{Collection, Kind, Member, TABLE_OF_CONTENTS};
use crate::config::Map;
use crate::error::{Error, ErrorKind, Result};
use crate::event::{Events, Level, StepKind};
use crate::features::version::{SemanticVersion, sorted_versions};
use crate::registry::{Descriptor, Digest, ImageManifest, Reference, Registry, media_type};

/// The configuration of all that is published: an empty object.
const NOTHING: &[u8] = b"{}";

/// Where a collection is published.
#[derive(Debug)]
pub struct Destination {
    /// The registry's host.
    pub registry: String,
    /// The path in it, such as `owner/repository`.
    pub namespace: String,
}

/// What can be pushed: a content and the manifest that refers to it.
struct Artifact {
    layer: Vec<u8>,
    manifest: ImageManifest,
}

/// What has been decided about one name.
struct Plan {
    name: Reference,
    /// The version's own tag.
    version: String,
    /// All tags to be pushed, in the order of the answer; none when the version is published already.
    tags: Vec<String>,
}

/// A member, its names and what becomes of them.
struct Planned<'a> {
    member: &'a Member,
    own: Plan,
    legacy: Vec<Plan>,
}

/// Publishes all versions that are not published yet, and the table of contents. Returns what the reference CLI prints.
pub async fn publish(
    collection: &Collection,
    to: &Destination,
    registry: &Registry,
    events: &Events,
) -> Result<Value> {
    let contents = to.reference(None)?;
    let plans = try_join_all(collection.members.iter().map(|member| plan(member, to, registry))).await?;
    let results =
        join_all(plans.iter().map(|plan| push_member(collection.kind, plan, registry, events))).await;
    let results: Vec<Value> = results.into_iter().collect::<Result<_>>()?;
    push_contents(collection, &contents, registry, events).await?;
    let ids = plans.iter().map(|plan| plan.member.id().to_owned());
    Ok(Value::Object(ids.zip(results).collect()))
}

async fn plan<'a>(member: &'a Member, to: &Destination, registry: &Registry) -> Result<Planned<'a>> {
    let version = publishable_version(member)?;
    let names = [member.id()].into_iter().chain(member.legacy_ids());
    let plans = names.map(|id| async {
        let name = to.reference(Some(id))?;
        let published = registry.tags(&name).await?;
        let known = published.iter().any(|tag| tag == member.version());
        let published = sorted_versions(published.iter().map(String::as_str));
        let tags = if known { Vec::new() } else { tags(&version, member.version(), &published) };
        Ok::<_, Error>(Plan { name, version: member.version().to_owned(), tags })
    });
    let mut plans = try_join_all(plans).await?;
    let own = plans.remove(0);
    Ok(Planned { member, own, legacy: plans })
}

fn publishable_version(member: &Member) -> Result<SemanticVersion> {
    let version = member.version();
    // A tag cannot hold the plus sign of build metadata.
    SemanticVersion::parse(version).filter(|_| !version.contains('+')).ok_or_else(|| {
        Error::new(
            ErrorKind::Config,
            format!("{} cannot be published: {version:?} is no semantic version", member.id()),
        )
        .hint("Write three numbers, such as 1.2.3, perhaps with a preview's name behind a dash.")
    })
}

async fn push_member(
    kind: Kind,
    planned: &Planned<'_>,
    registry: &Registry,
    events: &Events,
) -> Result<Value> {
    let Planned { member, own, legacy } = planned;
    let (name, version) = (own.name.resource(), member.version());
    if own.tags.is_empty() {
        events.notice(Level::Warning, format!("{name} {version} is published already and is left as it is."));
        return Ok(json!({}));
    }
    let step = events.step(StepKind::Host, format!("Publishing {name} {version}"));
    let artifact = Artifact::of_member(kind, member, &own.name);
    let pushed = async {
        let legacy: Vec<&Plan> = legacy.iter().filter(|plan| !plan.tags.is_empty()).collect();
        try_join_all(legacy.iter().map(|plan| artifact.push(plan, registry))).await?;
        let digest = artifact.push(own, registry).await?;
        let mut result = json!({ "publishedTags": own.tags, "digest": digest, "version": version });
        if !legacy.is_empty() {
            result["publishedLegacyIds"] = legacy.iter().map(|plan| plan.name.id()).collect();
        }
        Ok(result)
    };
    step.conclude(pushed.await)
}

async fn push_contents(
    collection: &Collection,
    name: &Reference,
    registry: &Registry,
    events: &Events,
) -> Result<()> {
    let step = events.step(StepKind::Host, format!("Publishing the table of contents {}", name.resource()));
    let text = match contents(collection, name, registry).await {
        Ok(text) => text,
        Err(error) => return step.conclude(Err(error)),
    };
    let artifact = Artifact::of_contents(text, name);
    let latest = "latest".to_owned();
    let plan = Plan { name: name.clone(), version: latest.clone(), tags: vec![latest] };
    step.conclude(artifact.push(&plan, registry).await).map(drop)
}

/// What is listed from now on. One that is published alone takes its place among those that are there.
async fn contents(collection: &Collection, name: &Reference, registry: &Registry) -> Result<String> {
    if !collection.is_single {
        return Ok(collection.table_of_contents());
    }
    match registry.artifact(name).await {
        Ok(artifact) => Ok(collection.table_of_contents_within(&registry.content(&artifact).await?)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(collection.table_of_contents()),
        Err(error) => Err(error),
    }
}

impl Destination {
    /// The name of a member, or of the collection itself.
    fn reference(&self, id: Option<&str>) -> Result<Reference> {
        let Self { registry, namespace } = self;
        match id {
            Some(id) => Reference::parse(&format!("{registry}/{namespace}/{id}")),
            None => Reference::parse(&format!("{registry}/{namespace}")),
        }
    }
}

impl Artifact {
    fn of_member(kind: Kind, member: &Member, name: &Reference) -> Self {
        let metadata = Value::Object(member.metadata.clone()).to_string();
        let mut annotations = Map::new();
        annotations.insert("dev.containers.metadata".to_owned(), metadata.into());
        annotations.extend(for_github(name, kind.package_type()));
        let file = kind.archive_name(member.id());
        Self::new(member.package.to_tar(), media_type::LAYER, &file, annotations)
    }

    fn of_contents(text: String, name: &Reference) -> Self {
        let annotations = for_github(name, "devcontainer_collection".to_owned()).into_iter().collect();
        Self::new(text.into_bytes(), media_type::COLLECTION, TABLE_OF_CONTENTS, annotations)
    }

    fn new(layer: Vec<u8>, format: &str, file: &str, annotations: Map) -> Self {
        let mut described = Descriptor::of(format, &layer);
        described.annotations.insert("org.opencontainers.image.title".to_owned(), file.into());
        let manifest = ImageManifest {
            schema_version: 2,
            media_type: Some(media_type::MANIFEST.to_owned()),
            config: Descriptor::of(media_type::DEVCONTAINERS, NOTHING),
            layers: vec![described],
            annotations,
        };
        Self { layer, manifest }
    }

    async fn push(&self, plan: &Plan, registry: &Registry) -> Result<Digest> {
        let bytes = self.manifest.to_bytes();
        let contents = [NOTHING.to_vec(), self.layer.clone()];
        try_join_all(contents.map(|content| registry.push_blob(&plan.name, content))).await?;
        let push_tag = |tag: String| {
            let bytes = bytes.clone();
            async move { registry.push_manifest(&plan.name.with_tag(&tag)?, bytes, media_type::MANIFEST).await }
        };
        let moving = plan.tags.iter().filter(|tag| **tag != plan.version).cloned();
        try_join_all(moving.map(push_tag)).await?;
        push_tag(plan.version.clone()).await
    }
}

/// GitHub's registry shows packages by their type.
fn for_github(name: &Reference, package_type: String) -> Option<(String, Value)> {
    (name.registry() == "ghcr.io").then(|| ("com.github.package.type".to_owned(), package_type.into()))
}
