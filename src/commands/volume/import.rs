//! `devc volume import`: an archive of any tool into a volume.

use std::fs::File;
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use super::restore::{ReplacingArgs, Target};
use super::stored::{self, Occasion};
use crate::commands::Context;
use crate::commands::context::Answer;
use crate::commands::options::EngineArgs;
use crate::error::{Error, ErrorKind, Result};
use crate::ui::words;

const EXAMPLES: &str = "\
Examples:
  devc volume import shop-db shop-db.tar.gz
  ssh HOST tar -C /srv/db -c . | devc volume import shop-db -

Any tar that is not compressed, or with gzip or zstd. Paths that lead out of the volume are refused; links that do are
kept and not followed.";

/// Arguments of `devc volume import`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct ImportArgs {
    /// The volume, which is made if it is missing
    #[arg(value_name = "NAME")]
    name: String,
    /// The archive, or - for standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    replacing: ReplacingArgs,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    engine: EngineArgs,
}

/// Takes it in.
pub async fn run(args: &ImportArgs, context: &Context) -> Result<Answer> {
    let engine = context.engine(&args.engine)?;
    let occasion = &Occasion::of("import");
    let target = Target { engine: &engine, name: &args.name, replacing: args.replacing, occasion, context };
    let title = format!("Importing into volume {}", args.name);
    let file = open(&args.file, context)?;
    let counts = target.fill(None, async || Ok(file), true, &title).await?;
    if args.json {
        return Ok(Answer::Json(json!({"version": 1, "volume": args.name, "content": counts})));
    }
    let files = words::count(counts.files, "file");
    Ok(Answer::Text(format!("{}: {files}, {}\n", args.name, words::bytes(counts.bytes))))
}

fn open(path: &Path, context: &Context) -> Result<File> {
    if path != Path::new("-") {
        return stored::open(&context.environment.absolute(path));
    }
    let input = std::io::stdin().as_fd().try_clone_to_owned();
    input
        .map(File::from)
        .map_err(|error| Error::new(ErrorKind::Host, "could not read standard input").because(error))
}
