//! Runs lifecycle hooks: on this machine and inside the container.

use std::collections::BTreeMap;
use std::path::Path;

use futures_util::StreamExt;

use crate::config::{Hook, HookCommand, Origin};
use crate::engine::{Container, Engine, ExecRequest, OutputStream, Upload};
use crate::error::{ErrorKind, Result};
use crate::event::{Events, Level, Lines, Outcome, Step, StepKind, Title};
use crate::execute::dotfiles::{self, Dotfiles};
use crate::execute::hook_report::{Report, run_parts};
use crate::execute::journal::Journal;
use crate::execute::prepare::marker_path;
use crate::execute::tasks::TaskLog;
use crate::execute::{Prepared, ProcessTag, RunningProcesses};
use crate::host::{HostCommand, run_host_command};
use crate::plan::{DOTFILES, HookStep};
use crate::project::RemoteEnvironment;

/// Runs `initializeCommand` on this machine.
pub async fn run_initialize(command: &HookCommand, workspace: &Path, events: &Events) -> Result<()> {
    let (hook, origin) = (Hook::Initialize, &Origin::Config);
    let report = Report { events, hook, origin, journal: None, occasion: None };
    run_parts(command, &report, async |argv: &[String], step: &Step, _| {
        let environment = BTreeMap::new();
        let command = HostCommand { argv: argv.to_vec(), current_dir: workspace.to_owned(), environment };
        run_host_command(&command, step).await.map(i64::from)
    })
    .await
}

/// Everything that hooks inside one container share.
pub struct HookRunner<'a> {
    /// The engine.
    pub engine: &'a Engine,
    /// The container.
    pub container: &'a Container,
    /// Its user and the place of the markers.
    pub prepared: &'a Prepared,
    /// Where they run; `None` for the home folder.
    pub working_dir: Option<&'a str>,
    /// Their environment, secrets included.
    pub environment: &'a RemoteEnvironment,
    /// The user's dotfiles.
    pub dotfiles: Option<&'a Dotfiles>,
    /// Where they report.
    pub events: &'a Events,
    /// Where they are written down.
    pub journal: &'a Journal<'a>,
    /// Where they are listed while they run.
    pub running: &'a RunningProcesses,
}

