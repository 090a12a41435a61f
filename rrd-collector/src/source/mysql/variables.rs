//! The values of a server: name, variable, and meaning.
//!
//! Source: "Server Status Variables" in the documentation of `MySQL` and `MariaDB`. A variable that
//! a version lacks is unknown: `MariaDB` since 10.5 does not count the rows of `InnoDB`, and
//! servers without a query cache have no such group.

use crate::group::{Kind, Metric, Unit};

/// One value.
pub(super) struct Variable {
    name: &'static str,
    /// The server's variable in lower case, or our own with a dot.
    pub(super) from: &'static str,
    pub(super) how: Conversion,
    unit: Unit,
    help: &'static str,
}

/// How a number becomes a value.
#[derive(Clone, Copy)]
pub(super) enum Conversion {
    /// The number times this.
    Value(f64),
    /// Its growth per second times this.
    Rate(f64),
    /// Its growth since the previous answer.
    Event,
}

const fn variable(
    name: &'static str,
    from: &'static str,
    how: Conversion,
    unit: Unit,
    help: &'static str,
) -> Variable {
    Variable { name, from, how, unit, help }
}

/// The metrics of variables.
const fn metrics<const N: usize>(variables: &[Variable; N]) -> [Metric; N] {
    let mut metrics = [const { Metric::new("", Unit::Any, "") }; N];
    let mut index = 0;
    while index < N {
        let Variable { name, unit, help, .. } = variables[index];
        // The initial elements are constants without a destructor.
        std::mem::forget(std::mem::replace(&mut metrics[index], Metric::new(name, unit, help)));
        index += 1;
    }
    metrics
}

/// All groups and their values.
pub(super) static GROUPS: [(&Kind, &[Variable]); 8] = [
    (&MYSQL, &SERVER),
    (&MYSQL_COMMANDS, &COMMANDS),
    (&MYSQL_SELECTS, &SELECTS),
    (&MYSQL_HANDLERS, &HANDLERS),
    (&MYSQL_QUERY_CACHE, &QUERY_CACHE),
    (&MYSQL_KEYS, &KEYS),
    (&MYSQL_INNODB, &INNODB),
    (&MYSQL_REPLICA, &REPLICA),
];

/// One server.
pub static MYSQL: Kind = Kind::new("mysql", "MySQL", &SERVER_METRICS);

static SERVER_METRICS: [Metric; 29] = metrics(&SERVER);

