//! Workloads shared by the benches, and the comparison of two programs on them.

pub mod caching_daemon;
#[cfg(feature = "librrd")]
pub mod librrd;
pub mod measure;
pub mod pipe;
pub mod process;
pub mod receiver;
pub mod workload;
