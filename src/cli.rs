//! The command line: which verb, with which arguments, and how they may be spelled.

mod spelling;

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use clap::builder::Resettable;
use clap::builder::styling::{AnsiColor, Styles};
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};

use crate::commands;
use crate::commands::features::FeaturesVerb;
use crate::commands::templates::TemplatesVerb;
use crate::host::Environment;

/// The reference CLI's name: a link to `devc` that is called so takes its place.
pub const REFERENCE_NAME: &str = "devcontainer";

/// The version of the reference CLI whose commands, flags and results are ours. Programs ask for it to know what there is.
pub const REFERENCE_VERSION: &str = "0.89.0";

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

const AFTER_HELP: &str = "\
Examples:
  devc up                          bring up the dev container of this folder
  devc up --plan                   say what would happen, and why, and change nothing
  devc shell                       open a shell in it
  devc exec -- cargo test          run a command in it
  devc down                        remove it; named volumes stay

Exit codes: 0 success, 1 failure, 130 interrupted; exec and shell hand on the command's own.
Every command of the reference CLI that is here takes the same flags and prints the same JSON.";

/// One binary that owns a development environment's whole life.
#[derive(Debug, Parser)]
#[command(name = "devc", version, styles = STYLES, after_help = AFTER_HELP, max_term_width = 100)]
#[command(subcommand_required = true, arg_required_else_help = true, args_override_self = true)]
pub struct Cli {
    /// How to report.
    #[command(flatten)]
    pub output: OutputArgs,
    /// Who may log users in.
    #[command(flatten)]
    pub login_servers: LoginServerArgs,
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
    /// How what to do is called.
    #[arg(skip)]
    pub verb_name: String,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Give a project a dev container, from a Template
    Init(Box<commands::init::InitArgs>),
    /// Create and start the dev container of a folder
    Up(Box<commands::up::UpArgs>),
    /// Make a dev container of a container that is already running
    SetUp(Box<commands::set_up::SetUpArgs>),
    /// Build the image of a dev container
    Build(Box<commands::build::BuildArgs>),
    /// Run a command in a running dev container
    Exec(commands::exec::ExecArgs),
    /// Open a shell in a running dev container
    Shell(commands::shell::ShellArgs),
    /// Open a running dev container in an editor
    Open(Box<commands::open::OpenArgs>),
    /// Run the lifecycle hooks in a running dev container
    RunUserCommands(Box<commands::run_user_commands::RunUserCommandsArgs>),
    /// Go on where hooks or tasks of a dev container have failed or were interrupted
    Resume(Box<commands::resume::ResumeArgs>),
    /// Tell how a dev container stands: hooks, tasks, and what `devc up` would do
    Status(commands::status::StatusArgs),
    /// Restore and build what a dev container is for: the declared tasks, side by side
    Prebuild(Box<commands::prebuild::PrebuildArgs>),
    /// Print the configuration of a dev container as JSON
    ReadConfiguration(commands::read_configuration::ReadConfigurationArgs),
    /// Stop a dev container
    Stop(commands::stop::StopArgs),
    /// Remove a dev container; on request its volumes and images too
    Down(commands::down::DownArgs),
    /// List the dev containers of this machine
    #[command(visible_alias = "ls")]
    List(commands::list::ListArgs),
    /// Show what the main process of a dev container wrote
    Logs(commands::logs::LogsArgs),
    /// Show what earlier runs took, and whether that gets better or worse
    Metrics(commands::metrics::MetricsArgs),
    /// Let programs that call `devcontainer` find devc
    InstallAlias(commands::install_alias::InstallAliasArgs),
    /// Show which Features have newer versions
    Outdated(commands::outdated::OutdatedArgs),
    /// Lock the newest Features that devcontainer.json allows
    Upgrade(commands::upgrade::UpgradeArgs),
    /// Tell which ecosystems a repository uses, and what says so
    Stack(commands::stack::StackArgs),
    /// Prove by builds that the image of a project is built well
    Verify(Box<commands::verify::VerifyArgs>),
    /// Look at what builds and containers need, and say what is wrong
    Doctor(commands::doctor::DoctorArgs),
    /// Show what is settled for this machine, and who says so; settle something else
    Config(commands::config::ConfigArgs),
    /// Print what a shell needs to complete the words of devc
    Completions(commands::completions::CompletionsArgs),
    /// Print the manual pages, or write them into a folder
    Man(commands::man::ManArgs),
    /// Prepare this machine for fast builds; for a running container see set-up
    Setup(Box<commands::setup::SetupArgs>),
    /// Write what builds the images of a repository, and keep it in step
    Generate(commands::generate::GenerateArgs),
    /// Tell what makes a Dockerfile slow to build, and improve what is proven
    Optimize(commands::optimize::OptimizeArgs),
    /// Look after what outlives dev containers: caches and other volumes
    Volume(commands::volume::VolumeArgs),
    /// Work on volumes inside a container that devc has made
    #[command(hide = true)]
    VolumeHelper,
    /// Make, test and look at dev container Features
    #[command(subcommand)]
    Features(FeaturesVerb),
    /// Make and use dev container Templates
    #[command(subcommand)]
    Templates(TemplatesVerb),
}

