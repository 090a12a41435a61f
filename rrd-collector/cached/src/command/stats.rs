//! `STATS`: counters, first those of the original.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::grammar::Answer;
use crate::server::Server;

/// The counters, a line each. Clients look for the first nine.
pub(crate) fn stats(server: &Server) -> Answer {
    let counted = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    let statistics = &server.statistics;
    let files = u64::try_from(server.write_back.count()).unwrap_or(u64::MAX);
    let queued = u64::try_from(server.write_back.queue_length()).unwrap_or(u64::MAX);
    let counters = [
        ("QueueLength", queued),
        ("UpdatesReceived", counted(&statistics.updates_received)),
        ("FlushesReceived", counted(&statistics.flushes_received)),
        ("UpdatesWritten", counted(&statistics.updates_written)),
        ("DataSetsWritten", counted(&statistics.data_sets_written)),
        ("TreeNodesNumber", files),
        ("TreeDepth", depth(files)),
        ("JournalBytes", 0),
        ("JournalRotate", 0),
        ("UpdatesFailed", counted(&statistics.updates_failed)),
        ("DataSetsFailed", counted(&statistics.data_sets_failed)),
    ];
    let mut lines = String::new();
    for (name, count) in counters {
        // Writing to memory does not fail.
        let _ = writeln!(lines, "{name}: {count}");
    }
    Answer::lines(counters.len(), "Statistics follow", lines.into_bytes())
}

/// The depth of a balanced tree of so many files.
fn depth(files: u64) -> u64 {
    u64::from(files.checked_ilog2().map_or(0, |depth| depth + 1))
}
