//! `devc verify`: proves by builds that a project's image is built well.

mod builds;
mod cache_mounts;
mod context_checks;
mod image_secrets;
mod report;
mod subject;

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::PossibleValue;
use clap::{Args, ValueEnum};

use crate::commands::Context;
use crate::commands::context::Answer;
use crate::commands::options::{
    BuildOptionArgs, EngineArgs, FeatureArgs, LockfileArgs, RegistryArgs, TrustArgs, WorkspaceArgs,
};
use crate::error::Result;
use crate::ui::Table;
use crate::verify::{Check, Limits, Row};

use builds::Builds;
use subject::Subject;

const EXAMPLES: &str = "\
Examples:
  devc verify                                   all checks on the Dockerfile of devcontainer.json, else ./Dockerfile
  devc verify --dockerfile api/Dockerfile --target dev
  devc verify --skip image-secrets,parallel --max-rebuild 10
  devc verify --only context-size,context-reduction,context-secrets      without an engine, in no time
  devc verify --json | jq -r '.checks[] | select(.verdict == \"failed\") | .name'

The image is built several times from a copy of the build context, with one file changed at a time; your own files
stay as they are, and no image is kept. Exit code 1 if a check failed.";

/// Arguments of `devc verify`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct VerifyArgs {
    /// Dockerfile to verify, whatever devcontainer.json says
    #[arg(long, value_name = "FILE", conflicts_with_all = ["config", "config_name"])]
    dockerfile: Option<PathBuf>,
    /// Build context of --dockerfile [default: its folder]
    #[arg(long, value_name = "FOLDER", requires = "dockerfile")]
    context: Option<PathBuf>,
    /// Stage of --dockerfile to build [default: the last]
    #[arg(long, value_name = "STAGE", requires = "dockerfile")]
    target: Option<String>,
    /// Make these checks only (repeatable)
    #[arg(
        long,
        value_name = "CHECKS",
        value_delimiter = ',',
        help_heading = "Checks",
        hide_possible_values = true
    )]
    only: Vec<Check>,
    /// Leave these checks out (repeatable)
    #[arg(
        long,
        value_name = "CHECKS",
        value_delimiter = ',',
        help_heading = "Checks",
        hide_possible_values = true
    )]
    skip: Vec<Check>,
    /// List the checks and make none
    #[arg(long, help_heading = "Checks")]
    list: bool,
    /// Seconds that a rebuild has to stay below
    #[arg(long, value_name = "SECONDS", default_value_t = 30.0, value_parser = parse_number, help_heading = "Limits")]
    max_rebuild: f64,
    /// Percentage of steps that has to be cached when nothing has changed
    #[arg(long, value_name = "PERCENT", default_value_t = 80.0, value_parser = parse_number, help_heading = "Limits")]
    min_cached: f64,
    /// Megabytes that the build context has to stay below
    #[arg(long, value_name = "MB", default_value_t = 50.0, value_parser = parse_number, help_heading = "Limits")]
    max_context: f64,
    /// Percentage of the folder that .dockerignore has to leave out
    #[arg(long, value_name = "PERCENT", default_value_t = 70.0, value_parser = parse_number, help_heading = "Limits")]
    min_reduction: f64,
    /// Stages that have to run at the same time, where so many are independent
    #[arg(long, value_name = "N", default_value_t = 4, help_heading = "Limits")]
    min_parallel: usize,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    workspace: WorkspaceArgs,
    #[command(flatten)]
    build: BuildOptionArgs,
    #[command(flatten)]
    features: FeatureArgs,
    #[command(flatten)]
    lockfile: LockfileArgs,
    #[command(flatten)]
    registry: RegistryArgs,
    #[command(flatten)]
    trust: TrustArgs,
    #[command(flatten)]
    engine: EngineArgs,
}

impl ValueEnum for Check {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.name()).help(self.description()))
    }
}

/// A number that is not negative.
fn parse_number(text: &str) -> std::result::Result<f64, String> {
    let number = text.parse::<f64>().ok().filter(|number| number.is_finite() && *number >= 0.0);
    number.ok_or_else(|| "write a number that is not negative".to_owned())
}

/// Makes the checks, and says what came of them.
pub async fn run(args: &VerifyArgs, context: &Context) -> Result<Answer> {
    if args.list {
        return Ok(Answer::Text(list(context)));
    }
    let wanted = args.wanted();
    let subject = Subject::gather(args, context).await?;
    let files = context_checks::ContextChecks::gather(&subject)?;
    let mut rows = files.rows(&args.limits(), &wanted)?;
    if wanted.iter().any(|check| check.needs_engine()) {
        rows.extend(Builds::new(args, &subject, &files, context)?.rows(&wanted).await?);
    }
    rows.retain(|row| wanted.contains(&row.check));
    rows.sort_by_key(|row| row.check);
    Ok(args.answer(&subject, &rows, context))
}

fn list(context: &Context) -> String {
    let mut table = Table::new(["CHECK", "WHAT IT IS ABOUT"]);
    for check in Check::ALL {
        table.row([check.name(), check.description()]);
    }
    table.render(context.columns)
}

impl VerifyArgs {
    /// What builds are given secretly.
    pub fn build_secrets(&self) -> &crate::commands::BuildSecretArgs {
        &self.build.secrets
    }

    fn wanted(&self) -> Vec<Check> {
        let is_wanted =
            |check: &Check| (self.only.is_empty() || self.only.contains(check)) && !self.skip.contains(check);
        Check::ALL.into_iter().filter(is_wanted).collect()
    }

    fn limits(&self) -> Limits {
        Limits {
            rebuild: Duration::try_from_secs_f64(self.max_rebuild).unwrap_or(Duration::MAX),
            cached: self.min_cached,
            context: (self.max_context * 1e6) as u64,
            reduction: self.min_reduction,
            parallel: self.min_parallel,
        }
    }

    fn answer(&self, subject: &Subject, rows: &[Row], context: &Context) -> Answer {
        let code = u8::from(report::has_failed(rows));
        let text = match self.json {
            true => format!("{}\n", report::to_json(subject, rows)),
            false => report::to_text(rows, context.columns),
        };
        Answer::Report(text, code)
    }
}
