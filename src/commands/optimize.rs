//! `devc optimize`: what a Dockerfile's owner could do for faster builds, and a patch for what is proven.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};

use crate::archive::{Content, Entry};
use crate::commands::Context;
use crate::commands::context::Answer;
use crate::commands::template;
use crate::error::{Error, ErrorKind, Result};
use crate::execute;
use crate::host::files;
use crate::recipe::advice::{Advice, Build, Finding, Remedy, advise};
use crate::recipe::docker_ignore::DockerIgnore;
use crate::stack::{Tables, detect};
use crate::ui;

const EXAMPLES: &str = "\
Examples:
  devc optimize                      what makes builds of this Dockerfile slow, and what to do
  devc optimize --diff | git apply   the part that is proven to give the same image, as a patch
  devc optimize --apply              write it; a copy of the old file is kept
  devc optimize --file docker/api.Dockerfile --json

The patch changes only the order of layers: what is installed comes before the source that it does not need. What devc cannot
prove is said and left to you. Rules named DL are those of hadolint. `devc build` and `devc up` give installs caches by
themselves (see `devc build --explain`); `devc generate` writes a whole Dockerfile.";

/// Arguments of `devc optimize`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct OptimizeArgs {
    /// Folder of the project, which is the build context [default: the current folder]
    #[arg(long, value_name = "PATH", env = "DEVC_WORKSPACE_FOLDER")]
    workspace_folder: Option<PathBuf>,
    /// The Dockerfile, from that folder on
    #[arg(long, value_name = "PATH", default_value = "Dockerfile")]
    file: String,
    /// Show the improved Dockerfile as a patch
    #[arg(long, conflicts_with_all = ["apply", "json"])]
    diff: bool,
    /// Write the improved Dockerfile
    #[arg(long)]
    apply: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Looks at the Dockerfile and the repository; asks no engine.
pub fn run(args: &OptimizeArgs, context: &Context) -> Result<Answer> {
    let environment = &context.environment;
    let given = args.workspace_folder.as_ref();
    let root = given.map_or(environment.current_dir.clone(), |path| environment.absolute(path));
    let text = files::read_optional(&root.join(&args.file))?.ok_or_else(|| missing(&args.file))?;
    let advice = advice(&root, &args.file, &text, context)?;
    let is_improved = advice.improved != text;
    if args.diff {
        let patch = || ui::unified_diff(&args.file, &text, &advice.improved, &context.result_palette);
        return Ok(Answer::Text(if is_improved { patch() } else { String::new() }));
    }
    let kept = match args.apply && is_improved {
        true => write(&root, &args.file, &advice.improved, context)?,
        false => None,
    };
    if args.json {
        return Ok(Answer::Json(to_json(args, &advice, is_improved)));
    }
    let mut told = tell(args, &advice, is_improved);
    if let Some(kept) = kept {
        told.push_str(&format!("The old file is in {}\n", kept.display()));
    }
    Ok(Answer::Text(told))
}

fn missing(file: &str) -> Error {
    Error::new(ErrorKind::NotFound, format!("there is no {file}"))
        .hint("Name another one with --file PATH.")
        .hint("Let devc write one: `devc generate`.")
}

fn advice(root: &Path, file: &str, text: &str, context: &Context) -> Result<Advice> {
    let tree = context.walk(root)?;
    let tables = Tables::embedded()?;
    let stacks = detect(&tables, &tree);
    // BuildKit takes the one that is named after the Dockerfile, where there is one.
    let own = files::read_optional(&root.join(format!("{file}.dockerignore")))?;
    let ignored = match own {
        Some(text) => Some(text),
        None => files::read_optional(&root.join(".dockerignore"))?,
    };
    advise(&Build {
        dockerfile: text,
        ignored: &DockerIgnore::parse(&ignored.unwrap_or_default())?,
        repository: &tree,
        stacks: &stacks,
        tables: &tables,
    })
}

/// Writes the file; a copy of the old one is kept in the folder that is returned.
fn write(root: &Path, file: &str, text: &str, context: &Context) -> Result<Option<PathBuf>> {
    let entry =
        Entry { path: file.to_owned(), mode: 0o644, content: Content::File(text.as_bytes().to_vec()) };
    template::write(root, &execute::survey(root, vec![entry])?, context)
}

fn tell(args: &OptimizeArgs, advice: &Advice, is_improved: bool) -> String {
    if advice.findings.is_empty() {
        return format!("devc knows nothing better than {}.\n", args.file);
    }
    let mut text: String = advice.findings.iter().map(|finding| paragraph(&args.file, finding)).collect();
    text.push_str(match (is_improved, args.apply) {
        (false, _) => "devc changes nothing by itself here.\n",
        (true, true) => "The improved Dockerfile is written.\n",
        (true, false) => "See the patch with --diff, or write it with --apply.\n",
    });
    text
}

fn paragraph(file: &str, finding: &Finding) -> String {
    let Finding { rule, line, what, why, remedy } = finding;
    let remedy = match remedy {
        Remedy::Written { repeats, repeats_then } => format!(
            "In the patch: an edit of the source repeats {repeats_then} of {repeats} commands (counted, not measured)."
        ),
        Remedy::Advised(advice) => advice.clone(),
    };
    format!("{file}:{line} {rule}: {what}\n  {why}\n  {remedy}\n\n")
}

fn to_json(args: &OptimizeArgs, advice: &Advice, is_improved: bool) -> Value {
    let findings: Vec<Value> = advice.findings.iter().map(finding_to_json).collect();
    json!({
        "version": 1,
        "dockerfile": args.file,
        "findings": findings,
        "improved": is_improved.then_some(&advice.improved),
        "written": args.apply && is_improved,
    })
}

fn finding_to_json(finding: &Finding) -> Value {
    let Finding { rule, line, what, why, remedy } = finding;
    let mut value = json!({ "rule": rule, "line": line, "what": what, "why": why });
    match remedy {
        Remedy::Written { repeats, repeats_then } => {
            value["repeatedCommands"] = json!({ "before": repeats, "after": repeats_then });
        }
        Remedy::Advised(advice) => value["advice"] = json!(advice),
    }
    value
}
