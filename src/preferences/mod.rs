//! What a user has settled for all projects of a machine: `config.toml` in the folder for settings. Pure.
//!
//! [`SETTINGS`] is what can be settled, [`file`] reads and changes the text, and [`Preferences`] knows who wins: a flag, a
//! variable, the project, the file, the default.

pub mod file;
mod layers;
mod setting;

pub use layers::{Found, Origin, Preferences};
pub use setting::{
    CA_FILE, CACHE_VOLUMES, EDITOR, MAX_PARALLEL, OPTIMIZE, SETTINGS, Setting, VOLUMES_FOLDER, Value,
};

/// The name of the file.
pub const FILE_NAME: &str = "config.toml";
