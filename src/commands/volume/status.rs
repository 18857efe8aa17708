//! `devc volume status`: how much is in volumes, how they grow, when they were used, and what could be freed.

use std::collections::BTreeMap;

use clap::Args;
use serde_json::{Value, json};

use super::hold;
use super::measure::{Measured, measure_all};
use super::stored::{Stored, stored};
use super::survey::{Surveyed, Which, survey};
use crate::commands::Context;
use crate::commands::context::Answer;
use crate::commands::options::EngineArgs;
use crate::engine::Engine;
use crate::error::Result;
use crate::host;
use crate::ui::{Table, words};

const EXAMPLES: &str = "\
Examples:
  devc volume status
  devc volume status devc-shop-06jak1t63t-npm
  devc volume status --json | jq '.volumes[] | select(.bytes > 1e9) | .name'

Where the folders of volumes are open to this user, a look is remembered for a day: volumes that have not changed are
not counted again. Elsewhere a container counts, each time. CAN GO is what `optimize` would remove.";

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
    let looks = measure_all(&engine, &volumes, context).await;
    let mut rows = Vec::new();
    for (volume, measured) in volumes.into_iter().zip(looks) {
        let used = last_use(&engine, &volume, measured.as_ref()).await?;
        let backup = stored(std::slice::from_ref(&volume.volume.name), context).into_iter().next();
        rows.push(Row { volume, measured, used, backup });
    }
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
    /// When somebody last had to do with it.
    used: Option<String>,
    /// Its newest backup.
    backup: Option<Stored>,
}

impl Row {
    fn bytes(&self) -> u64 {
        self.measured.as_ref().map_or(0, |measured| measured.usage.bytes)
    }

    /// What `optimize` would free.
    fn freeable(&self) -> u64 {
        self.measured.as_ref().map_or(0, |measured| measured.freeable)
    }

    /// Whether `prune` would take it.
    fn could_go(&self) -> bool {
        self.volume.is_prunable()
    }
}

/// Now, when its last container ended, or when something in it was written.
async fn last_use(engine: &Engine, one: &Surveyed, measured: Option<&Measured>) -> Result<Option<String>> {
    if one.is_in_use() {
        return Ok(Some(host::now()));
    }
    let in_seconds = |time: &str| time.get(..19).map(|time| format!("{time}Z"));
    let ended = hold::users(engine, one).await?.into_iter();
    let ended = ended.filter_map(|container| in_seconds(&container.finished_at));
    Ok(ended.chain(measured.map(|measured| host::time(measured.usage.changed))).max())
}

fn table(rows: &[Row], columns: Option<usize>) -> String {
    let mut table = Table::new([
        "VOLUME",
        "SIZE",
        "GROWTH",
        "FILES",
        "HOLDS",
        "CAN GO",
        "USED",
        "BACKUP",
        "OWNER",
        "PROJECT",
        "CONTAINERS",
    ]);
    for row in rows {
        let told = |text: fn(&Measured) -> String| row.measured.as_ref().map(text).unwrap_or_default();
        let day = |time: Option<&str>| time.and_then(|time| time.get(..10)).unwrap_or_default().to_owned();
        table.row([
            row.volume.volume.name.clone(),
            told(|measured| words::bytes(measured.usage.bytes)),
            told(|measured| measured.growth.map(growth).unwrap_or_default()),
            told(|measured| measured.usage.files.to_string()),
            told(holds),
            told(|measured| words::bytes(measured.freeable)),
            day(row.used.as_deref()),
            day(row.backup.as_ref().map(Stored::time).as_deref()),
            told(|measured| format!("{}:{}", measured.usage.owner.0, measured.usage.owner.1)),
            row.volume.belongs_to(),
            row.volume.user_names(),
        ]);
    }
    let sum = |of: fn(&Row) -> u64, rows: &mut dyn Iterator<Item = &Row>| words::bytes(rows.map(of).sum());
    let all = sum(Row::bytes, &mut rows.iter());
    let gone = sum(Row::bytes, &mut rows.iter().filter(|row| row.could_go()));
    let old = sum(Row::freeable, &mut rows.iter().filter(|row| !row.could_go()));
    let free =
        format!("{gone} are of projects that are gone (devc volume prune), {old} are old or temporary");
    format!("{}\nTotal {all}; {free} (devc volume optimize).\n", table.render(columns))
}

/// What there is of what can be counted: `12 extensions, 1 server`.
fn holds(measured: &Measured) -> String {
    let some = measured.holds.iter().filter(|(_, number)| *number > 0);
    let some = some.map(|(what, number)| words::count(*number, what));
    some.collect::<Vec<_>>().join(", ")
}

fn growth(bytes: i64) -> String {
    let sign = if bytes < 0 { "-" } else { "+" };
    if bytes == 0 { "0 B".to_owned() } else { format!("{sign}{}", words::bytes(bytes.unsigned_abs())) }
}

fn to_json(rows: &[Row]) -> Value {
    let volumes: Vec<Value> = rows.iter().map(Row::to_json).collect();
    let sum = |of: fn(&Row) -> u64| rows.iter().map(of).sum::<u64>();
    json!({
        "version": 1,
        "volumes": volumes,
        "bytes": sum(Row::bytes),
        "prunableBytes": sum(|row| if row.could_go() { row.bytes() } else { 0 }),
        "optimizableBytes": sum(Row::freeable),
    })
}

impl Row {
    fn to_json(&self) -> Value {
        let measured = self.measured.as_ref();
        let usage = measured.map(|measured| measured.usage);
        let mut value = self.volume.to_json();
        value["bytes"] = json!(usage.map(|usage| usage.bytes));
        value["files"] = json!(usage.map(|usage| usage.files));
        value["changed"] = json!(usage.map(|usage| usage.changed));
        value["owner"] = json!(usage.map(|usage| usage.owner));
        value["growth"] = json!(measured.and_then(|measured| measured.growth));
        value["holds"] =
            json!(measured.map(|measured| measured.holds.iter().cloned().collect::<BTreeMap<_, _>>()));
        value["optimizableBytes"] = json!(measured.map(|measured| measured.freeable));
        value["lastUse"] = json!(self.used);
        value["lastBackup"] = json!(self.backup.as_ref().map(Stored::time));
        value
    }
}
