//! The endpoints for Prometheus.

pub(crate) mod metrics;
pub mod node;
pub(crate) mod remote;
