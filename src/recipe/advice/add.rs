//! `ADD` where `COPY` does the same.

use super::{Finding, Remedy, View};
use crate::Result;
use crate::recipe::dockerfile::{Edits, Instruction};

/// Writes `COPY` for an `ADD` that neither fetches nor unpacks anything.
pub(super) fn improve(view: &View<'_>) -> Result<(Vec<Finding>, String)> {
    let mut edits = Edits::default();
    let mut findings = Vec::new();
    for (at, add) in view.source.instructions.iter().enumerate() {
        if add.keyword == "add" && only_copies(view, add) {
            edits.insert(add.span.start, "COPY");
            edits.remove(add.span.start..add.keyword_end());
            findings.push(Finding {
                rule: "DL3020",
                line: view.line(at),
                what: "ADD copies files of the context".to_owned(),
                why: "ADD also fetches and unpacks, and who reads it has to find out whether it does."
                    .to_owned(),
                remedy: Remedy::Written(None),
            });
        }
    }
    Ok((findings, edits.apply(view.source.text)))
}

/// Whether all that is added are folders and texts of the context: an archive is no text.
fn only_copies(view: &View<'_>, add: &Instruction) -> bool {
    let words: Vec<&str> = add.arguments.split_whitespace().collect();
    let is_text = |path: &str| view.build.repository.read(path).is_some_and(|text| !text.contains('\0'));
    let is_plain = |word: &&str| !word.contains(['$', '"', '\'', '*', '?', '[', '<', '\\', '`', ':']);
    match words.split_last() {
        Some((to, sources)) if !sources.is_empty() && is_plain(to) && !to.starts_with("--") => sources
            .iter()
            .all(|source| is_plain(source) && (matches!(*source, "." | "./") || is_text(source))),
        _ => false,
    }
}