pub(super) const SERVER: [Variable; 29] = [
    variable(
        "up",
        "probe.up",
        Conversion::Value(1.0),
        Unit::Share,
        "1 if the server answered, else 0",
    ),
    variable(
        "probe_seconds",
        "probe.seconds",
        Conversion::Value(1.0),
        Unit::Seconds,
        "time until it answered or failed",
    ),
    variable(
        "uptime",
        "uptime",
        Conversion::Value(1.0),
        Unit::Seconds,
        "time since it was started",
    ),
    variable("restarts", "probe.restarted", Conversion::Event, Unit::PerSecond, "restarts"),
    variable(
        "queries",
        "queries",
        Conversion::Rate(1.0),
        Unit::PerSecond,
        "statements, including those inside procedures",
    ),
    variable(
        "questions",
        "questions",
        Conversion::Rate(1.0),
        Unit::PerSecond,
        "statements sent by clients",
    ),
    variable(
        "slow_queries",
        "slow_queries",
        Conversion::Rate(1.0),
        Unit::PerSecond,
        "statements that took longer than long_query_time",
    ),
    variable(
        "connects",
        "connections",
        Conversion::Rate(1.0),
        Unit::PerSecond,
        "connection attempts",
    ),
    variable(
        "aborted_clients",
        "aborted_clients",
        Conversion::Rate(1.0),
        Unit::PerSecond,
        "aborted connections",
    ),
    variable(
        "aborted_connects",
        "aborted_connects",
        Conversion::Rate(1.0),
        Unit::PerSecond,
        "failed connection attempts",
    ),
    variable(
        "threads",
        "threads_connected",
        Conversion::Value(1.0),
        Unit::Count,
        "open connections",
    ),
    variable(
        "threads_running",
        "threads_running",
        Conversion::Value(1.0),
        Unit::Count,
        "connections executing a statement",
    ),
    variable(
        "threads_cached",
        "threads_cached",
        Conversion::Value(1.0),
        Unit::Count,
        "cached threads for new connections",
    ),
    variable(
        "threads_created",
        "threads_created",
        Conversion::Rate(1.0),
        Unit::PerSecond,
        "threads created",
    ),
    variable(
        "connections_most",
        "max_used_connections",
        Conversion::Value(1.0),
        Unit::Count,
        "maximum number of simultaneous connections since the start",
    ),
    variable(
        "connections_limit",
        "max_connections",
        Conversion::Value(1.0),
        Unit::Count,
        "limit on connections",
    ),
    variable(
        "received_bytes",
        "bytes_received",
        Conversion::Rate(1.0),
        Unit::BytesPerSecond,
        "from clients",
    ),
    variable("sent_bytes", "bytes_sent", Conversion::Rate(1.0), Unit::BytesPerSecond, "to clients"),
    variable("open_tables", "open_tables", Conversion::Value(1.0), Unit::Count, "open tables"),
    variable(
        "opened_tables",
        "opened_tables",
        Conversion::Rate(1.0),
        Unit::PerSecond,
        "tables opened",
    ),
    variable("open_files", "open_files", Conversion::Value(1.0), Unit::Count, "open files"),
    variable(
        "opened_files",
        "opened_files",
        Conversion::Rate(1.0),
        Unit::PerSecond,
        "files opened",
    ),
    variable(
        "locks_immediate",
        "table_locks_immediate",
        Conversion::Rate(1.0),
        Unit::PerSecond,
        "table locks acquired immediately",
    ),
    variable(
        "locks_waited",
        "table_locks_waited",
        Conversion::Rate(1.0),
        Unit::PerSecond,
        "table locks that had to wait",
    ),
    variable(
        "tmp_tables",
        "created_tmp_tables",
        Conversion::Rate(1.0),
        Unit::PerSecond,
        "temporary tables",
    ),
    variable(
        "tmp_disk_tables",
        "created_tmp_disk_tables",
        Conversion::Rate(1.0),
        Unit::PerSecond,
        "temporary tables on disk",
    ),
    variable(
        "tmp_files",
        "created_tmp_files",
        Conversion::Rate(1.0),
        Unit::PerSecond,
        "temporary files",
    ),
    variable(
        "binlog_cache",
        "binlog_cache_use",
        Conversion::Rate(1.0),
        Unit::PerSecond,
        "transactions that used the binary log cache",
    ),
    variable(
        "binlog_disk",
        "binlog_cache_disk_use",
        Conversion::Rate(1.0),
        Unit::PerSecond,
        "transactions too large for that cache",
    ),
];

/// Statements by their kind.
pub static MYSQL_COMMANDS: Kind =
    Kind::new("mysql_commands", "MySQL statements", &COMMANDS_METRICS);

static COMMANDS_METRICS: [Metric; 17] = metrics(&COMMANDS);

