//! What is said of a hook while it runs and at its end, in the reference CLI's words, and what is written down of it.

use futures_util::future::join_all;

use crate::config::hook::{self, Hook, HookCommand, Origin, command_text};
use crate::error::{Error, ErrorKind, Result};
use crate::event::{Events, Exit, Outcome, Step, StepKind, Title};
use crate::execute::journal::{self, Journal};
use crate::execute::tasks::TaskLog;
use crate::host::WorkState;

/// What the shell reports for a process that ended by SIGINT: somebody stopped it on purpose.
const INTERRUPTED: i64 = 130;

/// Runs the processes of a hook: one, or side by side one for each entry of the object form. All are waited for, even
/// after a failure; the first that failed, in the order of the file, is the one to report.
pub(super) async fn run_parts(
    command: &HookCommand,
    report: &Report<'_>,
    run: impl AsyncFn(&[String], &Step, Option<&mut TaskLog>) -> Result<i64>,
) -> Result<()> {
    let HookCommand::Parallel(entries) = command else {
        let argv = command.argv().unwrap_or_default();
        let step = report.events.step_with_detail(StepKind::Hook, report.title(None), command_text(&argv));
        return report.follow(step, None, &argv, &run).await;
    };
    let whole = report.events.step(StepKind::Hook, report.title(None));
    let journal = report.begin(None);
    let runs = entries.iter().map(|(name, command)| {
        // The format has no objects inside objects; the configuration's check refuses them.
        let argv = command.argv().unwrap_or_default();
        let step = whole.child(StepKind::Hook, report.title(Some(name)), Some(command_text(&argv)));
        let run = &run;
        async move { report.follow(step, Some(name), &argv, run).await }
    });
    let results: Vec<Result<()>> = join_all(runs).await;
    let result: Result<()> = results.into_iter().collect();
    if let Some(journal) = journal {
        journal.end(if result.is_ok() { WorkState::Done } else { WorkState::Failed }, None);
    }
    whole.conclude(result)
}

/// How a hook is spoken of, and where it is written down.
pub(super) struct Report<'a> {
    pub(super) events: &'a Events,
    pub(super) hook: Hook,
    pub(super) origin: &'a Origin,
    /// `None` for what runs on this machine.
    pub(super) journal: Option<&'a Journal<'a>>,
    /// What the hook runs for: the creation or the start of the container.
    pub(super) occasion: Option<&'a str>,
}

impl Report<'_> {
    /// Runs one process to its end, and tells it.
    async fn follow(
        &self,
        step: Step,
        entry: Option<&str>,
        argv: &[String],
        run: &impl AsyncFn(&[String], &Step, Option<&mut TaskLog>) -> Result<i64>,
    ) -> Result<()> {
        let mut journal = self.begin(entry);
        let result = run(argv, &step, journal.as_mut().map(journal::Entry::log)).await;
        if let Some(journal) = journal {
            journal.exited(result.as_ref().ok().copied());
        }
        self.conclude(step, entry, argv, result)
    }

    fn begin(&self, entry: Option<&str>) -> Option<journal::Entry<'_>> {
        let name = hook::record_name(self.hook, self.origin);
        let name = entry.map_or(name.clone(), |entry| hook::part_name(&name, entry));
        Some(self.journal?.begin(name, self.occasion))
    }

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
            None => Title::from(format!("Running the {}", self.subject(None)))
                .named(hook::record_name(self.hook, self.origin)),
            Some(entry) => Title::from(format!("Running {}", self.subject(Some(entry)))).named(entry),
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
