//! Where the engine listens: the same rules as the docker client's.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::error::{Error, ErrorKind, Result};
use crate::host::{Environment, files};

const DEFAULT_SOCKET: &str = "/var/run/docker.sock";

/// The address of an engine and where it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// A URL: `unix:///var/run/docker.sock`, `tcp://host:2375`.
    pub address: String,
    /// Why this one, in words: `DOCKER_HOST`, `docker context "lab"`, `the default socket`.
    pub origin: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct ClientConfig {
    #[serde(rename = "currentContext")]
    current_context: Option<String>,
}

#[derive(Deserialize)]
struct ContextMeta {
    #[serde(rename = "Endpoints")]
    endpoints: std::collections::BTreeMap<String, ContextEndpoint>,
}

#[derive(Deserialize)]
struct ContextEndpoint {
    #[serde(rename = "Host")]
    host: String,
}

impl Endpoint {
    /// Whether its socket is on this machine, so that its folders may be, too.
    pub fn is_on_this_machine(&self) -> bool {
        self.address.starts_with("unix://")
    }

    /// Finds the engine: `DOCKER_HOST`, else `DOCKER_CONTEXT`, else the current context of the docker client, else
    /// the first socket that exists of the system's, the rootless one and Docker Desktop's.
    pub fn discover(environment: &Environment) -> Result<Self> {
        if let Some(address) = environment.get_non_empty("DOCKER_HOST") {
            return Ok(Self { address: address.to_owned(), origin: "DOCKER_HOST".to_owned() });
        }
        let folder = client_folder(environment);
        match selected_context(environment, &folder)? {
            Some(name) => from_context(&folder, &name),
            None => Ok(default_socket(environment)),
        }
    }
}

fn client_folder(environment: &Environment) -> PathBuf {
    match environment.get_non_empty("DOCKER_CONFIG") {
        Some(folder) => PathBuf::from(folder),
        None => environment.home.clone().unwrap_or_default().join(".docker"),
    }
}

fn selected_context(environment: &Environment, folder: &Path) -> Result<Option<String>> {
    let name = match environment.get_non_empty("DOCKER_CONTEXT") {
        Some(name) => Some(name.to_owned()),
        None => files::read_optional(&folder.join("config.json"))?
            .and_then(|text| serde_json::from_str::<ClientConfig>(&text).ok())
            .and_then(|config| config.current_context),
    };
    Ok(name.filter(|name| !name.is_empty() && name != "default"))
}

/// The docker client stores a context under the SHA-256 of its name.
fn from_context(folder: &Path, name: &str) -> Result<Endpoint> {
    let id = crate::name::hex(&Sha256::digest(name.as_bytes()));
    let path = folder.join("contexts/meta").join(id).join("meta.json");
    let unknown = || {
        Error::new(ErrorKind::EngineUnavailable, format!("docker context {name:?} has no usable endpoint"))
            .hint("List the contexts with `docker context ls`, or set DOCKER_HOST.")
    };
    let text = files::read_optional(&path)?.ok_or_else(unknown)?;
    let meta: ContextMeta = serde_json::from_str(&text).map_err(|error| unknown().because(error))?;
    let endpoint = meta.endpoints.get("docker").ok_or_else(unknown)?;
    Ok(Endpoint { address: endpoint.host.clone(), origin: format!("docker context {name:?}") })
}

fn default_socket(environment: &Environment) -> Endpoint {
    let rootless =
        environment.get_non_empty("XDG_RUNTIME_DIR").map(|folder| Path::new(folder).join("docker.sock"));
    let desktop = environment.home.as_ref().map(|home| home.join(".docker/run/docker.sock"));
    let found = std::iter::once(PathBuf::from(DEFAULT_SOCKET))
        .chain(rootless)
        .chain(desktop)
        .find(|path| path.exists())
        .unwrap_or_else(|| PathBuf::from(DEFAULT_SOCKET));
    Endpoint { address: format!("unix://{}", found.display()), origin: "the default socket".to_owned() }
}
