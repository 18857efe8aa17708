//! Features or Templates into a registry.

use std::path::PathBuf;

use clap::Args;

use crate::collection::{self, Destination, Kind};
use crate::commands::Context;
use crate::commands::collection::tell_warnings;
use crate::commands::context::Answer;
use crate::commands::options::RegistryArgs;
use crate::error::Result;

/// What is published, and where.
#[derive(Args, Debug)]
pub struct PublicationArgs {
    /// The folder whose sub-folders are published, or a folder that is published alone
    #[arg(default_value = ".")]
    target: PathBuf,
    /// The registry
    #[arg(short, long, value_name = "HOST", default_value = "ghcr.io")]
    registry: String,
    /// Where in the registry, such as OWNER/REPOSITORY
    #[arg(short, long, value_name = "PATH")]
    namespace: String,
}

/// Publishes what is not published yet; the answer is JSON with the tags and the digest of each.
pub async fn publish(kind: Kind, args: &PublicationArgs, context: &Context) -> Result<Answer> {
    let target = context.environment.absolute(&args.target);
    let collection = collection::read(kind, &target)?;
    tell_warnings(&collection, context);
    let to = Destination { registry: args.registry.clone(), namespace: args.namespace.clone() };
    collection::publish(&collection, &to, &RegistryArgs::origin(context)?, &context.events)
        .await
        .map(Answer::Json)
}
