//! Changes to the copy of a project: to a source file, or to its dependencies.

use std::path::Path;

use crate::error::Result;
use crate::host::{Tree, files, unique_id};
use crate::stack::{Edit, Edits, Stack, Tables, detect};
use crate::verify::Check;

/// A change that was made.
pub(super) struct Change {
    /// The file, from the folder on.
    pub file: String,
    /// The package that was added, where one was.
    pub adds: Option<String>,
}

/// Makes the change below `folder` that a check is about; `None` where no stack says how.
pub(super) fn change(folder: &Path, check: Check) -> Result<Option<Change>> {
    let tables = Tables::embedded()?;
    let tree = Tree::walk(folder)?;
    for stack in detect(&tables, &tree) {
        if let Some(edit) = edit_for(check, &stack.table.edits)
            && let Some(file) = choose(&stack, edit, &tree)
            && let Some(text) = tree.read(&file)
            && let Some(changed) = edit.apply(&text, &unique_id())
        {
            files::write(&folder.join(&file), changed.as_bytes())?;
            return Ok(Some(Change { file, adds: edit.adds.clone() }));
        }
    }
    Ok(None)
}

fn edit_for(check: Check, edits: &Edits) -> Option<&Edit> {
    match check {
        Check::DependencyEdit => edits.dependency.as_ref(),
        _ => edits.source.as_ref(),
    }
}

/// The file of a stack that an edit is for.
fn choose(stack: &Stack<'_>, edit: &Edit, tree: &Tree) -> Option<String> {
    let prefix = if stack.folder.is_empty() { String::new() } else { format!("{}/", stack.folder) };
    let below = tree.files.iter().filter_map(|path| path.strip_prefix(&prefix));
    edit.choose(below).map(|file| format!("{prefix}{file}"))
}
