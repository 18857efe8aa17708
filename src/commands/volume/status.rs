//! `devc volume status`: how much is in volumes, how they grow, and what could be freed.

use clap::Args;
use serde_json::{Value, json};

use super::measure::{Measured, measure_all};
use super::survey::{Surveyed, Which, survey};
use crate::commands::Context;
use crate::commands::context::Answer;
use crate::commands::options::EngineArgs;
use crate::error::Result;
use crate::host;
use crate::ui::{Table, words};

const EXAMPLES: &str = "\
Examples:
  devc volume status
  devc volume status devc-shop-06jak1t63t-npm
  devc volume status --json | jq '.volumes[] | select(.bytes > 1e9) | .name'

Where the folders of volumes are open to this user, a look is remembered: volumes that have not changed are not counted
again. Elsewhere a container counts, each time.";

/// Arguments of `devc volume status`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct StatusArgs {
    /// These volumes, whoever made them [default: all that devc has made]
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// Also volumes that devc has not made
    #[arg(long)]
    all: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    engine: EngineArgs,
}

/// Counts what is in each volume.
pub async fn run(args: &StatusArgs, context: &Context) -> Result<Answer> {
    let engine = context.engine(&args.engine)?;
    let which = if args.all { Which::All } else { Which::Ours };
    let volumes = survey(&engine, which, &args.names).await?;
    let measured = measure_all(&engine, &volumes, context).await;
    let rows: Vec<Row> =
        volumes.into_iter().zip(measured).map(|(volume, measured)| Row { volume, measured }).collect();
    if args.json {
        return Ok(Answer::Json(to_json(&rows)));
    }
    if rows.is_empty() {
        return Ok(Answer::Text(
            "No volumes. `devc up` makes them for the caches of a project.\n".to_owned(),
        ));
    }
    Ok(Answer::Text(table(&rows, context.columns)))
}

struct Row {
    volume: Surveyed,
    measured: Option<Measured>,
}

impl Row {
    fn bytes(&self) -> u64 {
        self.measured.map_or(0, |measured| measured.usage.bytes)
    }

    /// Whether `prune` would take it.
    fn could_go(&self) -> bool {
        self.volume.is_prunable()
    }
}

fn table(rows: &[Row], columns: Option<usize>) -> String {
    let mut table =
        Table::new(["VOLUME", "SIZE", "GROWTH", "FILES", "CHANGED", "OWNER", "PROJECT", "CONTAINERS"]);
    for row in rows {
        let told = |text: fn(&Measured) -> String| row.measured.as_ref().map(text).unwrap_or_default();
        table.row([
            row.volume.volume.name.clone(),
            told(|measured| words::bytes(measured.usage.bytes)),
            told(|measured| measured.growth.map(growth).unwrap_or_default()),
            told(|measured| measured.usage.files.to_string()),
            told(|measured| host::day(measured.usage.changed)),
            told(|measured| format!("{}:{}", measured.usage.owner.0, measured.usage.owner.1)),
            row.volume.belongs_to(),
            row.volume.user_names(),
        ]);
    }
    let sum = |rows: &mut dyn Iterator<Item = &Row>| words::bytes(rows.map(Row::bytes).sum());
    let all = sum(&mut rows.iter());
    let free = sum(&mut rows.iter().filter(|row| row.could_go()));
    format!(
        "{}\nTotal {all}; {free} are of projects that are gone (devc volume prune).\n",
        table.render(columns)
    )
}

fn growth(bytes: i64) -> String {
    let sign = if bytes < 0 { "-" } else { "+" };
    if bytes == 0 { "0 B".to_owned() } else { format!("{sign}{}", words::bytes(bytes.unsigned_abs())) }
}

fn to_json(rows: &[Row]) -> Value {
    let volumes = rows.iter().map(|row| {
        let mut value = row.volume.to_json();
        let usage = row.measured.map(|measured| measured.usage);
        value["bytes"] = json!(usage.map(|usage| usage.bytes));
        value["files"] = json!(usage.map(|usage| usage.files));
        value["changed"] = json!(usage.map(|usage| usage.changed));
        value["owner"] = json!(usage.map(|usage| usage.owner));
        value["growth"] = json!(row.measured.and_then(|measured| measured.growth));
        value
    });
    let volumes: Vec<Value> = volumes.collect();
    let total: u64 = rows.iter().map(Row::bytes).sum();
    let prunable: u64 = rows.iter().filter(|row| row.could_go()).map(Row::bytes).sum();
    json!({"version": 1, "volumes": volumes, "bytes": total, "prunableBytes": prunable})
}
