//! Builds images with buildx, the only program that can use local contexts, secrets and all caches.
//!
//! A [`BuildRequest`] says what to build, [`Buildx::build`] builds it; what buildx reports on the way
//! (`rawjson`) becomes children of the caller's step (`progress`), and its end an outcome or an error
//! (`failure`).

mod arguments;
mod buildx;
mod failure;
mod inspect;
mod progress;
mod rawjson;
mod request;
mod staging;
mod timing;
mod vertex_name;

pub use buildx::{Buildx, Places};
pub use progress::Summary;
pub use request::{BuildContext, BuildOutcome, BuildRequest, Contents, Dockerfile, Output, Secret};
pub use staging::read_dockerfile;
pub use timing::TimedStep;
