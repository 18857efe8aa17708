//! How much may happen at once.

use std::collections::BTreeMap;

use super::{Declaration, Task};

/// The processor, of which there is as much as the machine has unless the project says otherwise.
const CPU: &str = "cpu";

/// The network, with as many users as registries like, unless the project says otherwise.
const NETWORK: (&str, u32) = ("network", 4);

/// So many tasks may run at once even on a small machine: most of them wait for something else than the processor.
const FEWEST_PARALLEL: usize = 4;

/// How much may happen at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Tasks in all.
    pub parallel: usize,
    /// Tasks of each phase, where it says so.
    pub phases: Vec<Option<usize>>,
    /// Named resources.
    pub resources: BTreeMap<String, u32>,
}

impl Limits {
    /// What the project says, with defaults for a machine with `processors`.
    pub fn of(declaration: &Declaration, processors: usize) -> Self {
        let parallel = declaration.max_parallel.unwrap_or(processors.max(FEWEST_PARALLEL));
        let processors = u32::try_from(processors).unwrap_or(u32::MAX);
        let mut resources: BTreeMap<String, u32> =
            [(CPU.to_owned(), processors), (NETWORK.0.to_owned(), NETWORK.1)].into();
        resources.extend(declaration.resources.clone());
        let phases = declaration.phases.iter().map(|phase| phase.max_parallel);
        Self { parallel, phases: phases.collect(), resources }
    }

    /// How many tasks of a phase may run at once.
    pub fn of_phase(&self, phase: usize) -> usize {
        self.phases[phase].map_or(self.parallel, |most| most.min(self.parallel))
    }

    /// Whether tasks may use something of this name.
    pub fn knows(declaration: &Declaration, resource: &str) -> bool {
        declaration.resources.contains_key(resource) || [CPU, NETWORK.0].contains(&resource)
    }

    /// How much a task takes of each resource. One that wants more than there is gets all of it, alone.
    pub fn taken_by<'a>(&'a self, task: &'a Task) -> impl Iterator<Item = (&'a str, u32)> {
        task.uses.iter().filter_map(|(name, amount)| {
            let (name, most) = self.resources.get_key_value(name)?;
            Some((name.as_str(), (*amount).min(*most)))
        })
    }
}
