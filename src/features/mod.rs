//! Dev container Features: which ones, from where, in which order, with which environment. Pure.
//!
//! The way of a Feature through this folder: [`mod@requested`] collects what the user asked for, [`source`] says where
//! an id leads, [`order`] asks its caller for [`metadata`] until the install order is known, [`options`] and
//! [`install`] make the files with which a Feature is installed, and [`lockfile`] remembers what was used.
//!
//! Nothing here fetches: [`order::Resolver`] says what it needs, and the caller brings it, as parallel as it can.

pub mod collation;
pub mod control;
pub mod install;
pub mod lockfile;
pub mod metadata;
pub mod oci;
pub mod options;
pub mod order;
pub mod outdated;
pub mod requested;
pub mod source;
pub mod version;

pub use lockfile::Lockfile;
pub use metadata::FeatureMetadata;
pub use oci::OciReference;
pub use order::{Facts, Need, Planned, Resolver, Step};
pub use requested::{Requested, RequestedFeature, requested};
pub use source::{Places, Source};
