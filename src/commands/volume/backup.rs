//! `devc volume backup`: the content of volumes into files.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};

use super::hold::{self, QuietArgs};
use super::stored::{Occasion, folder, new_name};
use super::survey::{Surveyed, Which, survey};
use crate::backup::{Compression, Head, Source, Tail, VERSION};
use crate::commands::Context;
use crate::commands::context::Answer;
use crate::commands::options::EngineArgs;
use crate::engine::{Container, Engine};
use crate::error::{Error, ErrorKind, Result};
use crate::event::{Level, StepKind};
use crate::execute::volume_content::{self, Place};
use crate::host::{PendingFile, now};

const EXAMPLES: &str = "\
Examples:
  devc volume backup shop-db --pause              its database holds still for a moment
  devc volume backup --all --to /mnt/disk         every volume that devc has made
  devc volume backup shop-db --to - | ssh HOST 'cat > shop-db.tar.zst'

A backup is a tar archive that any tar unpacks. Without --to it is kept among the user's own data; `devc volume
backups` shows it, `devc volume restore` puts it back.";

/// Arguments of `devc volume backup`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct BackupArgs {
    /// The volumes
    #[arg(value_name = "NAME", required_unless_present = "all", conflicts_with = "all")]
    names: Vec<String>,
    /// Every volume that devc has made
    #[arg(long)]
    all: bool,
    /// A folder for the backups, or - for standard output
    #[arg(long, value_name = "FOLDER")]
    to: Option<PathBuf>,
    /// Compress with gzip, for machines without zstd: slower and larger
    #[arg(long)]
    gzip: bool,
    #[command(flatten)]
    quiet: QuietArgs,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    engine: EngineArgs,
}

/// A backup that has been made.
struct Made {
    volume: String,
    path: PathBuf,
    bytes: u64,
    tail: Tail,
}

/// Backs the volumes up, one after the other.
pub async fn run(args: &BackupArgs, context: &Context) -> Result<Answer> {
    let engine = context.engine(&args.engine)?;
    let volumes = survey(&engine, if args.all { Which::Ours } else { Which::All }, &args.names).await?;
    let compression = if args.gzip { Compression::Gzip } else { Compression::Zstd };
    if args.to.as_deref() == Some(Path::new("-")) {
        return to_standard_output(args, &engine, &volumes, compression, context).await;
    }
    let mut made = Vec::new();
    for one in &volumes {
        let folder = match &args.to {
            Some(to) => context.environment.absolute(to).join(&one.volume.name),
            None => folder(&one.volume.name, context),
        };
        let made_now = back_up(&engine, one, args.quiet, &folder, compression, context).await;
        context.quiet.resume_all().await;
        made.push(made_now?);
    }
    Ok(answer(args.json, &made))
}

/// Backs a volume up into the usual place before its content goes; nothing is said but where. One without content
/// needs no backup.
pub(super) async fn back_up_first(
    engine: &Engine,
    one: &Surveyed,
    occasion: &Occasion,
    context: &Context,
) -> Result<()> {
    let folder = folder(&one.volume.name, context);
    let place = hold::place(engine, &[one]).await?;
    if volume_content::is_empty(&place).await? {
        return Ok(());
    }
    let users = hold::users(engine, one).await?;
    let path = folder.join(new_name(Compression::Zstd, Some(occasion)));
    let made = write(one, &place, &users, path, Compression::Zstd, context).await?;
    context.events.notice(Level::Info, format!("The old content is kept in {}.", made.path.display()));
    Ok(())
}

async fn back_up(
    engine: &Engine,
    one: &Surveyed,
    quiet: QuietArgs,
    folder: &Path,
    compression: Compression,
    context: &Context,
) -> Result<Made> {
    let name = &one.volume.name;
    let place = hold::place(engine, &[one]).await?;
    let _lock = hold::lock(engine, name, context).await?;
    if folder == super::stored::folder(name, context) {
        PendingFile::sweep(folder);
    }
    let users = hold::users(engine, one).await?;
    quiet.quiet(engine, one, &users, context).await?;
    write(one, &place, &users, folder.join(new_name(compression, None)), compression, context).await
}

async fn write(
    one: &Surveyed,
    place: &Place,
    users: &[Container],
    path: PathBuf,
    compression: Compression,
    context: &Context,
) -> Result<Made> {
    let step = context.events.step(StepKind::Host, format!("Backing up volume {}", one.volume.name));
    let file = PendingFile::begin(&path)?;
    let tail = volume_content::write_file(place, Some(head(one, users)), compression, file, step).await?;
    hold::warn(&one.volume.name, &tail.changed, &tail.left_out, context);
    let bytes = std::fs::metadata(&path).map_or(0, |metadata| metadata.len());
    Ok(Made { volume: one.volume.name.clone(), path, bytes, tail })
}

async fn to_standard_output(
    args: &BackupArgs,
    engine: &Engine,
    volumes: &[Surveyed],
    compression: Compression,
    context: &Context,
) -> Result<Answer> {
    let [one] = volumes else {
        return Err(Error::new(ErrorKind::Usage, "standard output holds one backup only")
            .hint("Name one volume, or give a folder with --to."));
    };
    if context.environment.stdout_is_terminal {
        return Err(Error::new(ErrorKind::Usage, "a backup is nothing for a terminal")
            .hint("Send it through a pipe, or give a folder with --to."));
    }
    let place = hold::place(engine, &[one]).await?;
    let _lock = hold::lock(engine, &one.volume.name, context).await?;
    let users = hold::users(engine, one).await?;
    args.quiet.quiet(engine, one, &users, context).await?;
    let step = context.events.step(StepKind::Host, format!("Backing up volume {}", one.volume.name));
    let head = Some(head(one, &users));
    let packed = volume_content::pack(&place, head, compression, std::io::stdout(), step).await;
    context.quiet.resume_all().await;
    let tail = packed?;
    hold::warn(&one.volume.name, &tail.changed, &tail.left_out, context);
    Ok(Answer::Exit(0))
}

/// What a backup of a volume says about it.
pub(super) fn head(one: &Surveyed, users: &[Container]) -> Head {
    Head {
        format: VERSION,
        tool: format!("devc {}", env!("CARGO_PKG_VERSION")),
        created: now(),
        volume: Source {
            name: one.volume.name.clone(),
            driver: one.volume.driver.clone(),
            options: one.volume.options.clone(),
            labels: one.volume.labels.clone(),
        },
        containers: users.iter().map(hold::to_manifest).collect(),
    }
}

fn answer(is_json: bool, made: &[Made]) -> Answer {
    if is_json {
        let backups: Vec<Value> = made.iter().map(Made::to_json).collect();
        return Answer::Json(json!({"version": 1, "backups": backups}));
    }
    Answer::Text(made.iter().map(|made| format!("{}\n", made.path.display())).collect())
}

impl Made {
    fn to_json(&self) -> Value {
        json!({
            "volume": self.volume,
            "file": self.path,
            "bytes": self.bytes,
            "content": self.tail,
        })
    }
}
