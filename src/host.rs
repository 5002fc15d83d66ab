//! What the operating system says of a path.
//!
//! Invariant: nothing is changed, and nothing is read but what stands beside the name.

use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

/// Whether others than the owner can reach it; what is not there nobody can.
pub(crate) fn others_can_reach(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o077 != 0)
}

/// How much is free on its disk, in bytes.
pub(crate) fn free_bytes(path: &Path) -> io::Result<u64> {
    let disk = rustix::fs::statvfs(path)?;
    Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
}
