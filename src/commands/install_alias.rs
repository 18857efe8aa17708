//! `devc install-alias`: the reference CLI's name for `devc`, so that programs that call it find `devc` instead.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::cli::REFERENCE_NAME;
use crate::commands::Context;
use crate::commands::context::Answer;
use crate::error::{Error, ErrorKind, Result};
use crate::event::Level;
use crate::host::{Environment, files};

const EXAMPLES: &str = "\
Examples:
  devc install-alias                  beside devc itself
  devc install-alias ~/.local/bin
  devc install-alias --force          in the place of the reference CLI

It is a symbolic link: remove it, and everything is as before. Under this name `devc` answers --version as the
reference CLI does, and is otherwise the same.";

/// Arguments of `devc install-alias`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct InstallAliasArgs {
    /// Folder for the link [default: the one that devc is in]
    #[arg(value_name = "FOLDER")]
    folder: Option<PathBuf>,
    /// Replace what has that name already
    #[arg(long)]
    force: bool,
}

/// Makes the link, and tells what stands in its way.
pub async fn run(args: &InstallAliasArgs, context: &Context) -> Result<Answer> {
    let environment = &context.environment;
    let program = lasting_path(environment);
    let beside = program.parent().unwrap_or(Path::new("/")).to_owned();
    let folder = args.folder.as_ref().map_or(beside, |folder| environment.absolute(folder));
    let link = folder.join(REFERENCE_NAME);
    if !is_same(&link, &program) {
        if link.symlink_metadata().is_ok() && !args.force {
            return Err(Error::new(ErrorKind::Usage, format!("{} is there already", link.display()))
                .hint("Replace it with --force, or name a folder that comes earlier in PATH."));
        }
        let is_beside = program.parent() == Some(&folder);
        let target = program.file_name().filter(|_| is_beside).map_or(program.clone(), PathBuf::from);
        files::link(&target, &link)?;
    }
    match environment.find_program(REFERENCE_NAME) {
        Some(first) if is_same(&first, &program) => {}
        Some(first) => context.events.notice(
            Level::Warning,
            format!("{} comes first in PATH, so that is what programs find.", first.display()),
        ),
        None => context.events.notice(
            Level::Warning,
            format!("{} is not in PATH, so programs do not find it by its name.", folder.display()),
        ),
    }
    Ok(Answer::Text(format!("{}\n", link.display())))
}

/// Where `devc` is found by its name: package managers put versions into the path of the file itself.
fn lasting_path(environment: &Environment) -> PathBuf {
    let found = environment.find_program("devc").filter(|found| is_same(found, &environment.program));
    found.unwrap_or_else(|| environment.program.clone())
}

fn is_same(one: &Path, other: &Path) -> bool {
    matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}