impl Verb {
    /// The secrets file, which has to be read before anything is reported.
    pub fn secrets_file(&self) -> Option<&Path> {
        match self {
            Self::Up(args) => args.secrets_file(),
            Self::SetUp(args) => args.hooks.secrets_file.as_deref(),
            Self::RunUserCommands(args) => args.run.hooks.secrets_file.as_deref(),
            Self::Resume(args) => args.run.hooks.secrets_file.as_deref(),
            Self::Prebuild(args) => args.secrets_file.as_deref(),
            _ => None,
        }
    }

    /// What builds are given secretly.
    pub fn build_secrets(&self) -> Option<&commands::BuildSecretArgs> {
        match self {
            Self::Up(args) => Some(args.build_secrets()),
            Self::Build(args) => Some(args.build_secrets()),
            Self::Verify(args) => Some(args.build_secrets()),
            Self::Optimize(args) => Some(args.build_secrets()),
            _ => None,
        }
    }

    /// Whether the verb hands signals on to a command instead of ending by them.
    pub fn handles_signals(&self) -> bool {
        matches!(self, Self::Exec(_) | Self::Shell(_))
    }

    /// Whether failures are JSON on stdout as well (reference CLI).
    pub fn reports_errors_as_json(&self) -> bool {
        matches!(
            self,
            Self::Up(_)
                | Self::SetUp(_)
                | Self::Build(_)
                | Self::RunUserCommands(_)
                | Self::Resume(_)
                | Self::Stop(_)
                | Self::Down(_)
        )
    }

    /// Whether a failure leaves `{}` on stdout (reference CLI).
    pub fn prints_nothing_as_json(&self) -> bool {
        match self {
            Self::Features(FeaturesVerb::Info(args)) => args.is_json(),
            Self::Templates(TemplatesVerb::Metadata(_)) => true,
            _ => false,
        }
    }

    /// Whether the reference CLI ends the result with what it learned about logins.
    pub fn reports_login_diagnostics(&self) -> bool {
        match self {
            Self::Up(args) => args.changes_things(),
            verb => matches!(verb, Self::Build(_) | Self::ReadConfiguration(_)),
        }
    }

    /// What the run is called in the history of runs, if it is kept there.
    pub fn history_name(&self) -> Option<&'static str> {
        let is_kept = !matches!(self, Self::Verify(_) | Self::Down(_) | Self::Features(_));
        self.log_name().filter(|_| is_kept)
    }

    /// What the log file of the run is called; verbs that only look keep no log.
    pub fn log_name(&self) -> Option<&'static str> {
        match self {
            Self::Up(args) => args.changes_things().then_some("up"),
            Self::SetUp(_) => Some("set-up"),
            Self::Build(_) => Some("build"),
            Self::Verify(_) => Some("verify"),
            Self::Optimize(args) => args.proves().then_some("optimize"),
            Self::RunUserCommands(_) => Some("run-user-commands"),
            Self::Resume(_) => Some("resume"),
            Self::Prebuild(args) => args.runs_something().then_some("prebuild"),
            Self::Down(_) => Some("down"),
            Self::Features(verb) => verb.log_name(),
            _ => None,
        }
    }
}

