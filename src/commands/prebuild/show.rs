//! The tasks as people and programs see them: the plan, the graph, the summary.

use std::time::Duration;

use serde_json::{Value, json};

use crate::commands::tasks::Work;
use crate::error::{Error, ErrorKind};
use crate::event::milliseconds;
use crate::execute::tasks::{Fate, TaskReport};
use crate::tasks::{Task, Verdict};
use crate::ui::{Table, words};

/// The version of what `--json` prints.
const VERSION: u32 = 1;

/// What would run, and why.
pub(super) fn plan(
    work: &Work,
    is_proposed: bool,
    verdicts: &[Option<Verdict>],
    columns: Option<usize>,
) -> String {
    let mut table = Table::new(["PHASE", "TASK", "WOULD", "BECAUSE", "RUNS"]);
    for (task, verdict) in verdicts.iter().enumerate() {
        let Some(verdict) = verdict else { continue };
        let declared = &work.declaration.tasks[task];
        let (would, because) = match verdict {
            Verdict::Run(reason) => ("run", reason.to_string()),
            Verdict::Done(saved) => {
                ("be skipped", format!("nothing changed; saves {}", words::duration(*saved)))
            }
        };
        table.row([work.phase(task), &declared.name, would, &because, &first_line(declared)]);
    }
    let proposed = match is_proposed {
        true => {
            "devcontainer.json declares no tasks. This is a proposal; run it with `devc prebuild --proposed`.\n\n"
        }
        false => "",
    };
    format!("{proposed}{}", table.render(columns))
}

/// As [`plan`], for programs.
pub(super) fn plan_json(work: &Work, is_proposed: bool, verdicts: &[Option<Verdict>]) -> Value {
    let tasks = verdicts.iter().enumerate().filter_map(|(task, verdict)| {
        let declared = &work.declaration.tasks[task];
        let (runs, because) = match verdict.as_ref()? {
            Verdict::Run(reason) => (true, reason.to_string()),
            Verdict::Done(_) => (false, "nothing changed".to_owned()),
        };
        Some(json!({
            "task": declared.name,
            "phase": work.phase(task),
            "runs": runs,
            "because": because,
            "needs": declared.needs,
            "command": declared.command_text(),
        }))
    });
    json!({ "version": VERSION, "proposed": is_proposed, "tasks": tasks.collect::<Vec<_>>() })
}

/// The tasks in the DOT language: an arrow leads from a task to one that waits for it, a box holds a phase.
pub(super) fn graph(work: &Work) -> String {
    let tasks = &work.declaration.tasks;
    let phases = work.declaration.phases.iter().enumerate().map(|(index, phase)| {
        let tasks = tasks.iter().filter(|task| task.phase == index);
        let names: String = tasks.map(|task| format!("    {:?};\n", task.name)).collect();
        format!("  subgraph cluster_{index} {{ label={:?};\n{names}  }}\n", phase.name)
    });
    let needs = tasks
        .iter()
        .flat_map(|task| task.needs.iter().map(move |need| format!("  {need:?} -> {:?};\n", task.name)));
    let lines: String = phases.chain(needs).collect();
    format!("digraph prebuild {{\n  rankdir=LR; node [shape=box];\n{lines}}}\n")
}

/// What became of each task.
pub(super) fn summary(
    work: &Work,
    reports: &[TaskReport],
    elapsed: Duration,
    columns: Option<usize>,
) -> String {
    let mut table = Table::new(["TASK", "STATE", "TIME", "SAVED", "LOG"]);
    for report in reports {
        let (time, saved) = match report.fate {
            Fate::Skipped(saved) => (String::new(), words::duration(saved)),
            _ if report.tries == 0 => (String::new(), String::new()),
            _ => (words::duration(report.elapsed), String::new()),
        };
        let log = report.log.as_ref().map(|log| log.display().to_string()).unwrap_or_default();
        table.row([work.name(report.task).to_owned(), state(work, report), time, saved, log]);
    }
    let sum: Duration = reports.iter().map(|report| report.elapsed).sum();
    let skipped = reports.iter().filter(|report| matches!(report.fate, Fate::Skipped(_))).count();
    format!(
        "{}{} in {}, {skipped} skipped; one after the other {}\n",
        table.render(columns),
        words::count(reports.len(), "task"),
        words::duration(elapsed),
        words::duration(sum),
    )
}

/// As [`summary`], for programs.
pub(super) fn summary_json(work: &Work, reports: &[TaskReport], elapsed: Duration) -> Value {
    let tasks = reports.iter().map(|report| {
        let saved = match report.fate {
            Fate::Skipped(saved) => milliseconds(saved),
            _ => 0,
        };
        json!({
            "task": work.name(report.task),
            "phase": work.phase(report.task),
            "state": report.fate.word(),
            "reason": work.reason(report),
            "milliseconds": milliseconds(report.elapsed),
            "savedMilliseconds": saved,
            "tries": report.tries,
            "cpuMilliseconds": report.cpu.map(milliseconds),
            "peakMemoryBytes": report.peak_memory,
            "outputBytes": report.bytes,
            "log": report.log,
        })
    });
    let outcome = if reports.iter().any(TaskReport::has_failed) { "error" } else { "success" };
    let tasks = tasks.collect::<Vec<_>>();
    json!({ "version": VERSION, "outcome": outcome, "milliseconds": milliseconds(elapsed), "tasks": tasks })
}

/// What to do where no tasks are declared.
pub(super) fn nothing_declared(work: &Work) -> Error {
    let error = Error::new(ErrorKind::Config, "devcontainer.json declares no tasks");
    if work.declaration.tasks.is_empty() {
        return error.hint("Declare some in customizations.devc.prebuild; docs/prebuild.md shows how.");
    }
    error
        .hint("See what is proposed with `devc prebuild --plan`, and run it with `devc prebuild --proposed`.")
        .hint("Write `\"prebuild\": true` into customizations.devc to run always what is proposed.")
}

fn state(work: &Work, report: &TaskReport) -> String {
    let word = report.fate.word();
    let tries = if report.tries > 1 { format!(", {} tries", report.tries) } else { String::new() };
    match work.reason(report) {
        Some(reason) => format!("{word}: {reason}{tries}"),
        None => format!("{word}{tries}"),
    }
}

fn first_line(task: &Task) -> String {
    task.command_text().lines().next().unwrap_or_default().to_owned()
}
