//! The endpoints that Prometheus reads.

pub(crate) mod metrics;
pub mod node;
