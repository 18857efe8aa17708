//! `devc volume`: what outlives dev containers. One file per verb below it.

mod backup;
mod backups;
mod clean;
mod clone;
mod consent;
mod diff;
mod export;
mod hold;
mod import;
mod init;
mod list;
mod measure;
mod menu;
mod optimize;
mod prune;
mod pull;
mod push;
mod restore;
mod resume;
mod status;
mod stored;
mod survey;
mod undo;
mod verify;
mod way_back;

use clap::{Args, CommandFactory, FromArgMatches, Subcommand};

pub(super) use way_back::WayBackArgs;

use crate::cli::Cli;
use crate::commands::Context;
use crate::commands::context::Answer;
use crate::commands::gather::can_ask;
use crate::commands::options::EngineArgs;
use crate::error::{Error, ErrorKind, Result};

const EXAMPLES: &str = "\
Examples:
  devc volume list                 the caches of all projects, and who uses them
  devc volume status               how much is in them, and what could be freed
  devc volume optimize --dry-run   what could go from caches without harm
  devc volume prune                remove the volumes of projects that are gone
  devc volume backup NAME          write what is in a volume into a file
  devc volume restore NAME         put it back
  devc volume push NAME REF        share its content through a registry
  devc volume undo                 put back what was last removed or replaced
  devc volume                      choose from a menu
  devc volume init                 give the caches of this project to its remote user again";

/// Arguments of `devc volume`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct VolumeArgs {
    #[command(subcommand)]
    verb: Option<VolumeVerb>,
    #[command(flatten)]
    engine: EngineArgs,
}

/// What to do with volumes.
#[derive(Debug, Subcommand)]
pub enum VolumeVerb {
    /// List the volumes that dev containers keep, and who uses them
    #[command(visible_alias = "ls")]
    List(list::ListArgs),
    /// Show how much is in them, how they grow, and what could be freed
    Status(status::StatusArgs),
    /// Give the caches of a running dev container to its remote user
    Init(Box<init::InitArgs>),
    /// Write the content of volumes into files
    Backup(backup::BackupArgs),
    /// Prove that backups are whole
    Verify(verify::VerifyArgs),
    /// Put the content of a backup into a volume
    Restore(restore::RestoreArgs),
    /// List backups; on request remove old ones
    Backups(backups::BackupsArgs),
    /// Put back what was last removed or replaced
    Undo(undo::UndoArgs),
    /// Write the content of a volume as an archive for other tools
    Export(export::ExportArgs),
    /// Take an archive of any tool into a volume
    Import(import::ImportArgs),
    /// Copy a volume
    Clone(clone::CloneArgs),
    /// Give a volume another name
    Rename(clone::RenameArgs),
    /// Show what differs between volumes and backups
    Diff(diff::DiffArgs),
    /// Send the content of a volume to a registry
    Push(push::PushArgs),
    /// Put what a registry has into a volume
    Pull(pull::PullArgs),
    /// Remove temporary files, logs and what nobody has used for long
    Optimize(optimize::OptimizeArgs),
    /// Remove everything in volumes, and keep the volumes
    Clean(clean::CleanArgs),
    /// Remove the volumes of projects that are gone
    Prune(prune::PruneArgs),
    /// Let containers go on that a killed run has left still
    #[command(hide = true)]
    Resume(resume::ResumeArgs),
}

/// Does it; without a verb, lets somebody choose, or helps where nobody is there to.
pub async fn run(args: &VolumeArgs, context: &Context) -> Result<Answer> {
    match &args.verb {
        Some(verb) => dispatch(verb, context).await,
        None if !can_ask(context) => Ok(Answer::Text(help())),
        None => match menu::choose(&context.engine(&args.engine)?, context).await? {
            Some(words) => dispatch(&parse(&words)?, context).await,
            None => {
                Ok(Answer::Text("Nothing was chosen. `devc volume list` shows what there is.\n".to_owned()))
            }
        },
    }
}

async fn dispatch(verb: &VolumeVerb, context: &Context) -> Result<Answer> {
    match verb {
        VolumeVerb::List(args) => list::run(args, context).await,
        VolumeVerb::Status(args) => status::run(args, context).await,
        VolumeVerb::Init(args) => init::run(args, context).await,
        VolumeVerb::Backup(args) => backup::run(args, context).await,
        VolumeVerb::Verify(args) => verify::run(args, context).await,
        VolumeVerb::Restore(args) => restore::run(args, context).await,
        VolumeVerb::Backups(args) => backups::run(args, context),
        VolumeVerb::Undo(args) => undo::run(args, context).await,
        VolumeVerb::Export(args) => export::run(args, context).await,
        VolumeVerb::Import(args) => import::run(args, context).await,
        VolumeVerb::Clone(args) => clone::run(args, context).await,
        VolumeVerb::Rename(args) => clone::rename(args, context).await,
        VolumeVerb::Diff(args) => diff::run(args, context).await,
        VolumeVerb::Push(args) => push::run(args, context).await,
        VolumeVerb::Pull(args) => pull::run(args, context).await,
        VolumeVerb::Optimize(args) => optimize::run(args, context).await,
        VolumeVerb::Clean(args) => clean::run(args, context).await,
        VolumeVerb::Prune(args) => prune::run(args, context).await,
        VolumeVerb::Resume(args) => resume::run(args, context).await,
    }
}

/// What was chosen means what it would mean if it had been typed.
fn parse(words: &[String]) -> Result<VolumeVerb> {
    let command = VolumeVerb::augment_subcommands(clap::Command::new("volume").no_binary_name(true));
    let matches = command.try_get_matches_from(words);
    matches.and_then(|matches| VolumeVerb::from_arg_matches(&matches)).map_err(|error| {
        Error::new(ErrorKind::Usage, "the menu made a command that does not exist").because(error.to_string())
    })
}

fn help() -> String {
    let mut command = Cli::command();
    command.build();
    let volume = command.find_subcommand_mut("volume").map(|volume| volume.render_help().to_string());
    volume.unwrap_or_default()
}
