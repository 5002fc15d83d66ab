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

/// Whether a path, which need not be there, lies inside a folder.
pub(crate) fn is_inside(path: &Path, folder: &Path) -> bool {
    let above = path
        .ancestors()
        .map(|above| match above.as_os_str().is_empty() {
            true => Path::new("."),
            false => above,
        })
        .find_map(|above| above.canonicalize().ok());
    match (above, folder.canonicalize()) {
        (Some(above), Ok(folder)) => above.starts_with(folder),
        _ => false,
    }
}

/// Whether this process can make files in a folder.
pub(crate) fn can_write(folder: &Path) -> bool {
    use rustix::fs::Access;
    rustix::fs::access(folder, Access::WRITE_OK | Access::EXEC_OK).is_ok()
}

/// How much is free on its disk, in bytes.
pub(crate) fn free_bytes(path: &Path) -> io::Result<u64> {
    let disk = rustix::fs::statvfs(path)?;
    Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
}
