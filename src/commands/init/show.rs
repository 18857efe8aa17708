//! What will be or was written, for people and for scripts.

use std::path::Path;

use serde_json::{Map, Value, json};

use super::{InitArgs, Plan};
use crate::archive::Content;
use crate::commands::context::Answer;
use crate::execute::{Effect, Placement};
use crate::template::configuration;

/// The name of an effect in JSON.
fn name(effect: Effect) -> &'static str {
    match effect {
        Effect::New => "new",
        Effect::Same => "same",
        Effect::Replaces => "replaces",
    }
}

/// Folders go without saying.
fn is_shown(placement: &Placement) -> bool {
    placement.entry.content != Content::Folder
}

/// The files with what happens to those that are there, a line each.
pub(super) fn overview(plan: &Plan) -> String {
    let line = |one: &Placement| {
        let effect = match one.effect {
            Effect::New => "",
            Effect::Same => "  (is there already)",
            Effect::Replaces => "  (replaces another one, of which a copy is kept)",
        };
        format!("  {}{effect}", one.entry.path)
    };
    let lines: Vec<String> = plan.placements.iter().filter(|one| is_shown(one)).map(line).collect();
    format!("In {}:\n{}", plan.folder.display(), lines.join("\n"))
}

/// What scripts get to know.
fn to_json(plan: &Plan, kept: Option<&Path>, is_written: bool) -> Value {
    let files = plan.placements.iter().filter(|one| is_shown(one));
    let files: Vec<Value> =
        files.map(|one| json!({"path": one.entry.path, "effect": name(one.effect)})).collect();
    let features: Map<String, Value> = plan.request.features.iter().cloned().collect();
    let mut result = json!({
        "template": plan.template,
        "options": plan.request.values,
        "features": features,
        "files": files,
        "written": is_written,
    });
    if let Some(kept) = kept {
        result["kept"] = json!(kept);
    }
    result
}

/// What the verb says in the end. `kept` is the folder with copies of what was replaced.
pub(super) fn answer(args: &InitArgs, plan: &Plan, kept: Option<&Path>) -> Answer {
    if args.json {
        return Answer::Json(to_json(plan, kept, !args.dry_run));
    }
    Answer::Text(if args.dry_run { preview(plan) } else { report(args, plan, kept) })
}

fn preview(plan: &Plan) -> String {
    let entries: Vec<_> = plan.placements.iter().map(|one| one.entry.clone()).collect();
    let text = configuration(&entries).and_then(|path| {
        let entry = entries.iter().find(|entry| entry.path == path)?;
        match &entry.content {
            Content::File(bytes) => Some(format!("\n{path}:\n{}", String::from_utf8_lossy(bytes))),
            Content::Folder | Content::Link(_) => None,
        }
    });
    format!("{}\n{}", overview(plan), text.unwrap_or_default())
}

fn report(args: &InitArgs, plan: &Plan, kept: Option<&Path>) -> String {
    let mut text = String::new();
    for one in plan.placements.iter().filter(|one| is_shown(one) && one.effect != Effect::Same) {
        text.push_str(&format!("Wrote {}\n", one.entry.path));
    }
    if let Some(kept) = kept {
        text.push_str(&format!("What was replaced is in {}\n", kept.display()));
    }
    let folder = args.workspace_folder.as_deref();
    let folder = folder.map(|folder| format!(" --workspace-folder {}", folder.display()));
    text + &format!("Next: devc up{}\n", folder.unwrap_or_default())
}
