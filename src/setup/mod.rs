//! What `devc setup` changes on a machine: a block in the shell's profile, and a builder of its own. Pure.

mod block;
mod builder;
mod shell;

pub use block::{Without, with_block, without_block};
pub use builder::BuilderLimits;
pub use shell::{Homes, Shell};
