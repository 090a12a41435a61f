//! The integration tests of rrd-collector: one binary, one module per topic.

mod apache_restarts;
mod apache_server;
mod browser;
mod collectd;
mod collector;
mod damaged_files;
mod dashboard;
mod default_rules;
mod errors;
mod exposure;
mod host_name;
mod hostile_clients;
mod interfaces;
mod munin;
mod mysql;
mod node_names;
mod page;
mod peers;
mod programs;
mod prometheus;
mod recorded_hosts;
mod reload;
mod service;
mod statsd;
mod warnings;
mod wrong_clock;
