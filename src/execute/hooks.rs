//! Runs lifecycle hooks: on this machine and inside the container.

use std::collections::BTreeMap;
use std::path::Path;

use futures_util::StreamExt;
use futures_util::future::join_all;

use crate::config::{Hook, HookCommand, Origin};
use crate::engine::{Container, Engine, ExecRequest, OutputStream, Upload};
use crate::error::{Error, ErrorKind, Result};
use crate::event::{Events, Exit, Level, Lines, Outcome, Step, StepKind, Title};
use crate::execute::dotfiles::{self, Dotfiles};
use crate::execute::prepare::marker_path;
use crate::execute::{Prepared, ProcessTag, RunningProcesses};
use crate::host::{ContainerRecord, HostCommand, run_host_command};
use crate::plan::{DOTFILES, HookStep};
use crate::project::RemoteEnvironment;

/// What the shell reports for a process that ended by SIGINT: somebody stopped it on purpose.
const INTERRUPTED: i64 = 130;

/// Runs `initializeCommand` on this machine.
pub async fn run_initialize(command: &HookCommand, workspace: &Path, events: &Events) -> Result<()> {
    let report = Report { events, hook: Hook::Initialize, origin: &Origin::Config };
    run_parts(command, &report, async |argv: &[String], step: &Step| {
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
    /// Where they are listed while they run.
    pub running: &'a RunningProcesses,
}

impl HookRunner<'_> {
    /// Runs the steps in order; the first failure ends it. A step that succeeded is marked at once, inside the
    /// container and in the record (which `save` writes), so that nothing runs twice whatever happens next.
    pub async fn run(
        &self,
        steps: &[HookStep],
        record: &mut ContainerRecord,
        save: impl Fn(&ContainerRecord),
    ) -> Result<()> {
        self.end_left_over(record).await;
        // Markers of hooks without a command are written together with the next one.
        let mut markers: Vec<(&str, &str)> = Vec::new();
        for step in steps {
            let tag = ProcessTag::unique();
            if step.runs_something() {
                record.in_progress = Some(tag.text().to_owned());
                save(record);
            }
            let ran = match step {
                HookStep::Hook { hook, commands, marker } => {
                    for (origin, command) in commands {
                        let result = self.run_command(*hook, origin, command, &tag).await;
                        if matches!(&result, Err(error) if error.kind() == ErrorKind::Hook) {
                            record.in_progress = None;
                        }
                        result?;
                    }
                    markers.extend(marker.as_deref().map(|marker| (hook.name(), marker)));
                    !commands.is_empty()
                }
                HookStep::Dotfiles => {
                    markers.extend(self.install_dotfiles(&tag).await.then_some((DOTFILES, "")));
                    true
                }
            };
            record.in_progress = None;
            if ran {
                self.mark(&mut markers, record, &save).await;
            }
        }
        self.mark(&mut markers, record, &save).await;
        Ok(())
    }

    /// A run that was killed could not end its hook, which must not go on beside the one that comes now.
    async fn end_left_over(&self, record: &mut ContainerRecord) {
        let Some(tag) = record.in_progress.take() else { return };
        if ProcessTag::remembered(&tag).end(self.engine, &self.container.id).await {
            self.events.notice(Level::Info, "Ended a hook that an earlier devc had left running.");
        }
    }

    async fn run_command(
        &self,
        hook: Hook,
        origin: &Origin,
        command: &HookCommand,
        tag: &ProcessTag,
    ) -> Result<()> {
        let report = Report { events: self.events, hook, origin };
        run_parts(command, &report, async |argv: &[String], step: &Step| {
            self.exec(argv.to_vec(), tag.part(), step).await
        })
        .await
    }

    async fn exec(&self, command: Vec<String>, tag: ProcessTag, step: &Step) -> Result<i64> {
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
        let code = exec_lines(self.engine, self.container, request, step).await?;
        running.ended();
        Ok(code)
    }

    /// Dotfiles are personal: when they fail, the dev container is still good, so that is a warning and they are
    /// tried again next time.
    async fn install_dotfiles(&self, tag: &ProcessTag) -> bool {
        let Some(dotfiles) = self.dotfiles else { return true };
        let step = self.events.step(StepKind::Hook, "Installing Dotfiles");
        let code = self.exec(dotfiles::command(dotfiles), tag.part(), &step).await;
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
    async fn mark(
        &self,
        markers: &mut Vec<(&str, &str)>,
        record: &mut ContainerRecord,
        save: impl Fn(&ContainerRecord),
    ) {
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
        record.hooks_done.extend(done);
        save(record);
    }
}

/// Runs a process in a container, each line of its output going to `step`. Returns its exit code.
pub async fn exec_lines(
    engine: &Engine,
    container: &Container,
    request: ExecRequest,
    step: &Step,
) -> Result<i64> {
    let mut session = engine.exec(&container.id, request).await?;
    let (mut stdout, mut stderr) = (Lines::default(), Lines::default());
    while let Some((stream, bytes)) = session.output.next().await.transpose()? {
        let lines = if stream == OutputStream::Stdout { &mut stdout } else { &mut stderr };
        lines.push(&bytes, |line| step.line(line));
    }
    stdout.finish(|line| step.line(line));
    stderr.finish(|line| step.line(line));
    session.control.exit_code().await
}

/// Runs the processes of a hook: one, or side by side one for each entry of the object form. All are waited for, even
/// after a failure; the first that failed, in the order of the file, is the one to report.
async fn run_parts(
    command: &HookCommand,
    report: &Report<'_>,
    run: impl AsyncFn(&[String], &Step) -> Result<i64>,
) -> Result<()> {
    let HookCommand::Parallel(entries) = command else {
        let argv = argv(command);
        let step = report.events.step_with_detail(StepKind::Hook, report.title(None), command_text(&argv));
        let result = run(&argv, &step).await;
        return report.conclude(step, None, &argv, result);
    };
    let whole = report.events.step(StepKind::Hook, report.title(None));
    let runs = entries.iter().map(|(name, command)| {
        let argv = argv(command);
        let step = whole.child(StepKind::Hook, report.title(Some(name)), Some(command_text(&argv)));
        let run = &run;
        async move {
            let result = run(&argv, &step).await;
            report.conclude(step, Some(name), &argv, result)
        }
    });
    let results: Vec<Result<()>> = join_all(runs).await;
    whole.conclude(results.into_iter().collect())
}

fn argv(command: &HookCommand) -> Vec<String> {
    match command {
        HookCommand::Shell(text) => ["/bin/sh", "-c", text].map(str::to_owned).to_vec(),
        HookCommand::Exec(words) => words.clone(),
        // The format has no objects inside objects; the configuration's check refuses them.
        HookCommand::Parallel(_) => Vec::new(),
    }
}

/// The text that people know a command by.
fn command_text(argv: &[String]) -> String {
    match argv {
        [shell, flag, text] if shell == "/bin/sh" && flag == "-c" => text.clone(),
        words => words.join(" "),
    }
}

/// How a hook is spoken of.
struct Report<'a> {
    events: &'a Events,
    hook: Hook,
    origin: &'a Origin,
}

impl Report<'_> {
    /// `postCreateCommand from devcontainer.json`, or that of one of its entries.
    fn subject(&self, entry: Option<&str>) -> String {
        let (hook, origin) = (self.hook.name(), self.origin);
        entry.map_or_else(
            || format!("{hook} from {origin}"),
            |entry| format!("{entry} of {hook} from {origin}"),
        )
    }

    fn title(&self, entry: Option<&str>) -> Title {
        match entry {
            None => Title::from(format!("Running the {}", self.subject(None))).named(self.name()),
            Some(entry) => Title::from(format!("Running {}", self.subject(Some(entry)))).named(entry),
        }
    }

    /// What records call the hook: `postCreateCommand`, and of whom if that is a Feature.
    fn name(&self) -> String {
        match self.origin {
            Origin::Config => self.hook.name().to_owned(),
            Origin::Feature(id) => format!("{} of {id}", self.hook.name()),
        }
    }

    /// What results say about a failure (reference CLI).
    fn failure(&self, subject: &str) -> String {
        match self.hook {
            Hook::Initialize => "The initializeCommand in the devcontainer.json failed.".to_owned(),
            _ => format!("{subject} failed."),
        }
    }

    /// Ends the step, and makes a failed process an error.
    fn conclude(&self, step: Step, entry: Option<&str>, argv: &[String], result: Result<i64>) -> Result<()> {
        let subject = self.subject(entry);
        if let Ok(code) = result {
            step.exited(Exit { code, ..Exit::default() });
        }
        match result {
            Ok(0) => {
                step.done();
                Ok(())
            }
            Ok(INTERRUPTED) => {
                step.finish(Outcome::Failed(format!("{subject} interrupted.")));
                Err(Error::new(ErrorKind::Interrupted, format!("{subject} was interrupted"))
                    .hint("The next `devc up` runs it again."))
            }
            Ok(code) => {
                step.finish(Outcome::Failed(format!(
                    "{subject} failed with exit code {code}. Skipping any further user-provided commands."
                )));
                Err(Error::new(ErrorKind::Hook, self.failure(&subject))
                    .because(format!("Command failed: {}", argv.join(" ")))
                    .hint("Correct what it does; the next `devc up` runs it again and goes on from there."))
            }
            Err(error) => {
                step.finish(Outcome::Failed(error.to_string()));
                Err(Error::new(error.kind(), self.failure(&subject)).because(error))
            }
        }
    }
}
