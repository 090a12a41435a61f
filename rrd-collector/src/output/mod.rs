//! Outputs: the page, its data, the endpoints for Prometheus, and what is sent to other hosts.

pub mod live;
pub mod names;
pub mod prometheus;
pub mod remote;
pub mod remote_status;
pub mod web;
