//! `devc templates`: making and using Templates. One file per verb below it.

mod apply;
mod generate_docs;
mod metadata;
mod publish;

use clap::Subcommand;

use crate::commands::Context;
use crate::commands::context::Answer;
use crate::error::Result;

/// What to do with Templates.
#[derive(Debug, Subcommand)]
pub enum TemplatesVerb {
    /// Write a Template's files into a project
    Apply(Box<apply::ApplyArgs>),
    /// Print what a Template says about itself
    Metadata(metadata::MetadataArgs),
    /// Publish Templates in a registry
    Publish(publish::PublishArgs),
    /// Write the README.md of each Template from its metadata
    GenerateDocs(generate_docs::GenerateDocsArgs),
}

/// Does it.
pub async fn run(verb: &TemplatesVerb, context: &Context) -> Result<Answer> {
    match verb {
        TemplatesVerb::Apply(args) => apply::run(args, context).await,
        TemplatesVerb::Metadata(args) => metadata::run(args, context).await,
        TemplatesVerb::Publish(args) => publish::run(args, context).await,
        TemplatesVerb::GenerateDocs(args) => generate_docs::run(args, context),
    }
}
