//! `devc features generate-docs`: a README.md for each Feature.

use std::path::PathBuf;

use clap::Args;

use crate::collection::{Kind, docs::Usage};
use crate::commands::Context;
use crate::commands::collection::{self, GithubArgs};
use crate::commands::context::Answer;
use crate::error::Result;

const EXAMPLES: &str = "\
Examples:
  devc features generate-docs -p src -n acme/features
  devc features generate-docs -p src -n acme/features --github-owner acme --github-repo features";

/// Arguments of `devc features generate-docs`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct GenerateDocsArgs {
    /// The folder whose sub-folders are Features
    #[arg(short, long, value_name = "PATH", default_value = ".")]
    project_folder: PathBuf,
    /// The registry in which they are published
    #[arg(short, long, value_name = "HOST", default_value = "ghcr.io")]
    registry: String,
    /// Where they are in it, such as OWNER/REPOSITORY
    #[arg(short, long, value_name = "PATH")]
    namespace: String,
    #[command(flatten)]
    github: GithubArgs,
}

/// Writes them.
pub fn run(args: &GenerateDocsArgs, context: &Context) -> Result<Answer> {
    let usage = Usage::Published { collection: format!("{}/{}", args.registry, args.namespace) };
    collection::generate_docs(Kind::Feature, &args.project_folder, &usage, &args.github, context)
}
