//! Builds of a user's own Dockerfile whose installs use caches that outlive the build.

use std::net::Ipv6Addr;

use crate::archive::Package;
use crate::build::{BuildContext, BuildRequest};
use crate::error::Result;
use crate::execute::Builder;
use crate::features::install;
use crate::host::random_bytes;
use crate::project::DockerfileBuild;
use crate::recipe::caching::{Cached, Setting, with_caches};
use crate::recipe::dockerfile::{DockerfileFacts, Variables};
use crate::recipe::fast_apt;
use crate::stack::Tables;

impl Builder<'_> {
    /// The user's Dockerfile with caches for its installs, or as it is where that is not wanted.
    pub(super) async fn cached(
        &self,
        text: String,
        facts: &DockerfileFacts,
        from: &DockerfileBuild,
    ) -> Result<Cached> {
        if self.options.no_optimize {
            return Ok(Cached { text, ..Cached::default() });
        }
        let build_args = from.args.iter().cloned().collect();
        let variables = Variables { build_args, ..Variables::default() };
        let mut setting = Setting { variables, target: from.target.clone(), ..Setting::default() };
        for (base, parent) in facts.stages() {
            let here = if parent.is_none() {
                self.engine.inspect_image(&base.name).await.ok().flatten()
            } else {
                None
            };
            let Some(image) = here else { continue };
            setting.users.insert(base.name.clone(), image.user);
            if !image.shell.is_empty() {
                setting.shells.insert(base.name.clone(), image.shell);
            }
        }
        with_caches(&text, &Tables::embedded()?, &setting)
    }
}

impl BuildRequest {
    /// Brings along what a Dockerfile with caches needs, and hides what was added to it.
    pub(super) fn bring_caches(&mut self, cached: &Cached) -> Result<()> {
        self.hidden.extend(cached.added.iter().cloned());
        if !cached.uses_fast_apt {
            return Ok(());
        }
        let mut scripts = Package::default();
        for (name, text) in install::fast_apt_files() {
            scripts.add_text(&name, &text);
        }
        let scripts = BuildContext::Packages(vec![(fast_apt::SCRIPTS_FOLDER.to_owned(), scripts)]);
        self.contexts.push((fast_apt::SCRIPTS_CONTEXT.to_owned(), scripts));
        self.bring_fast_apt_key()
    }

    /// Brings along the key that the package lists of this build are sealed with, once.
    pub(super) fn bring_fast_apt_key(&mut self) -> Result<()> {
        if !self.hosts.iter().any(|(name, _)| name == fast_apt::KEY_HOST) {
            self.hosts.push((fast_apt::KEY_HOST.to_owned(), key_address(random_bytes()?).into()));
        }
        Ok(())
    }
}

/// A key as an address, of those that belong to nobody (RFC 4193).
fn key_address(key: [u8; 15]) -> Ipv6Addr {
    let mut bytes = [0xfd; 16];
    bytes[1..].copy_from_slice(&key);
    bytes.into()
}
