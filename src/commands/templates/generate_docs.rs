//! `devc templates generate-docs`: a README.md for each Template.

use std::path::PathBuf;

use clap::Args;

use crate::collection::{Kind, docs::Usage};
use crate::commands::Context;
use crate::commands::collection::{self, GithubArgs};
use crate::commands::context::Answer;
use crate::error::Result;

const EXAMPLES: &str = "\
Examples:
  devc templates generate-docs -p src
  devc templates generate-docs -p src --github-owner acme --github-repo templates";

/// Arguments of `devc templates generate-docs`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct GenerateDocsArgs {
    /// The folder whose sub-folders are Templates
    #[arg(short, long, value_name = "PATH", default_value = ".")]
    project_folder: PathBuf,
    #[command(flatten)]
    github: GithubArgs,
}

/// Writes them.
pub fn run(args: &GenerateDocsArgs, context: &Context) -> Result<Answer> {
    collection::generate_docs(Kind::Template, &args.project_folder, &Usage::None, &args.github, context)
}
