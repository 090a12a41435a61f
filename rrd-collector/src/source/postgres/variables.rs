//! The values of a server: name, number of an answer, and meaning. A number that a version lacks is
//! unknown.

use crate::group::{Kind, Metric, Unit};
use crate::source::variable::{
    Conversion, Variable, byte_rate, count, metrics, rate, value, variable,
};

/// One server.
pub static POSTGRESQL: Kind = Kind::new("postgresql", "PostgreSQL", &SERVER_METRICS);

static SERVER_METRICS: [Metric; 21] = metrics(&SERVER);

pub(super) const SERVER: [Variable; 21] = [
    value("up", "probe.up", Unit::Share, "1 if the server answered, else 0"),
    value("probe_seconds", "probe.seconds", Unit::Seconds, "time until it answered or failed"),
    rate("commits", "xact_commit", "transactions committed, including the collector's own"),
    rate("rollbacks", "xact_rollback", "transactions rolled back"),
    count("connections", "connections", "sessions of clients, without the collector's own"),
    value("connections_share", "connections.share", Unit::Share, "the same of max_connections"),
    count("active", "active", "sessions that execute a statement"),
    count("idle", "idle", "sessions without a transaction"),
    count(
        "idle_in_transaction",
        "idle_in_transaction",
        "sessions in a transaction that do nothing",
    ),
    count("waiting", "waiting", "sessions that wait for a lock"),
    value("oldest_transaction", "oldest", Unit::Seconds, "age of the oldest open transaction"),
    value(
        "hit_share",
        "hits.share",
        Unit::Share,
        "share of the blocks read that were in shared_buffers; unknown if none was read",
    ),
    byte_rate("temp_bytes", "temp_bytes", "written to temporary files"),
    rate("deadlocks", "deadlocks", "deadlocks"),
    byte_rate("wal_bytes", "wal", "written to the log; replayed by a standby"),
    rate("checkpoints", "checkpoints_timed", "checkpoints because it was time"),
    rate(
        "checkpoints_forced",
        "checkpoints_forced",
        "checkpoints because of much log, or asked for",
    ),
    variable(
        "checkpoint_share",
        "checkpoint_seconds",
        Conversion::Rate(1.0),
        Unit::Share,
        "share of the time spent in writing checkpoints",
    ),
    value(
        "xid_share",
        "xid.share",
        Unit::Share,
        "age of the oldest transaction id, of those that there can be before writes stop",
    ),
    value(
        "archive_failing",
        "archive_failing",
        Unit::Share,
        "1 if the log could last not be archived, else 0; unknown without archive_mode",
    ),
    value(
        "slot_retained",
        "slot_retained",
        Unit::Bytes,
        "log kept for the replication slot without a consumer that is furthest behind",
    ),
];

/// One database of a server.
pub static POSTGRESQL_DATABASE: Kind =
    Kind::new("postgresql_database", "PostgreSQL databases", &DATABASE_METRICS);

static DATABASE_METRICS: [Metric; 13] = metrics(&DATABASE);

pub(super) const DATABASE: [Variable; 13] = [
    count("connections", "connections", "sessions"),
    rate("commits", "xact_commit", "transactions committed"),
    rate("rollbacks", "xact_rollback", "transactions rolled back"),
    value(
        "hit_share",
        "hits.share",
        Unit::Share,
        "share of the blocks read that were in shared_buffers; unknown if none was read",
    ),
    rate("rows_read", "tup_returned", "rows read by scans, and entries of indexes"),
    rate("rows_fetched", "tup_fetched", "rows fetched by an index"),
    rate("rows_inserted", "tup_inserted", "rows inserted"),
    rate("rows_updated", "tup_updated", "rows updated"),
    rate("rows_deleted", "tup_deleted", "rows deleted"),
    byte_rate("temp_bytes", "temp_bytes", "written to temporary files"),
    rate("conflicts", "conflicts", "queries of a standby cancelled because of replication"),
    rate("checksum_failures", "checksum_failures", "pages whose checksum was wrong"),
    value("size", "size", Unit::Bytes, "size on disk, every five minutes"),
];

/// A replica that is connected to a server.
pub static POSTGRESQL_REPLICA: Kind =
    Kind::new("postgresql_replica", "PostgreSQL replicas", &REPLICA_METRICS);

static REPLICA_METRICS: [Metric; 3] = metrics(&REPLICA);

pub(super) const REPLICA: [Variable; 3] = [
    value("streaming", "streaming", Unit::Share, "1 if it follows, 0 if it is still catching up"),
    value("behind_bytes", "behind_bytes", Unit::Bytes, "log that it has not yet replayed"),
    value("behind_seconds", "behind_seconds", Unit::Seconds, "time until it replayed the last log"),
];

/// A server that is a standby.
pub static POSTGRESQL_STANDBY: Kind =
    Kind::new("postgresql_standby", "PostgreSQL standby", &STANDBY_METRICS);

static STANDBY_METRICS: [Metric; 3] = metrics(&STANDBY);

pub(super) const STANDBY: [Variable; 3] = [
    value("receiving", "receiving", Unit::Share, "1 if it is connected to its primary, else 0"),
    value("behind_bytes", "standby_bytes", Unit::Bytes, "log received and not yet replayed"),
    value(
        "behind_seconds",
        "standby_seconds",
        Unit::Seconds,
        "age of the last transaction replayed, if there is more to replay",
    ),
];