const COMMANDS: [Variable; 17] = [
    variable("select", "com_select", Conversion::Rate(1.0), Unit::PerSecond, "SELECT"),
    variable("insert", "com_insert", Conversion::Rate(1.0), Unit::PerSecond, "INSERT"),
    variable("update", "com_update", Conversion::Rate(1.0), Unit::PerSecond, "UPDATE"),
    variable("delete", "com_delete", Conversion::Rate(1.0), Unit::PerSecond, "DELETE"),
    variable("replace", "com_replace", Conversion::Rate(1.0), Unit::PerSecond, "REPLACE"),
    variable("load", "com_load", Conversion::Rate(1.0), Unit::PerSecond, "LOAD DATA"),
    variable(
        "insert_select",
        "com_insert_select",
        Conversion::Rate(1.0),
        Unit::PerSecond,
        "INSERT SELECT",
    ),
    variable(
        "update_multi",
        "com_update_multi",
        Conversion::Rate(1.0),
        Unit::PerSecond,
        "UPDATE of several tables",
    ),
    variable(
        "delete_multi",
        "com_delete_multi",
        Conversion::Rate(1.0),
        Unit::PerSecond,
        "DELETE of several tables",
    ),
    variable(
        "replace_select",
        "com_replace_select",
        Conversion::Rate(1.0),
        Unit::PerSecond,
        "REPLACE SELECT",
    ),
    variable("begin", "com_begin", Conversion::Rate(1.0), Unit::PerSecond, "BEGIN"),
    variable("commit", "com_commit", Conversion::Rate(1.0), Unit::PerSecond, "COMMIT"),
    variable("rollback", "com_rollback", Conversion::Rate(1.0), Unit::PerSecond, "ROLLBACK"),
    variable("set_option", "com_set_option", Conversion::Rate(1.0), Unit::PerSecond, "SET"),
    variable(
        "call_procedure",
        "com_call_procedure",
        Conversion::Rate(1.0),
        Unit::PerSecond,
        "CALL",
    ),
    variable("prepare_sql", "com_prepare_sql", Conversion::Rate(1.0), Unit::PerSecond, "PREPARE"),
    variable(
        "stmt_execute",
        "com_stmt_execute",
        Conversion::Rate(1.0),
        Unit::PerSecond,
        "executed prepared statements",
    ),
];

/// How rows were found and sorted.
pub static MYSQL_SELECTS: Kind = Kind::new("mysql_selects", "MySQL selects", &SELECTS_METRICS);

static SELECTS_METRICS: [Metric; 9] = metrics(&SELECTS);

const SELECTS: [Variable; 9] = [
    variable(
        "full_join",
        "select_full_join",
        Conversion::Rate(1.0),
        Unit::PerSecond,
        "joins without an index",
    ),
    variable(
        "full_range_join",
        "select_full_range_join",
        Conversion::Rate(1.0),
        Unit::PerSecond,
        "joins that searched a range of the other table",
    ),
    variable(
        "range",
        "select_range",
        Conversion::Rate(1.0),
        Unit::PerSecond,
        "joins by a range of the first table",
    ),
    variable(
        "range_check",
        "select_range_check",
        Conversion::Rate(1.0),
        Unit::PerSecond,
        "joins that looked for a usable index for each row",
    ),
    variable(
        "scan",
        "select_scan",
        Conversion::Rate(1.0),
        Unit::PerSecond,
        "joins that scanned the first table",
    ),
    variable("sort_rows", "sort_rows", Conversion::Rate(1.0), Unit::PerSecond, "rows sorted"),
    variable(
        "sort_range",
        "sort_range",
        Conversion::Rate(1.0),
        Unit::PerSecond,
        "sorts of a range",
    ),
    variable(
        "sort_scan",
        "sort_scan",
        Conversion::Rate(1.0),
        Unit::PerSecond,
        "sorts of a whole table",
    ),
    variable(
        "sort_merge_passes",
        "sort_merge_passes",
        Conversion::Rate(1.0),
        Unit::PerSecond,
        "merge passes of sorts that were too large for memory",
    ),
];

/// Requests to storage engines.
pub static MYSQL_HANDLERS: Kind = Kind::new("mysql_handlers", "MySQL handlers", &HANDLERS_METRICS);

static HANDLERS_METRICS: [Metric; 12] = metrics(&HANDLERS);

