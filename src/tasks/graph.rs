//! Who waits for whom.

use std::collections::BTreeMap;
use std::fmt;

use super::{Declaration, TaskId};

/// The needs of all tasks, without circles. Phases are apart: a task waits for all earlier phases as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Graph {
    /// The tasks that each task needs.
    pub needs: Vec<Vec<TaskId>>,
    /// The tasks that need it.
    pub needed_by: Vec<Vec<TaskId>>,
}

/// Why tasks cannot be put in an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mistake {
    /// Two tasks have the same name.
    SameName(TaskId),
    /// A task needs one that is not there.
    Unknown {
        /// Which task.
        task: TaskId,
        /// What it needs.
        need: String,
    },
    /// Tasks wait for each other: the first one again at the end.
    Circle(Vec<TaskId>),
}

impl Graph {
    /// Draws the needs of all tasks.
    pub fn of(declaration: &Declaration) -> Result<Self, Mistake> {
        let mut ids = BTreeMap::new();
        for (id, task) in declaration.tasks.iter().enumerate() {
            if ids.insert(task.name.as_str(), id).is_some() {
                return Err(Mistake::SameName(id));
            }
        }
        let mut graph = Self { needs: vec![Vec::new(); ids.len()], needed_by: vec![Vec::new(); ids.len()] };
        for (task, declared) in declaration.tasks.iter().enumerate() {
            for need in &declared.needs {
                let Some(&needed) = ids.get(need.as_str()) else {
                    return Err(Mistake::Unknown { task, need: need.clone() });
                };
                // Later phases wait for the whole of this one.
                if declaration.tasks[needed].phase > declared.phase {
                    return Err(Mistake::Circle(vec![task, needed, task]));
                }
                graph.add(task, needed);
            }
        }
        match graph.circle() {
            Some(circle) => Err(Mistake::Circle(circle)),
            None => Ok(graph),
        }
    }

    fn add(&mut self, task: TaskId, needed: TaskId) {
        if !self.needs[task].contains(&needed) {
            self.needs[task].push(needed);
            self.needed_by[needed].push(task);
        }
    }

    /// The tasks in an order in which each comes after what it needs; those in and behind a circle are left out.
    pub fn in_order(&self) -> Vec<TaskId> {
        let mut open: Vec<usize> = self.needs.iter().map(Vec::len).collect();
        let mut order: Vec<TaskId> = (0..open.len()).filter(|task| open[*task] == 0).collect();
        let mut next = 0;
        while let Some(&done) = order.get(next) {
            for &task in &self.needed_by[done] {
                open[task] -= 1;
                if open[task] == 0 {
                    order.push(task);
                }
            }
            next += 1;
        }
        order
    }

    fn circle(&self) -> Option<Vec<TaskId>> {
        let mut is_left = vec![true; self.needs.len()];
        self.in_order().into_iter().for_each(|task| is_left[task] = false);
        let mut path = vec![is_left.iter().position(|is_left| *is_left)?];
        loop {
            // Whoever is left needs somebody who is left.
            let next = *self.needs[*path.last()?].iter().find(|task| is_left[**task])?;
            if let Some(start) = path.iter().position(|task| *task == next) {
                path.push(next);
                return Some(path.split_off(start));
            }
            path.push(next);
        }
    }

    /// The tasks and all that they need, directly or not.
    pub fn with_needs(&self, wanted: &[TaskId]) -> Vec<bool> {
        let mut is_wanted = vec![false; self.needs.len()];
        let mut open = wanted.to_vec();
        while let Some(task) = open.pop() {
            if !std::mem::replace(&mut is_wanted[task], true) {
                open.extend(&self.needs[task]);
            }
        }
        is_wanted
    }
}

impl Mistake {
    /// What is wrong, with the names of the tasks.
    pub fn describe<'a>(&'a self, declaration: &'a Declaration) -> impl fmt::Display + 'a {
        let name = |task: &TaskId| declaration.tasks[*task].name.as_str();
        match self {
            Self::SameName(task) => format!("two tasks are called `{}`", name(task)),
            Self::Unknown { task, need } => format!("`{}` needs the unknown task `{need}`", name(task)),
            Self::Circle(circle) => {
                let names: Vec<&str> = circle.iter().map(name).collect();
                format!("tasks wait for each other: {}", names.join(" -> "))
            }
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::{Phase, Task};
    use super::*;

    /// Tasks as `name: needs`; a line with `--` begins a new phase.
    pub(in crate::tasks) fn declared(text: &str) -> Declaration {
        let mut declaration = Declaration { phases: vec![Phase::default()], ..Declaration::default() };
        for line in text.split(';').map(str::trim) {
            let Some((name, needs)) = line.split_once(':') else {
                declaration.phases.push(Phase::default());
                continue;
            };
            let mut task = Task::new(name, declaration.phases.len() - 1, vec!["true".to_owned()]);
            task.needs = needs.split_whitespace().map(str::to_owned).collect();
            declaration.tasks.push(task);
        }
        declaration
    }

    fn check(text: &str, expected: &str) {
        let declaration = declared(text);
        let seen = match Graph::of(&declaration) {
            Ok(graph) => {
                let names = graph.in_order().into_iter().map(|task| declaration.tasks[task].name.as_str());
                names.collect::<Vec<_>>().join(" ")
            }
            Err(mistake) => mistake.describe(&declaration).to_string(),
        };
        assert_eq!(seen, expected);
    }

    #[test]
    fn each_task_comes_after_what_it_needs() {
        check("a: b c; b: c; c:; d:", "c d b a");
        check("a:; --; b: a a", "a b");
    }

    #[test]
    fn a_circle_is_named() {
        check("x: a; a: b; b: c; c: a", "tasks wait for each other: a -> b -> c -> a");
        check("a: a", "tasks wait for each other: a -> a");
        check("a: b; --; b:", "tasks wait for each other: a -> b -> a");
    }

    #[test]
    fn what_is_not_there_is_named() {
        check("a: nobody", "`a` needs the unknown task `nobody`");
        check("a:; a:", "two tasks are called `a`");
    }

    #[test]
    fn a_selection_brings_what_it_needs() {
        let graph = Graph::of(&declared("a: b; b: c; c:; d:")).unwrap();
        assert_eq!(graph.with_needs(&[1]), [false, true, true, false]);
    }
}
