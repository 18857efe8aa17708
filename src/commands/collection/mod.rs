//! What the verbs of Features and of Templates have in common.

mod docs;
mod publish;

pub use docs::{GithubArgs, generate_docs};
pub use publish::{PublicationArgs, publish};

use crate::collection::Collection;
use crate::commands::Context;
use crate::event::Level;

/// Tells what is surely not as meant, though it can be packed.
pub fn tell_warnings(collection: &Collection, context: &Context) {
    let file = collection.kind.file_name();
    for folder in &collection.skipped {
        context.events.notice(Level::Warning, format!("{folder} has no {file} and is left out."));
    }
    for warnings in collection.members.iter().filter_map(|member| member.warnings.as_deref()) {
        context.events.notice(Level::Warning, warnings);
    }
}
