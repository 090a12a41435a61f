//! What other programs hand over, read from their own text forms: `StatsD` packets, collectd's plain text, Munin's plugins,
//! Prometheus' text files. Sockets, processes and folders live with the callers; here text becomes values.

pub mod collectd;
pub mod meter;
pub mod munin;
pub mod prometheus;
pub mod statsd;
