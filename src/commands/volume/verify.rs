//! `devc volume verify`: is a backup whole?

use clap::Args;
use serde_json::{Value, json};

use super::stored;
use crate::backup::{Received, shown};
use crate::commands::Context;
use crate::commands::context::Answer;
use crate::error::Result;
use crate::event::StepKind;
use crate::execute::volume_content;
use crate::ui::words;

const EXAMPLES: &str = "\
Examples:
  devc volume verify shop-db                      its newest backup
  devc volume verify /mnt/disk/shop-db/*.tar.zst --json

Every byte is read and proven. The exit code is 1 when anything is damaged; the files that are hit are named.";

/// Arguments of `devc volume verify`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct VerifyArgs {
    /// Files, or volumes whose newest backup is meant
    #[arg(value_name = "BACKUP", required = true)]
    backups: Vec<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Reads each backup to its end.
pub async fn run(args: &VerifyArgs, context: &Context) -> Result<Answer> {
    let (mut results, mut text, mut code) = (Vec::new(), String::new(), 0);
    for word in &args.backups {
        let path = stored::find(word, context)?;
        let step = context.events.step(StepKind::Host, format!("Verifying {}", path.display()));
        let received = volume_content::verify(stored::open(&path)?, step).await?;
        let is_sound = received.damages.is_empty() && received.head.is_some();
        code = code.max(u8::from(!is_sound));
        text.push_str(&to_text(&path.display().to_string(), &received));
        results.push(to_json(&path.display().to_string(), is_sound, &received));
    }
    Ok(match args.json {
        true => Answer::Report(format!("{}\n", json!({"version": 1, "backups": results})), code),
        false => Answer::Report(text, code),
    })
}

fn to_text(path: &str, received: &Received) -> String {
    if received.head.is_none() && received.damages.is_empty() {
        return format!("{path}: no backup, but a plain archive: there is nothing to prove it by\n");
    }
    if received.damages.is_empty() {
        let files = words::count(received.counts.files, "file");
        return format!("{path}: sound ({files}, {})\n", words::bytes(received.counts.bytes));
    }
    let damages = received.damages.iter().map(|damage| {
        let hit: Vec<String> = damage.paths.iter().map(|path| shown(path)).collect();
        let hit = if hit.is_empty() { String::new() } else { format!(" (hits {})", hit.join(", ")) };
        format!("  {}{hit}\n", damage.what)
    });
    format!("{path}: damaged\n{}", damages.collect::<String>())
}

fn to_json(path: &str, is_sound: bool, received: &Received) -> Value {
    let damages: Vec<Value> = received
        .damages
        .iter()
        .map(|damage| {
            let files: Vec<String> = damage.paths.iter().map(|path| shown(path)).collect();
            json!({"what": damage.what, "files": files})
        })
        .collect();
    json!({"file": path, "sound": is_sound, "backup": received.head, "content": received.counts, "damages": damages})
}
