//! Mistakes in `customizations.devc.prebuild` that show only when all tasks are seen together.

use super::pattern::Pattern;
use super::{Declaration, Graph, Limits, Mistake, Task, TaskId};
use crate::config::diagnostic::Diagnostic;
use crate::config::jsonc::{Document, Place, Segment};
use crate::config::nearest;

const PHASES: [&str; 4] = ["customizations", "devc", "prebuild", "phases"];

/// Reports what is wrong with the tasks of a configuration.
pub fn check(document: &Document) -> Vec<Diagnostic> {
    let Some(declaration) = Declaration::read(&document.root) else { return Vec::new() };
    let Some(phases) = document.place.at(&PHASES.map(Segment::Key)) else { return Vec::new() };
    let place_of = |task: &Task| {
        let phase = phases.member(&declaration.phases[task.phase].name)?;
        phase.member("tasks")?.member(&task.name)
    };
    let mistake = Graph::of(&declaration).err();
    let mistake = mistake.and_then(|mistake| {
        let place = place_of(&declaration.tasks[mistake.task()])?;
        Some(of_graph(&declaration, &mistake, place))
    });
    let places = declaration.tasks.iter().filter_map(|task| Some((task, place_of(task)?)));
    let own = places.flat_map(|(task, place)| of_task(&declaration, task, place));
    mistake.into_iter().chain(own).collect()
}

fn of_graph(declaration: &Declaration, mistake: &Mistake, place: &Place) -> Diagnostic {
    let message = mistake.describe(declaration).to_string();
    let needs = place.member("needs").unwrap_or(place);
    match mistake {
        Mistake::SameName(_) => {
            Diagnostic::error(message, place.name_or_value()).help("Give one of them another name.")
        }
        Mistake::Circle(_) => Diagnostic::error(message, needs.value)
            .help("Remove one of these needs; a task needs all earlier phases anyway."),
        Mistake::Unknown { need, .. } => {
            let names = declaration.tasks.iter().map(|task| task.name.as_str());
            let diagnostic = Diagnostic::error(message, needs.value);
            match nearest(need, names) {
                Some(name) => diagnostic.help(format!("Did you mean `{name}`?")),
                None => diagnostic,
            }
        }
    }
}

fn of_task(declaration: &Declaration, task: &Task, place: &Place) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (property, patterns) in [("inputs", &task.inputs), ("outputs", &task.outputs)] {
        let wrong = patterns.iter().filter_map(|text| Pattern::parse(text).err());
        let place = place.member(property).unwrap_or(place);
        found.extend(
            wrong.map(|error| Diagnostic::error(format!("this is no pattern: {error}"), place.value)),
        );
    }
    let unknown = task.uses.keys().filter(|name| !Limits::knows(declaration, name));
    let uses = place.member("uses").unwrap_or(place);
    found.extend(unknown.map(|name| {
        Diagnostic::error(format!("unknown resource `{name}`"), uses.value)
            .help("Say how much there is of it in `prebuild.resources`.")
    }));
    found
}

impl Mistake {
    /// The task at which to point.
    fn task(&self) -> TaskId {
        match self {
            Self::SameName(task) | Self::Unknown { task, .. } => *task,
            Self::Circle(circle) => circle[0],
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::config::diagnostic::{SourceFile, render};
    use crate::config::jsonc;

    fn check(phases: &str) -> String {
        let text =
            format!("{{\"customizations\": {{\"devc\": {{\"prebuild\": {{\"phases\": {phases}}}}}}}}}");
        let document = jsonc::parse(SourceFile::new("devcontainer.json", &text)).unwrap();
        let found = super::check(&document);
        let shown = render(&found, &document.source, false);
        shown
            .lines()
            .filter(|line| line.contains(':') && !line.contains("| {"))
            .collect::<Vec<_>>()
            .join("\n")
    }

    #[test]
    fn a_circle_is_shown_where_it_stands() {
        let phases =
            r#"{"build": {"tasks": {"a": {"run": "x", "needs": "b"}, "b": {"run": "x", "needs": "a"}}}}"#;
        insta::assert_snapshot!(check(phases), @r#"
        error: tasks wait for each other: a -> b -> a
         --> devcontainer.json:1:101
          = help: Remove one of these needs; a task needs all earlier phases anyway.
        "#);
    }

    #[test]
    fn what_nobody_knows_is_shown_where_it_stands() {
        let phases = r#"{"build": {"tasks": {"web": {"run": "x", "needs": ["webb"], "uses": "disk", "inputs": "a["}}}}"#;
        insta::assert_snapshot!(check(phases), @r#"
        error: `web` needs the unknown task `webb`
         --> devcontainer.json:1:103
          = help: Did you mean `web`?
        error: this is no pattern: error parsing glob 'a[': unclosed character class; missing ']'
         --> devcontainer.json:1:139
        1 | ...eb": {"run": "x", "needs": ["webb"], "uses": "disk", "inputs": "a["}}}}}}}}
        error: unknown resource `disk`
         --> devcontainer.json:1:121
          = help: Say how much there is of it in `prebuild.resources`.
        "#);
    }

    #[test]
    fn sound_tasks_are_left_alone() {
        let phases = r#"{"build": {"tasks": {"web": {"run": "x", "uses": ["cpu"]}, "all": {"run": "y", "needs": "web"}}}}"#;
        assert_eq!(check(phases), "");
    }
}
