//! Features fetched: from references to an install order, and from there to folders that a build can install from.
//!
//! [`FeatureSources::resolve`] finds the order, for which metadata is enough; [`FeatureSources::load`] brings the packages
//! of what it found as a [`FeatureSet`]. Neither knows what the Features are for, so every verb can use them. `lock` reads
//! and writes the lockfile around both.

mod advice;
mod fetch;
mod lock;
mod outlook;
mod report;
mod set;

pub use advice::advised;
pub use fetch::{FeatureSources, Origin, Resolved};
pub use lock::{Lock, LockPolicy};
pub use set::FeatureSet;