const HANDLERS: [Variable; 12] = [
    variable("write", "handler_write", Conversion::Rate(1.0), Unit::PerSecond, "rows stored"),
    variable("update", "handler_update", Conversion::Rate(1.0), Unit::PerSecond, "rows changed"),
    variable("delete", "handler_delete", Conversion::Rate(1.0), Unit::PerSecond, "rows removed"),
    variable(
        "read_first",
        "handler_read_first",
        Conversion::Rate(1.0),
        Unit::PerSecond,
        "reads of the first entry of an index",
    ),
    variable(
        "read_last",
        "handler_read_last",
        Conversion::Rate(1.0),
        Unit::PerSecond,
        "reads of the last entry of an index",
    ),
    variable(
        "read_key",
        "handler_read_key",
        Conversion::Rate(1.0),
        Unit::PerSecond,
        "rows read by a key",
    ),
    variable(
        "read_next",
        "handler_read_next",
        Conversion::Rate(1.0),
        Unit::PerSecond,
        "requests for the next row in index order",
    ),
    variable(
        "read_prev",
        "handler_read_prev",
        Conversion::Rate(1.0),
        Unit::PerSecond,
        "requests for the previous row in index order",
    ),
    variable(
        "read_rnd",
        "handler_read_rnd",
        Conversion::Rate(1.0),
        Unit::PerSecond,
        "rows read by a position",
    ),
    variable(
        "read_rnd_next",
        "handler_read_rnd_next",
        Conversion::Rate(1.0),
        Unit::PerSecond,
        "requests for the next row of a table scan",
    ),
    variable("commit", "handler_commit", Conversion::Rate(1.0), Unit::PerSecond, "commits inside"),
    variable(
        "rollback",
        "handler_rollback",
        Conversion::Rate(1.0),
        Unit::PerSecond,
        "rollbacks inside",
    ),
];

/// The query cache, if there is one.
pub static MYSQL_QUERY_CACHE: Kind =
    Kind::new("mysql_query_cache", "MySQL query cache", &QUERY_CACHE_METRICS);

static QUERY_CACHE_METRICS: [Metric; 8] = metrics(&QUERY_CACHE);

const QUERY_CACHE: [Variable; 8] = [
    variable("hits", "qcache_hits", Conversion::Rate(1.0), Unit::PerSecond, "results found"),
    variable("inserts", "qcache_inserts", Conversion::Rate(1.0), Unit::PerSecond, "results stored"),
    variable(
        "not_cached",
        "qcache_not_cached",
        Conversion::Rate(1.0),
        Unit::PerSecond,
        "results that cannot be cached",
    ),
    variable(
        "prunes",
        "qcache_lowmem_prunes",
        Conversion::Rate(1.0),
        Unit::PerSecond,
        "results evicted for lack of memory",
    ),
    variable(
        "queries",
        "qcache_queries_in_cache",
        Conversion::Value(1.0),
        Unit::Count,
        "results held",
    ),
    variable(
        "free_memory",
        "qcache_free_memory",
        Conversion::Value(1.0),
        Unit::Bytes,
        "free memory",
    ),
    variable(
        "free_blocks",
        "qcache_free_blocks",
        Conversion::Value(1.0),
        Unit::Count,
        "free memory blocks",
    ),
    variable(
        "blocks",
        "qcache_total_blocks",
        Conversion::Value(1.0),
        Unit::Count,
        "pieces of memory",
    ),
];

/// The key cache of `MyISAM`.
pub static MYSQL_KEYS: Kind = Kind::new("mysql_keys", "MySQL key cache", &KEYS_METRICS);

static KEYS_METRICS: [Metric; 7] = metrics(&KEYS);

