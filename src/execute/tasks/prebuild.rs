//! All tasks of a run, as the schedule says.

use std::cell::{Cell, RefCell};
use std::path::PathBuf;
use std::time::Instant;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::sync::{Mutex, watch};

use crate::error::Result;
use crate::event::{Events, Level, Outcome, Step, StepKind, milliseconds};
use crate::execute::tasks::attempts::{attempt, failure};
use crate::execute::tasks::{Fate, How, Site, Sites, Stop, Store, TaskLog, TaskReport};
use crate::host;
use crate::tasks::{
    Declaration, Graph, Last, LastState, Limits, Reason, Record, Schedule, Sight, State, Task, TaskId,
    Verdict, verdict,
};

/// One run of the tasks of a project.
pub struct Prebuild<'a> {
    /// The tasks.
    pub declaration: &'a Declaration,
    /// What they need.
    pub graph: &'a Graph,
    /// How many run at once.
    pub limits: &'a Limits,
    /// Where they run.
    pub sites: &'a Sites<'a>,
    /// What was seen of each, by somebody who has looked already.
    pub seen: Option<Vec<Sight>>,
    /// Where it is remembered what is done.
    pub store: &'a Store<'a>,
    /// The folder of the logs.
    pub logs: PathBuf,
    /// Where to report.
    pub events: &'a Events,
    /// Which tasks run even if they are done.
    pub force: &'a [bool],
    /// Whether a failure stops only what needs it.
    pub keep_going: bool,
}

/// What changes during a run.
struct Course<'r> {
    record: RefCell<Record>,
    /// What was seen of each task before the first one began.
    sights: Vec<Sight>,
    /// Whether anything has run, so that what was seen may be different now.
    has_run: Cell<bool>,
    /// How many changes of the record have been saved.
    saved: Mutex<u64>,
    gave_up: &'r watch::Receiver<bool>,
}

