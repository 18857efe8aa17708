//! `devc features publish`: Features into a registry, with tags for their versions.

use clap::Args;

use crate::collection::Kind;
use crate::commands::Context;
use crate::commands::collection;
use crate::commands::context::Answer;
use crate::error::Result;

const EXAMPLES: &str = "\
Examples:
  devc features publish src -n acme/features
  devc features publish src -r registry.example.com -n team/features | jq -r 'keys[]'

Version 1.2.3 gets the tags 1, 1.2, 1.2.3 and latest; a version that is published already is left as it is.";

/// Arguments of `devc features publish`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct PublishArgs {
    #[command(flatten)]
    what: collection::PublicationArgs,
}

/// Publishes them.
pub async fn run(args: &PublishArgs, context: &Context) -> Result<Answer> {
    collection::publish(Kind::Feature, &args.what, context).await
}
