//! OCI registries, where Features, Templates and images come from and go to.
//!
//! A [`Registry`] costs nothing until something is asked that the local cache cannot answer. What it brings is
//! verified against its digest, when it arrives and each time it is read from the cache again.
//!
//! | file | what it knows |
//! |---|---|
//! | `reference`, `digest`, `manifest`, `challenge`, `place` | texts and values; no network |
//! | `options`, `logins`, `docker_config` | what the user has set up: mirrors, proxies, logins |
//! | `dialer`, `transport` | connections, TLS, time limits: one request, one answer |
//! | `session`, `token`, `retry` | logins, redirects, another try |
//! | `pull`, `push`, `artifact`, `image`, `download`, `cache` | the operations |
//!
//! **Where a login may go.** Only to the registry that it is for, and to that registry's login server: the one at the
//! same host, one that is known (Docker Hub, gitlab.com), or one that the user has named. A login server elsewhere is
//! asked without a login, and redirects lose it. Plain addresses get none at all.

mod artifact;
mod cache;
mod challenge;
mod dialer;
mod digest;
mod docker_config;
mod download;
mod failure;
mod image;
mod logins;
mod manifest;
mod options;
mod place;
mod pull;
mod push;
mod reference;
mod retry;
mod session;
mod token;
mod transport;

pub use artifact::{Artifact, METADATA};
pub use cache::{Blob, Cache};
#[cfg(fuzzing)]
pub use challenge::realm_in;
pub use digest::Digest;
#[cfg(fuzzing)]
pub use docker_config::login_in;
pub use image::{ImageDetails, Platform};
pub use logins::{ImageLogin, Login, Logins};
pub use manifest::{Content, Descriptor, ImageIndex, ImageManifest, Manifest, media_type};
pub use options::{LoginServers, LoginSources, Proxies, RegistryOptions, Timeouts};
pub use place::Mirrors;
pub use reference::{Reference, Version};
pub use session::Registry;
