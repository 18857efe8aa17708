//! A README.md beside each metadata file.

use std::path::Path;

use clap::Args;

use crate::collection::{self, Kind, docs};
use crate::commands::Context;
use crate::commands::context::Answer;
use crate::error::Result;
use crate::event::Level;
use crate::host::files;

/// Where the sources are, so that the documentation can link to them.
#[derive(Args, Debug)]
pub struct GithubArgs {
    /// Who owns the repository on GitHub, for links to the sources
    #[arg(long, value_name = "NAME", default_value = "", hide_default_value = true)]
    github_owner: String,
    /// What the repository is called
    #[arg(long, value_name = "NAME", default_value = "", hide_default_value = true)]
    github_repo: String,
}

impl GithubArgs {
    /// The address of a file of the repository, if it is known which one that is.
    fn address(&self, path: &str) -> Option<String> {
        let Self { github_owner: owner, github_repo: repository } = self;
        let is_known = !owner.is_empty() && !repository.is_empty();
        is_known.then(|| format!("https://github.com/{owner}/{repository}/blob/main/{path}"))
    }
}

/// Writes the documentation of every sub-folder of `folder`, which is as the user has typed it.
pub fn generate_docs(
    kind: Kind,
    folder: &Path,
    usage: &docs::Usage,
    github: &GithubArgs,
    context: &Context,
) -> Result<Answer> {
    let documented = collection::documented(kind, &context.environment.absolute(folder))?;
    let typed = folder.display().to_string();
    let typed = typed.strip_prefix("./").unwrap_or(&typed);
    for one in &documented {
        let source = github.address(&format!("{typed}/{}/{}", one.name, kind.file_name()));
        let text = docs::readme(kind, &one.metadata, usage, source.as_deref(), &one.notes);
        files::write_shared_atomic(&one.folder.join("README.md"), &text)?;
    }
    let written = kind.counted(documented.len());
    context.events.notice(Level::Info, format!("Wrote the README.md of {written}."));
    Ok(Answer::Exit(0))
}
