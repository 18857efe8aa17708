//! Which ecosystems a repository uses, where, in which versions, and what says so. Pure.
//!
//! What an ecosystem is made of stands in [`tables`](https://toml.io): one file each below `tables/`, found by its being
//! there. A [`Table`] says what its files mean, how its dependencies are installed and cached, what it writes, and what
//! a development and a production image need. [`detect`](detect()) holds the files of a repository against all tables.

mod detect;
mod edit;
mod facts;
mod file_pattern;
mod install;
mod production;
mod reuse;
mod runtime;
mod table;

pub use detect::{Found, Repository, Stack, detect};
pub use edit::{Edit, Edits};
pub use facts::Facts;
pub use file_pattern::{FilePattern, LinePattern};
pub use install::{
    Alone, Apart, Cache, Compiling, DevelopmentInstall, Install, Obstacle, Program, Sharing, StandIns,
};
pub use production::Production;
pub use reuse::{Condition, Holds, Reuse, SetAside};
pub use runtime::{Port, Runtime, Site, Start};
pub use table::{Meaning, Outputs, Place, Table, Tables, Task};
