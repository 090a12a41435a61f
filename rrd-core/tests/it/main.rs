//! The integration tests of rrd-core: one binary, one module a topic.

mod at_time;
