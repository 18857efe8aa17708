//! `devc features resolve-dependencies`: in which order the Features of a configuration are installed, and why.

use clap::Args;
use serde_json::{Value, json};

use crate::commands::Context;
use crate::commands::context::Answer;
use crate::commands::gather::{self, CurrentFolder};
use crate::commands::options::{FeatureArgs, LockfileArgs, OverrideArgs, RegistryArgs, WorkspaceArgs};
use crate::commands::wanted_features::WantedFeatures;
use crate::error::{Error, ErrorKind, Result};
use crate::execute::FeatureSources;

const EXAMPLES: &str = "\
Examples:
  devc features resolve-dependencies
  devc features resolve-dependencies --workspace-folder ~/app | sed '1,/^$/d' | jq -r '.installOrder[].id'

First comes a flowchart, which https://mermaid.live draws; after a blank line, the install order as JSON.";

/// Arguments of `devc features resolve-dependencies`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct ResolveDependenciesArgs {
    #[command(flatten)]
    workspace: WorkspaceArgs,
    #[command(flatten)]
    override_config: OverrideArgs,
    #[command(flatten)]
    features: FeatureArgs,
    #[command(flatten)]
    lockfile: LockfileArgs,
    #[command(flatten)]
    registry: RegistryArgs,
}

/// Resolves them. The lockfile is read, and left as it is.
pub async fn run(args: &ResolveDependenciesArgs, context: &Context) -> Result<Answer> {
    let project = gather::project(&args.workspace, &args.override_config, CurrentFolder::StandsIn, context)?;
    let policy = args.lockfile.policy(&context.events);
    let wanted = WantedFeatures::gather(&project, &args.features, policy, context)?;
    if wanted.is_empty() {
        return Err(Error::new(ErrorKind::Config, "the configuration names no Features")
            .hint("Add some to \"features\" in devcontainer.json."));
    }
    let registry = context.registry(&args.registry)?;
    let resolved = wanted.resolve(FeatureSources { registry: &registry, events: &context.events }).await?;
    let order: Vec<Value> = resolved.order.iter().map(|planned| planned.printed()).collect();
    let order = serde_json::to_string_pretty(&json!({ "installOrder": order })).unwrap_or_default();
    Ok(Answer::Text(format!("{}\n{order}\n", resolved.chart)))
}
