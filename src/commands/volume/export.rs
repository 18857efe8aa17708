//! `devc volume export`: the content of a volume as an archive for other tools.

use std::path::{Path, PathBuf};

use clap::Args;

use super::hold::{self, QuietArgs};
use super::survey::{Which, survey};
use crate::backup::Compression;
use crate::commands::Context;
use crate::commands::context::Answer;
use crate::commands::options::EngineArgs;
use crate::error::{Error, ErrorKind, Result};
use crate::event::StepKind;
use crate::execute::volume_content;
use crate::host::PendingFile;

const EXAMPLES: &str = "\
Examples:
  devc volume export shop-db --to shop-db.tar.gz
  devc volume export shop-db --to - | tar -t

The name says how it is compressed: .tar, .tar.gz or .tar.zst; standard output is not. The archive says nothing about
the volume itself and cannot be verified: `devc volume backup` makes one that does and can.";

/// Arguments of `devc volume export`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct ExportArgs {
    /// The volume
    #[arg(value_name = "NAME")]
    name: String,
    /// The file, or - for standard output
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
    #[command(flatten)]
    quiet: QuietArgs,
    #[command(flatten)]
    engine: EngineArgs,
}

/// Writes it.
pub async fn run(args: &ExportArgs, context: &Context) -> Result<Answer> {
    let engine = context.engine(&args.engine)?;
    let volumes = survey(&engine, Which::All, std::slice::from_ref(&args.name)).await?;
    let one = &volumes[0];
    let place = hold::place(&engine, &[one]).await?;
    let _lock = hold::lock(&engine, &args.name, context).await?;
    let users = hold::users(&engine, one).await?;
    let target = Target::of(&args.to, context)?;
    args.quiet.quiet(&engine, one, &users, context).await?;
    let step = context.events.step(StepKind::Host, format!("Exporting volume {}", args.name));
    let written = match target {
        Target::StandardOutput => {
            volume_content::pack(&place, None, Compression::None, std::io::stdout(), step).await.map(drop)
        }
        Target::File(file, compression) => {
            volume_content::write_file(&place, None, compression, file, step).await.map(drop)
        }
    };
    context.quiet.resume_all().await;
    written.map(|()| Answer::Exit(0))
}

enum Target {
    StandardOutput,
    File(PendingFile, Compression),
}

impl Target {
    fn of(path: &Path, context: &Context) -> Result<Self> {
        if path == Path::new("-") {
            return match context.environment.stdout_is_terminal {
                true => Err(Error::new(ErrorKind::Usage, "an archive is nothing for a terminal")
                    .hint("Send it through a pipe, or give a file with --to.")),
                false => Ok(Self::StandardOutput),
            };
        }
        let compression = Compression::of_name(&path.to_string_lossy()).ok_or_else(|| {
            Error::new(ErrorKind::Usage, format!("{} does not say how to compress", path.display()))
                .hint("Let the name end with .tar, .tar.gz or .tar.zst.")
        })?;
        Ok(Self::File(PendingFile::begin(&context.environment.absolute(path))?, compression))
    }
}