impl Prebuild<'_> {
    /// What would be done, and why.
    pub async fn plan(&self, wanted: &[bool]) -> Result<Vec<Option<Verdict>>> {
        let (record, sights) = self.known(wanted).await?;
        let verdict = |task: TaskId| self.judge(task, &record, &sights[task]);
        Ok(wanted.iter().enumerate().map(|(task, wanted)| wanted.then(|| verdict(task))).collect())
    }

    /// Runs what is wanted and not done.
    pub async fn run(&self, wanted: &[bool]) -> Result<Vec<TaskReport>> {
        let (record, sights) = self.known(wanted).await?;
        let time = |task: &Task| record.time_of(task);
        let mut schedule = Schedule::new(self.declaration, self.graph, self.limits, wanted, time);
        if self.keep_going {
            schedule = schedule.keep_going();
        }
        let (give_up, gave_up) = watch::channel(false);
        let (has_run, saved) = (Cell::new(false), Mutex::new(record.changes));
        let course = Course { record: RefCell::new(record), sights, has_run, saved, gave_up: &gave_up };
        let mut reports: Vec<Option<TaskReport>> = vec![None; wanted.len()];
        let mut running = FuturesUnordered::new();
        loop {
            running.extend(schedule.start().into_iter().map(|task| self.task(task, &course)));
            let Some(report) = running.next().await else { break };
            schedule.finished(report.task, report.ending());
            if schedule.stopped_by().is_some() {
                give_up.send_replace(true);
            }
            let task = report.task;
            reports[task] = Some(report);
        }
        self.save(&course).await;
        let rest = |(task, report): (TaskId, Option<TaskReport>)| {
            report.or_else(|| Some(self.left_out(task, never_ran(schedule.state(task))?)))
        };
        Ok(reports.into_iter().enumerate().filter_map(rest).collect())
    }

    /// What is remembered of the tasks, and what is to be seen of them.
    async fn known(&self, wanted: &[bool]) -> Result<(Record, Vec<Sight>)> {
        let look = async {
            match &self.seen {
                Some(sights) => Ok(sights.clone()),
                None => self.sites.look(self.declaration, wanted).await,
            }
        };
        futures_util::try_join!(self.store.load(self.declaration), look)
    }

    fn judge(&self, task: TaskId, record: &Record, sight: &Sight) -> Verdict {
        match self.force[task] {
            true => Verdict::Run(Reason::Forced),
            false => verdict(&self.declaration.tasks[task], record, sight),
        }
    }

    /// What is known of a task when it is its turn, and whether it has to run. Only where it would be skipped after others have
    /// run, or where its inputs are not here, the site is asked again.
    async fn turn(&self, id: TaskId, site: &Site<'_>, course: &Course<'_>) -> Result<(Verdict, Sight)> {
        let task = &self.declaration.tasks[id];
        let mut sight = course.sights[id].clone();
        let judge = |sight: &Sight| self.judge(id, &course.record.borrow(), sight);
        if task.inputs.is_empty() || !course.has_run.get() {
            return Ok((judge(&sight), sight));
        }
        if let Some(inputs) = site.inputs(task) {
            sight.inputs = inputs;
            let verdict = judge(&sight);
            if matches!(verdict, Verdict::Run(_)) {
                return Ok((verdict, sight));
            }
        }
        let sight = site.look_at(&[task]).await?.swap_remove(0);
        Ok((judge(&sight), sight))
    }

    async fn task(&self, id: TaskId, course: &Course<'_>) -> TaskReport {
        let task = &self.declaration.tasks[id];
        let Some(site) = self.sites.of(task) else {
            return self
                .left_out(id, Fate::LeftOut("it runs on the host, and this is inside of a container"));
        };
        let step = self.events.step_with_detail(StepKind::Task, task.name.clone(), task.command_text());
        match self.turn(id, site, course).await {
            Ok((Verdict::Done(saved), _)) => {
                step.finish(Outcome::Cached);
                TaskReport::of(id, Fate::Skipped(saved))
            }
            Ok((Verdict::Run(_), before)) => self.run_task(id, site, before, step, course).await,
            Err(error) => {
                step.finish(Outcome::Failed(error.to_string()));
                TaskReport::of(id, Fate::Failed(error.to_string()))
            }
        }
    }

    /// A task that never begins.
    fn left_out(&self, id: TaskId, fate: Fate) -> TaskReport {
        let step = self.events.step(StepKind::Task, self.declaration.tasks[id].name.clone());
        step.finish(Outcome::Skipped(match &fate {
            Fate::LeftOut(why) => (*why).to_owned(),
            Fate::Blocked(by) => format!("{} failed", self.declaration.tasks[*by].name),
            _ => "another task failed".to_owned(),
        }));
        TaskReport::of(id, fate)
    }

    async fn run_task(
        &self,
        id: TaskId,
        site: &Site<'_>,
        before: Sight,
        step: Step,
        course: &Course<'_>,
    ) -> TaskReport {
        let task = &self.declaration.tasks[id];
        course.has_run.set(true);
        let was_done = course.record.borrow().tasks.get(&task.name).is_some_and(|last| last.stamp.is_some());
        course.record.borrow_mut().begin(task, host::now());
        if was_done {
            self.save(course).await;
        }
        let began = Instant::now();
        let mut log = TaskLog::new(self.logs.join(log_name(id, &task.name)));
        let outcome = attempt(task, site, (&mut log, &step), course.gave_up.clone()).await;
        let fate = match &outcome.ended {
            Err(error) => Fate::Failed(error.to_string()),
            Ok(ended) => match failure(ended.how, task) {
                _ if ended.how == How::Stopped(Stop::GivenUp) => Fate::Ended,
                _ if ended.how == How::NotNeeded => Fate::LeftOut("its condition does not hold"),
                Some(why) => Fate::Failed(why),
                None => Fate::Done,
            },
        };
        if let Err(error) = log.finish() {
            self.events.notice(Level::Warning, format!("The log of {} is not whole: {error}", task.name));
        }
        let ended = outcome.ended.ok();
        let report = TaskReport {
            elapsed: began.elapsed(),
            tries: outcome.tries,
            exit_code: ended.as_ref().and_then(|ended| ended.how.code()),
            cpu: ended.as_ref().and_then(|ended| ended.cpu),
            peak_memory: ended.as_ref().and_then(|ended| ended.peak_memory),
            bytes: outcome.bytes,
            log: log.path().map(ToOwned::to_owned),
            ..TaskReport::of(id, fate)
        };
        let after = ended.map(|ended| Sight { inputs: before.inputs, ..ended.sight });
        self.note(&report, after.unwrap_or_default(), course).await;
        step.finish(match &report.fate {
            Fate::Done => Outcome::Done,
            Fate::LeftOut(why) => Outcome::Skipped((*why).to_owned()),
            Fate::Failed(why) => Outcome::Failed(why.clone()),
            _ => Outcome::Cancelled,
        });
        report
    }

    /// Remembers how a task ended, at once if it may be skipped from now on.
    async fn note(&self, report: &TaskReport, after: Sight, course: &Course<'_>) {
        let task = &self.declaration.tasks[report.task];
        let state = match report.fate {
            Fate::Done => LastState::Done,
            Fate::Failed(_) => LastState::Failed,
            Fate::LeftOut(_) => return course.record.borrow_mut().withdraw(task),
            _ => return,
        };
        let may_be_skipped = state == LastState::Done && !task.inputs.is_empty();
        if let Some(pattern) = after.missing.first().filter(|_| may_be_skipped) {
            let text =
                format!("{} made no {pattern}, which it declares as output: it will run again.", task.name);
            self.events.notice(Level::Warning, text);
        }
        let started = course.record.borrow().tasks.get(&task.name).and_then(|last| last.started.clone());
        let last = Last {
            state,
            started,
            milliseconds: milliseconds(report.elapsed),
            exit_code: report.exit_code,
            log: report.log.as_ref().map(|path| path.display().to_string()),
            stamp: may_be_skipped.then(|| after.stamp(task)),
        };
        course.record.borrow_mut().note(task, last);
        if may_be_skipped {
            self.save(course).await;
        }
    }

    /// What cannot be remembered runs again: worth a word, but no reason to fail.
    async fn save(&self, course: &Course<'_>) {
        let mut saved = course.saved.lock().await;
        let record = course.record.borrow().clone();
        if std::mem::replace(&mut *saved, record.changes) == record.changes {
            return;
        }
        if let Err(error) = self.store.save(&record).await {
            let reason = error.reasons().join(": ");
            self.events.notice(Level::Warning, format!("Could not remember what is done: {error}: {reason}"));
        }
    }
}

/// Why a task that was wanted has never started.
fn never_ran(state: State) -> Option<Fate> {
    match state {
        State::NotWanted => None,
        State::Blocked(by) => Some(Fate::Blocked(by)),
        _ => Some(Fate::NotStarted),
    }
}

/// A name of a file for any name of a task; the number keeps those apart that would look alike.
fn log_name(id: TaskId, task: &str) -> String {
    let plain = |letter: char| if letter.is_alphanumeric() || "._-".contains(letter) { letter } else { '-' };
    let name: String = task.chars().map(plain).collect();
    if name == task { format!("{name}.log") } else { format!("{name}-{id}.log") }
}
