//! A command of the user's in a running dev container: what `exec` and `shell` have in common.

use clap::Args;

use crate::commands::context::Answer;
use crate::commands::gather;
use crate::commands::options::{ContainerArgs, ContainerFolderArgs, EnvironmentArgs, parse_pair};
use crate::commands::session::{remote_environment, remote_user, require_running, settings_of};
use crate::commands::{Context, compose};
use crate::config::Settings;
use crate::engine::{Container, Engine, ExecRequest};
use crate::error::Result;
use crate::event::{Level, Step};
use crate::execute::{Attachment, Ended, ProcessTag, attach, exec_lines};
use crate::host::{ContainerRecord, EnvironmentProbe};
use crate::project::{Project, RemoteEnvironment};

/// Which container something runs in.
#[derive(Args, Debug)]
pub struct TargetArgs {
    /// Which container.
    #[command(flatten)]
    pub container: ContainerArgs,
    /// With which environment.
    #[command(flatten)]
    pub environment: EnvironmentArgs,
    /// Where markers are.
    #[command(flatten)]
    pub folders: ContainerFolderArgs,
    /// Accepted for the reference CLI's sake
    #[arg(long, value_name = "PATH", hide = true)]
    user_data_folder: Option<std::path::PathBuf>,
    /// Accepted for the reference CLI's sake
    #[arg(long, hide = true)]
    skip_feature_auto_mapping: bool,
}

/// As whom, where, and with what it runs.
#[derive(Args, Debug, Default)]
#[command(next_help_heading = "Process")]
pub struct ProcessArgs {
    /// The user, by name or number [default: the configuration's remoteUser]
    #[arg(long, short, value_name = "USER")]
    user: Option<String>,
    /// Run it in another service of the same compose project, as that service's own user and in its folder
    #[arg(long, value_name = "NAME")]
    service: Option<String>,
    /// The working folder [default: the workspace folder]
    #[arg(long, short, value_name = "PATH")]
    workdir: Option<String>,
    /// Set a variable, over everything else (repeatable)
    #[arg(long, short, value_name = "NAME=VALUE", value_parser = parse_pair)]
    env: Vec<(String, String)>,
    /// Whether the command gets a terminal [default: when both input and output are one]
    #[arg(long, short, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    tty: Option<bool>,
}

/// What runs.
pub(super) enum Command {
    /// These words.
    Given(Vec<String>),
    /// The user's own shell.
    Shell,
}

/// Runs something in the container of a project, connected to our own input and output.
pub(super) async fn run_process(
    target: &TargetArgs,
    process: &ProcessArgs,
    command: Command,
    context: &Context,
) -> Result<Answer> {
    let engine = context.engine(&target.container.engine)?;
    let project = target.container.project(context)?;
    let (project, container) =
        gather::existing_container(&target.container, &engine, project, context).await?;
    let ended = match &process.service {
        Some(service) => run_in_sibling(&engine, &container, service, process, command, context).await?,
        None => {
            let args = &target.environment;
            run_inside(&engine, (&project, &container), args, process, command, context).await?
        }
    };
    if let Some(refusal) = &ended.refusal {
        context.events.notice(Level::Error, format!("The engine could not run the command: {refusal}"));
    }
    Ok(answer(&ended))
}

/// The exit code of a command becomes ours.
pub(super) fn answer(ended: &Ended) -> Answer {
    Answer::Exit(u8::try_from(ended.code).unwrap_or(1))
}

/// Runs something in a container, connected to our own input and output.
pub(super) async fn run_inside(
    engine: &Engine,
    (project, container): (&Project, &Container),
    args: &EnvironmentArgs,
    process: &ProcessArgs,
    command: Command,
    context: &Context,
) -> Result<Ended> {
    require_running(container, "devc up")?;
    let settings = settings_of(project, container)?;
    let (environment, probe) = ask_environment(engine, container, &settings, args, context).await?;
    let environment = process.adjust(environment);
    let command = match command {
        Command::Given(words) => words,
        Command::Shell => vec![probe.shell, "-l".to_owned()],
    };
    let request = ExecRequest {
        command: environment.wrap(command, &container.environment),
        user: Some(process.user.clone().unwrap_or_else(|| remote_user(&settings, container).to_owned())),
        working_dir: process.workdir.clone().or(project.remote_workspace_folder.clone()).or(Some(probe.home)),
        environment: environment.set,
        ..ExecRequest::default()
    };
    attach(engine, &container.id, request, process.attachment(context), &context.running).await
}

