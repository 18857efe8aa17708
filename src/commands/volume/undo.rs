//! `devc volume undo`: what was removed or replaced comes back from the backups that were kept of it.

use clap::Args;
use serde_json::{Value, json};

use super::consent::ConsentArgs;
use super::restore::{ReplacingArgs, Target};
use super::stored::{self, Occasion, Stored, stored};
use crate::backup::read_head;
use crate::commands::Context;
use crate::commands::context::Answer;
use crate::commands::options::EngineArgs;
use crate::engine::Engine;
use crate::error::{Error, ErrorKind, Result};
use crate::ui::{Table, words};

const EXAMPLES: &str = "\
Examples:
  devc volume undo --list          what can be undone, the last first
  devc volume undo                 undo the last, after a question
  devc volume undo 06jak1t6 --yes  undo that one

What `clean`, `prune`, `restore --replace`, `import --replace`, `pull --replace` and `devc down --volumes` take away is
backed up first; this puts it back, and makes the volume again where that is gone. What is in a volume now is kept in
turn, so an undo can be undone.";

/// Arguments of `devc volume undo`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct UndoArgs {
    /// What to undo, as --list names it [default: the last]
    #[arg(value_name = "ID", conflicts_with = "list")]
    id: Option<String>,
    /// Show what can be undone
    #[arg(long)]
    list: bool,
    /// Stop containers that may write to the volumes, and start them again afterwards
    #[arg(long)]
    stop: bool,
    #[command(flatten)]
    consent: ConsentArgs,
    #[command(flatten)]
    engine: EngineArgs,
}

/// Something that can be undone, with what was kept of each volume.
struct Deed {
    occasion: Occasion,
    kept: Vec<Stored>,
}

/// Puts it back, after consent.
pub async fn run(args: &UndoArgs, context: &Context) -> Result<Answer> {
    let deeds = deeds(stored(&[], context));
    if args.list {
        return Ok(list(args.consent, &deeds, context));
    }
    let deed = choose(deeds, args.id.as_deref())?;
    let table = table(std::slice::from_ref(&deed), context);
    let question = format!("Put back what `{}` took away?", deed.occasion.verb);
    let is_agreed = args.consent.agreed(&format!("This comes back:\n{table}"), &question, context)?;
    if is_agreed {
        put_back(&context.engine(&args.engine)?, &deed, args.stop, context).await?;
    }
    if args.consent.is_json() {
        return Ok(Answer::Json(json!({"version": 1, "dryRun": !is_agreed, "undone": deed.to_json()})));
    }
    let end = if is_agreed { "This has come back." } else { "This would come back." };
    Ok(Answer::Text(format!("{table}\n{end}\n")))
}

/// What can be undone, the last first.
fn deeds(backups: Vec<Stored>) -> Vec<Deed> {
    let mut deeds: Vec<Deed> = Vec::new();
    for backup in backups {
        let Some(occasion) = backup.occasion.clone() else { continue };
        match deeds.iter_mut().find(|deed| deed.occasion == occasion) {
            Some(deed) => deed.kept.push(backup),
            None => deeds.push(Deed { occasion, kept: vec![backup] }),
        }
    }
    deeds.sort_by(|one, other| other.when().cmp(one.when()));
    deeds
}

fn choose(deeds: Vec<Deed>, id: Option<&str>) -> Result<Deed> {
    let is_meant = |deed: &Deed| id.is_none_or(|id| deed.occasion.id == id);
    deeds.into_iter().find(is_meant).ok_or_else(|| {
        let what = id.map_or_else(|| "nothing to undo".to_owned(), |id| format!("no {id} to undo"));
        Error::new(ErrorKind::NotFound, format!("there is {what}"))
            .hint("See what can be undone with `devc volume undo --list`.")
            .hint("See the backups that there are with `devc volume backups`.")
    })
}

/// Restores each volume as it was. One that is done does not come again, whatever happens to those that follow.
async fn put_back(engine: &Engine, deed: &Deed, stop: bool, context: &Context) -> Result<()> {
    let occasion = &Occasion::of("undo");
    for backup in &deed.kept {
        let head = read_head(stored::open(&backup.path)?)?;
        let (name, replacing) = (&*backup.volume, ReplacingArgs::agreed(stop));
        let target = Target { engine, name, replacing, occasion, context };
        let title = format!("Putting volume {name} back");
        target.fill(head.as_ref(), async || stored::open(&backup.path), false, &title).await?;
        backup.settle()?;
    }
    Ok(())
}

fn list(consent: ConsentArgs, deeds: &[Deed], context: &Context) -> Answer {
    if consent.is_json() {
        let deeds: Vec<Value> = deeds.iter().map(Deed::to_json).collect();
        return Answer::Json(json!({"version": 1, "undoable": deeds}));
    }
    Answer::Text(match deeds {
        [] => "Nothing to undo.\n".to_owned(),
        _ => table(deeds, context),
    })
}

fn table(deeds: &[Deed], context: &Context) -> String {
    let mut table = Table::new(["ID", "TAKEN AWAY", "BY", "VOLUME", "BACKUP"]);
    for deed in deeds {
        for backup in &deed.kept {
            let Occasion { id, verb } = deed.occasion.clone();
            table.row([id, backup.taken.clone(), verb, backup.volume.clone(), words::bytes(backup.bytes)]);
        }
    }
    table.render(context.columns)
}

impl Deed {
    /// When the last of its volumes was backed up.
    fn when(&self) -> &str {
        self.kept.iter().map(|backup| backup.taken.as_str()).max().unwrap_or_default()
    }

    fn to_json(&self) -> Value {
        let kept = |backup: &Stored| json!({"name": backup.volume, "backupBytes": backup.bytes});
        json!({
            "id": self.occasion.id,
            "verb": self.occasion.verb,
            "taken": self.when(),
            "volumes": self.kept.iter().map(kept).collect::<Vec<_>>(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn backup(volume: &str, taken: &str, occasion: Option<(&str, &str)>) -> Stored {
        let occasion = occasion.map(|(id, verb)| Occasion { id: id.into(), verb: verb.into() });
        Stored { volume: volume.into(), path: "x".into(), taken: taken.into(), bytes: 1, occasion }
    }

    #[test]
    fn what_one_run_took_away_comes_back_together_and_the_last_first() {
        let deeds = deeds(vec![
            backup("a", "20260103T", Some(("3", "clean"))),
            backup("a", "20260102T", None),
            backup("a", "20260101T", Some(("1", "prune"))),
            backup("b", "20260104T", Some(("3", "clean"))),
        ]);
        let told: Vec<_> =
            deeds.iter().map(|deed| (&*deed.occasion.verb, deed.when(), deed.kept.len())).collect();
        assert_eq!(told, [("clean", "20260104T", 2), ("prune", "20260101T", 1)]);
        assert_eq!(choose(deeds, Some("1")).unwrap().kept[0].volume, "a");
    }
}
