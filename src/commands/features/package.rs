//! `devc features package`: archives and a table of contents, ready to be published by whatever means.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::collection::{self, Collection, Kind, TABLE_OF_CONTENTS};
use crate::commands::Context;
use crate::commands::collection::tell_warnings;
use crate::commands::context::Answer;
use crate::error::{Error, ErrorKind, Result};
use crate::event::Level;
use crate::host::files;

const EXAMPLES: &str = "\
Examples:
  devc features package src                     all Features of a collection, into ./output
  devc features package src/git -o /tmp/git     one Feature
  devc features package src -f -o dist          in the place of what is in dist";

/// Arguments of `devc features package`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct PackageArgs {
    /// A folder with a Feature, or one whose sub-folders are Features
    #[arg(default_value = ".")]
    target: PathBuf,
    /// Where to write the archives
    #[arg(short, long, value_name = "PATH", default_value = "./output")]
    output_folder: PathBuf,
    /// Remove the output folder first if it exists
    #[arg(short, long)]
    force_clean_output_folder: bool,
}

/// Reads all, then writes all.
pub fn run(args: &PackageArgs, context: &Context) -> Result<Answer> {
    let target = context.environment.absolute(&args.target);
    let output = context.environment.absolute(&args.output_folder);
    require_free(&output, &target, args.force_clean_output_folder)?;
    if output.exists() {
        files::remove_folder(&output)?;
    }
    let collection = collection::read(Kind::Feature, &target)?;
    tell_warnings(&collection, context);
    write(&collection, &output)?;
    let packed = Kind::Feature.counted(collection.members.len());
    context.events.notice(Level::Info, format!("Packed {packed} into {}.", output.display()));
    Ok(Answer::Exit(0))
}

/// An output folder that is there may be removed when that is asked for, but never the Features themselves.
fn require_free(output: &Path, target: &Path, force: bool) -> Result<()> {
    if !output.exists() {
        return Ok(());
    }
    if target.starts_with(output) {
        return Err(Error::new(
            ErrorKind::Usage,
            format!("the output folder {} holds the Features themselves", output.display()),
        )
        .hint("Choose another one with --output-folder."));
    }
    if force {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Usage, format!("the output folder {} exists", output.display()))
        .hint("Remove it, choose another one with --output-folder, or pass -f to have it replaced."))
}

fn write(collection: &Collection, output: &Path) -> Result<()> {
    files::create_folder(output)?;
    for member in &collection.members {
        let name = collection.kind.archive_name(&member.archive_stem);
        files::write(&output.join(name), &member.package.to_tar())?;
    }
    files::write(&output.join(TABLE_OF_CONTENTS), collection.table_of_contents().as_bytes())
}
