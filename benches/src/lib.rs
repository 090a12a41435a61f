//! Shared workloads of the benches, and how two programs are compared on them.

pub mod caching_daemon;
#[cfg(feature = "librrd")]
pub mod librrd;
pub mod measure;
pub mod pipe;
pub mod workload;
