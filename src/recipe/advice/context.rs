//! What the build is sent and does not want.

use super::order::copies_all;
use super::{Build, Finding, Remedy, line};
use crate::recipe::dockerfile::Source;

const HISTORY: &str = ".git";

/// What a copy of the whole context takes along.
pub(super) fn findings(source: &Source<'_>, build: &Build<'_>) -> Vec<Finding> {
    let Some(copy) = source.instructions.iter().position(copies_all) else { return Vec::new() };
    let shown = unwanted(build);
    if shown.is_empty() {
        return Vec::new();
    }
    vec![Finding {
        rule: "devc/context",
        line: line(source, copy),
        what: format!("the context may hold {}", shown.join(", ")),
        why: "Each build reads them, a change there repeats all that follows, and the image has them."
            .to_owned(),
        remedy: Remedy::Advised(format!(
            "Write these lines into .dockerignore: {}. `devc generate` writes a whole one.",
            shown.join(" ")
        )),
    }]
}

/// The history, and the folders that installs and builds write, as far as nothing hides them.
fn unwanted(build: &Build<'_>) -> Vec<String> {
    let outputs = build.stacks.iter().flat_map(|stack| {
        let below = |name: &String| match stack.folder.as_str() {
            "" => name.clone(),
            folder => format!("{folder}/{name}"),
        };
        stack.table.outputs.dependencies.iter().map(below).collect::<Vec<_>>()
    });
    let mut unwanted: Vec<String> = std::iter::once(HISTORY.to_owned()).chain(outputs).collect();
    unwanted.retain(|path| !build.ignored.hides(path));
    unwanted.dedup();
    unwanted
}
