//! `devc features`: what those who make Features need. One file per verb below it.

mod generate_docs;
mod info;
mod package;
mod publish;
mod resolve_dependencies;
mod test;

use clap::Subcommand;

use crate::commands::Context;
use crate::commands::context::Answer;
use crate::error::Result;

/// What to do with Features.
#[derive(Debug, Subcommand)]
pub enum FeaturesVerb {
    /// Test Features in dev containers of their own
    Test(Box<test::TestArgs>),
    /// Pack Features into archives, with a table of contents
    Package(package::PackageArgs),
    /// Publish Features in a registry
    Publish(publish::PublishArgs),
    /// Show what a registry knows about a Feature
    Info(info::InfoArgs),
    /// Show in which order the Features of a project are installed, and why
    ResolveDependencies(Box<resolve_dependencies::ResolveDependenciesArgs>),
    /// Write the README.md of each Feature from its metadata
    GenerateDocs(generate_docs::GenerateDocsArgs),
}

impl FeaturesVerb {
    /// What the log file of the run is called, if it has one.
    pub fn log_name(&self) -> Option<&'static str> {
        matches!(self, Self::Test(_)).then_some("features-test")
    }
}

/// Does it.
pub async fn run(verb: &FeaturesVerb, context: &Context) -> Result<Answer> {
    match verb {
        FeaturesVerb::Test(args) => test::run(args, context).await,
        FeaturesVerb::Package(args) => package::run(args, context),
        FeaturesVerb::Publish(args) => publish::run(args, context).await,
        FeaturesVerb::ResolveDependencies(args) => resolve_dependencies::run(args, context).await,
        FeaturesVerb::GenerateDocs(args) => generate_docs::run(args, context),
        FeaturesVerb::Info(args) => info::run(args, context).await,
    }
}
