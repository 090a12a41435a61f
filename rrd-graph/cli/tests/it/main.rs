//! The integration tests of the tool `rrd`: one binary, one module a topic.

mod against_rrdtool_graph;
mod caching_daemon;
mod chart_command;
mod drop_in;
mod foreign_letters;
mod foreign_texts;
mod golden_core;
mod golden_graph;
mod graph_options;
mod held_locks;
mod hostile;
mod hostile_daemon;
mod killed_commands;
mod linked;
mod long_spans;
mod many_processes;
mod outputs;
mod program;
mod random_rights;
mod real_graphs;
mod refused_updates;
mod replaced_files;
mod synced_updates;
mod terminals;
mod vectors;
mod web_pages;
