//! The configuration core: text of `devcontainer.json` in, typed values and diagnostics out.
//!
//! Nothing here touches files, processes, the environment or an engine; whatever must be known from
//! outside comes in as a value or through a small trait. The way of a configuration through this folder:
//! [`discovery`] says which file, [`jsonc`] reads it, [`schema`] reports mistakes, [`legacy`] modernises it,
//! [`substitute`] resolves variables, [`metadata`] and [`merge`] fold in what images say, and [`model`]
//! turns the outcome into types.

pub mod bytes;
mod command_line;
pub mod csv;
pub mod diagnostic;
pub mod discovery;
pub mod duration;
pub mod hook;
mod install_hook;
pub mod jsonc;
pub mod legacy;
pub mod merge;
pub mod metadata;
pub mod model;
pub mod mount;
mod nearest;
pub mod schema;
pub mod substitute;

/// A JSON object that keeps the order of its keys.
pub type Map = serde_json::Map<String, serde_json::Value>;

/// What a configuration says to one tool, below `customizations`.
pub fn customization<'a>(configuration: &'a Map, tool: &str) -> Option<&'a serde_json::Value> {
    configuration.get("customizations")?.get(tool)
}

pub use command_line::command_line;
pub use hook::{Hook, HookCommand, Origin};
pub use install_hook::install_hook;
pub use model::{Build, Config, Gpu, Kind, RequestedMount, Settings, UserEnvProbe, WaitFor};
pub use mount::{Mount, MountKind};
pub use nearest::nearest;
