//! Before anything goes: what exactly, and how much; then the question.

use clap::Args;
use serde_json::{Value, json};

use super::survey::Surveyed;
use crate::commands::Context;
use crate::commands::context::Answer;
use crate::error::{Error, ErrorKind, Result};
use crate::event::Level;
use crate::ui::{self, Table, words};

/// How far to go, and what to print.
#[derive(Args, Clone, Copy, Debug)]
pub(super) struct ConsentArgs {
    /// Only say what would go
    #[arg(long)]
    dry_run: bool,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What goes of one volume.
pub(super) struct Loss {
    /// The volume.
    pub(super) volume: String,
    /// What it is, in words.
    pub(super) what: String,
    /// How much it is; `None` where that cannot be told.
    pub(super) bytes: Option<u64>,
}

impl ConsentArgs {
    /// Shows what goes and asks whether it may. Returns whether to go on.
    pub(super) fn ask(self, doing: &str, losses: &[Loss], context: &Context) -> Result<bool> {
        if self.dry_run || losses.is_empty() {
            return Ok(false);
        }
        let explanation = format!("This goes:\n{}", table(losses, context));
        self.agreed(&explanation, &format!("{doing} {}?", total(losses)), context)
    }

    /// Asks after an explanation, where that is needed. Returns whether to go on; a no is an error.
    pub(super) fn agreed(self, explanation: &str, question: &str, context: &Context) -> Result<bool> {
        if self.dry_run || self.yes {
            return Ok(!self.dry_run);
        }
        context.events.notice(Level::Info, explanation);
        match ui::confirm(question, false, "--yes")? {
            true => Ok(true),
            false => Err(Error::new(ErrorKind::Interrupted, "nothing was changed")),
        }
    }

    /// Whether JSON is wanted.
    pub(super) fn is_json(self) -> bool {
        self.json
    }

    /// What was removed, or what would be.
    pub(super) fn answer(self, losses: &[Loss], context: &Context) -> Answer {
        if self.json {
            return Answer::Json(self.to_json(losses));
        }
        Answer::Text(match losses {
            [] => "Nothing to remove.\n".to_owned(),
            _ if self.dry_run => format!("{}\nThis would go: {}.\n", table(losses, context), total(losses)),
            _ => format!("{}\nRemoved: {}.\n", table(losses, context), total(losses)),
        })
    }

    fn to_json(self, losses: &[Loss]) -> Value {
        let volumes = losses
            .iter()
            .map(|loss| json!({"name": loss.volume, "what": loss.what, "bytes": loss.bytes}))
            .collect::<Vec<_>>();
        let bytes: u64 = losses.iter().filter_map(|loss| loss.bytes).sum();
        json!({"version": 1, "dryRun": self.dry_run, "removed": volumes, "bytes": bytes})
    }
}

/// Refuses volumes that somebody protects or works with.
pub(super) fn require_free(volumes: &[Surveyed]) -> Result<()> {
    for one in volumes {
        let name = &one.volume.name;
        if one.labels.as_ref().is_some_and(|labels| labels.is_protected) {
            let error = Error::new(ErrorKind::Usage, format!("volume {name} is protected"));
            return Err(error.hint(
                "It was made with \"protected\": true in devcontainer.json. Remove it with `docker volume rm`.",
            ));
        }
        if one.is_in_use() {
            let error =
                Error::new(ErrorKind::Usage, format!("volume {name} is in use by {}", one.user_names()));
            return Err(error.hint("Stop the dev container first with `devc stop`."));
        }
    }
    Ok(())
}

fn table(losses: &[Loss], context: &Context) -> String {
    let mut table = Table::new(["VOLUME", "WHAT", "SIZE"]);
    for loss in losses {
        let size = loss.bytes.map_or_else(|| "unknown".to_owned(), words::bytes);
        table.row([loss.volume.clone(), loss.what.clone(), size]);
    }
    table.render(context.columns)
}

fn total(losses: &[Loss]) -> String {
    let bytes: u64 = losses.iter().filter_map(|loss| loss.bytes).sum();
    let volumes = words::count(losses.len(), "volume");
    match losses.iter().all(|loss| loss.bytes.is_some()) {
        true => format!("{} of {volumes}", words::bytes(bytes)),
        false => format!("at least {} of {volumes}", words::bytes(bytes)),
    }
}
