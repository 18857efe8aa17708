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
pub mod glob;
mod history;
pub mod leftovers;
mod lock;
mod open_files;
mod pending;
mod process;
mod process_group;
mod program;
mod record;
mod successor;
mod supervisor;
mod tree;
pub mod trust;
pub mod tty;
pub mod usage;
mod volume_record;
mod work_record;

pub use clock::{day, local_time, now, now_seconds, of_this_place, time};
pub use context_tree::{ContextCopy, ContextEntry, ContextTree};
pub use disk::free_bytes;
pub use docker_plugins::docker_plugin;
pub use environment::{Environment, random_bytes, unique_id};
pub use history::{append_history, read_history};
pub use lock::{WorkspaceLock, is_busy};
pub use open_files::allow_deep_folders;
pub use pending::PendingFile;
pub use process::{HostCommand, launch, run_host_command};
pub use process_group::ProcessGroup;
pub use program::{ProgramFile, program_files};
pub use record::{ContainerRecord, DOTFILES, EnvironmentProbe, ServicesRecord};
pub use successor::Successor;
pub use supervisor::{ResourceUse, Supervised, Supervisor};
pub use tree::Tree;
pub use volume_record::{Look, VolumeRecord};
pub use work_record::{WorkRecord, WorkState};
