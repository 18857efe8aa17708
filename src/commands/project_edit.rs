//! Changes to the copy of a project, made to see what a rebuild costs: to a source file, or to its dependencies.

use std::path::Path;

use crate::error::Result;
use crate::host::{Tree, files, unique_id};
use crate::stack::{Edit, Edits, Stack, Tables, detect};

/// What is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// A source file.
    Source,
    /// What the project depends on.
    Dependency,
}

/// A change that was made.
pub struct Change {
    /// The file, from the folder on.
    pub file: String,
    /// The package that was added, where one was.
    pub adds: Option<String>,
}

/// Makes a change below `folder`; `None` where no stack says how.
pub fn change(folder: &Path, target: Target) -> Result<Option<Change>> {
    let tables = Tables::embedded()?;
    let tree = Tree::walk(folder)?;
    for stack in detect(&tables, &tree) {
        if let Some(edit) = edit_for(target, &stack.table.edits)
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

fn edit_for(target: Target, edits: &Edits) -> Option<&Edit> {
    match target {
        Target::Source => edits.source.as_ref(),
        Target::Dependency => edits.dependency.as_ref(),
    }
}

/// The file of a stack that an edit is for.
fn choose(stack: &Stack<'_>, edit: &Edit, tree: &Tree) -> Option<String> {
    let prefix = if stack.folder.is_empty() { String::new() } else { format!("{}/", stack.folder) };
    let below = tree.files.iter().filter_map(|path| path.strip_prefix(&prefix));
    edit.choose(below).map(|file| format!("{prefix}{file}"))
}
