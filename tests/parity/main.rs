//! The reference CLI beside `devc`: the same fixtures read and brought up by both, results and containers compared.
//!
//! Whatever may differ stands in [`differences`], with its reason; everything else has to be equal. The same list is
//! the heart of `docs/compatibility.md`, which [`docs`] keeps in step (`DEVC_UPDATE_DOCS=1` writes it anew).
//!
//! Needs a container engine and the reference CLI, which `scripts/reference` installs (or `DEVC_REFERENCE_CLI` names).
//! `DEVC_TEST_ENGINE=0` skips all of it.

mod build;
mod callers;
mod collections;
mod compare;
mod compose;
mod container;
mod cross;
mod differences;
mod documents;
mod failures;
mod features;
mod features_test;
mod info;
mod json_log;
mod place;
mod published;
mod quirks;
mod read_configuration;
mod resolve_dependencies;
#[path = "../registry/server.rs"]
#[expect(dead_code, clippy::unwrap_used, reason = "shared with tests/registry, which needs more of it")]
mod server;
mod set_up;
mod spelling;
mod surface;
mod templates;
mod tool;
mod up;
mod versions;
