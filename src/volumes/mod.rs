//! Which folders of a dev container outlive it: package caches, editor servers, what was typed in shells. Pure.
//!
//! [`Offers`] are the folders that can be kept, [`Wishes`] what `customizations.devc.volumes` says about them.
//! [`wanted`] makes of both, and of the stacks of a repository, what this project keeps; [`Place::mounts`] makes mounts
//! of that for one user of one image.

mod check;
mod facts;
mod labels;
mod leftovers;
mod offers;
mod place;
mod wanted;
mod wishes;

pub use check::check;
pub use facts::Fact;
pub use labels::{Labels, Scope, VERSION_LABEL};
pub use leftovers::Leftovers;
pub use offers::Offers;
pub use place::{CACHES_LABEL, CacheMount, Kept, Place};
pub use wanted::{Wanted, wanted};
pub use wishes::{Medium, Wish, Wishes};
