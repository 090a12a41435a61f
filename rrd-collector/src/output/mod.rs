//! Outputs: the page, its data, and the endpoints for Prometheus.

pub mod live;
pub mod prometheus;
pub mod web;
