//! The container engine, asked over its socket. The only folder that names `bollard`.
//!
//! What crosses the border is our own: [`Container`], [`Image`], [`ExecSession`], and errors that say what to do.

mod client;
mod compose;
mod container;
mod endpoint;
mod exec;
mod failure;
mod files;
mod helper;
mod image;
mod info;
mod save;
mod translate;
mod volume;

pub use compose::ServiceContainer;
pub use container::{Container, ContainerState, LogOptions, Removal};
pub use endpoint::Endpoint;
pub use exec::{ExecControl, ExecInput, ExecOutput, ExecRequest, ExecSession, ExecStream, OutputStream};
pub use files::{FileInfo, Folder, Upload};
pub use helper::{HelperImage, HelperMount, HelperSession, HelperSpec};
pub use image::Image;
pub use volume::{Volume, VolumeUser};

use std::path::PathBuf;
use std::sync::Arc;

use bollard::Docker;
use tokio::sync::OnceCell;

use crate::error::Result;
use crate::registry::Logins;

/// A connection to an engine. Nothing is sent until something is asked.
#[derive(Clone)]
pub struct Engine {
    docker: Docker,
    endpoint: Endpoint,
    docker_path: String,
    logins: Arc<Logins>,
    volumes_here: Arc<OnceCell<Option<PathBuf>>>,
    helper_image: Arc<OnceCell<HelperImage>>,
}

impl Engine {
    /// Prepares a connection to `endpoint`; `docker_path` is the client that serves what the API cannot, and `logins`
    /// are for pulls.
    ///
    /// Fails when the address is of a kind that cannot be used, or when the socket does not exist.
    pub fn connect(endpoint: Endpoint, docker_path: String, logins: Logins) -> Result<Self> {
        let docker = Docker::connect_with_host(&endpoint.address)
            .map_err(|error| failure::cannot_connect(&endpoint, error))?;
        Ok(Self {
            docker,
            endpoint,
            docker_path,
            logins: Arc::new(logins),
            volumes_here: Arc::default(),
            helper_image: Arc::default(),
        })
    }

    /// Where the engine is.
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// The docker client that serves what the API cannot (`--docker-path`).
    pub fn docker_path(&self) -> &str {
        &self.docker_path
    }

    /// Whether the engine has the NVIDIA runtime or a CDI device for it.
    pub async fn has_gpu(&self) -> Result<bool> {
        let info = self
            .docker
            .info()
            .await
            .map_err(|error| self.failed("ask the engine for its runtimes", error))?;
        let nvidia_runtime = info.runtimes.is_some_and(|runtimes| runtimes.contains_key("nvidia"));
        let cdi = info.discovered_devices.unwrap_or_default().into_iter();
        Ok(nvidia_runtime || cdi.filter_map(|device| device.id).any(|id| id.starts_with("nvidia.com/gpu")))
    }

    /// How many CPUs and bytes of memory containers have to share.
    pub async fn resources(&self) -> Result<(u64, u64)> {
        let info =
            self.docker.info().await.map_err(|error| self.failed("ask the engine for its size", error))?;
        let count = |number: Option<i64>| number.unwrap_or(0).max(0).cast_unsigned();
        Ok((count(info.ncpu), count(info.mem_total)))
    }

    fn failed(&self, doing: impl Into<String>, error: bollard::errors::Error) -> crate::error::Error {
        failure::classify(&self.endpoint, doing.into(), error)
    }
}
