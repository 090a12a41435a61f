//! The process and its environment: children, signals, log and service manager.

pub mod child;
mod host_name;
pub mod logging;
pub mod notify;
pub mod signal;

pub use host_name::{HostName, InvalidHostName};
