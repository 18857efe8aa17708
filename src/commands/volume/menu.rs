//! `devc volume` alone on a terminal: a choice of volumes and of what to do with them, which becomes a command line.

use super::measure::{Measured, measure_all};
use super::survey::{Surveyed, Which, survey};
use crate::commands::Context;
use crate::engine::Engine;
use crate::error::Result;
use crate::event::Level;
use crate::ui::{self, words};

/// What can be done: how it is called, and the verb. The order is that of the menu.
const ACTIONS: [(&str, &str, Needs); 6] = [
    ("Show size, growth and owner", "status", Needs::Volumes),
    ("Back them up", "backup", Needs::Volumes),
    ("Remove temporary files and what nobody has used for long", "optimize", Needs::Volumes),
    ("Remove everything in them", "clean", Needs::Volumes),
    ("Remove all volumes of projects that are gone", "prune", Needs::Nothing),
    ("Put back what was last removed or replaced", "undo", Needs::Nothing),
];

/// Whether a verb is told which volumes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Needs {
    Volumes,
    Nothing,
}

/// Asks what to do, and returns the words of the command that does it; `None` where there is nothing to choose from.
pub(super) async fn choose(engine: &Engine, context: &Context) -> Result<Option<Vec<String>>> {
    let volumes = survey(engine, Which::Ours, &[]).await?;
    if volumes.is_empty() {
        return Ok(None);
    }
    let titles: Vec<&str> = ACTIONS.iter().map(|(title, _, _)| *title).collect();
    let (_, verb, needs) = ACTIONS[ui::choose("What is to be done?", &titles, "a verb such as status")?];
    let mut command = vec![verb.to_owned()];
    if needs == Needs::Volumes {
        let measured = measure_all(engine, &volumes, context).await;
        let lines: Vec<String> =
            volumes.iter().zip(measured).map(|(one, measured)| line(one, measured)).collect();
        let marked = ui::prompt::mark("Which volumes? (space marks, enter goes on)", &lines, false, "NAME")?;
        command.extend(marked.into_iter().map(|index| volumes[index].volume.name.clone()));
    }
    context
        .events
        .notice(Level::Info, format!("The same without the menu: devc volume {}", command.join(" ")));
    // Without a name these verbs would mean all volumes.
    let is_complete = needs == Needs::Nothing || command.len() > 1;
    Ok(is_complete.then_some(command))
}

fn line(one: &Surveyed, measured: Option<Measured>) -> String {
    let size = measured.map_or_else(String::new, |measured| words::bytes(measured.usage.bytes));
    let state = if one.is_in_use() { ", in use" } else { "" };
    format!("{size:>9}  {}  {}{state}", one.volume.name, one.belongs_to())
}
