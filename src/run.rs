//! From a command line to an exit code.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::error::ErrorKind::DisplayVersion;
use serde_json::{Map, Value, json};
use tokio::signal::unix::{SignalKind, signal};

use crate::cli::{self, Cli, ColorChoice, LogFormat, LogLevel, OutputArgs, REFERENCE_VERSION, Verb};
use crate::commands::{self, Answer, Context};
use crate::error::{Error, ErrorKind, Result};
use crate::event::Level;
use crate::execute::{QuietContainers, RunningProcesses, TemporaryContainers};
use crate::host::{self, Environment, tty};
use crate::preferences::CA_FILE;
use crate::ui::{self, Color, EventFile, Format, Ui};

/// How many log files of earlier runs are kept.
const LOG_FILES: usize = 50;

/// Runs a whole command line, the program's name first, and returns the exit code.
pub fn run(words: impl IntoIterator<Item = OsString>, environment: Environment) -> ExitCode {
    let words: Vec<OsString> = words.into_iter().collect();
    let is_drop_in = cli::is_drop_in(&words);
    let cli = match Cli::parse_words(words.iter().cloned(), &environment) {
        Ok(cli) => cli,
        Err(error) if error.kind() == DisplayVersion && is_drop_in => {
            ui::print(&format!("{REFERENCE_VERSION}\n"));
            return ExitCode::SUCCESS;
        }
        Err(error) => return usage(&error),
    };
    let secrets = cli.verb.secrets_file().map(|path| commands::read_secrets(&environment.absolute(path)));
    let (secrets, unreadable) = or_nothing(secrets.transpose());
    let secrets = secrets.unwrap_or_default();
    let (events, unwritable) = or_nothing(event_file(&cli, &environment));
    let ui = Ui::new(ui::Options { events, ..ui_options(&cli, &environment, &secrets) });
    let state_dir = environment.state_dir.clone();
    let result = match unreadable.or(unwritable) {
        Some(error) => Err(error),
        None => run_verb(&cli, is_drop_in, environment, secrets, &ui),
    };
    let result = match is_drop_in && cli.verb.reports_login_diagnostics() {
        true => result.map(with_login_diagnostics),
        false => result,
    };
    ui.finish();
    let code = say(&cli.verb, result, &ui);
    if let Some(run) = ui.ended(code) {
        host::append_history(&state_dir, &run.to_line());
    }
    ExitCode::from(code)
}

/// What there is to go on with, and the error, which only the view that comes next can show.
fn or_nothing<T: Default>(result: Result<T>) -> (T, Option<Error>) {
    result.map_or_else(|error| (T::default(), Some(error)), |value| (value, None))
}

/// Where `--events` leads.
fn event_file(cli: &Cli, environment: &Environment) -> Result<Option<Arc<EventFile>>> {
    let path = cli.output.events.as_ref().map(|path| environment.absolute(path));
    path.map(|path| EventFile::create(&path, &cli.verb_name).map(Arc::new)).transpose()
}

/// Help and version go to stdout and are a success; mistakes go to stderr and are none (exit code 1, as the
/// reference CLI has it).
fn usage(error: &clap::Error) -> ExitCode {
    let _ = error.print();
    if error.use_stderr() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn run_verb(
    cli: &Cli,
    is_drop_in: bool,
    mut environment: Environment,
    secrets: BTreeMap<String, String>,
    ui: &Ui,
) -> Result<Answer> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Error::new(ErrorKind::Host, "could not start").because(error))?;
    let color = stderr_has_color(&cli.output, &environment);
    let preferences = commands::read_preferences(&environment, is_drop_in, color)?;
    environment.ca_file = preferences.path(&CA_FILE, environment.home.as_deref());
    let context = Context {
        is_drop_in,
        color,
        columns: ui.result_columns(),
        result_palette: ui.result_palette(),
        events: ui.events(),
        running: RunningProcesses::default(),
        temporary: TemporaryContainers::default(),
        quiet: QuietContainers::default(),
        preferences,
        output: cli.output.clone(),
        login_servers: cli.login_servers.clone(),
        environment,
        secrets,
    };
    let result = runtime.block_on(until_interrupted(&cli.verb, &context));
    // A read of the terminal may be under way in a thread that cannot be stopped.
    runtime.shutdown_background();
    result
}

