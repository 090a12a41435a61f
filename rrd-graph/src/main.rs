//! The command-line tool `rrd`.
fn main() {}
