//! `devc init`: a dev container for a project that has none, from a Template.

mod choose;
mod list;
mod show;

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::Value;

use crate::commands::context::{Answer, Context};
use crate::commands::options::{RegistryArgs, parse_pair};
use crate::commands::{gather, template};
use crate::error::{Error, ErrorKind, Result};
use crate::event::Level;
use crate::execute::{self, Placement};
use crate::template::{Request, Values, render};
use crate::ui::prompt;

const EXAMPLES: &str = "\
Examples:
  devc init                                 choose a Template, answer its questions
  devc init rust --yes                      without a question
  devc init node --option image=node:24-bookworm --feature ghcr.io/devcontainers/features/github-cli:1
  devc init ghcr.io/devcontainers/templates choose one of a collection
  devc init --list                          the Templates that devc has
  devc init python --dry-run                what would be written; writes nothing

A configuration that is there already is replaced only with --force or after a yes, and a copy of it is kept.";

/// Arguments of `devc init`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct InitArgs {
    /// A Template of --list, a folder such as ./x, or the name of a Template or collection in a registry
    #[arg(value_name = "TEMPLATE")]
    template: Option<String>,
    /// Value of an option of the Template (repeatable)
    #[arg(long, value_name = "NAME=VALUE", value_parser = parse_pair)]
    option: Vec<(String, String)>,
    /// Feature to add to devcontainer.json, perhaps with its options (repeatable)
    #[arg(long, value_name = "ID[=JSON]", value_parser = parse_feature)]
    feature: Vec<(String, Value)>,
    /// Path of the Template to leave out; all that is in a folder is written as "folder/*" (repeatable)
    #[arg(long, value_name = "PATH")]
    omit_path: Vec<String>,
    /// Folder of the project [default: the current folder]
    #[arg(long, value_name = "PATH", env = "DEVC_WORKSPACE_FOLDER")]
    workspace_folder: Option<PathBuf>,
    /// Ask nothing: take the defaults of what is not given
    #[arg(short, long)]
    yes: bool,
    /// Replace files that are there already; copies of them are kept
    #[arg(long)]
    force: bool,
    /// Show what would be written, and write nothing
    #[arg(long)]
    dry_run: bool,
    /// List the Templates that devc has, or those of the collection TEMPLATE
    #[arg(long)]
    list: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    registry: RegistryArgs,
}

/// What will be written, and where it comes from.
struct Plan {
    template: String,
    request: Request,
    folder: PathBuf,
    placements: Vec<Placement>,
}

/// Chooses, asks, shows, writes.
pub async fn run(args: &InitArgs, context: &Context) -> Result<Answer> {
    let registry = context.registry(&args.registry)?;
    if args.list {
        return list::run(args.template.as_deref(), args.json, &registry, context).await;
    }
    require_answers(args, context)?;
    let folder = args.workspace_folder.as_deref().unwrap_or(Path::new("."));
    let folder = context.environment.absolute(folder);
    let existing = gather::configuration_in(&folder);
    if let Some(existing) = existing.as_deref().filter(|_| !args.dry_run) {
        require_consent(args, existing)?;
    }
    let (name, found) = choose::template(args, &folder, &registry, context).await?;
    let request = choose::request(args, &found)?;
    let placements = execute::survey(&folder, render(&found.package, &request)?)?;
    let plan = Plan { template: name, request, folder, placements };
    if args.dry_run {
        return Ok(show::answer(args, &plan, None));
    }
    confirm(args, &plan, context)?;
    let kept = template::write(&plan.folder, &plan.placements, context)?;
    if let Some(existing) = existing {
        warn_of_other(&existing, &plan, context);
    }
    Ok(show::answer(args, &plan, kept.as_deref()))
}

impl InitArgs {
    /// The values that were typed; the last one counts.
    fn values(&self) -> Values {
        self.option.iter().cloned().collect()
    }

    /// Whether questions may be asked.
    fn asks(&self) -> bool {
        !self.yes && !self.dry_run
    }
}

/// Without a terminal everything has to be said beforehand.
fn require_answers(args: &InitArgs, context: &Context) -> Result<()> {
    if (args.asks() && gather::can_ask(context)) || (!args.asks() && args.template.is_some()) {
        return Ok(());
    }
    let why = if args.asks() { "there is no terminal to ask on" } else { "no Template is named" };
    Err(Error::new(ErrorKind::Usage, format!("`devc init` cannot go on: {why}"))
        .hint("Name a Template, and pass --yes to take its defaults: `devc init debian --yes`.")
        .hint("See the Templates that devc has with `devc init --list`."))
}

fn require_consent(args: &InitArgs, existing: &Path) -> Result<()> {
    let question = format!("There is {} already. Go on, and keep a copy of it?", existing.display());
    if args.force || (args.asks() && prompt::confirm(&question, false, "--force")?) {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Usage, format!("{} exists already; nothing was written", existing.display()))
        .hint("Pass --force to replace it: a copy is kept.")
        .hint("Run `devc up` to use it as it is."))
}

/// Shows what will be written and asks; without questions, only --force replaces anything.
fn confirm(args: &InitArgs, plan: &Plan, context: &Context) -> Result<()> {
    if args.asks() {
        context.events.notice(Level::Info, show::overview(plan));
        return match prompt::confirm("Write these files?", true, "--yes")? {
            true => Ok(()),
            false => Err(Error::new(ErrorKind::Interrupted, "nothing was written")),
        };
    }
    let replaced = template::replaced(&plan.placements);
    if args.force || replaced.is_empty() {
        return Ok(());
    }
    let files = replaced.join(", ");
    Err(Error::new(ErrorKind::Usage, format!("files with other content exist already: {files}"))
        .because("nothing was written")
        .hint("Pass --force to replace them: copies are kept.")
        .hint("Leave some out with --omit-path."))
}

/// Of two configurations the one that was meant may not be the one that is used.
fn warn_of_other(existing: &Path, plan: &Plan, context: &Context) {
    let is_written = plan.placements.iter().any(|one| plan.folder.join(&one.entry.path) == existing);
    if !is_written {
        let text = format!(
            "{} is still there. `devc up` takes .devcontainer/devcontainer.json, else .devcontainer.json: remove one.",
            existing.display()
        );
        context.events.notice(Level::Warning, text);
    }
}

fn parse_feature(text: &str) -> Result<(String, Value), String> {
    let (id, options) = text.split_once('=').unwrap_or((text, "{}"));
    let options = serde_json::from_str(options).map_err(|error| {
        format!("the options of a Feature are JSON, such as {{\"version\":\"22\"}} ({error})")
    })?;
    match id.trim() {
        "" => Err("a Feature has an id, such as ghcr.io/devcontainers/features/go:1".to_owned()),
        id => Ok((id.to_owned(), options)),
    }
}
