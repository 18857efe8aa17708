//! `devc templates metadata`: what a Template says about itself, as JSON.

use clap::Args;
use serde_json::Value;

use crate::commands::context::{Answer, Context};
use crate::commands::options::RegistryArgs;
use crate::commands::template;
use crate::error::{Error, ErrorKind, Result};
use crate::registry::Reference;
use crate::template::Source;

const EXAMPLES: &str = "\
Examples:
  devc templates metadata ghcr.io/devcontainers/templates/go | jq .options
  devc templates metadata rust";

/// Arguments of `devc templates metadata`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct MetadataArgs {
    /// The Template: its name in a registry, a folder such as ./x, or one of `devc init --list`
    #[arg(value_name = "TEMPLATE")]
    template_id: String,
    #[command(flatten)]
    registry: RegistryArgs,
}

/// Prints it. Of a published Template only the manifest is fetched.
pub async fn run(args: &MetadataArgs, context: &Context) -> Result<Answer> {
    let registry = context.registry(&args.registry)?;
    let Source::Registry(name) = Source::of(&args.template_id) else {
        let found = template::find_one(&args.template_id, &registry, context).await?;
        return Ok(Answer::Json(Value::Object(found.metadata.raw().clone())));
    };
    let artifact = registry.artifact(&Reference::parse(&name)?).await?;
    let text = artifact.metadata().ok_or_else(|| missing(&name))?;
    serde_json::from_str(text).map(Answer::Json).map_err(|error| {
        Error::new(ErrorKind::Config, format!("the metadata of {name} cannot be read")).because(error)
    })
}

fn missing(name: &str) -> Error {
    Error::new(ErrorKind::NotFound, format!("the manifest of {name} has no metadata"))
        .hint("Ask whoever publishes the Template to publish it again with a newer tool.")
}
