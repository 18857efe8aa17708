//! One file per verb: its arguments on top, then gather, decide, do, say. Verbs never call verbs.

pub mod build;
mod collection;
mod compose;
mod context;
pub mod doctor;
pub mod down;
pub mod exec;
pub mod features;
mod gather;
pub mod generate;
mod hooks;
pub mod init;
pub mod install_alias;
pub mod list;
pub mod logs;
pub mod metrics;
pub mod optimize;
mod options;
pub mod outdated;
pub mod prebuild;

mod process;
pub mod read_configuration;
pub mod run_user_commands;
mod session;
pub mod set_up;
pub mod setup;
pub mod shell;
pub mod stack;
pub mod stop;
mod template;
pub mod templates;
pub mod up;
pub mod upgrade;
pub mod verify;
pub mod volume;
mod wanted_features;

pub use context::{Answer, Context};
pub use gather::read_secrets;
pub use options::BuildSecretArgs;
