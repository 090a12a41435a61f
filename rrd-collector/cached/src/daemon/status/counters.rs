//! The lines of STATS that are known, and what they are for Prometheus.

/// What a number means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// It only grows.
    Counter,
    /// It is what it is now.
    Gauge,
}

/// A line of STATS.
#[derive(Clone, Copy, Debug)]
pub(super) struct Counter {
    /// The name in STATS.
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    /// The name for Prometheus.
    pub(super) metric: &'static str,
    pub(super) help: &'static str,
}

const fn row(kind: Kind, name: &'static str, metric: &'static str, help: &'static str) -> Counter {
    Counter { name, kind, metric, help }
}

use Kind::{Counter as Total, Gauge};

/// All lines of ours; rrdcached has the first nine.
pub(super) const COUNTERS: &[Counter] = &[
    row(Gauge, "QueueLength", "rrdcached_queue_length", "Files whose turn to be written comes."),
    row(
        Total,
        "UpdatesReceived",
        "rrdcached_updates_received_total",
        "UPDATE commands, also those that failed.",
    ),
    row(Total, "FlushesReceived", "rrdcached_flushes_received_total", "FLUSH commands."),
    row(Total, "UpdatesWritten", "rrdcached_updates_written_total", "Writes of files."),
    row(Total, "DataSetsWritten", "rrdcached_data_sets_written_total", "Values in these writes."),
    row(Gauge, "TreeNodesNumber", "rrdcached_files", "Files that clients have updated."),
    row(Gauge, "TreeDepth", "rrdcached_tree_depth", "Depth of a balanced tree of these files."),
    row(Gauge, "JournalBytes", "rrdcached_journal_bytes", "Bytes used in the journal."),
    row(Total, "JournalRotate", "rrdcached_journal_rotations_total", "Rotations of the journal."),
    row(
        Total,
        "UpdatesFailed",
        "rrdcached_updates_failed_total",
        "Values that were refused when they were sent.",
    ),
    row(
        Total,
        "DataSetsFailed",
        "rrdcached_data_sets_failed_total",
        "Values that were accepted, and dropped because their file has gone or changed.",
    ),
    row(
        Gauge,
        "OldestUnwrittenSeconds",
        "rrdcached_oldest_unwritten_seconds",
        "For how long the oldest value has waited that is not in its file.",
    ),
    row(Gauge, "FilesFailing", "rrdcached_files_failing", "Files that cannot be written."),
    row(Gauge, "FilesInMemory", "rrdcached_files_in_memory", "Files whose state is in memory."),
    row(
        Total,
        "FilesUnprotected",
        "rrdcached_unprotected_writes_total",
        "Writes of files without a redo record, because the disk had no space for it.",
    ),
    row(Gauge, "JournalRoom", "rrdcached_journal_room_bytes", "Bytes left in the journal."),
    row(
        Total,
        "EarlyWriteBacks",
        "rrdcached_early_write_backs_total",
        "Writes of files before they were due, because the journal was short of space.",
    ),
    row(
        Total,
        "ConnectionsRefused",
        "rrdcached_connections_refused_total",
        "Connections of hosts that may not connect.",
    ),
    row(Gauge, "UptimeSeconds", "rrdcached_uptime_seconds", "Time since the start."),
];
