//! The connection to a caching daemon that the whole process has: that of the functions `rrdc_...`,
//! and of commands whose option or environment names a daemon.

use std::env;
use std::ffi::OsString;

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