const KEYS: [Variable; 7] = [
    variable(
        "read_requests",
        "key_read_requests",
        Conversion::Rate(1.0),
        Unit::PerSecond,
        "key blocks requested",
    ),
    variable("reads", "key_reads", Conversion::Rate(1.0), Unit::PerSecond, "those read from disk"),
    variable(
        "write_requests",
        "key_write_requests",
        Conversion::Rate(1.0),
        Unit::PerSecond,
        "key blocks changed",
    ),
    variable(
        "writes",
        "key_writes",
        Conversion::Rate(1.0),
        Unit::PerSecond,
        "key blocks written to disk",
    ),
    variable("used", "key_blocks_used", Conversion::Value(1.0), Unit::Count, "pieces in the cache"),
    variable(
        "unused",
        "key_blocks_unused",
        Conversion::Value(1.0),
        Unit::Count,
        "unused blocks in the cache",
    ),
    variable(
        "unwritten",
        "key_blocks_not_flushed",
        Conversion::Value(1.0),
        Unit::Count,
        "changed blocks not yet written",
    ),
];

/// The engine `InnoDB`.
pub static MYSQL_INNODB: Kind = Kind::new("mysql_innodb", "InnoDB", &INNODB_METRICS);

static INNODB_METRICS: [Metric; 35] = metrics(&INNODB);

