//! How long the steps of a Dockerfile took when `devc` built it before.

use std::path::Path;
use std::time::Duration;

use crate::commands::Context;
use crate::commands::gather::{self, CurrentFolder};
use crate::commands::options::{OverrideArgs, WorkspaceArgs};
use crate::config::Kind;
use crate::event::StepKind;
use crate::history::{self, Run, Span};
use crate::host;
use crate::project::Project;
use crate::recipe::advice::Measured;

/// The steps of the runs of the dev container that is built from `dockerfile`, the newest first; none without one.
pub(super) fn before(root: &Path, dockerfile: &Path, context: &Context) -> Vec<Measured> {
    let Some(project) = project_of(root, dockerfile, context) else { return Vec::new() };
    let runs = history::read(&host::read_history(&context.environment.state_dir));
    let own = runs.iter().rev().filter(|run| run.dev_container.as_ref() == Some(&project.id));
    own.flat_map(|run| run.spans.iter().filter(|span| has_run(span)).map(|span| measured(run, span)))
        .collect()
}

fn project_of(root: &Path, dockerfile: &Path, context: &Context) -> Option<Project> {
    gather::configuration_in(root)?;
    let workspace = WorkspaceArgs { workspace_folder: Some(root.to_owned()), ..WorkspaceArgs::default() };
    // A configuration with mistakes is told by the verbs that need it.
    let project =
        gather::project(&workspace, &OverrideArgs::default(), CurrentFolder::StandsIn, context).ok()?;
    let Kind::Dockerfile(build) = &project.config.kind else { return None };
    (project.dockerfile_build(build).dockerfile == dockerfile).then_some(project)
}

fn has_run(span: &Span) -> bool {
    span.kind == StepKind::BuildStep.name() && span.outcome == "done"
}

fn measured(run: &Run, span: &Span) -> Measured {
    Measured {
        step: span.name.clone(),
        took: Duration::from_millis(span.milliseconds),
        date: host::day((run.started / 1000).cast_signed()),
    }
}
