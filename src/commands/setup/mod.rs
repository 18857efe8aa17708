//! `devc setup`: prepares this machine for fast builds, and takes that back.

mod builder;
mod helper;
mod profile;

use clap::builder::PossibleValue;
use clap::{Args, ValueEnum};

use crate::commands::Context;
use crate::commands::context::Answer;
use crate::commands::gather;
use crate::commands::options::EngineArgs;
use crate::error::{Error, ErrorKind, Result};
use crate::setup::Shell;
use crate::ui;

use builder::BuilderStep;
use helper::HelperStep;
use profile::ProfileStep;

const EXAMPLES: &str = "\
Examples:
  devc setup --dry-run                      say what would change
  devc setup                                variables in your shell's profile, and a builder called devc; asks first
  devc setup --yes --no-builder             the variables only, without a question
  devc setup --builder-image registry.example/moby/buildkit:v0.13.2
  devc setup --undo                         take all of it back

The variables stand in one marked block. The builder bounds how much runs at once and how much cache it keeps; it is
used where you ask for it: `docker buildx use devc`, or BUILDX_BUILDER=devc. `devc doctor` tells what is there.

This is about your machine. For a container that is already running there is `devc set-up`.";

/// Arguments of `devc setup`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct SetupArgs {
    /// Take back what an earlier run has changed
    #[arg(long)]
    undo: bool,
    /// Say what would change, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
    /// Shell whose profile gets the variables [default: the one in $SHELL]
    #[arg(long, value_name = "SHELL", help_heading = "Variables")]
    shell: Option<Shell>,
    /// Set no variables
    #[arg(long, conflicts_with = "shell", help_heading = "Variables")]
    no_variables: bool,
    /// How builds report by default (BUILDKIT_PROGRESS); auto sets nothing
    #[arg(long, value_name = "HOW", default_value = "plain", value_parser = ["plain", "tty", "auto"], help_heading = "Variables")]
    progress: String,
    /// Make no builder
    #[arg(long, help_heading = "Builder")]
    no_builder: bool,
    /// Name of the builder
    #[arg(long, value_name = "NAME", default_value = "devc", help_heading = "Builder")]
    builder: String,
    /// Image of the builder, where moby/buildkit cannot be fetched
    #[arg(long, value_name = "IMAGE", help_heading = "Builder")]
    builder_image: Option<String>,
    /// Steps that the builder runs at the same time
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..), help_heading = "Builder")]
    max_parallelism: u32,
    /// Gigabytes of cache that the builder keeps
    #[arg(long, value_name = "GB", default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..), help_heading = "Builder")]
    cache_size: u64,
    #[command(flatten)]
    engine: EngineArgs,
}

impl ValueEnum for Shell {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.name()))
    }
}

/// Decides, asks, does.
pub async fn run(args: &SetupArgs, context: &Context) -> Result<Answer> {
    let profiles = match args.undo {
        true => ProfileStep::all_to_undo(context)?,
        false => ProfileStep::to_do(args, context)?.into_iter().collect(),
    };
    let builder = match args.undo {
        true => BuilderStep::to_undo(context)?,
        false => BuilderStep::to_do(args, context).await?,
    };
    let helper = match args.undo {
        true => HelperStep::to_undo(args, context).await,
        false => None,
    };
    let sentences = profiles.iter().map(ProfileStep::sentence);
    let sentences = sentences.chain(builder.iter().map(BuilderStep::sentence));
    let sentences = sentences.chain(helper.iter().map(HelperStep::sentence));
    let plan: String = sentences.map(|sentence| format!("{sentence}\n")).collect();
    if plan.is_empty() {
        return Ok(Answer::Text("There is nothing to change.\n".to_owned()));
    }
    if args.dry_run {
        return Ok(Answer::Text(plan));
    }
    if !args.yes {
        consent(&plan, context)?;
    }
    profiles.iter().try_for_each(ProfileStep::carry_out)?;
    let mut done: String = profiles.iter().map(|step| format!("{}\n", step.sentence())).collect();
    if let Some(builder) = &builder
        && builder.carry_out(args, context).await?
    {
        done += &format!("{}\n", builder.sentence());
    }
    if let Some(helper) = &helper {
        helper.carry_out().await?;
        done += &format!("{}\n", helper.sentence());
    }
    Ok(Answer::Text(done))
}

fn consent(plan: &str, context: &Context) -> Result<()> {
    if gather::can_ask(context) {
        context.events.notice(crate::event::Level::Info, plan.trim_end());
    }
    match ui::confirm("Make these changes?", true, "--yes")? {
        true => Ok(()),
        false => Err(Error::new(ErrorKind::Interrupted, "Nothing was changed")),
    }
}
