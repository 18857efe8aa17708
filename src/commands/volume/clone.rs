//! `devc volume clone` and `devc volume rename`: the content of a volume under another name.

use std::collections::BTreeMap;

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
its own. Where the file system can do that (Btrfs, XFS), files share their content until one of them is written to.";

const RENAME_EXAMPLES: &str = "\
Examples:
  devc volume rename shop-db store-db

The engine cannot rename, so the content is copied, flushed and only then removed under the old name. Labels come along.
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
    /// The new name, which no volume with content has yet
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

/// Makes a volume with the content of another one; with a failure it goes again. With `is_to_replace` it has the labels of
/// the other too, which may go then.
async fn copy(
    engine: &Engine,
    one: &Surveyed,
    to: &str,
    is_to_replace: bool,
    quiet: QuietArgs,
    context: &Context,
) -> Result<Counts> {
    let from = &one.volume.name;
    if from == to {
        return Err(taken(to));
    }
    let _locks = hold::lock_both(engine, [from, to], context).await?;
    let users = hold::users(engine, one).await?;
    let labels = if is_to_replace { one.volume.labels.clone() } else { Default::default() };
    let is_new = make(engine, to, &labels).await?;
    let work = async {
        let both = hold::place(engine, &[one, &find(engine, to).await?]).await?;
        quiet.quiet(engine, one, &users, context).await?;
        let step = context.events.step(StepKind::Host, format!("Copying volume {from} to {to}"));
        volume_content::copy(&both, is_to_replace, step).await
    };
    let copied = work.await;
    context.quiet.resume_all().await;
    if is_new && copied.is_err() {
        engine.remove_volume(to).await?;
    }
    let copied = copied?;
    hold::warn(from, &copied.changed, &copied.left_out, context);
    Ok(copied.counts)
}

/// Makes a volume, and says whether it was not there. One with these labels and without content will do: a killed run
/// leaves such ones.
async fn make(engine: &Engine, name: &str, labels: &BTreeMap<String, String>) -> Result<bool> {
    let Some(known) = engine.inspect_volume(name).await? else {
        return engine.create_volume(name, labels).await.map(|_| true);
    };
    let place = hold::place(engine, &[&find(engine, name).await?]).await?;
    if known.labels != *labels || !volume_content::is_empty(&place).await? {
        return Err(taken(name));
    }
    Ok(false)
}

fn taken(name: &str) -> Error {
    Error::new(ErrorKind::Usage, format!("there is a volume {name} already")).hint("Choose another name.")
}

fn answer(names: &NamesArgs, counts: Counts) -> Answer {
    if names.json {
        return Answer::Json(json!({"version": 1, "volume": names.to, "content": counts}));
    }
    let files = words::count(counts.files, "file");
    Answer::Text(format!("{}: {files}, {}\n", names.to, words::bytes(counts.bytes)))
}