/// How to report: the same for every verb.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Output")]
pub struct OutputArgs {
    /// How much to tell on the terminal; the log file always holds everything
    #[arg(long, global = true, value_enum, default_value_t = LogLevel::Info)]
    pub log_level: LogLevel,
    /// How to write the log on stderr: text for people, json for programs (one event a line)
    #[arg(long, global = true, value_enum, default_value_t = LogFormat::Text)]
    pub log_format: LogFormat,
    /// Write what happens to this file, for programs: one event a line, names and times only (docs/events.md)
    #[arg(long, global = true, value_name = "FILE")]
    pub events: Option<PathBuf>,
    /// When to use colour
    #[arg(long, global = true, value_enum, default_value_t = ColorChoice::Auto, env = "DEVC_COLOR")]
    pub color: ColorChoice,
    /// Width of the terminal that commands in the container see
    #[arg(long, global = true, requires = "terminal_rows", value_name = "N")]
    pub terminal_columns: Option<u16>,
    /// Height of the terminal that commands in the container see
    #[arg(long, global = true, requires = "terminal_columns", value_name = "N")]
    pub terminal_rows: Option<u16>,
}

/// Which hosts may log users in for a registry: the same for every verb, as in the reference CLI.
#[derive(Args, Clone, Debug, Default)]
pub struct LoginServerArgs {
    /// Accepted for the reference CLI's sake: devc never sends a login to a host that it is not for
    #[arg(long, global = true, hide = true)]
    pub oci_auth_hardening: bool,
    /// A host that may log users in for a registry: REGISTRY=HOST (repeatable)
    #[arg(
        long,
        global = true,
        hide = true,
        value_name = "REGISTRY=HOST",
        value_delimiter = ',',
        value_parser = parse_login_server,
        env = "DEVC_ALLOW_CROSS_ORIGIN_AUTH_HOST"
    )]
    pub allow_cross_origin_auth_host: Vec<String>,
}

/// A pair of hosts, as text.
fn parse_login_server(text: &str) -> Result<String, String> {
    match text.split_once('=') {
        Some((registry, host)) if !registry.is_empty() && !host.is_empty() => Ok(text.to_owned()),
        _ => Err("write it as REGISTRY=HOST".to_owned()),
    }
}

/// How much to tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[expect(missing_docs, reason = "the names say it")]
pub enum LogLevel {
    Error,
    Info,
    Debug,
    Trace,
}

/// For whom to report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[expect(missing_docs, reason = "the names say it")]
pub enum LogFormat {
    Text,
    Json,
}

/// When to use colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[expect(missing_docs, reason = "the names say it")]
pub enum ColorChoice {
    Auto,
    Always,
    Never,
}

impl Cli {
    /// Parses the words of a command line, the program's name first. Under the reference CLI's name the program also calls
    /// itself so.
    ///
    /// The reference CLI's spellings are accepted beside clap's own: see `spelling`.
    pub fn parse_words(
        words: impl IntoIterator<Item = OsString>,
        environment: &Environment,
    ) -> Result<Self, clap::Error> {
        let words: Vec<OsString> = words.into_iter().collect();
        let command = match is_drop_in(&words) {
            true => Self::command().name(REFERENCE_NAME),
            false => Self::command(),
        };
        let command = without_empty_variables(command, environment);
        let matches = command.clone().try_get_matches_from(spelling::normalize(&command, words))?;
        let verb_name = matches.subcommand_name().unwrap_or_default().to_owned();
        Ok(Self { verb_name, ..Self::from_arg_matches(&matches)? })
    }
}

/// Whether the program was started under the reference CLI's name.
pub fn is_drop_in(words: &[OsString]) -> bool {
    words
        .first()
        .and_then(|program| Path::new(program).file_name())
        .is_some_and(|name| name == REFERENCE_NAME)
}

/// A variable of ours that is set to nothing counts as not set, as scripts expect; clap would take the empty text.
fn without_empty_variables(command: clap::Command, environment: &Environment) -> clap::Command {
    let is_empty = |name: &OsStr| name.to_str().is_some_and(|name| environment.get(name) == Some(""));
    let forget = |flag: clap::Arg| match flag.get_env().is_some_and(is_empty) {
        true => flag.env(Resettable::Reset),
        false => flag,
    };
    if !environment.variables().iter().any(|(name, value)| value.is_empty() && name.starts_with("DEVC_")) {
        return command;
    }
    forget_in(command, &forget)
}

/// Changes the flags of a command and of all commands below it.
fn forget_in(command: clap::Command, forget: &impl Fn(clap::Arg) -> clap::Arg) -> clap::Command {
    command.mut_args(forget).mut_subcommands(|verb| forget_in(verb, forget))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
