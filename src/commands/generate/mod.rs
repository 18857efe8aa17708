//! `devc generate`: files that build a repository's images, kept in step with it.

mod choices;
mod draft;
mod project;
mod show;

use std::path::{Path, PathBuf};

use clap::Args;

use crate::archive::{Content, Entry};
use crate::commands::Context;
use crate::commands::context::Answer;
use crate::commands::{gather, template};
use crate::error::{Error, ErrorKind, Result};
use crate::event::Level;
use crate::execute;
use crate::stack::{Tables, detect};
use crate::ui::prompt;
use choices::Choices;
use draft::{Draft, State};
use project::Project;

const EXAMPLES: &str = "\
Examples:
  devc generate                            write Dockerfile, .dockerignore and compose.devc.yaml
  devc generate --base-image debian:12     all stages from one image, with Debian's packages
  devc generate --diff                     show what would change, and write nothing
  devc generate --check                    in CI: exit code 1 when a file is stale
  devc generate --output /tmp/look         write them elsewhere, to compare

The files are yours. Each generated section stands between two marks:

  # >>> devc: base 3f2a9c01
  ...
  # <<< devc: base

Run `devc generate` again when manifests, lockfiles or devc change. All that stands outside of
the marks stays, and so does the order of the sections. A section that you edited stays and is
named; --force writes it anew. A section that you removed stays away; write its two marks again,
without the hash, to get it back where you want it. Options are remembered in the files. A file
without marks is replaced only with your consent, and a copy of it is kept.";

/// Arguments of `devc generate`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct GenerateArgs {
    /// Folder of the project [default: the current folder]
    #[arg(long, value_name = "PATH", env = "DEVC_WORKSPACE_FOLDER")]
    workspace_folder: Option<PathBuf>,
    /// Folder to write to [default: that of the project]
    #[arg(long, value_name = "FOLDER")]
    output: Option<PathBuf>,
    /// One image like Debian for all stages; tools come as Debian packages. Empty for the official images
    #[arg(long, value_name = "IMAGE", value_parser = choices::parse_image)]
    base_image: Option<String>,
    /// Name of the user in the images [default: dev]
    #[arg(long, value_name = "NAME", value_parser = choices::parse_user)]
    target_user: Option<String>,
    /// Give installs a login, as a build secret; by itself where the repository has a file for it, such as .npmrc
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", value_name = "BOOL")]
    private_packages: Option<bool>,
    /// Write nothing; exit with 1 when a file is stale
    #[arg(long, conflicts_with_all = ["force", "dry_run"])]
    check: bool,
    /// Write nothing; show what would change
    #[arg(long)]
    diff: bool,
    /// Write nothing; tell what would be written
    #[arg(long)]
    dry_run: bool,
    /// Replace files that devc did not make, and write edited and removed sections anew; copies are kept
    #[arg(long)]
    force: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What there is to write, and where.
struct Plan {
    folder: PathBuf,
    drafts: Vec<Draft>,
}

/// Looks at the repository, decides, and writes; asks no engine.
pub fn run(args: &GenerateArgs, context: &Context) -> Result<Answer> {
    let environment = &context.environment;
    let place = |path: &Option<PathBuf>| path.as_ref().map(|path| environment.absolute(path));
    let root = place(&args.workspace_folder).unwrap_or_else(|| environment.current_dir.clone());
    let folder = place(&args.output).unwrap_or_else(|| root.clone());
    let plan = plan(args, &root, folder, context)?;
    for sentence in plan.drafts.iter().flat_map(show::remarks) {
        context.events.notice(Level::Warning, sentence);
    }
    if args.check || args.diff || args.dry_run {
        return Ok(show::preview(args, &plan, context));
    }
    require_consent(args, &plan, context)?;
    let kept = write(&plan, context)?;
    Ok(show::written(args, &plan, kept.as_deref()))
}

fn plan(args: &GenerateArgs, root: &Path, folder: PathBuf, context: &Context) -> Result<Plan> {
    let project = Project::read(root, context)?;
    let tables = Tables::embedded()?;
    let stacks = detect(&tables, &project.tree);
    if stacks.is_empty() {
        return Err(nothing_to_build(root));
    }
    let there = draft::There::read(&folder)?;
    let choices = Choices::remembered(&there).with(args);
    let drafts = draft::all(&draft::Request {
        tables: &tables,
        stacks: &stacks,
        project: &project,
        there: &there,
        choices: &choices,
        force: args.force,
        has_configuration: gather::configuration_in(&folder).is_some(),
    })?;
    Ok(Plan { folder, drafts })
}

fn nothing_to_build(root: &Path) -> Error {
    let summary = format!("no ecosystem that devc knows was found in {}", root.display());
    Error::new(ErrorKind::NotFound, summary)
        .hint("Run it where manifests such as package.json, pyproject.toml or Cargo.toml are, or above.")
        .hint("Begin with a Template instead: `devc init`.")
}

/// Files that somebody wrote are replaced only when somebody says so.
fn require_consent(args: &GenerateArgs, plan: &Plan, context: &Context) -> Result<()> {
    let foreign: Vec<&str> =
        plan.drafts.iter().filter(|draft| draft.state == State::Foreign).map(|draft| draft.path).collect();
    if foreign.is_empty() || args.force {
        return Ok(());
    }
    let files = foreign.join(", ");
    let question = format!("Not made by devc: {files}. Replace, and keep copies?");
    if gather::can_ask(context) && prompt::confirm(&question, false, "--force")? {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Usage, format!("files that devc did not make are there already: {files}"))
        .because("nothing was written")
        .hint("Look at what would come with `devc generate --diff`, or write it elsewhere with --output FOLDER.")
        .hint("Pass --force to replace them: copies are kept."))
}

/// Writes what is new or different. Returns where copies of replaced files are, if somebody's own words were replaced.
fn write(plan: &Plan, context: &Context) -> Result<Option<PathBuf>> {
    let entry = |draft: &Draft| Entry {
        path: draft.path.to_owned(),
        mode: 0o644,
        content: Content::File(draft.text.clone().into_bytes()),
    };
    let entries = plan.drafts.iter().filter(|draft| draft.is_written()).map(entry).collect();
    crate::host::files::create_folder(&plan.folder)?;
    let placements = execute::survey(&plan.folder, entries)?;
    let kept = template::write(&plan.folder, &placements, context)?;
    Ok(kept.filter(|_| plan.drafts.iter().any(Draft::replaces_own_words)))
}
