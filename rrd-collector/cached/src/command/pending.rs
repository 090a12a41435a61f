//! `PENDING`: the values of a file that are not in it yet.

use std::fmt::Write as _;

use super::file;
use crate::grammar::{Answer, Arguments, Typed, Verb};
use crate::server::Server;

/// The values that the file lacks, as they were sent. None are pending for a file that nobody has
/// updated, or that there is not.
pub(crate) fn pending(server: &Server, arguments: &Arguments<'_>) -> Answer {
    let [name, ..] = arguments else { return Answer::usage(Verb::Pending) };
    let samples = match file::known(server, name) {
        Some(file) => server.store.pending(&file),
        None => Vec::new(),
    };
    let mut lines = String::new();
    for sample in &samples {
        // Writing to memory does not fail.
        let _ = writeln!(lines, "{}", Typed(sample));
    }
    Answer::lines(samples.len(), "updates pending", lines.into_bytes())
}
