//! What would be or was written, for people and for scripts.

use std::path::Path;

use serde_json::{Value, json};

use super::draft::{Draft, State};
use super::{GenerateArgs, Plan};
use crate::commands::Context;
use crate::commands::context::Answer;
use crate::recipe::dev_configuration;
use crate::recipe::regions::{ABOUT, Fate};
use crate::ui;

/// What somebody should know of a file that is not written as it would be for a new repository.
pub(super) fn remarks(draft: &Draft) -> Vec<String> {
    let path = draft.path;
    let stale = sections(draft, |fate| fate == Fate::EditedAndStale);
    let mut remarks = Vec::new();
    if !stale.is_empty() {
        remarks.push(format!(
            "{path}: {stale} was edited and stays as it is, though it would be written in another way by now. \
             See `devc generate --force --diff`."
        ));
    }
    remarks.extend(draft.hidden.iter().map(|source| {
        format!("{path} hides {source}, which the Dockerfile copies. Let `!{source}` be its last line.")
    }));
    remarks
}

/// What a run says that writes nothing.
pub(super) fn preview(args: &GenerateArgs, plan: &Plan, context: &Context) -> Answer {
    let is_stale = plan.drafts.iter().any(Draft::is_written);
    let code = u8::from(args.check && is_stale);
    if args.json {
        return Answer::Report(format!("{}\n", to_json(plan, None, false)), code);
    }
    let text = match (args.diff, args.check) {
        (true, _) => {
            plan.drafts.iter().filter(|draft| draft.is_written()).map(|draft| diff(draft, context)).collect()
        }
        (false, true) if !is_stale => "All files are up to date.\n".to_owned(),
        (false, true) => lines(plan, |draft| Some(stale(draft))),
        (false, false) => format!("In {}:\n{}", plan.folder.display(), lines(plan, effect)),
    };
    Answer::Report(text, code)
}

/// What a run says that has written. `kept` is the folder with copies of what was replaced.
pub(super) fn written(args: &GenerateArgs, plan: &Plan, kept: Option<&Path>) -> Answer {
    if args.json {
        return Answer::Json(to_json(plan, kept, true));
    }
    let mut text = lines(plan, effect);
    if !plan.drafts.iter().any(Draft::is_written) {
        text.push_str("All files are up to date.\n");
    }
    if let Some(kept) = kept {
        text.push_str(&format!("What was replaced is in {}\n", kept.display()));
    }
    if plan.drafts.iter().any(|draft| draft.path == dev_configuration::FILE_NAME) {
        text.push_str("Next: devc up\n");
    }
    Answer::Text(text)
}

/// The lines about the files that have something to tell.
fn lines(plan: &Plan, line: impl Fn(&Draft) -> Option<String>) -> String {
    let told = plan.drafts.iter().filter(|draft| draft.is_written() || !own(draft).is_empty());
    told.filter_map(line).map(|line| line + "\n").collect()
}

fn effect(draft: &Draft) -> Option<String> {
    let changed = changed(draft);
    let what = match draft.state {
        State::New => "new".to_owned(),
        State::Changed => format!("updated: {changed}"),
        State::Foreign => "replaced".to_owned(),
        State::LeftOut => return None,
        State::Same => String::new(),
    };
    let words: Vec<String> = [what, own(draft)].into_iter().filter(|words| !words.is_empty()).collect();
    Some(format!("{}  {}", draft.path, words.join("; ")))
}

fn stale(draft: &Draft) -> String {
    match draft.state {
        State::New => format!("{} is missing", draft.path),
        State::Foreign => format!("{} was not made by devc", draft.path),
        _ => format!("{} is stale: {}", draft.path, changed(draft)),
    }
}

/// What a team made of the sections.
fn own(draft: &Draft) -> String {
    let edited = sections(draft, |fate| matches!(fate, Fate::Edited | Fate::EditedAndStale));
    let removed = sections(draft, |fate| fate == Fate::LeftOut);
    let named = [("edited, so kept", edited), ("removed, so left out", removed)];
    let named = named.into_iter().filter(|(_, names)| !names.is_empty());
    named.map(|(what, names)| format!("{what}: {names}")).collect::<Vec<_>>().join("; ")
}

fn changed(draft: &Draft) -> String {
    sections(draft, |fate| matches!(fate, Fate::New | Fate::Updated | Fate::Replaced | Fate::Dropped))
}

/// The names of sections with such a fate.
fn sections(draft: &Draft, is_meant: impl Fn(Fate) -> bool) -> String {
    let names = draft.fates.iter().filter(|(_, fate)| is_meant(*fate)).map(|(id, _)| id.as_str());
    let names: Vec<&str> = names.collect();
    // The first section changes along with the others, and is worth a word only when it changes alone.
    let others: Vec<&str> = names.iter().copied().filter(|id| *id != ABOUT).collect();
    if others.is_empty() { names.join(", ") } else { others.join(", ") }
}

fn diff(draft: &Draft, context: &Context) -> String {
    ui::unified_diff(draft.path, &draft.old, &draft.text, &context.result_palette)
}

fn to_json(plan: &Plan, kept: Option<&Path>, is_written: bool) -> Value {
    let files: Vec<Value> = plan.drafts.iter().map(file).collect();
    let mut result = json!({ "version": 1, "folder": plan.folder, "files": files, "written": is_written });
    if let Some(kept) = kept {
        result["kept"] = json!(kept);
    }
    result
}

fn file(draft: &Draft) -> Value {
    let section = |(id, fate): &(String, Fate)| json!({ "id": id, "fate": fate_name(*fate) });
    json!({
        "path": draft.path,
        "state": state_name(draft.state),
        "sections": draft.fates.iter().map(section).collect::<Vec<_>>(),
        "hidden": draft.hidden,
    })
}

/// The name of a state in JSON.
fn state_name(state: State) -> &'static str {
    match state {
        State::New => "new",
        State::Same => "same",
        State::Changed => "changed",
        State::Foreign => "replaced",
        State::LeftOut => "left-out",
    }
}

/// The name of a fate in JSON.
fn fate_name(fate: Fate) -> &'static str {
    match fate {
        Fate::Same => "same",
        Fate::New => "new",
        Fate::Updated => "updated",
        Fate::Edited => "edited",
        Fate::EditedAndStale => "edited-and-stale",
        Fate::Replaced => "replaced",
        Fate::Dropped => "dropped",
        Fate::LeftOut => "left-out",
    }
}