/// Runs something in another service, about which devcontainer.json says nothing: neither user nor environment.
async fn run_in_sibling(
    engine: &Engine,
    container: &Container,
    service: &str,
    process: &ProcessArgs,
    command: Command,
    context: &Context,
) -> Result<Ended> {
    let sibling = compose::sibling(engine, container, service).await?;
    require_running(&sibling, "devc up")?;
    let request = ExecRequest {
        command: match command {
            Command::Given(words) => words,
            // Of an image that we know nothing of, this is what most have.
            Command::Shell => vec!["/bin/sh".to_owned()],
        },
        user: process.user.clone(),
        working_dir: process.workdir.clone(),
        environment: process.env.iter().cloned().collect(),
        ..ExecRequest::default()
    };
    attach(engine, &sibling.id, request, process.attachment(context), &context.running).await
}

/// Runs a command as `exec` does, with more variables, each line of its output going to `step`. Returns its exit code.
pub(super) async fn run_lines(
    engine: &Engine,
    (project, container): (&Project, &Container),
    command: Vec<String>,
    variables: &[(String, String)],
    context: &Context,
    step: &Step,
) -> Result<i64> {
    let settings = settings_of(project, container)?;
    let args = EnvironmentArgs { remote_env: variables.to_vec(), ..EnvironmentArgs::default() };
    let mut record = ContainerRecord::load(&context.environment.state_dir, container.id.as_str());
    let environment =
        remote_environment(engine, container, &settings, &args, &mut record, &context.events).await?;
    let tag = ProcessTag::unique();
    let mut request = ExecRequest {
        command: environment.wrap(command, &container.environment),
        user: Some(remote_user(&settings, container).to_owned()),
        working_dir: project.remote_workspace_folder.clone(),
        environment: environment.set,
        ..ExecRequest::default()
    };
    tag.mark(&mut request.environment);
    let running = context.running.add(engine, &container.id, tag);
    let code = exec_lines(engine, container, request, |line| step.line(line)).await?;
    running.ended();
    Ok(code)
}

/// What commands see, and what the user's shell said. What was learned is kept for the next command.
async fn ask_environment(
    engine: &Engine,
    container: &Container,
    settings: &Settings,
    args: &EnvironmentArgs,
    context: &Context,
) -> Result<(RemoteEnvironment, EnvironmentProbe)> {
    let (state_dir, id) = (&context.environment.state_dir, container.id.as_str());
    let before = ContainerRecord::load(state_dir, id);
    let mut record = before.clone();
    let environment =
        remote_environment(engine, container, settings, args, &mut record, &context.events).await?;
    if record != before {
        record.save(state_dir, id);
    }
    Ok((environment, record.probe.unwrap_or_default()))
}

impl ProcessArgs {
    /// The environment of the remote user, made to fit another user and the variables that were asked for.
    fn adjust(&self, mut environment: RemoteEnvironment) -> RemoteEnvironment {
        if self.user.is_some() {
            // These speak of the remote user; the engine sets HOME for the one that was asked for.
            let personal = ["HOME", "USER", "LOGNAME", "SHELL", "MAIL"];
            environment.set.retain(|name, _| !personal.contains(&name.as_str()));
        }
        environment.set.extend(self.env.iter().cloned());
        environment
    }

    fn attachment(&self, context: &Context) -> Attachment {
        let environment = &context.environment;
        let wanted = self.tty.unwrap_or(environment.stdin_is_terminal && environment.stdout_is_terminal);
        let size = context.output.terminal_columns.zip(context.output.terminal_rows);
        if wanted { Attachment::Terminal(size) } else { Attachment::Pipes }
    }
}
