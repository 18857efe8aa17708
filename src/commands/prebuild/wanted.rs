//! Which tasks there are, and which of them are wanted.

use crate::commands::Context;
use crate::commands::prebuild::PrebuildArgs;
use crate::commands::tasks::Work;
use crate::config::{customization, nearest};
use crate::error::{Error, ErrorKind, Result};
use crate::host::Tree;
use crate::project::Project;
use crate::stack::{Tables, detect};
use crate::tasks::{Declaration, Graph, TaskId, propose};

/// Whether a project that declares no tasks wants the proposed ones: `"prebuild": true`.
pub(super) fn is_enabled(project: &Project) -> bool {
    let said = customization(project.written(), "devc").and_then(|own| own.get("prebuild")?.as_bool());
    said.unwrap_or_default()
}

/// What the project declares, or what is proposed for it, and whether it is that.
pub(super) fn declaration(project: &Project, context: &Context) -> Result<(Declaration, bool)> {
    match Declaration::read(project.written()) {
        Some(declared) => Ok((declared, false)),
        None => Ok((proposal(project, context)?, true)),
    }
}

/// What the arguments want of it.
pub(super) fn work(
    args: &PrebuildArgs,
    declaration: Declaration,
    project: &Project,
    context: &Context,
) -> Result<Work> {
    let mut work = Work::all(declaration, project, context)?;
    let declaration = &work.declaration;
    let named = args.tasks.iter().map(|name| find(declaration, name)).collect::<Result<Vec<_>>>()?;
    work.wanted = match &args.only {
        Some(phase) => of_phase(declaration, phase)?,
        None if named.is_empty() => work.wanted,
        None => with_all_before(declaration, &work.graph, &named),
    };
    let is_forced = |task: TaskId| args.force && (named.is_empty() || named.contains(&task));
    work.forced = (0..work.wanted.len()).map(is_forced).collect();
    if let Some(most) = args.max_parallel {
        work.limits.parallel = most.into();
    }
    Ok(Work { keep_going: args.keep_going, looks_only: args.plan, ..work })
}

fn proposal(project: &Project, context: &Context) -> Result<Declaration> {
    let folder = project.workspace_folder().unwrap_or(&context.environment.current_dir);
    let tables = Tables::embedded()?;
    Ok(propose(&detect(&tables, &Tree::walk(folder)?)))
}

fn find(declaration: &Declaration, name: &str) -> Result<TaskId> {
    let names = || declaration.tasks.iter().map(|task| task.name.as_str());
    declaration.find(name).ok_or_else(|| unknown("task", name, names()))
}

fn of_phase(declaration: &Declaration, name: &str) -> Result<Vec<bool>> {
    let names = || declaration.phases.iter().map(|phase| phase.name.as_str());
    let phase = names().position(|phase| phase == name).ok_or_else(|| unknown("phase", name, names()))?;
    Ok(declaration.tasks.iter().map(|task| task.phase == phase).collect())
}

/// The tasks, what they need, and all tasks of the phases before theirs.
fn with_all_before(declaration: &Declaration, graph: &Graph, named: &[TaskId]) -> Vec<bool> {
    let last = named.iter().map(|task| declaration.tasks[*task].phase).max();
    let is_before = |task: &crate::tasks::Task| last.is_some_and(|last| task.phase < last);
    let needed = graph.with_needs(named);
    declaration.tasks.iter().zip(needed).map(|(task, needed)| needed || is_before(task)).collect()
}

fn unknown<'a>(what: &str, name: &str, known: impl Iterator<Item = &'a str>) -> Error {
    let error = Error::new(ErrorKind::Usage, format!("there is no {what} {name:?}"));
    match nearest(name, known) {
        Some(known) => error.hint(format!("Did you mean {known:?}?")),
        None => error.hint("See what there is with `devc prebuild --plan`."),
    }
}
