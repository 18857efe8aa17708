//! `devc volume diff`: what differs between two volumes, or a volume and a backup.

use clap::Args;
use serde_json::{Value, json};

use super::hold;
use super::stored;
use super::survey::{Which, survey};
use crate::commands::Context;
use crate::commands::context::Answer;
use crate::commands::options::EngineArgs;
use crate::content::Difference;
use crate::engine::Engine;
use crate::error::Result;
use crate::event::StepKind;
use crate::execute::volume_content::{self, Side};

const EXAMPLES: &str = "\
Examples:
  devc volume diff shop-db shop-db-experiment
  devc volume diff shop-db.tar.zst shop-db        what has changed since the backup
  devc volume diff shop-db shop-copy --json | jq -r '.changed[].path'

Contents are compared by their bytes, and owners, modes, times and attributes too. The exit code is 1 when anything
differs.";

/// Arguments of `devc volume diff`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct DiffArgs {
    /// A volume, or the file of a backup
    #[arg(value_name = "ONE")]
    one: String,
    /// A volume, or the file of a backup
    #[arg(value_name = "OTHER")]
    other: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    engine: EngineArgs,
}

/// Reads both at the same time.
pub async fn run(args: &DiffArgs, context: &Context) -> Result<Answer> {
    let engine = context.engine(&args.engine)?;
    let (one, other) = (side(&engine, &args.one, context).await?, side(&engine, &args.other, context).await?);
    let step = context.events.step(StepKind::Host, format!("Comparing {} and {}", args.one, args.other));
    let differences = volume_content::compare(one, other, step).await?;
    let code = u8::from(!differences.is_empty());
    Ok(match args.json {
        true => Answer::Report(format!("{}\n", to_json(&differences)), code),
        false => Answer::Report(differences.iter().map(to_text).collect(), code),
    })
}

/// A file is a backup, and everything else is a volume.
async fn side(engine: &Engine, word: &str, context: &Context) -> Result<Side> {
    let path = context.environment.absolute(word.as_ref());
    if path.is_file() {
        return stored::open(&path).map(Side::Backup);
    }
    let volumes = survey(engine, Which::All, &[word.to_owned()]).await?;
    hold::place(engine, &[&volumes[0]]).await.map(Side::Volume)
}

fn to_text(difference: &Difference) -> String {
    match difference {
        Difference::Removed(entry) => format!("- {}\n", entry.name()),
        Difference::Added(entry) => format!("+ {}\n", entry.name()),
        Difference::Changed(entry, what) => format!("~ {} ({})\n", entry.name(), what.join(", ")),
    }
}

fn to_json(differences: &[Difference]) -> Value {
    let (mut removed, mut added, mut changed) = (Vec::new(), Vec::new(), Vec::new());
    for difference in differences {
        match difference {
            Difference::Removed(entry) => removed.push(entry.name()),
            Difference::Added(entry) => added.push(entry.name()),
            Difference::Changed(entry, what) => changed.push(json!({"path": entry.name(), "what": what})),
        }
    }
    json!({"version": 1, "removed": removed, "added": added, "changed": changed})
}
