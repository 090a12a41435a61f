//! The connection to a caching daemon that the whole process has: that of the functions `rrdc_...`,
//! and of commands whose option or environment names a daemon.

use std::env;
use std::ffi::OsString;
use std::path::Path;

use rrd_cli::Link;

/// The connection of the process.
pub(crate) static PROCESS: Link = Link::new();

/// The daemon that the environment names.
pub(crate) fn address() -> Option<OsString> {
    env::var_os("RRDCACHED_ADDRESS")
}

/// The base folder of a remote daemon.
pub(crate) fn strip_path() -> Option<OsString> {
    env::var_os("RRDCACHED_STRIPPATH")
}

/// Makes the daemon drop what it knows of a file that this process has just made in the place of
/// another: its last time, and readings that are not in the new file.
pub(crate) fn forget(file: &Path) {
    if let Ok(Some(mut daemon)) = PROCESS.current(strip_path().as_deref()) {
        // An error means that the daemon knows nothing of the file.
        let _ = daemon.forget(file);
    }
}
