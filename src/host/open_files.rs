//! How many files this process may have open at the same time.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Allows as many folders to be open as can lie within each other, as a walk keeps each one open that it is in. Shells
/// mostly allow 1024.
pub fn allow_deep_folders() {
    /// A path has 4096 bytes, which are 2048 names; and there may be two walks.
    const WANTED: u64 = 8192;
    let limits = getrlimit(Resource::Nofile);
    let wanted = limits.maximum.map_or(WANTED, |most| most.min(WANTED));
    if limits.current.is_some_and(|current| current < wanted) {
        // Whoever needs more than there is says so.
        let _ = setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), ..limits });
    }
}
