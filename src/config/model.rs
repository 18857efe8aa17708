//! The configuration as types, converted once: [`Config`] is what the file says, [`Settings`] is what, with the images'
//! metadata merged in, the container is run by.
//!
//! Conversion never fails: the schema check has reported wrong types long before, and what images carry must not be
//! able to stop us. A value of a wrong type counts as absent.

mod config;
mod settings;
mod values;

pub use config::{Build, Compose, Config, Kind};
pub use settings::{Gpu, HostRequirements, RequestedMount, Settings, ShutdownAction, UserEnvProbe, WaitFor};
pub(in crate::config) use values::text;

#[cfg(test)]
mod tests;
