//! The integration tests of rrd-collector: one binary, one module a topic.
