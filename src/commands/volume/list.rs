//! `devc volume list`: which volumes there are. Looks into none of them.

use clap::Args;
use serde_json::{Value, json};

use super::survey::{Surveyed, Which, survey};
use crate::commands::Context;
use crate::commands::context::Answer;
use crate::commands::options::EngineArgs;
use crate::error::Result;
use crate::ui::Table;

const EXAMPLES: &str = "\
Examples:
  devc volume list
  devc volume list --all                        also those that devc has not made
  devc volume list --json | jq -r '.volumes[] | select(.workspaceIsGone) | .name'";

/// Arguments of `devc volume list`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct ListArgs {
    /// Also volumes that devc has not made
    #[arg(long)]
    all: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    engine: EngineArgs,
}

/// Asks the engine twice, however many there are.
pub async fn run(args: &ListArgs, context: &Context) -> Result<Answer> {
    let engine = context.engine(&args.engine)?;
    let which = if args.all { Which::All } else { Which::Ours };
    let volumes = survey(&engine, which, &[]).await?;
    if args.json {
        let volumes: Vec<Value> = volumes.iter().map(Surveyed::to_json).collect();
        return Ok(Answer::Json(json!({"version": 1, "volumes": volumes})));
    }
    if volumes.is_empty() {
        return Ok(Answer::Text(
            "No volumes. `devc up` makes them for the caches of a project.\n".to_owned(),
        ));
    }
    let mut table = Table::new(["VOLUME", "CACHE", "PROJECT", "CONTAINERS"]);
    for one in &volumes {
        table.row([one.volume.name.clone(), one.cache().to_owned(), one.belongs_to(), one.user_names()]);
    }
    Ok(Answer::Text(table.render(context.columns)))
}
