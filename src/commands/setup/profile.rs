//! The block of variables in a shell's profile.

use std::path::{Path, PathBuf};

use super::SetupArgs;
use crate::commands::Context;
use crate::error::{Error, ErrorKind, Result};
use crate::host::files;
use crate::setup::{Homes, Shell, Without, with_block, without_block};

/// A change to a profile.
pub(super) struct ProfileStep {
    path: PathBuf,
    /// What the file will hold; `None` when it goes.
    text: Option<String>,
    undo: bool,
}

impl ProfileStep {
    /// The block for the user's shell; `None` when all is as it should be.
    pub fn to_do(args: &SetupArgs, context: &Context) -> Result<Option<Self>> {
        if args.no_variables {
            return Ok(None);
        }
        let shell = args.shell.map_or_else(|| shell_of(context), Ok)?;
        let path = shell.profile(homes(context)?);
        let old = files::read_optional(&path)?;
        let text = with_block(old.as_deref(), &shell.exports(&variables(args)));
        let is_news = old.as_deref() != Some(&text);
        Ok(is_news.then_some(Self { path, text: Some(text), undo: false }))
    }

    /// The blocks in the profiles of all shells: somebody may have changed theirs.
    pub fn all_to_undo(context: &Context) -> Result<Vec<Self>> {
        let homes = homes(context)?;
        let paths = Shell::ALL.map(|shell| shell.profile(homes));
        let steps = paths.into_iter().map(|path| {
            let text = match files::read_optional(&path)?.as_deref().map(without_block) {
                None | Some(Without::Unchanged) => return Ok(None),
                Some(Without::Rest(text)) => Some(text),
                Some(Without::NoFile) => None,
            };
            Ok(Some(Self { path, text, undo: true }))
        });
        steps.filter_map(Result::transpose).collect()
    }

    /// What it does.
    pub fn sentence(&self) -> String {
        let path = self.path.display();
        match (self.undo, &self.text) {
            (false, _) => format!("Set DOCKER_BUILDKIT and related variables in {path}."),
            (true, Some(_)) => format!("Remove the variables from {path}."),
            (true, None) => format!("Remove {path}, which holds nothing but the variables."),
        }
    }

    /// Does it.
    pub fn carry_out(&self) -> Result<()> {
        match &self.text {
            Some(text) => {
                files::create_folder(self.path.parent().unwrap_or(Path::new("/")))?;
                files::write(&self.path, text.as_bytes())
            }
            None => files::remove_file(&self.path),
        }
    }
}

/// What makes docker and compose build with BuildKit, also where they are old.
fn variables(args: &SetupArgs) -> Vec<(&str, &str)> {
    let always = [("DOCKER_BUILDKIT", "1"), ("COMPOSE_DOCKER_CLI_BUILD", "1")];
    let progress = (args.progress != "auto").then_some(("BUILDKIT_PROGRESS", args.progress.as_str()));
    always.into_iter().chain(progress).collect()
}

fn shell_of(context: &Context) -> Result<Shell> {
    let Some(program) = context.environment.get_non_empty("SHELL") else { return Ok(Shell::Posix) };
    Shell::of(program).ok_or_else(|| {
        Error::new(ErrorKind::Unsupported, format!("devc does not know how {program} sets variables"))
            .hint("Name another shell that you use with --shell, or set no variables with --no-variables.")
    })
}

fn homes(context: &Context) -> Result<Homes<'_>> {
    let environment = &context.environment;
    let home = environment.home.as_deref().ok_or_else(|| {
        Error::new(ErrorKind::Host, "There is no home folder, and so no profile").hint("Set HOME.")
    })?;
    let folder = |name| environment.get_non_empty(name).map(Path::new);
    Ok(Homes { home, zsh: folder("ZDOTDIR"), config: folder("XDG_CONFIG_HOME") })
}
