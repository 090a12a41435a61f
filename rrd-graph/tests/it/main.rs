//! The integration tests of rrd-graph: one binary, one module a topic.

mod forms;
mod golden_pictures;
mod looks;
mod pictures;
mod pixels;
