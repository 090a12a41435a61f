//! The process and its environment: children, signals, log and service manager.

pub mod child;
pub mod logging;
pub mod notify;
pub mod signal;

/// The name of this host as the kernel knows it.
pub fn host_name() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}
