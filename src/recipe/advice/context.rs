//! What the build is sent and does not want.

use super::order::copies_all;
use super::{Finding, Remedy, View};

pub(super) const RULE: &str = "devc/context";

const HISTORY: &str = ".git";

/// What a copy of the whole context takes along, and the `.dockerignore` that hides it where that is accepted.
pub(super) fn improve(view: &View<'_>) -> (Vec<Finding>, String) {
    let text = view.build.ignore_file.to_owned();
    let Some(copy) = view.source.instructions.iter().position(copies_all) else {
        return (Vec::new(), text);
    };
    let shown = unwanted(view);
    if shown.is_empty() {
        return (Vec::new(), text);
    }
    let accepted = view.accepts(RULE);
    let finding = Finding {
        rule: RULE,
        line: view.line(copy),
        what: format!("the context may hold {}", shown.join(", ")),
        why: "Each build reads them, a change there repeats all that follows, and the image has them."
            .to_owned(),
        remedy: Remedy::Offered {
            edit: format!("the lines {} in .dockerignore", shown.join(" ")),
            effect: "The image has none of them".to_owned(),
            accepted,
        },
    };
    (vec![finding], if accepted { with_lines(&text, &shown) } else { text })
}

/// The history, and the folders that installs and builds write, as far as nothing hides them.
fn unwanted(view: &View<'_>) -> Vec<String> {
    let outputs = view.build.stacks.iter().flat_map(|stack| {
        let below = |name: &String| match stack.folder.as_str() {
            "" => name.clone(),
            folder => format!("{folder}/{name}"),
        };
        stack.table.outputs.dependencies.iter().map(below).collect::<Vec<_>>()
    });
    let mut unwanted: Vec<String> = std::iter::once(HISTORY.to_owned()).chain(outputs).collect();
    // A line that the owner takes back again is there already.
    let is_said = |path: &str| view.build.ignore_file.lines().any(|line| line.trim() == path);
    unwanted.retain(|path| !view.ignored.hides(path) && !is_said(path));
    unwanted.dedup();
    unwanted
}

/// The lines come first, so that what the owner has brought back after them stays.
fn with_lines(text: &str, lines: &[String]) -> String {
    let line_end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let (mark, rest) = text.split_at(if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 });
    let lines: String = lines.iter().map(|line| format!("{line}{line_end}")).collect();
    format!("{mark}{lines}{rest}")
}
