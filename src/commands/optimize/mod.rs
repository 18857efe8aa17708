//! `devc optimize`: what a Dockerfile's owner could do for faster builds, and a patch for what is proven or accepted.

mod measured;
mod proof;
mod report;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::PossibleValuesParser;

use crate::archive::{Content, Entry};
use crate::commands::Context;
use crate::commands::context::Answer;
use crate::commands::options::{BuildSecretArgs, EngineArgs, TrustArgs};
use crate::commands::{gather, template};
use crate::error::{Error, ErrorKind, Result};
use crate::execute;
use crate::host::{Tree, files};
use crate::recipe::advice::{Advice, Build, Measured, OFFERED, Remedy, advise};
use crate::stack::{Tables, detect};
use crate::ui::{self, prompt};
use proof::Proof;

const EXAMPLES: &str = "\
Examples:
  devc optimize                      what makes builds of this Dockerfile slow, and what to do
  devc optimize --diff | git apply   the part that is proven to give the same image, as a patch
  devc optimize --apply              write it; a copy of the old file is kept
  devc optimize --accept devc/cache-mount,DL3009 --diff      with edits that make another image
  devc optimize --prove              build both, before and after: times, sizes, and whether the images are the same
  devc optimize --file docker/api.Dockerfile --json

By itself the patch has only what gives the same image but for the order of its layers, such as what is installed coming
before the source that it does not need. What makes another image is offered, and taken with --accept. What devc cannot
do is said and left to you. Rules named DL are those of hadolint. `devc build` and `devc up` give installs caches by
themselves (see `devc build --explain`); `devc generate` writes a whole Dockerfile.

--prove builds from a copy of the build context, without those caches, and keeps no image: cold, after an edit of a source
file, after an edit of a dependency, before and after in turn. Exit code 1 if the images differ though nothing was accepted.";

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
    /// Take the edits of these rules, too, which make another image (repeatable)
    #[arg(long, value_name = "RULE", value_delimiter = ',', value_parser = PossibleValuesParser::new(OFFERED))]
    accept: Vec<String>,
    /// Show the improved files as a patch
    #[arg(long, conflicts_with_all = ["apply", "json"])]
    diff: bool,
    /// Write the improved files
    #[arg(long)]
    apply: bool,
    /// Build both Dockerfiles, and compare times and images
    #[arg(long, conflicts_with_all = ["apply", "diff"])]
    prove: bool,
    /// How often each is built for --prove; medians are told
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..), requires = "prove")]
    rounds: u16,
    /// Stage to build for --prove [default: the last]
    #[arg(long, value_name = "STAGE", requires = "prove")]
    target: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    secrets: BuildSecretArgs,
    #[command(flatten)]
    trust: TrustArgs,
    #[command(flatten)]
    engine: EngineArgs,
}

impl OptimizeArgs {
    /// Whether images are built.
    pub fn proves(&self) -> bool {
        self.prove
    }

    /// What builds are given secretly.
    pub fn build_secrets(&self) -> &BuildSecretArgs {
        &self.secrets
    }
}

/// The files that the advice is about, as they are.
struct Subject {
    root: PathBuf,
    tree: Tree,
    /// The Dockerfile, from `root` on.
    file: String,
    dockerfile: String,
    /// The `.dockerignore` in force, or the one that would be.
    ignore_file: String,
    ignored: String,
}

/// Looks at the Dockerfile and the repository.
pub async fn run(args: &OptimizeArgs, context: &Context) -> Result<Answer> {
    let subject = Subject::read(args, context)?;
    let measured = measured::before(&subject.root, &subject.root.join(&subject.file), context);
    let mut advice = subject.advice(&args.accept, &measured)?;
    if args.prove {
        return prove(args, &subject, &advice, context).await;
    }
    if args.apply && args.accept.is_empty() && !args.json && gather::can_ask(context) {
        advice = subject.advice(&ask(&advice)?, &measured)?;
    }
    let edits = subject.edits(&advice);
    if args.diff {
        return Ok(Answer::Text(patch(&edits, context)));
    }
    let kept = if args.apply { write(&subject.root, &edits, context)? } else { None };
    if args.json {
        return Ok(Answer::Json(report::to_json(args, &advice, &edits, None)));
    }
    let mut told = report::to_text(args, &advice, &edits);
    if let Some(kept) = kept {
        told.push_str(&format!("The old files are in {}\n", kept.display()));
    }
    Ok(Answer::Text(told))
}

