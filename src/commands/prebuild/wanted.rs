//! Which tasks there are, and which of them are wanted.

use crate::commands::Context;
use crate::commands::prebuild::{PrebuildArgs, Work};
use crate::config::nearest;
use crate::error::{Error, ErrorKind, Result};
use crate::host::Tree;
use crate::project::Project;
use crate::stack::{Tables, detect};
use crate::tasks::{Declaration, Graph, TaskId, propose};

/// Whether a project that declares no tasks wants the proposed ones: `"prebuild": true`.
pub(super) fn is_enabled(project: &Project) -> bool {
    let said =
        project.written().get("customizations").and_then(|all| all.get("devc")?.get("prebuild")?.as_bool());
    said.unwrap_or_default()
}

impl Work {
    /// What the project declares, or what is proposed for it.
    pub(super) fn of(args: &PrebuildArgs, project: &Project, context: &Context) -> Result<Self> {
        let declared = Declaration::read(project.written());
        let is_proposed = declared.is_none();
        let declaration = match declared {
            Some(declared) => declared,
            None => proposal(project, context)?,
        };
        let graph = Graph::of(&declaration)
            .map_err(|mistake| Error::new(ErrorKind::Config, mistake.describe(&declaration).to_string()))?;
        let named = args.tasks.iter().map(|name| find(&declaration, name)).collect::<Result<Vec<_>>>()?;
        let wanted = match &args.only {
            Some(phase) => of_phase(&declaration, phase)?,
            None if named.is_empty() => vec![true; declaration.tasks.len()],
            None => with_all_before(&declaration, &graph, &named),
        };
        let is_forced = |task: TaskId| args.force && (named.is_empty() || named.contains(&task));
        let forced = (0..wanted.len()).map(is_forced).collect();
        Ok(Self { declaration, graph, wanted, forced, is_proposed })
    }
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
