//! Runs tasks: commands with a log, limits and a memory, in a container or on this machine.

mod container;
mod inputs;
mod local;
mod log;
mod output;
mod site;

pub use container::ContainerSite;
pub use local::LocalSite;
pub use log::TaskLog;
pub use output::TaskOutput;
pub use site::{Ended, How, Site, Stop, TaskCommand};

/// The script that answers the questions of tasks.
const LOOK: &str = include_str!("../../../templates/look.sh");
