//! `STATS`: counters, first those of the original.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};

use rrd_core::number::length_to_u64;

use crate::grammar::Answer;
use crate::server::Server;

/// The counters, a line each. Clients look for the first nine.
pub(crate) fn stats(server: &Server) -> Answer {
    let counted = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    let (statistics, write_back) = (&server.statistics, &server.write_back);
    let status = server.store.status();
    let used = status.journal_segment.saturating_sub(status.journal_room);
    let files = length_to_u64(write_back.count());
    let counters = [
        ("QueueLength", length_to_u64(write_back.queue_length())),
        ("UpdatesReceived", counted(&statistics.updates_received)),
        ("FlushesReceived", counted(&statistics.flushes_received)),
        ("UpdatesWritten", status.files_written),
        ("DataSetsWritten", status.samples_written),
        ("TreeNodesNumber", files),
        ("TreeDepth", depth(files)),
        ("JournalBytes", length_to_u64(used)),
        // There are two segments in turn, and no further files.
        ("JournalRotate", 0),
        ("UpdatesFailed", counted(&statistics.updates_failed)),
        ("DataSetsFailed", status.samples_lost),
        ("OldestUnwrittenSeconds", write_back.oldest().map_or(0, |age| age.as_secs())),
        ("FilesFailing", length_to_u64(write_back.failures().len())),
        ("FilesInMemory", length_to_u64(status.loaded)),
        ("FilesUnprotected", length_to_u64(status.unprotected)),
        ("JournalRoom", length_to_u64(status.journal_room)),
        ("EarlyWriteBacks", status.early_write_backs),
        ("ConnectionsRefused", counted(&statistics.connections_refused)),
        ("UptimeSeconds", write_back.uptime().as_secs()),
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
