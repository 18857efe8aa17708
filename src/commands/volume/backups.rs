//! `devc volume backups`: which backups there are, and which of them go.

use std::collections::BTreeSet;

use clap::Args;
use serde_json::{Value, json};

use super::consent::{ConsentArgs, Loss};
use super::stored::{Stored, stored};
use crate::backup::{Keep, kept};
use crate::commands::Context;
use crate::commands::context::Answer;
use crate::error::Result;
use crate::host::files;
use crate::ui::{Table, words};

const EXAMPLES: &str = "\
Examples:
  devc volume backups
  devc volume backups shop-db --keep-last 3 --keep-daily 7 --dry-run
  devc volume backups --keep-last 5 --keep-weekly 8 --yes

The --keep flags say what stays, for each volume; all other backups in the usual place are removed, after a question.
Without such a flag nothing is removed.";

/// Arguments of `devc volume backups`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct BackupsArgs {
    /// The volumes [default: all that have backups]
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// Keep the newest N
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    keep_last: Option<u32>,
    /// Keep the newest of each of the last N days that have any
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    keep_daily: Option<u32>,
    /// Keep the newest of each of the last N weeks that have any
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    keep_weekly: Option<u32>,
    #[command(flatten)]
    consent: ConsentArgs,
}

/// Lists the backups, or removes those that are not to be kept.
pub fn run(args: &BackupsArgs, context: &Context) -> Result<Answer> {
    let backups = stored(&args.names, context);
    let keep = Keep { last: args.keep_last, daily: args.keep_daily, weekly: args.keep_weekly };
    if keep == Keep::default() {
        return Ok(list(args, &backups, context));
    }
    let goners = goners(&backups, keep);
    let losses: Vec<Loss> = goners.iter().map(|backup| loss(backup)).collect();
    if args.consent.ask("Remove", &losses, context)? {
        goners.iter().try_for_each(|backup| files::remove_file(&backup.path))?;
    }
    Ok(args.consent.answer(&losses, context))
}

fn goners(backups: &[Stored], keep: Keep) -> Vec<&Stored> {
    let volumes: BTreeSet<&str> = backups.iter().map(|backup| backup.volume.as_str()).collect();
    let of_one = |volume: &str| -> Vec<&Stored> {
        let own: Vec<&Stored> = backups.iter().filter(|backup| backup.volume == volume).collect();
        let times: Vec<&str> = own.iter().map(|backup| backup.taken.as_str()).collect();
        let kept = kept(&times, keep);
        own.into_iter().zip(kept).filter(|(_, kept)| !kept).map(|(backup, _)| backup).collect()
    };
    volumes.into_iter().flat_map(of_one).collect()
}

fn loss(backup: &Stored) -> Loss {
    Loss {
        volume: backup.volume.clone(),
        what: format!("backup of {}", backup.taken),
        bytes: Some(backup.bytes),
    }
}

fn list(args: &BackupsArgs, backups: &[Stored], context: &Context) -> Answer {
    if args.consent.is_json() {
        let backups: Vec<Value> = backups
            .iter()
            .map(|backup| {
                json!({"volume": backup.volume, "file": backup.path, "taken": backup.taken, "bytes": backup.bytes})
            })
            .collect();
        return Answer::Json(json!({"version": 1, "backups": backups}));
    }
    if backups.is_empty() {
        return Answer::Text("No backups. Make one with `devc volume backup NAME`.\n".to_owned());
    }
    let mut table = Table::new(["VOLUME", "TAKEN", "SIZE", "FILE"]);
    for backup in backups {
        let (size, file) = (words::bytes(backup.bytes), backup.path.display().to_string());
        table.row([backup.volume.clone(), backup.taken.clone(), size, file]);
    }
    Answer::Text(table.render(context.columns))
}
