//! `devc metrics`: what earlier runs took, and whether that gets better or worse.

use clap::Args;
use serde_json::{Value, json};

use crate::commands::Context;
use crate::commands::context::Answer;
use crate::commands::options::ConfigurationArgs;
use crate::error::Result;
use crate::history::{self, Metrics, Phase, Row, Run, Trend};
use crate::host;
use crate::ui::{Table, words};

const EXAMPLES: &str = "\
Examples:
  devc metrics
  devc metrics --last 50                   compare with more runs
  devc metrics --json | jq '.phases[] | select(.trend == \"slower\") | .name'

The history stays on this machine. It holds names and times: no command, no output, no value of a variable.";

/// Arguments of `devc metrics`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct MetricsArgs {
    /// How many runs to look at, the newest last
    #[arg(long, value_name = "N", default_value_t = 10)]
    last: usize,
    /// The runs of all dev containers of this machine
    #[arg(long)]
    all: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    configuration: ConfigurationArgs,
}

/// Reads the history; asks no engine.
pub fn run(args: &MetricsArgs, context: &Context) -> Result<Answer> {
    let mut runs = history::read(&host::read_history(&context.environment.state_dir));
    if !args.all {
        let id = args.configuration.project(context)?.id;
        runs.retain(|run| run.dev_container.as_ref() == Some(&id));
    }
    let runs = &runs[runs.len().saturating_sub(args.last)..];
    let metrics = Metrics::of(runs);
    Ok(match args.json {
        true => Answer::Json(to_json(runs, &metrics)),
        false if runs.is_empty() => Answer::Text("No runs yet: `devc up` is one.\n".to_owned()),
        false => Answer::Text(format!("{}\n{}", run_table(runs, context), phase_table(&metrics, context))),
    })
}

fn run_table(runs: &[Run], context: &Context) -> String {
    let mut table = Table::new(["RUN", "VERB", "TOOK", "RESULT"]);
    for run in runs {
        let result = match run.exit_code {
            0 => "done".to_owned(),
            130 => "interrupted".to_owned(),
            code => format!("exit code {code}"),
        };
        table.row([host::local_time(run.started), run.verb.clone(), milliseconds(run.milliseconds), result]);
    }
    table.render(context.columns)
}

fn phase_table(metrics: &Metrics, context: &Context) -> String {
    let mut table = Table::new(["PHASE", "LAST", "SPEED-UP", "REUSED", "BEFORE", "TREND"]);
    for Row { latest, before, trend } in &metrics.rows {
        table.row([
            latest.name.clone(),
            milliseconds(latest.milliseconds),
            latest.speed_up().map(|factor| format!("{factor:.1}x")).unwrap_or_default(),
            reused(latest),
            before.map(milliseconds).unwrap_or_default(),
            match trend {
                Trend::New => String::new(),
                Trend::Steady => "steady".to_owned(),
                Trend::Faster(factor) => format!("{factor:.1}x faster"),
                Trend::Slower(factor) => format!("{factor:.1}x slower"),
            },
        ]);
    }
    table.render(context.columns)
}

fn reused(phase: &Phase) -> String {
    match phase.name.as_str() {
        "build" | "tasks" if phase.parts > 0 => format!("{} of {}", phase.reused, phase.parts),
        _ => String::new(),
    }
}

fn milliseconds(time: u64) -> String {
    words::duration(std::time::Duration::from_millis(time))
}

fn to_json(runs: &[Run], metrics: &Metrics) -> Value {
    let runs: Vec<Value> = runs.iter().map(run_to_json).collect();
    let phases: Vec<Value> = metrics.rows.iter().map(row_to_json).collect();
    json!({"version": 1, "runs": runs, "phases": phases})
}

fn run_to_json(run: &Run) -> Value {
    let phases: Vec<Value> = history::phases(run).iter().map(phase_to_json).collect();
    json!({
        "started": run.started,
        "verb": run.verb,
        "devContainer": run.dev_container,
        "milliseconds": run.milliseconds,
        "exitCode": run.exit_code,
        "phases": phases,
    })
}

fn phase_to_json(phase: &Phase) -> Value {
    json!({
        "name": phase.name,
        "milliseconds": phase.milliseconds,
        "workMilliseconds": phase.work_milliseconds,
        "speedUp": phase.speed_up(),
        "parts": phase.parts,
        "reused": phase.reused,
    })
}

fn row_to_json(row: &Row) -> Value {
    let (trend, factor) = match row.trend {
        Trend::New => ("new", None),
        Trend::Steady => ("steady", None),
        Trend::Faster(factor) => ("faster", Some(factor)),
        Trend::Slower(factor) => ("slower", Some(factor)),
    };
    let mut value = phase_to_json(&row.latest);
    value["beforeMilliseconds"] = json!(row.before);
    value["trend"] = json!(trend);
    value["factor"] = json!(factor);
    value
}