impl HookRunner<'_> {
    /// Runs the steps in order; the first failure ends it. A step that succeeded is marked at once, inside the
    /// container and in the record, so that nothing runs twice whatever happens next.
    pub async fn run(&self, steps: &[HookStep]) -> Result<()> {
        self.end_left_over().await;
        // Markers of hooks without a command are written together with the next one.
        let mut markers: Vec<(&str, &str)> = Vec::new();
        for step in steps {
            let tag = ProcessTag::unique();
            if step.runs_something() {
                self.remember(Some(&tag));
            }
            let ran = match step {
                HookStep::Hook { hook, commands, marker } => {
                    for (origin, command) in commands {
                        self.run_command((*hook, origin, marker.as_deref()), command, &tag).await?;
                    }
                    markers.extend(marker.as_deref().map(|marker| (hook.name(), marker)));
                    !commands.is_empty()
                }
                HookStep::Dotfiles => {
                    markers.extend(self.install_dotfiles(&tag).await.then_some((DOTFILES, "")));
                    true
                }
            };
            if ran {
                self.remember(None);
                self.mark(&mut markers).await;
            }
        }
        self.mark(&mut markers).await;
        Ok(())
    }

    /// Writes down the mark of the processes that run now.
    fn remember(&self, tag: Option<&ProcessTag>) {
        self.journal.change(|record| record.in_progress = tag.map(|tag| tag.text().to_owned()));
    }

    /// A run that was killed could not end its hook, which must not go on beside the one that comes now.
    async fn end_left_over(&self) {
        let Some(tag) = self.journal.change(|record| record.in_progress.take()) else { return };
        if ProcessTag::remembered(&tag).end(self.engine, &self.container.id).await {
            self.events.notice(Level::Info, "Ended a hook that an earlier devc had left running.");
        }
    }

    async fn run_command(
        &self,
        (hook, origin, occasion): (Hook, &Origin, Option<&str>),
        command: &HookCommand,
        tag: &ProcessTag,
    ) -> Result<()> {
        let report = Report { events: self.events, hook, origin, journal: Some(self.journal), occasion };
        let result = run_parts(command, &report, async |argv: &[String], step: &Step, log| {
            self.exec(argv.to_vec(), tag.part(), step, log).await
        })
        .await;
        if matches!(&result, Err(error) if error.kind() == ErrorKind::Hook) {
            self.remember(None);
        }
        result
    }

    async fn exec(
        &self,
        command: Vec<String>,
        tag: ProcessTag,
        step: &Step,
        mut log: Option<&mut TaskLog>,
    ) -> Result<i64> {
        let mut environment = self.environment.set.clone();
        tag.mark(&mut environment);
        let request = ExecRequest {
            command: self.environment.wrap(command, &self.container.environment),
            user: Some(self.prepared.user.name.clone()),
            working_dir: Some(self.working_dir.unwrap_or(&self.prepared.user.home).to_owned()),
            environment,
            ..ExecRequest::default()
        };
        let running = self.running.add(self.engine, &self.container.id, tag);
        let code = exec_lines(self.engine, self.container, request, |line| {
            if let Some(log) = &mut log {
                log.line(step.without_secrets(&line).as_bytes());
            }
            step.line(line);
        })
        .await?;
        running.ended();
        Ok(code)
    }

    /// Dotfiles are personal: when they fail, the dev container is still good, so that is a warning and they are
    /// tried again next time.
    async fn install_dotfiles(&self, tag: &ProcessTag) -> bool {
        let Some(dotfiles) = self.dotfiles else { return true };
        let step = self.events.step(StepKind::Hook, Title::from("Installing Dotfiles").named(DOTFILES));
        let mut journal = self.journal.begin(DOTFILES.to_owned(), None);
        let code = self.exec(dotfiles::command(dotfiles), tag.part(), &step, Some(journal.log())).await;
        journal.exited(code.as_ref().ok().copied());
        match code {
            Ok(0) => {
                step.done();
                true
            }
            other => {
                let why = other.map_or_else(|error| error.to_string(), |code| format!("exit code {code}"));
                step.finish(Outcome::Failed(why));
                self.events
                    .notice(Level::Warning, "The dotfiles could not be installed; the next up tries again.");
                false
            }
        }
    }

    /// A marker that cannot be written (a read-only home) costs a repetition on another machine, no more.
    async fn mark(&self, markers: &mut Vec<(&str, &str)>) {
        if markers.is_empty() {
            return;
        }
        let owner = self.prepared.user.owner;
        let uploads = markers.iter().map(|(name, content)| Upload {
            path: marker_path(&self.prepared.data_folder, name),
            content: Some(format!("{content}\n")),
            mode: 0o644,
            owner,
        });
        let uploads: Vec<Upload> = uploads.collect();
        if let Err(error) = self.engine.upload(&self.container.id, &uploads).await {
            let reason = error.reasons().join(": ");
            self.events.notice(Level::Warning, format!("Could not mark hooks as done: {reason}"));
        }
        let done = markers.drain(..).map(|(name, content)| (name.to_owned(), content.to_owned()));
        self.journal.change(|record| record.hooks_done.extend(done));
    }
}

/// Runs a process in a container, each line of its output going to `each`. Returns its exit code.
pub async fn exec_lines(
    engine: &Engine,
    container: &Container,
    request: ExecRequest,
    mut each: impl FnMut(String),
) -> Result<i64> {
    let mut session = engine.exec(&container.id, request).await?;
    let (mut stdout, mut stderr) = (Lines::default(), Lines::default());
    while let Some((stream, bytes)) = session.output.next().await.transpose()? {
        let lines = if stream == OutputStream::Stdout { &mut stdout } else { &mut stderr };
        lines.push(&bytes, &mut each);
    }
    stdout.finish(&mut each);
    stderr.finish(&mut each);
    session.control.exit_code().await
}
