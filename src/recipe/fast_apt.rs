//! Lets a `RUN` install Debian packages faster, without a trace in the image.
//!
//! `templates/fast-apt.sh` has the how. It needs a few mounts, which are below `/dev` for the reason that
//! [`super::features`] gives. None of them changes what BuildKit compares: caches have no content for it.

use crate::features::install::FAST_APT_NAME;

/// The host whose address is the key of one build. Lists that bear no seal made with it are not used.
///
/// BuildKit writes it into the `/etc/hosts` of each `RUN` and compares names alone. A secret would do the same, but BuildKit 0.13 to
/// 0.15 (Docker Engine 26 and the first of 27) hash all files of the image before each `RUN` with one (moby/buildkit#5251). The key
/// keeps off what other builds have left behind; to whoever sees the processes of this machine it is no secret.
pub const KEY_HOST: &str = "devc-apt-key";

/// The BuildKit cache with packages and lists.
pub const CACHE_ID: &str = "devc-apt";

const FOLDER: &str = "/dev/devc-apt";

/// The build context with the scripts, for steps that do not install a Feature.
pub const SCRIPTS_CONTEXT: &str = "devc-fast-apt";

/// The folder with the scripts, in that context and where [`mounts_with_scripts`] has it.
pub const SCRIPTS_FOLDER: &str = "scripts";

/// Where [`mounts_with_scripts`] has the scripts.
pub const SCRIPTS: &str = "/dev/devc-apt/scripts";

/// The options that `RUN` gets. Two builds at once get a cache each, because apt wants it for itself.
pub fn mounts() -> String {
    format!(
        "--mount=type=cache,id={CACHE_ID},sharing=private,target={FOLDER}/cache \
         --mount=type=tmpfs,target={FOLDER}/scratch"
    )
}

/// The same for a `RUN` that has nothing else of ours.
pub fn mounts_with_scripts() -> String {
    let scripts =
        format!("--mount=type=bind,from={SCRIPTS_CONTEXT},source={SCRIPTS_FOLDER},target={SCRIPTS}");
    format!("{scripts} {}", mounts())
}

/// What comes before a command that is to run with what is in `shared`, the mounted folder with the scripts.
pub fn runner(shared: &str) -> String {
    format!("{shared}/{FAST_APT_NAME} run")
}
