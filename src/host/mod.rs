//! The doors to this machine: environment, files, processes, locks, certificates.
//!
//! Nothing else in the crate reads a variable, opens a file or starts a host process, so every other folder
//! can be tested with values.

mod clock;
mod context_tree;
mod disk;
mod docker_plugins;
mod environment;
pub mod files;
mod history;
pub mod leftovers;
mod lock;
mod pending;
mod process;
mod process_group;
mod record;
mod successor;
mod tree;
pub mod trust;
pub mod tty;
pub mod usage;
mod volume_record;

pub use clock::{day, local_time, now, now_seconds};
pub use context_tree::{ContextCopy, ContextEntry, ContextTree};
pub use disk::free_bytes;
pub use docker_plugins::docker_plugin;
pub use environment::{Environment, secret_key, unique_id};
pub use history::{append_history, read_history};
pub use lock::WorkspaceLock;
pub use pending::PendingFile;
pub use process::{HostCommand, run_host_command};
pub use process_group::ProcessGroup;
pub use record::{ContainerRecord, EnvironmentProbe, ServicesRecord};
pub use successor::Successor;
pub use tree::Tree;
pub use volume_record::VolumeRecord;