/// Builds both, and tells with the times of the steps what each edit saves.
async fn prove(args: &OptimizeArgs, subject: &Subject, advice: &Advice, context: &Context) -> Result<Answer> {
    if subject.edits(advice).is_empty() {
        return Err(Error::new(ErrorKind::Usage, "there is nothing to prove")
            .because(format!("devc changes nothing of {} by itself", args.file))
            .hint("See what it offers: `devc optimize`."));
    }
    let proof = Proof::of(args, subject, advice, context).await?;
    let advice = subject.advice(&args.accept, &proof.measured)?;
    let edits = subject.edits(&advice);
    let text = match args.json {
        true => format!("{}\n", report::to_json(args, &advice, &edits, Some(&proof))),
        false => report::to_text(args, &advice, &edits) + &report::proof_to_text(&proof, context.columns),
    };
    let is_broken = args.accept.is_empty() && !proof.differences.is_empty();
    Ok(Answer::Report(text, u8::from(is_broken)))
}

/// A file that becomes another one.
struct Edited<'a> {
    path: &'a str,
    old: &'a str,
    new: &'a str,
}

impl Subject {
    fn read(args: &OptimizeArgs, context: &Context) -> Result<Self> {
        let environment = &context.environment;
        let given = args.workspace_folder.as_ref();
        let root = given.map_or(environment.current_dir.clone(), |path| environment.absolute(path));
        let dockerfile = files::read_optional(&root.join(&args.file))?.ok_or_else(|| missing(&args.file))?;
        // BuildKit takes the one that is named after the Dockerfile, where there is one.
        let own = format!("{}.dockerignore", args.file);
        let ignore_file = if root.join(&own).is_file() { own } else { ".dockerignore".to_owned() };
        let ignored = files::read_optional(&root.join(&ignore_file))?.unwrap_or_default();
        let tree = context.walk(&root)?;
        Ok(Self { root, tree, file: args.file.clone(), dockerfile, ignore_file, ignored })
    }

    fn advice(&self, accepted: &[String], measured: &[Measured]) -> Result<Advice> {
        let tables = Tables::embedded()?;
        advise(&Build {
            dockerfile: &self.dockerfile,
            ignore_file: &self.ignored,
            repository: &self.tree,
            stacks: &detect(&tables, &self.tree),
            tables: &tables,
            accepted,
            measured,
        })
    }

    fn edits<'a>(&'a self, advice: &'a Advice) -> Vec<Edited<'a>> {
        let dockerfile = Edited { path: &self.file, old: &self.dockerfile, new: &advice.improved };
        let ignored = Edited { path: &self.ignore_file, old: &self.ignored, new: &advice.ignore_file };
        [dockerfile, ignored].into_iter().filter(|edited| edited.old != edited.new).collect()
    }
}

fn missing(file: &str) -> Error {
    Error::new(ErrorKind::NotFound, format!("there is no {file}"))
        .hint("Name another one with --file PATH.")
        .hint("Let devc write one: `devc generate`.")
}

/// Lets somebody choose among the edits that make another image.
fn ask(advice: &Advice) -> Result<Vec<String>> {
    let offered = advice.findings.iter().filter(|finding| matches!(finding.remedy, Remedy::Offered { .. }));
    let rules: Vec<&str> = offered.map(|finding| finding.rule).collect::<BTreeSet<_>>().into_iter().collect();
    if rules.is_empty() {
        return Ok(Vec::new());
    }
    let question = "Which of these, which make another image? (space marks, enter goes on)";
    let marked = prompt::mark(question, &rules, false, "--accept RULE")?;
    Ok(marked.into_iter().map(|at| rules[at].to_owned()).collect())
}

fn patch(edits: &[Edited<'_>], context: &Context) -> String {
    let palette = &context.result_palette;
    edits.iter().map(|edited| ui::unified_diff(edited.path, edited.old, edited.new, palette)).collect()
}

/// Writes the files; copies of the old ones are kept in the folder that is returned.
fn write(root: &Path, edits: &[Edited<'_>], context: &Context) -> Result<Option<PathBuf>> {
    let entry = |edited: &Edited<'_>| Entry {
        path: edited.path.to_owned(),
        mode: 0o644,
        content: Content::File(edited.new.as_bytes().to_vec()),
    };
    template::write(root, &execute::survey(root, edits.iter().map(entry).collect())?, context)
}
