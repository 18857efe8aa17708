//! Images: inspect, pull, tag, remove.

use std::collections::BTreeMap;

use bollard::auth::DockerCredentials;
use bollard::query_parameters::{CreateImageOptions, RemoveImageOptions};
use futures_util::StreamExt;

use crate::engine::container::environment_of;
use crate::engine::{Engine, failure};
use crate::error::{Error, Result};
use crate::event::Step;
use crate::registry::{ImageLogin, Login};

/// What an image says about itself.
#[derive(Clone, Debug, Default)]
pub struct Image {
    /// Its id (the digest of its configuration).
    pub id: String,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// Its environment.
    pub environment: BTreeMap<String, String>,
    /// Its user; empty means root.
    pub user: String,
    /// Its entrypoint.
    pub entrypoint: Vec<String>,
    /// Its `SHELL`; empty means `/bin/sh -c`.
    pub shell: Vec<String>,
    /// Its default command.
    pub command: Vec<String>,
    /// Whether it came from a registry, so that a newer one may be there.
    pub is_from_registry: bool,
    /// `os/architecture[/variant]`.
    pub platform: String,
    /// How many bytes its layers have, unpacked.
    pub size: u64,
    /// The digests of its layers, unpacked, the lowest first.
    pub layers: Vec<String>,
}

impl Engine {
    /// Inspects a local image; `None` when it is not here. Never pulls.
    pub async fn inspect_image(&self, name: &str) -> Result<Option<Image>> {
        let response = match self.docker.inspect_image(name).await {
            Ok(response) => response,
            Err(error) if failure::is_not_found(&error) => return Ok(None),
            Err(error) => return Err(self.failed(format!("inspect image {name}"), error)),
        };
        let config = response.config.unwrap_or_default();
        let platform = [response.os, response.architecture, response.variant];
        Ok(Some(Image {
            id: response.id.unwrap_or_default(),
            labels: config.labels.unwrap_or_default().into_iter().collect(),
            environment: environment_of(config.env.unwrap_or_default()),
            user: config.user.unwrap_or_default(),
            entrypoint: config.entrypoint.unwrap_or_default(),
            shell: config.shell.unwrap_or_default(),
            command: config.cmd.unwrap_or_default(),
            size: response.size.unwrap_or_default().max(0).cast_unsigned(),
            layers: response.root_fs.and_then(|files| files.layers).unwrap_or_default(),
            is_from_registry: response.repo_digests.is_some_and(|digests| !digests.is_empty()),
            platform: platform
                .into_iter()
                .flatten()
                .filter(|part| !part.is_empty())
                .collect::<Vec<_>>()
                .join("/"),
        }))
    }

    /// Pulls an image with the user's own logins, reporting bytes to `step`.
    pub async fn pull(&self, name: &str, step: &Step) -> Result<()> {
        let options = CreateImageOptions { from_image: Some(with_tag(name)), ..Default::default() };
        let ImageLogin { server, login, problem } = self.logins.for_image(name).await;
        let credentials = login.map(|login| credentials(login, server));
        let mut stream = self.docker.create_image(Some(options), None, credentials);
        let mut layers: BTreeMap<String, (u64, u64)> = BTreeMap::new();
        while let Some(message) = stream.next().await {
            let message = message.map_err(|error| self.pull_failed(name, error, problem.as_deref()))?;
            let Some((id, detail)) = message.id.zip(message.progress_detail) else { continue };
            if message.status.as_deref() == Some("Downloading") {
                let bytes = |count: Option<i64>| count.unwrap_or(0).max(0).cast_unsigned();
                layers.insert(id, (bytes(detail.current), bytes(detail.total)));
                let (done, total) =
                    layers.values().fold((0, 0), |sum, layer| (sum.0 + layer.0, sum.1 + layer.1));
                step.progress(done, Some(total));
            }
        }
        Ok(())
    }

    /// Removes an image by name; one that is gone or that is in use by another container stays silently.
    pub async fn remove_image(&self, name: &str) -> Result<bool> {
        match self.docker.remove_image(name, None::<RemoveImageOptions>, None).await {
            Ok(_) => Ok(true),
            Err(error) if failure::is_not_found(&error) || failure::is_conflict(&error) => Ok(false),
            Err(error) => Err(self.failed(format!("remove image {name}"), error)),
        }
    }

    fn pull_failed(&self, name: &str, error: bollard::errors::Error, no_login: Option<&str>) -> Error {
        let helper = no_login.map(|why| format!("Mend the docker client's logins: {why}."));
        let failed = self.failed(format!("pull image {name}"), error);
        helper.into_iter().fold(failed, Error::hint)
            .hint(format!("Check the name {name:?} for a typing mistake; for a private image log in first with `docker login`."))
    }
}

/// Without a tag the engine would pull every tag of the repository.
fn with_tag(name: &str) -> String {
    if name.contains('@') || split_tag(name).1.is_some() { name.to_owned() } else { format!("{name}:latest") }
}

/// Splits `host:5000/repository:tag` at the tag; a colon before the last slash belongs to the host.
fn split_tag(name: &str) -> (&str, Option<&str>) {
    match name.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => (repository, Some(tag)),
        _ => (name, None),
    }
}

fn credentials(login: Login, server: String) -> DockerCredentials {
    let serveraddress = Some(server);
    match login {
        Login::Password { user, password } => DockerCredentials {
            username: Some(user),
            password: Some(password),
            serveraddress,
            ..Default::default()
        },
        Login::Identity { token } => {
            DockerCredentials { identitytoken: Some(token), serveraddress, ..Default::default() }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_split_at_the_tag_and_not_at_the_port() {
        assert_eq!(with_tag("debian"), "debian:latest");
        assert_eq!(with_tag("localhost:5000/x"), "localhost:5000/x:latest");
        assert_eq!(with_tag("localhost:5000/x:1"), "localhost:5000/x:1");
        assert_eq!(with_tag("x@sha256:00"), "x@sha256:00");
    }
}