/// Runs the verb until it ends or until somebody interrupts it. What it started inside containers is then ended too;
/// what it started on this machine ends with the future.
async fn until_interrupted(verb: &Verb, context: &Context) -> Result<Answer> {
    if verb.handles_signals() {
        return dispatch(verb, context).await;
    }
    let result = tokio::select! {
        result = dispatch(verb, context) => result,
        error = interrupt() => Err(error),
    };
    if matches!(&result, Err(error) if error.kind() == ErrorKind::Interrupted) {
        context.running.end_all().await;
        context.temporary.remove_all().await;
        context.quiet.resume_all().await;
    }
    result
}

async fn dispatch(verb: &Verb, context: &Context) -> Result<Answer> {
    match verb {
        Verb::Up(args) => commands::up::run(args, context).await,
        Verb::SetUp(args) => commands::set_up::run(args, context).await,
        Verb::Build(args) => commands::build::run(args, context).await,
        Verb::Exec(args) => commands::exec::run(args, context).await,
        Verb::Shell(args) => commands::shell::run(args, context).await,
        Verb::Open(args) => commands::open::run(args, context).await,
        Verb::RunUserCommands(args) => commands::run_user_commands::run(args, context).await,
        Verb::Resume(args) => commands::resume::run(args, context).await,
        Verb::Status(args) => commands::status::run(args, context).await,
        Verb::Prebuild(args) => commands::prebuild::run(args, context).await,
        Verb::ReadConfiguration(args) => commands::read_configuration::run(args, context).await,
        Verb::Stop(args) => commands::stop::run(args, context).await,
        Verb::Down(args) => commands::down::run(args, context).await,
        Verb::List(args) => commands::list::run(args, context).await,
        Verb::Logs(args) => commands::logs::run(args, context).await,
        Verb::Metrics(args) => commands::metrics::run(args, context),
        Verb::InstallAlias(args) => commands::install_alias::run(args, context).await,
        Verb::Outdated(args) => commands::outdated::run(args, context).await,
        Verb::Upgrade(args) => commands::upgrade::run(args, context).await,
        Verb::Init(args) => commands::init::run(args, context).await,
        Verb::Stack(args) => commands::stack::run(args, context),
        Verb::Verify(args) => commands::verify::run(args, context).await,
        Verb::Doctor(args) => commands::doctor::run(args, context).await,
        Verb::Setup(args) => commands::setup::run(args, context).await,
        Verb::Config(args) => commands::config::run(args, context),
        Verb::Completions(args) => commands::completions::run(args),
        Verb::Man(args) => commands::man::run(args, context),
        Verb::Generate(args) => commands::generate::run(args, context),
        Verb::Optimize(args) => commands::optimize::run(args, context).await,
        Verb::Volume(args) => commands::volume::run(args, context).await,
        Verb::VolumeHelper => commands::volume_helper::run().await,
        Verb::Features(verb) => commands::features::run(verb, context).await,
        Verb::Templates(verb) => commands::templates::run(verb, context).await,
    }
}

