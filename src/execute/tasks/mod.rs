//! Runs tasks: commands with a log, limits and a memory, in a container or on this machine.

mod attempts;
mod container;
mod inputs;
mod local;
mod log;
mod output;
mod prebuild;
mod report;
mod site;
mod sites;
mod store;

pub use container::ContainerSite;
pub use local::LocalSite;
pub use log::TaskLog;
pub use output::TaskOutput;
pub use prebuild::Prebuild;
pub use report::{Fate, TaskReport};
pub use site::{Ended, How, Site, Stop, TaskCommand};
pub use sites::Sites;
pub use store::{Store, known_tasks};

/// The script that answers the questions of tasks.
const LOOK: &str = include_str!("../../../templates/look.sh");
