//! `devc volume clone` and `devc volume rename`: the content of a volume under another name.

use clap::Args;
use serde_json::json;

use super::hold::{self, QuietArgs};
use super::survey::{Surveyed, Which, survey};
use crate::backup::Counts;
use crate::commands::Context;
use crate::commands::context::Answer;
use crate::commands::options::EngineArgs;
use crate::engine::Engine;
use crate::error::{Error, ErrorKind, Result};
use crate::event::StepKind;
use crate::execute::volume_content;
use crate::ui::words;

const CLONE_EXAMPLES: &str = "\
Examples:
  devc volume clone shop-db shop-db-experiment
  devc volume clone shop-db shop-db-experiment --pause

The new volume has the content with owners, modes, times and attributes. It has no labels, so no project counts it as
its own.";

const RENAME_EXAMPLES: &str = "\
Examples:
  devc volume rename shop-db store-db

The engine cannot rename, so the content is copied, proven and only then removed under the old name. Labels come along.
A volume that containers have, running or not, is refused: they know it by its name.";

/// Arguments of `devc volume clone`.
#[derive(Args, Debug)]
#[command(after_help = CLONE_EXAMPLES)]
pub struct CloneArgs {
    #[command(flatten)]
    names: NamesArgs,
    #[command(flatten)]
    quiet: QuietArgs,
}

/// Arguments of `devc volume rename`.
#[derive(Args, Debug)]
#[command(after_help = RENAME_EXAMPLES)]
pub struct RenameArgs {
    #[command(flatten)]
    names: NamesArgs,
}

#[derive(Args, Debug)]
struct NamesArgs {
    /// The volume
    #[arg(value_name = "NAME")]
    from: String,
    /// The new name, which no volume has yet
    #[arg(value_name = "NEW")]
    to: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    engine: EngineArgs,
}

/// Copies the content.
pub async fn run(args: &CloneArgs, context: &Context) -> Result<Answer> {
    let engine = context.engine(&args.names.engine)?;
    let one = find(&engine, &args.names.from).await?;
    let counts = copy(&engine, &one, &args.names.to, false, args.quiet, context).await?;
    Ok(answer(&args.names, counts))
}

/// Copies the content, and removes it under the old name.
pub async fn rename(args: &RenameArgs, context: &Context) -> Result<Answer> {
    let engine = context.engine(&args.names.engine)?;
    let one = find(&engine, &args.names.from).await?;
    if !one.users.is_empty() {
        let text = format!("containers have volume {}: {}", args.names.from, one.user_names());
        return Err(Error::new(ErrorKind::Usage, text)
            .hint("Remove them first, for example with `devc down`, or use `devc volume clone`."));
    }
    let counts = copy(&engine, &one, &args.names.to, true, QuietArgs::default(), context).await?;
    if !engine.remove_volume(&args.names.from).await? {
        let text =
            format!("volume {} is in use by now, so it stays beside {}", args.names.from, args.names.to);
        return Err(
            Error::new(ErrorKind::Engine, text).hint("Remove one of the two with `docker volume rm`.")
        );
    }
    Ok(answer(&args.names, counts))
}

async fn find(engine: &Engine, name: &str) -> Result<Surveyed> {
    let mut volumes = survey(engine, Which::All, &[name.to_owned()]).await?;
    Ok(volumes.remove(0))
}

/// Makes a volume with the content of another one; with a failure it goes again.
async fn copy(
    engine: &Engine,
    one: &Surveyed,
    to: &str,
    with_labels: bool,
    quiet: QuietArgs,
    context: &Context,
) -> Result<Counts> {
    if engine.inspect_volume(to).await?.is_some() {
        return Err(Error::new(ErrorKind::Usage, format!("there is a volume {to} already"))
            .hint("Choose another name."));
    }
    let _lock = hold::lock(engine, &one.volume.name, context).await?;
    let users = hold::users(engine, one).await?;
    let labels = if with_labels { one.volume.labels.clone() } else { Default::default() };
    engine.create_volume(to, &labels).await?;
    let work = async {
        let both = hold::place(engine, &[one, &find(engine, to).await?]).await?;
        quiet.quiet(engine, one, &users, context).await?;
        let step = context.events.step(StepKind::Host, format!("Copying volume {} to {to}", one.volume.name));
        volume_content::copy(&both, step).await
    };
    let copied = work.await;
    context.quiet.resume_all().await;
    if copied.is_err() {
        engine.remove_volume(to).await?;
    }
    copied
}

fn answer(names: &NamesArgs, counts: Counts) -> Answer {
    if names.json {
        return Answer::Json(json!({"version": 1, "volume": names.to, "content": counts}));
    }
    let files = words::count(usize::try_from(counts.files).unwrap_or(usize::MAX), "file");
    Answer::Text(format!("{}: {files}, {}\n", names.to, words::bytes(counts.bytes)))
}
