//! The integration tests of rrd-core: one binary, one module per topic.

mod access;
mod against_rrdtool;
mod at_time;
mod copies;
mod corrupt;
mod differential;
mod errors;
mod joined;
mod layouts;
mod lock;
mod model;
mod open_or_create;
mod prefill;
mod recorded;
mod restructure;
mod rpn;
mod sidecar;
mod spans;
mod store;
mod store_names_model;
mod store_reach;
mod text;
mod trials;