const INNODB: [Variable; 35] = [
    variable(
        "pool_pages",
        "innodb_buffer_pool_pages_total",
        Conversion::Value(1.0),
        Unit::Count,
        "pages of the buffer pool",
    ),
    variable(
        "pool_data",
        "innodb_buffer_pool_pages_data",
        Conversion::Value(1.0),
        Unit::Count,
        "those with data",
    ),
    variable(
        "pool_free",
        "innodb_buffer_pool_pages_free",
        Conversion::Value(1.0),
        Unit::Count,
        "those without",
    ),
    variable(
        "pool_dirty",
        "innodb_buffer_pool_pages_dirty",
        Conversion::Value(1.0),
        Unit::Count,
        "those with changes not yet written",
    ),
    variable(
        "pool_requests",
        "innodb_buffer_pool_read_requests",
        Conversion::Rate(1.0),
        Unit::PerSecond,
        "pages requested",
    ),
    variable(
        "pool_reads",
        "innodb_buffer_pool_reads",
        Conversion::Rate(1.0),
        Unit::PerSecond,
        "those read from disk",
    ),
    variable(
        "pool_flushed",
        "innodb_buffer_pool_pages_flushed",
        Conversion::Rate(1.0),
        Unit::PerSecond,
        "pages written",
    ),
    variable(
        "pool_waits",
        "innodb_buffer_pool_wait_free",
        Conversion::Rate(1.0),
        Unit::PerSecond,
        "waits for a free page",
    ),
    variable(
        "pages_created",
        "innodb_pages_created",
        Conversion::Rate(1.0),
        Unit::PerSecond,
        "pages created",
    ),
    variable(
        "pages_read",
        "innodb_pages_read",
        Conversion::Rate(1.0),
        Unit::PerSecond,
        "pages read",
    ),
    variable(
        "pages_written",
        "innodb_pages_written",
        Conversion::Rate(1.0),
        Unit::PerSecond,
        "pages written",
    ),
    variable("rows_read", "innodb_rows_read", Conversion::Rate(1.0), Unit::PerSecond, "rows read"),
    variable(
        "rows_inserted",
        "innodb_rows_inserted",
        Conversion::Rate(1.0),
        Unit::PerSecond,
        "rows inserted",
    ),
    variable(
        "rows_updated",
        "innodb_rows_updated",
        Conversion::Rate(1.0),
        Unit::PerSecond,
        "rows changed",
    ),
    variable(
        "rows_deleted",
        "innodb_rows_deleted",
        Conversion::Rate(1.0),
        Unit::PerSecond,
        "rows deleted",
    ),
    variable(
        "reads",
        "innodb_data_reads",
        Conversion::Rate(1.0),
        Unit::PerSecond,
        "reads from files",
    ),
    variable(
        "writes",
        "innodb_data_writes",
        Conversion::Rate(1.0),
        Unit::PerSecond,
        "writes to files",
    ),
    variable(
        "fsyncs",
        "innodb_data_fsyncs",
        Conversion::Rate(1.0),
        Unit::PerSecond,
        "calls of fsync",
    ),
    variable(
        "read_bytes",
        "innodb_data_read",
        Conversion::Rate(1.0),
        Unit::BytesPerSecond,
        "read from files",
    ),
    variable(
        "written_bytes",
        "innodb_data_written",
        Conversion::Rate(1.0),
        Unit::BytesPerSecond,
        "written to files",
    ),
    variable(
        "pending_reads",
        "innodb_data_pending_reads",
        Conversion::Value(1.0),
        Unit::Count,
        "pending reads",
    ),
    variable(
        "pending_writes",
        "innodb_data_pending_writes",
        Conversion::Value(1.0),
        Unit::Count,
        "pending writes",
    ),
    variable(
        "pending_fsyncs",
        "innodb_data_pending_fsyncs",
        Conversion::Value(1.0),
        Unit::Count,
        "pending fsync calls",
    ),
    variable(
        "log_requests",
        "innodb_log_write_requests",
        Conversion::Rate(1.0),
        Unit::PerSecond,
        "requested writes to the log",
    ),
    variable(
        "log_writes",
        "innodb_log_writes",
        Conversion::Rate(1.0),
        Unit::PerSecond,
        "writes to the log",
    ),
    variable(
        "log_bytes",
        "innodb_os_log_written",
        Conversion::Rate(1.0),
        Unit::BytesPerSecond,
        "written to the log",
    ),
    variable(
        "log_waits",
        "innodb_log_waits",
        Conversion::Rate(1.0),
        Unit::PerSecond,
        "waits for space in the log buffer",
    ),
    variable(
        "lock_waits",
        "innodb_row_lock_waits",
        Conversion::Rate(1.0),
        Unit::PerSecond,
        "waits for row locks",
    ),
    variable(
        "lock_waiting",
        "innodb_row_lock_current_waits",
        Conversion::Value(1.0),
        Unit::Count,
        "current waits for row locks",
    ),
    variable(
        "lock_wait_seconds",
        "innodb_row_lock_time_avg",
        Conversion::Value(0.001),
        Unit::Seconds,
        "mean duration of such a wait since the start",
    ),
    variable(
        "lock_seconds",
        "innodb_row_lock_time",
        Conversion::Rate(0.001),
        Unit::Count,
        "average number of transactions waiting for row locks",
    ),
    variable(
        "history",
        "innodb.history",
        Conversion::Value(1.0),
        Unit::Count,
        "row versions not yet purged",
    ),
    variable(
        "checkpoint_age",
        "innodb.checkpoint_age",
        Conversion::Value(1.0),
        Unit::Bytes,
        "log since the last checkpoint",
    ),
    variable(
        "transactions",
        "innodb.transactions",
        Conversion::Value(1.0),
        Unit::Count,
        "transactions",
    ),
    variable(
        "active",
        "innodb.active",
        Conversion::Value(1.0),
        Unit::Count,
        "transactions under way",
    ),
];

/// The progress of a replica.
pub static MYSQL_REPLICA: Kind = Kind::new("mysql_replica", "MySQL replica", &REPLICA_METRICS);

static REPLICA_METRICS: [Metric; 3] = metrics(&REPLICA);

const REPLICA: [Variable; 3] = [
    variable(
        "running",
        "replica.running",
        Conversion::Value(1.0),
        Unit::Share,
        "1 when both threads run",
    ),
    variable(
        "behind",
        "replica.behind",
        Conversion::Value(1.0),
        Unit::Seconds,
        "behind its source",
    ),
    variable(
        "relay_log",
        "replica.relay_log",
        Conversion::Value(1.0),
        Unit::Bytes,
        "relay logs on disk",
    ),
];