/// Waits for SIGINT, SIGTERM or SIGHUP.
async fn interrupt() -> Error {
    let wait = |kind| async move {
        match signal(kind) {
            Ok(mut signals) => drop(signals.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        () = wait(SignalKind::interrupt()) => {}
        () = wait(SignalKind::terminate()) => {}
        () = wait(SignalKind::hangup()) => {}
    }
    Error::new(ErrorKind::Interrupted, "interrupted").hint("Run the same command again to go on from here.")
}

/// Writes the answer or the error, and returns the exit code.
fn say(verb: &Verb, result: Result<Answer>, ui: &Ui) -> u8 {
    let written = match result {
        Ok(Answer::Json(value)) => ui.result(&value).map(|()| 0),
        Ok(Answer::Text(text)) => ui.text(&text).map(|()| 0),
        Ok(Answer::Exit(code)) => Ok(code),
        Ok(Answer::Report(text, code)) => ui.text(&text).map(|()| code),
        Err(error) => {
            ui.error(&error);
            let code = error.exit_code();
            if verb.reports_errors_as_json() {
                ui.result(&error_result(&error, ui)).map(|()| code)
            } else if verb.prints_nothing_as_json() {
                ui.result(&json!({})).map(|()| code)
            } else {
                Ok(code)
            }
        }
    };
    written.unwrap_or_else(|error| {
        ui.error(&error);
        error.exit_code()
    })
}

/// What the reference CLI tells at the end of a result: whether `--oci-auth-hardening` would have had something to forbid.
/// It never has, as `devc` does nothing of the kind.
fn with_login_diagnostics(answer: Answer) -> Answer {
    let Answer::Json(Value::Object(mut result)) = answer else { return answer };
    let diagnostics = json!({
        "authLookupWouldBeBlocked": false,
        "registryRedirectWouldPreventCredentialForwarding": false,
        "authServerRedirect": false,
    });
    result.insert("ociAuthDiagnostics".to_owned(), diagnostics);
    Answer::Json(Value::Object(result))
}

/// The reference CLI's shape: `message` is what happened, `description` what it means for the user.
fn error_result(error: &Error, ui: &Ui) -> Value {
    let message = error.reasons().pop().unwrap_or_else(|| error.summary().to_owned());
    let mut result = Map::new();
    result.insert("outcome".to_owned(), json!("error"));
    result.insert("message".to_owned(), json!(ui.plain(&message)));
    result.insert("description".to_owned(), json!(ui.plain(error.summary())));
    if let Some(container) = error.container() {
        result.insert("containerId".to_owned(), json!(container));
    }
    for (name, value) in error.details() {
        result.insert((*name).to_owned(), value.clone());
    }
    result.insert("kind".to_owned(), json!(error.kind().name()));
    Value::Object(result)
}

fn ui_options(cli: &Cli, environment: &Environment, secrets: &BTreeMap<String, String>) -> ui::Options {
    let size = cli.output.terminal_columns.zip(cli.output.terminal_rows).or_else(tty::window_size);
    let (columns, rows) = size.unwrap_or((80, 24));
    let build_secrets =
        cli.verb.build_secrets().map(|secrets| secrets.texts(environment)).unwrap_or_default();
    ui::Options {
        format: match cli.output.log_format {
            LogFormat::Text => Format::Text,
            LogFormat::Json => Format::Json,
        },
        level: match cli.output.log_level {
            LogLevel::Error => Level::Error,
            LogLevel::Info => Level::Info,
            LogLevel::Debug => Level::Debug,
            LogLevel::Trace => Level::Trace,
        },
        stderr_is_terminal: environment.stderr_is_terminal,
        stdout_is_terminal: environment.stdout_is_terminal,
        dumb_terminal: environment.get("TERM").is_some_and(|term| term == "dumb"),
        color: color(&cli.output, environment),
        columns: usize::from(columns),
        rows: usize::from(rows),
        log_file: cli.verb.log_name().map(|name| log_file(environment, name)),
        events: None,
        history_name: cli.verb.history_name(),
        secrets: secrets.values().cloned().chain(build_secrets).collect(),
        ci: environment.get_non_empty("CI").is_some_and(|ci| ci != "false"),
    }
}

fn color(output: &OutputArgs, environment: &Environment) -> Color {
    match output.color {
        ColorChoice::Always => Color::Always,
        ColorChoice::Never => Color::Never,
        ColorChoice::Auto => {
            let get = |name| environment.get(name);
            Color::from_values(get("NO_COLOR"), get("CLICOLOR_FORCE"), get("TERM"))
        }
    }
}

/// The JSON log is for programs, which have no use for colours in our own words.
fn stderr_has_color(output: &OutputArgs, environment: &Environment) -> bool {
    match color(output, environment) {
        _ if output.log_format == LogFormat::Json => false,
        Color::Always => true,
        Color::Auto => environment.stderr_is_terminal,
        Color::Never => false,
    }
}

/// A name that sorts by time. Older logs are pruned here, as this is where a new one is about to come.
fn log_file(environment: &Environment, verb: &str) -> PathBuf {
    let folder = environment.state_dir.join("logs");
    ui::prune(&folder, LOG_FILES);
    let now = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%S%.3f").to_string();
    folder.join(format!("{now}-{verb}-{}.log", std::process::id()))
}
