//! What an engine says about itself.

use crate::doctor::{EngineFacts, Version};
use crate::engine::Engine;
use crate::error::Result;

/// How the containerd image store calls itself among the driver's settings.
const CONTAINERD_STORE: &str = "io.containerd.snapshotter.v1";

impl Engine {
    /// Its version, its store and where its data is.
    pub async fn facts(&self) -> Result<EngineFacts> {
        let (info, version) = tokio::try_join!(self.docker.info(), self.docker.version())
            .map_err(|error| self.failed("ask the engine about itself", error))?;
        let settings = info.driver_status.unwrap_or_default();
        let security = info.security_options.unwrap_or_default();
        Ok(EngineFacts {
            version: Version::new(&version.version.unwrap_or_default()),
            api: version.api_version.unwrap_or_default(),
            driver: info.driver.unwrap_or_default(),
            has_containerd_store: settings.iter().flatten().any(|value| value == CONTAINERD_STORE),
            is_rootless: security.iter().any(|option| option.contains("rootless")),
            root: info.docker_root_dir.unwrap_or_default(),
        })
    }
}
