//! `--status`: asks a running daemon about itself, and prints what it says.
//!
//! `ask` speaks with the daemon, `report` is what it has said, and `counters` lists what is known
//! of it.

mod ask;
mod counters;
mod report;
#[cfg(test)]
mod tests;

use std::io::{self, Write};
use std::thread;
use std::time::{Duration, Instant};

use crate::listener::ListenAddress;
use ask::Connection;

pub(super) use ask::AskError;

/// The time over which rates are measured.
const MEASURED: Duration = Duration::from_secs(1);

/// How a report is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum StatusFormat {
    /// For people, with rates.
    #[default]
    Text,
    /// The text format of Prometheus.
    Prometheus,
}

/// Asks the daemon at an address about itself, and prints what it says.
pub(super) fn status(
    address: &ListenAddress,
    format: StatusFormat,
    out: &mut dyn Write,
) -> Result<(), AskError> {
    let mut daemon = Connection::open(address)?;
    let report = daemon.report()?;
    let text = match format {
        StatusFormat::Prometheus => report.prometheus(),
        StatusFormat::Text => {
            let begun = Instant::now();
            thread::sleep(MEASURED);
            let later = daemon.report()?;
            later.text(&report, begun.elapsed().as_secs_f64())
        }
    };
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        // Whoever reads it has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written.map_err(AskError::Print),
    }
}
