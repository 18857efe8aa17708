//! What `devc doctor` makes of a machine: facts in, a diagnosis out. Pure.

mod caches;
mod examine;
mod facts;

pub use caches::BuildCaches;
pub use examine::{Diagnosis, Health, examine};
pub use facts::{BuilderFacts, EngineFacts, Facts, Found, Version};
