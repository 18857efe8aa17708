//! `devc man`: the manual pages, made from the command line.

use std::path::PathBuf;

use clap::builder::Resettable;
use clap::{Args, Command, CommandFactory};
use clap_mangen::Man;

use crate::cli::Cli;
use crate::commands::Context;
use crate::commands::context::Answer;
use crate::error::{Error, ErrorKind, Result};
use crate::host::files;

const EXAMPLES: &str = "\
Examples:
  devc man | man -l -                  read the page of devc
  devc man volume backup | man -l -    and that of a verb
  devc man --out ~/.local/share/man/man1";

/// Arguments of `devc man`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct ManArgs {
    /// The verb whose page is printed [default: devc itself]
    #[arg(value_name = "VERB", conflicts_with = "out")]
    verb: Vec<String>,
    /// Write the pages of all verbs into this folder
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// Prints a page, or writes them all and names them.
pub fn run(args: &ManArgs, context: &Context) -> Result<Answer> {
    let mut command = Cli::command();
    command.build();
    let Some(folder) = &args.out else { return page(find(&command, &args.verb)?).map(Answer::Text) };
    let folder = context.environment.absolute(folder);
    files::create_folder(&folder)?;
    let mut written = String::new();
    for command in with_verbs(&command) {
        let path = folder.join(format!("{}.1", name(command)));
        files::write(&path, page(command)?.as_bytes())?;
        written += &format!("{}\n", path.display());
    }
    Ok(Answer::Text(written))
}

fn find<'a>(command: &'a Command, verb: &[String]) -> Result<&'a Command> {
    verb.iter().try_fold(command, |command, word| {
        command.find_subcommand(word).ok_or_else(|| {
            Error::new(
                ErrorKind::Usage,
                format!("{} has no verb {word}", command.get_bin_name().unwrap_or("devc")),
            )
            .hint("List the verbs with `devc --help`.")
        })
    })
}

/// A command and all below it, but for the built-in help.
fn with_verbs(command: &Command) -> Vec<&Command> {
    let is_typed = |verb: &&Command| verb.get_name() != "help" && !verb.is_hide_set();
    let below = command.get_subcommands().filter(is_typed);
    std::iter::once(command).chain(below.flat_map(with_verbs)).collect()
}

/// As manual pages are called: `devc-volume-list`.
fn name(command: &Command) -> String {
    command.get_bin_name().unwrap_or(command.get_name()).replace(' ', "-")
}

fn page(command: &Command) -> Result<String> {
    let failed = || Error::new(ErrorKind::Host, format!("the page of {} cannot be made", name(command)));
    let source = concat!("devc ", env!("CARGO_PKG_VERSION"));
    let man = Man::new(command.clone().after_help(Resettable::Reset)).title(name(command)).source(source);
    let mut page = Vec::new();
    man.render(&mut page).map_err(|error| failed().because(error))?;
    let page = String::from_utf8(page).map_err(|error| failed().because(error))?;
    let more = command.get_after_help().map(|text| examples(&text.to_string())).unwrap_or_default();
    Ok(page + &more)
}

/// The examples, whose lines stay as they are, and the paragraphs after them; the generator would fill all of it.
fn examples(text: &str) -> String {
    let (examples, paragraphs) = text.split_once("\n\n").unwrap_or((text, ""));
    let examples: String = examples.lines().skip(1).map(escaped).collect();
    let paragraphs: String = paragraphs.lines().map(escaped).collect();
    format!(".SH EXAMPLES\n.nf\n{examples}.fi\n.PP\n{paragraphs}")
}

/// A line in which nothing is an instruction.
fn escaped(line: &str) -> String {
    let text = line.replace('\\', r"\e").replace('-', r"\-");
    let guard = if text.starts_with(['.', '\'']) { r"\&" } else { "" };
    format!("{guard}{text}\n")
}
