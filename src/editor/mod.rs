//! Editors that a dev container is handed to: which there are, which one is meant, and how each is told. Pure.
//!
//! [`Editor`] knows names and programs, [`choose`] decides among those that are there, and [`Place::handoff`] makes the
//! command that opens one container and no other.

mod choose;
mod handoff;
mod known;

pub use choose::{Seen, choose};
pub use handoff::{Handoff, Place};
pub use known::Editor;
