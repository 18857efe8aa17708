//! One truth for every verb: devcontainer.json with its variables resolved, the names that identify the container, and
//! where the workspace is on both sides. Resolved once, before anything verb-specific happens.

pub mod compose;
pub mod identity;
mod image_build;
mod remote_env;
mod resolve;
pub mod workspace;

pub use image_build::{DockerfileBuild, ImageBase, ImageBuild};
pub use remote_env::RemoteEnvironment;
pub use resolve::{Project, Sources};
