//! How full a disk is.

use std::path::Path;

/// The bytes that may still be written where a folder is; `None` where that cannot be told.
pub fn free_bytes(folder: &Path) -> Option<u64> {
    let disk = rustix::fs::statvfs(folder).ok()?;
    Some(disk.f_bavail.saturating_mul(disk.f_frsize))
}
