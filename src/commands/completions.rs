//! `devc completions`: what a shell needs to complete our words.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use crate::cli::Cli;
use crate::commands::context::Answer;
use crate::error::{Error, ErrorKind, Result};

const EXAMPLES: &str = "\
Examples:
  source <(devc completions bash)      in ~/.bashrc
  devc completions zsh > \"${fpath[1]}/_devc\"
  devc completions fish > ~/.config/fish/completions/devc.fish
  devc completions powershell | Out-String | Invoke-Expression";

/// Arguments of `devc completions`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_enum, value_name = "SHELL")]
    shell: Shell,
}

/// Prints the script.
pub fn run(args: &CompletionsArgs) -> Result<Answer> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "devc", &mut script);
    let script = String::from_utf8(script)
        .map_err(|error| Error::new(ErrorKind::Host, "the completions are no text").because(error))?;
    Ok(Answer::Text(script))
}
