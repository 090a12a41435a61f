//! The endpoints for Prometheus.

pub(crate) mod metrics;
pub mod node;
mod text;
