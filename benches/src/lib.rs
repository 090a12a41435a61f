//! Shared workloads of the benches, and how two programs are compared on them.

#[cfg(feature = "librrd")]
pub mod librrd;
pub mod measure;
pub mod pipe;
pub mod workload;
