//! What `rrdcached` says of itself: the source of its manual page, completions and reference.

use rrd_cli::reference::{Pages, Program};

use super::table::OPTIONS;

/// The program and its options.
pub(in crate::daemon) fn described() -> Program {
    Program {
        name: "rrdcached",
        about: "a server in the place of RRDtool's: it keeps values and writes them to files later",
        version: env!("CARGO_PKG_VERSION"),
        usage: &["[OPTION]..."],
        options: OPTIONS.iter().map(|row| row.description).collect(),
        commands: Vec::new(),
        pages: Pages::One,
        text: include_str!("../../../manual/rrdcached.md"),
        further: Vec::new(),
        related: &[("rrd", "1")],
    }
}
