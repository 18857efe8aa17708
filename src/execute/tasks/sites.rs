//! All places of a run, and one look at what its tasks depend on.

use crate::error::Result;
use crate::execute::tasks::Site;
use crate::tasks::{Declaration, Sight, Task, TaskId, Where};

/// Where the tasks of a run are at home.
pub struct Sites<'a> {
    /// The container, or this machine if it is one.
    pub inside: Site<'a>,
    /// The machine around the container, if that is here.
    pub host: Option<Site<'a>>,
}

impl Sites<'_> {
    /// Where a task runs; `None` for one that this end of the run cannot reach.
    pub(super) fn of(&self, task: &Task) -> Option<&Site<'_>> {
        match task.place {
            Where::Container => Some(&self.inside),
            Where::Host => self.host.as_ref(),
        }
    }

    /// What is seen of each task that is wanted: one look for each place.
    pub async fn look(&self, declaration: &Declaration, wanted: &[bool]) -> Result<Vec<Sight>> {
        let mut sights = vec![Sight::default(); wanted.len()];
        for (place, site) in [(Where::Container, Some(&self.inside)), (Where::Host, self.host.as_ref())] {
            let Some(site) = site else { continue };
            let here = |task: &TaskId| wanted[*task] && declaration.tasks[*task].place == place;
            let ids: Vec<TaskId> = (0..wanted.len()).filter(here).collect();
            let tasks: Vec<&Task> = ids.iter().map(|task| &declaration.tasks[*task]).collect();
            let seen = site.look_at(&tasks).await?;
            ids.into_iter().zip(seen).for_each(|(task, sight)| sights[task] = sight);
        }
        Ok(sights)
    }
}

impl Site<'_> {
    /// What is seen of tasks that run here, their inputs included.
    pub(super) async fn look_at(&self, tasks: &[&Task]) -> Result<Vec<Sight>> {
        let inputs: Vec<_> = tasks.iter().map(|task| self.inputs(task)).collect();
        let questions = tasks.iter().zip(&inputs);
        let questions: Vec<_> =
            questions.map(|(task, inputs)| (task.cwd.clone(), task.questions(inputs.is_none()))).collect();
        let seen = self.look(&questions).await?;
        let with_inputs = |(sight, inputs): (Sight, Option<_>)| match inputs {
            Some(inputs) => Sight { inputs, ..sight },
            None => sight,
        };
        Ok(seen.into_iter().zip(inputs).map(with_inputs).collect())
    }
}
