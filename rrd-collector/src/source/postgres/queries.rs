//! The questions to a server, by its version.
//!
//! Source: "The Cumulative Statistics System", "System Administration Functions" and the release
//! notes in the documentation of `PostgreSQL` 9.6 to 17.

/// Set for a connection: an answer that comes too late is of no use, and no name in a question
/// means something that a user has made.
pub(super) fn settings(milliseconds: u128) -> String {
    format!(
        "SET statement_timeout = {milliseconds}; SET lock_timeout = {milliseconds}; SET search_path = pg_catalog"
    )
}

/// The functions that know places in the log, which were renamed with version 10.
struct Places {
    difference: &'static str,
    current: &'static str,
    received: &'static str,
    replayed: &'static str,
    column: &'static str,
}

impl Places {
    const fn of(version: u32) -> Self {
        if version < 10 {
            Self {
                difference: "pg_xlog_location_diff",
                current: "pg_current_xlog_location()",
                received: "pg_last_xlog_receive_location()",
                replayed: "pg_last_xlog_replay_location()",
                column: "replay_location",
            }
        } else {
            Self {
                difference: "pg_wal_lsn_diff",
                current: "pg_current_wal_lsn()",
                received: "pg_last_wal_receive_lsn()",
                replayed: "pg_last_wal_replay_lsn()",
                column: "replay_lsn",
            }
        }
    }

    /// Where the server writes, or if it is a standby, what it has replayed.
    fn here(&self) -> String {
        let Self { current, replayed, .. } = self;
        format!("CASE WHEN pg_is_in_recovery() THEN {replayed} ELSE {current} END")
    }
}

/// One row about the server.
pub(super) fn server(version: u32) -> String {
    let places = Places::of(version);
    let Places { difference, received, replayed, .. } = places;
    let here = places.here();
    let sees_all = if version < 10 { "" } else { " OR pg_has_role('pg_read_all_stats', 'USAGE')" };
    // Before version 10 only sessions of clients were listed; of others' the type is hidden.
    let of_clients = if version < 10 {
        ""
    } else {
        " AND coalesce(backend_type, 'client backend') = 'client backend'"
    };
    let checkpoints = if version < 17 {
        "SELECT checkpoints_timed, checkpoints_req AS checkpoints_forced, \
            (checkpoint_write_time + checkpoint_sync_time) / 1000 AS checkpoint_seconds FROM pg_stat_bgwriter"
    } else {
        "SELECT num_timed AS checkpoints_timed, num_requested AS checkpoints_forced, \
            (write_time + sync_time) / 1000 AS checkpoint_seconds FROM pg_stat_checkpointer"
    };
    format!(
        "SELECT extract(epoch FROM pg_postmaster_start_time()) AS started, \
        (current_setting('is_superuser') = 'on'{sees_all})::int AS sees_all, \
        current_setting('max_connections') AS max_connections, \
        (SELECT max(age(datfrozenxid)) FROM pg_database) AS xid_age, \
        {difference}({here}, '0/0') AS wal, \
        (SELECT coalesce(max({difference}({here}, restart_lsn)), 0) FROM pg_replication_slots WHERE NOT active) AS slot_retained, \
        (SELECT CASE WHEN current_setting('archive_mode') = 'off' THEN NULL WHEN last_failed_time IS NOT NULL \
            AND (last_archived_time IS NULL OR last_failed_time > last_archived_time) THEN 1 ELSE 0 END \
            FROM pg_stat_archiver) AS archive_failing, \
        CASE WHEN pg_is_in_recovery() THEN (SELECT count(*) FROM pg_stat_wal_receiver) END AS receiving, \
        CASE WHEN pg_is_in_recovery() THEN {difference}({received}, {replayed}) END AS standby_bytes, \
        CASE WHEN NOT pg_is_in_recovery() THEN NULL WHEN {received} = {replayed} THEN 0 \
            ELSE extract(epoch FROM now() - pg_last_xact_replay_timestamp()) END AS standby_seconds, \
        checkpoints.*, sessions.* \
        FROM ({checkpoints}) AS checkpoints, \
        (SELECT count(*) AS connections, \
            count(*) FILTER (WHERE state = 'active') AS active, \
            count(*) FILTER (WHERE state = 'idle') AS idle, \
            count(*) FILTER (WHERE state LIKE 'idle in transaction%') AS idle_in_transaction, \
            count(*) FILTER (WHERE wait_event_type = 'Lock') AS waiting, \
            coalesce(max(extract(epoch FROM clock_timestamp() - xact_start)), 0) AS oldest \
            FROM pg_stat_activity WHERE datid IS NOT NULL AND pid <> pg_backend_pid(){of_clients}) AS sessions"
    )
}

/// A row for each database, `name` first.
pub(super) fn databases(version: u32) -> String {
    let checksums = if version < 12 { "NULL AS checksum_failures" } else { "checksum_failures" };
    format!(
        "SELECT d.datname AS name, numbackends AS connections, xact_commit, xact_rollback, blks_read, blks_hit, \
        tup_returned, tup_fetched, tup_inserted, tup_updated, tup_deleted, conflicts, temp_bytes, deadlocks, {checksums} \
        FROM pg_stat_database s JOIN pg_database d ON d.oid = s.datid \
        WHERE NOT d.datistemplate ORDER BY 1 LIMIT 500"
    )
}

/// A row for each replica that is connected, `name` first.
pub(super) fn replicas(version: u32) -> String {
    let places = Places::of(version);
    let Places { difference, column, .. } = places;
    let here = places.here();
    // The delay is NULL while nothing is written.
    let seconds = if version < 10 { "NULL" } else { "coalesce(extract(epoch FROM replay_lag), 0)" };
    format!(
        "SELECT coalesce(nullif(application_name, ''), 'replica') || coalesce('@' || host(client_addr), '') AS name, \
        (state = 'streaming')::int AS streaming, {difference}({here}, {column}) AS behind_bytes, \
        {seconds} AS behind_seconds FROM pg_stat_replication WHERE state <> 'backup' ORDER BY 1 LIMIT 100"
    )
}

/// A row for each database with its size, `name` first. It reads the folders of the databases.
pub(super) const SIZES: &str = "SELECT datname AS name, pg_database_size(oid) AS size FROM pg_database \
    WHERE NOT datistemplate AND has_database_privilege(oid, 'CONNECT') ORDER BY 1 LIMIT 500";
