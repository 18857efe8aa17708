//! `devc features info`: what a registry knows about a Feature.

use clap::{Args, ValueEnum};
use serde::Serialize;
use serde_json::ser::{PrettyFormatter, Serializer};
use serde_json::{Map, Value, json};

use crate::commands::Context;
use crate::commands::context::Answer;
use crate::commands::options::{OutputFormatArgs, RegistryArgs};
use crate::error::{Error, ErrorKind, Result};
use crate::execute::FeatureSources;
use crate::features::order::Request;
use crate::features::{Places, RequestedFeature, Source};
use crate::registry::{Artifact, Reference, Registry};

const EXAMPLES: &str = "\
Examples:
  devc features info tags ghcr.io/devcontainers/features/go
  devc features info manifest ghcr.io/devcontainers/features/go:1
  devc features info verbose ghcr.io/devcontainers/features/go --json | jq -r .canonicalId

The dependencies are a flowchart for https://mermaid.live and no part of the JSON.";

/// Arguments of `devc features info`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct InfoArgs {
    /// What to tell; verbose tells everything
    #[arg(value_enum)]
    mode: Mode,
    /// The Feature's id: registry/namespace/name, perhaps with :version or @digest
    feature: String,
    #[command(flatten)]
    format: OutputFormatArgs,
    #[command(flatten)]
    registry: RegistryArgs,
}

/// What to tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Mode {
    Manifest,
    Tags,
    Dependencies,
    Verbose,
}

/// What was asked for, in the order in which it is told.
#[derive(Default)]
struct Info {
    manifest: Option<Value>,
    canonical_id: Option<String>,
    tags: Option<Vec<String>>,
    chart: Option<String>,
}

impl InfoArgs {
    /// Whether the result is for programs, which get an empty one of a failure too.
    pub fn is_json(&self) -> bool {
        self.format.is_json()
    }

    fn wants(&self, mode: Mode) -> bool {
        [mode, Mode::Verbose].contains(&self.mode)
    }
}

/// Asks the registry. Whatever is to be told, the version must exist.
pub async fn run(args: &InfoArgs, context: &Context) -> Result<Answer> {
    let registry = context.registry(&args.registry)?;
    let reference = reference(&args.feature)?;
    let mut info = Info::default();
    let manifest = registry.manifest(&reference).await?;
    let artifact = Artifact::of(&reference, &manifest)?;
    if args.wants(Mode::Manifest) {
        info.manifest = serde_json::from_slice(&manifest.bytes).ok();
        info.canonical_id = Some(format!("{}@{}", reference.resource(), artifact.digest));
    }
    if args.wants(Mode::Tags) {
        info.tags = Some(tags(&reference, &registry).await?);
    }
    if args.wants(Mode::Dependencies) && !args.is_json() {
        info.chart = Some(chart(&args.feature, &registry, context).await?);
    }
    Ok(Answer::Text(if args.is_json() { info.json() } else { info.text() }))
}

fn reference(id: &str) -> Result<Reference> {
    match Source::of(id, &Places::default())?.oci() {
        Some(reference) => Reference::parse(&reference.to_string()),
        None => Err(Error::new(
            ErrorKind::Usage,
            format!("'{id}' is in no registry, which could be asked about it"),
        )
        .hint("Give an id such as ghcr.io/devcontainers/features/go.")),
    }
}

async fn tags(reference: &Reference, registry: &Registry) -> Result<Vec<String>> {
    let tags = registry.tags(reference).await?;
    if tags.is_empty() {
        let text = format!("No published versions found for feature '{}'", reference.resource());
        return Err(Error::new(ErrorKind::NotFound, text));
    }
    Ok(tags)
}

async fn chart(id: &str, registry: &Registry, context: &Context) -> Result<String> {
    let feature = RequestedFeature { id: id.to_owned(), options: json!({}), is_additional: false };
    let request = Request { features: vec![feature], ..Request::default() };
    let sources = FeatureSources { registry, events: &context.events };
    Ok(sources.resolve(request).await?.chart)
}

impl Info {
    /// The reference CLI's JSON, which it indents by four.
    fn json(&self) -> String {
        let parts = [
            ("manifest", self.manifest.clone()),
            ("canonicalId", self.canonical_id.clone().map(Value::from)),
            ("publishedTags", self.tags.clone().map(Value::from)),
        ];
        let known = parts.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        let mut text = Vec::new();
        let mut serializer = Serializer::with_formatter(&mut text, PrettyFormatter::with_indent(b"    "));
        // Writing a value into memory does not fail.
        let _ = Value::Object(known.collect::<Map<_, _>>()).serialize(&mut serializer);
        String::from_utf8(text).unwrap_or_default() + "\n"
    }

    fn text(&self) -> String {
        let manifest = self.manifest.as_ref().map(|manifest| format!("{manifest:#}\n\n"));
        let id = self.canonical_id.as_ref().map(|id| format!("{id}\n\n"));
        let tags = self.tags.as_ref().map(|tags| tags.join("\n   ") + "\n");
        let chart = self.chart.as_ref().map(|chart| format!("{chart}\n"));
        let parts = [
            ("Manifest", manifest),
            ("Canonical Identifier", id),
            ("Published Tags", tags),
            ("Dependency Tree (Render with https://mermaid.live/)", chart),
        ];
        parts.into_iter().filter_map(|(title, body)| Some(boxed(title) + &body?)).collect()
    }
}

/// A title with a line around it.
fn boxed(title: &str) -> String {
    let line = "─".repeat(title.chars().count());
    format!("┌{line}┐\n│{title}│\n└{line}┘\n")
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;

    fn info() -> Info {
        Info {
            manifest: Some(json!({ "layers": [], "annotations": { "a": "b" } })),
            canonical_id: Some("ghcr.io/a/b@sha256:0".into()),
            tags: Some(vec!["1".into(), "1.0".into()]),
            chart: Some("flowchart\n".into()),
        }
    }

    #[test]
    fn people_get_titles() {
        assert_snapshot!(info().text(), @r#"
        ┌────────┐
        │Manifest│
        └────────┘
        {
          "layers": [],
          "annotations": {
            "a": "b"
          }
        }

        ┌────────────────────┐
        │Canonical Identifier│
        └────────────────────┘
        ghcr.io/a/b@sha256:0

        ┌──────────────┐
        │Published Tags│
        └──────────────┘
        1
           1.0
        ┌───────────────────────────────────────────────────┐
        │Dependency Tree (Render with https://mermaid.live/)│
        └───────────────────────────────────────────────────┘
        flowchart
        "#);
    }

    #[test]
    fn programs_get_what_there_is() {
        assert_snapshot!(info().json(), @r#"
        {
            "manifest": {
                "layers": [],
                "annotations": {
                    "a": "b"
                }
            },
            "canonicalId": "ghcr.io/a/b@sha256:0",
            "publishedTags": [
                "1",
                "1.0"
            ]
        }
        "#);
        assert_eq!(Info::default().json(), "{}\n");
    }
}
