//! What may start now: a state machine that is told what has ended, and starts nothing itself.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::time::Duration;

use super::{Declaration, Graph, Limits, OnFailure, Task, TaskId};

/// How long a task is thought to take that has never run.
const UNKNOWN_TIME: Duration = Duration::from_secs(1);

/// How a task ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Well, whether it had to run or not.
    Done,
    /// In a failure.
    Failed,
}

/// Where a task is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It is no part of this run.
    NotWanted,
    /// It waits for others, or for room.
    Waiting,
    /// It was started.
    Running,
    /// It is over.
    Ended(Ending),
    /// It never starts, because this task, which it needs, has failed.
    Blocked(TaskId),
}

/// The course of one run.
pub struct Schedule<'a> {
    declaration: &'a Declaration,
    graph: &'a Graph,
    limits: &'a Limits,
    keeps_going: bool,
    states: Vec<State>,
    /// How many needs of each task are not done.
    open_needs: Vec<usize>,
    /// How many tasks of each phase are not over.
    open_in_phase: Vec<usize>,
    /// The phase of which tasks may start.
    phase: usize,
    /// What may start if there is room: the longest way to the end first, then as declared.
    ready: BTreeSet<(Reverse<Duration>, TaskId)>,
    /// How long it takes from the beginning of each task to the end of all that need it.
    way: Vec<Duration>,
    running: Vec<TaskId>,
    /// The first failure after which nothing starts.
    stopped_by: Option<TaskId>,
}

impl<'a> Schedule<'a> {
    /// A run of the tasks that are `wanted`; those that are not count as done. `times` are those of earlier runs.
    pub fn new(
        declaration: &'a Declaration,
        graph: &'a Graph,
        limits: &'a Limits,
        wanted: &[bool],
        times: impl Fn(&Task) -> Option<Duration>,
    ) -> Self {
        let states: Vec<State> =
            wanted.iter().map(|wanted| if *wanted { State::Waiting } else { State::NotWanted }).collect();
        let open_needs = graph.needs.iter().map(|needs| needs.iter().filter(|need| wanted[**need]).count());
        let mut open_in_phase = vec![0; declaration.phases.len()];
        let open = declaration.tasks.iter().zip(wanted).filter(|(_, wanted)| **wanted);
        open.for_each(|(task, _)| open_in_phase[task.phase] += 1);
        let mut schedule = Self {
            declaration,
            graph,
            limits,
            keeps_going: false,
            states,
            open_needs: open_needs.collect(),
            open_in_phase,
            phase: 0,
            ready: BTreeSet::new(),
            way: ways(declaration, graph, times),
            running: Vec::new(),
            stopped_by: None,
        };
        schedule.open_phase();
        schedule
    }

    /// Goes on after a failure with all that does not need what failed.
    pub fn keep_going(mut self) -> Self {
        self.keeps_going = true;
        self
    }

    /// Starts all tasks for which there is room.
    pub fn start(&mut self) -> Vec<TaskId> {
        let mut started = Vec::new();
        if self.stopped_by.is_some() {
            return started;
        }
        while self.running.len() < self.limits.of_phase(self.phase) {
            let fitting = self.ready.iter().find(|(_, task)| self.has_room(*task)).copied();
            let Some(entry @ (_, task)) = fitting else { break };
            self.ready.remove(&entry);
            self.states[task] = State::Running;
            self.running.push(task);
            started.push(task);
        }
        started
    }

    /// Takes in that a task that was started has ended.
    pub fn finished(&mut self, task: TaskId, ending: Ending) {
        self.running.retain(|running| *running != task);
        self.states[task] = State::Ended(ending);
        match ending {
            Ending::Done => self.release(task),
            Ending::Failed => {
                self.block(task);
                let stops = self.declaration.tasks[task].on_failure == OnFailure::Stop && !self.keeps_going;
                self.stopped_by = self.stopped_by.or(stops.then_some(task));
            }
        }
        self.close(task);
    }

    /// The tasks that run now.
    pub fn running(&self) -> &[TaskId] {
        &self.running
    }

    /// The failure because of which nothing starts any more, and what runs is to be ended.
    pub fn stopped_by(&self) -> Option<TaskId> {
        self.stopped_by
    }

    /// Where a task is.
    pub fn state(&self, task: TaskId) -> State {
        self.states[task]
    }

    fn has_room(&self, task: TaskId) -> bool {
        let tasks = &self.declaration.tasks;
        self.limits.taken_by(&tasks[task]).all(|(name, amount)| {
            let others = self.running.iter().flat_map(|running| self.limits.taken_by(&tasks[*running]));
            let taken: u32 = others.filter(|(other, _)| *other == name).map(|(_, amount)| amount).sum();
            taken + amount <= self.limits.resources[name]
        })
    }

    /// Those that needed a task need one less.
    fn release(&mut self, task: TaskId) {
        for &next in &self.graph.needed_by[task] {
            self.open_needs[next] -= 1;
            self.make_ready(next);
        }
    }

    /// Those that need a task that failed, directly or not, never start.
    fn block(&mut self, failed: TaskId) {
        let mut open = vec![failed];
        while let Some(task) = open.pop() {
            for &next in &self.graph.needed_by[task] {
                if self.states[next] == State::Waiting {
                    self.states[next] = State::Blocked(failed);
                    self.close(next);
                    open.push(next);
                }
            }
        }
    }

    /// A task is over; with the last one of its phase, the next phase begins.
    fn close(&mut self, task: TaskId) {
        let phase = self.declaration.tasks[task].phase;
        self.open_in_phase[phase] -= 1;
        if phase == self.phase && self.open_in_phase[phase] == 0 {
            self.open_phase();
        }
    }

    fn open_phase(&mut self) {
        while self.open_in_phase.get(self.phase) == Some(&0) && self.phase + 1 < self.open_in_phase.len() {
            self.phase += 1;
        }
        (0..self.states.len()).for_each(|task| self.make_ready(task));
    }

    fn make_ready(&mut self, task: TaskId) {
        let is_its_turn = self.declaration.tasks[task].phase == self.phase;
        if is_its_turn && self.states[task] == State::Waiting && self.open_needs[task] == 0 {
            self.ready.insert((Reverse(self.way[task]), task));
        }
    }
}

/// How long it takes from the beginning of each task to the end of the last one of its phase that needs it.
fn ways(
    declaration: &Declaration,
    graph: &Graph,
    times: impl Fn(&Task) -> Option<Duration>,
) -> Vec<Duration> {
    let tasks = &declaration.tasks;
    let mut ways = vec![Duration::ZERO; tasks.len()];
    for task in graph.in_order().into_iter().rev() {
        let after = graph.needed_by[task].iter().filter(|next| tasks[**next].phase == tasks[task].phase);
        let after = after.map(|next| ways[*next]).max().unwrap_or_default();
        ways[task] = after.saturating_add(times(&tasks[task]).unwrap_or(UNKNOWN_TIME));
    }
    ways
}

#[cfg(test)]
mod tests;
