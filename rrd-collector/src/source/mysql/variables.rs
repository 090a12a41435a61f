//! The values of a server: name, variable, and meaning.
//!
//! Source: "Server Status Variables" in the documentation of `MySQL` and `MariaDB`. A variable that
//! a version lacks is unknown: `MariaDB` since 10.5 does not count the rows of `InnoDB`, and
//! servers without a query cache have no such group.

use crate::group::{Kind, Metric, Unit};
use crate::source::variable::{
    Conversion, Variable, byte_rate, count, metrics, rate, value, variable,
};

/// All groups and their values.
pub(super) static GROUPS: [(&Kind, &[Variable]); 9] = [
    (&MYSQL, &SERVER),
    (&MYSQL_COMMANDS, &COMMANDS),
    (&MYSQL_SELECTS, &SELECTS),
    (&MYSQL_HANDLERS, &HANDLERS),
    (&MYSQL_QUERY_CACHE, &QUERY_CACHE),
    (&MYSQL_KEYS, &KEYS),
    (&MYSQL_INNODB, &INNODB),
    (&MYSQL_REPLICA, &REPLICA),
    (&MYSQL_GALERA, &GALERA),
];

/// One server.
pub static MYSQL: Kind = Kind::new("mysql", "MySQL", &SERVER_METRICS);

static SERVER_METRICS: [Metric; 29] = metrics(&SERVER);

pub(super) const SERVER: [Variable; 29] = [
    value("up", "probe.up", Unit::Share, "1 if the server answered, else 0"),
    value("probe_seconds", "probe.seconds", Unit::Seconds, "time until it answered or failed"),
    value("uptime", "uptime", Unit::Seconds, "time since it was started"),
    variable("restarts", "probe.restarted", Conversion::Event, Unit::PerSecond, "restarts"),
    rate("queries", "queries", "statements, including those inside procedures"),
    rate("questions", "questions", "statements sent by clients"),
    rate("slow_queries", "slow_queries", "statements that took longer than long_query_time"),
    rate("connects", "connections", "connection attempts"),
    rate("aborted_clients", "aborted_clients", "aborted connections"),
    rate("aborted_connects", "aborted_connects", "failed connection attempts"),
    count("threads", "threads_connected", "open connections"),
    count("threads_running", "threads_running", "connections executing a statement"),
    count("threads_cached", "threads_cached", "cached threads for new connections"),
    rate("threads_created", "threads_created", "threads created"),
    count(
        "connections_most",
        "max_used_connections",
        "maximum number of simultaneous connections since the start",
    ),
    count("connections_limit", "max_connections", "limit on connections"),
    byte_rate("received_bytes", "bytes_received", "from clients"),
    byte_rate("sent_bytes", "bytes_sent", "to clients"),
    count("open_tables", "open_tables", "open tables"),
    rate("opened_tables", "opened_tables", "tables opened"),
    count("open_files", "open_files", "open files"),
    rate("opened_files", "opened_files", "files opened"),
    rate("locks_immediate", "table_locks_immediate", "table locks acquired immediately"),
    rate("locks_waited", "table_locks_waited", "table locks that had to wait"),
    rate("tmp_tables", "created_tmp_tables", "temporary tables"),
    rate("tmp_disk_tables", "created_tmp_disk_tables", "temporary tables on disk"),
    rate("tmp_files", "created_tmp_files", "temporary files"),
    rate("binlog_cache", "binlog_cache_use", "transactions that used the binary log cache"),
    rate("binlog_disk", "binlog_cache_disk_use", "transactions too large for that cache"),
];

/// Statements by their kind.
pub static MYSQL_COMMANDS: Kind =
    Kind::new("mysql_commands", "MySQL statements", &COMMANDS_METRICS);

static COMMANDS_METRICS: [Metric; 17] = metrics(&COMMANDS);

const COMMANDS: [Variable; 17] = [
    rate("select", "com_select", "SELECT"),
    rate("insert", "com_insert", "INSERT"),
    rate("update", "com_update", "UPDATE"),
    rate("delete", "com_delete", "DELETE"),
    rate("replace", "com_replace", "REPLACE"),
    rate("load", "com_load", "LOAD DATA"),
    rate("insert_select", "com_insert_select", "INSERT SELECT"),
    rate("update_multi", "com_update_multi", "UPDATE of several tables"),
    rate("delete_multi", "com_delete_multi", "DELETE of several tables"),
    rate("replace_select", "com_replace_select", "REPLACE SELECT"),
    rate("begin", "com_begin", "BEGIN"),
    rate("commit", "com_commit", "COMMIT"),
    rate("rollback", "com_rollback", "ROLLBACK"),
    rate("set_option", "com_set_option", "SET"),
    rate("call_procedure", "com_call_procedure", "CALL"),
    rate("prepare_sql", "com_prepare_sql", "PREPARE"),
    rate("stmt_execute", "com_stmt_execute", "executed prepared statements"),
];

/// How rows were found and sorted.
pub static MYSQL_SELECTS: Kind = Kind::new("mysql_selects", "MySQL selects", &SELECTS_METRICS);

static SELECTS_METRICS: [Metric; 9] = metrics(&SELECTS);

const SELECTS: [Variable; 9] = [
    rate("full_join", "select_full_join", "joins without an index"),
    rate(
        "full_range_join",
        "select_full_range_join",
        "joins that searched a range of the other table",
    ),
    rate("range", "select_range", "joins by a range of the first table"),
    rate("range_check", "select_range_check", "joins that looked for a usable index for each row"),
    rate("scan", "select_scan", "joins that scanned the first table"),
    rate("sort_rows", "sort_rows", "rows sorted"),
    rate("sort_range", "sort_range", "sorts of a range"),
    rate("sort_scan", "sort_scan", "sorts of a whole table"),
    rate(
        "sort_merge_passes",
        "sort_merge_passes",
        "merge passes of sorts that were too large for memory",
    ),
];

/// Requests to storage engines.
pub static MYSQL_HANDLERS: Kind = Kind::new("mysql_handlers", "MySQL handlers", &HANDLERS_METRICS);

static HANDLERS_METRICS: [Metric; 12] = metrics(&HANDLERS);

const HANDLERS: [Variable; 12] = [
    rate("write", "handler_write", "rows stored"),
    rate("update", "handler_update", "rows changed"),
    rate("delete", "handler_delete", "rows removed"),
    rate("read_first", "handler_read_first", "reads of the first entry of an index"),
    rate("read_last", "handler_read_last", "reads of the last entry of an index"),
    rate("read_key", "handler_read_key", "rows read by a key"),
    rate("read_next", "handler_read_next", "requests for the next row in index order"),
    rate("read_prev", "handler_read_prev", "requests for the previous row in index order"),
    rate("read_rnd", "handler_read_rnd", "rows read by a position"),
    rate("read_rnd_next", "handler_read_rnd_next", "requests for the next row of a table scan"),
    rate("commit", "handler_commit", "commits inside"),
    rate("rollback", "handler_rollback", "rollbacks inside"),
];

/// The query cache, if there is one.
pub static MYSQL_QUERY_CACHE: Kind =
    Kind::new("mysql_query_cache", "MySQL query cache", &QUERY_CACHE_METRICS);

static QUERY_CACHE_METRICS: [Metric; 8] = metrics(&QUERY_CACHE);

const QUERY_CACHE: [Variable; 8] = [
    rate("hits", "qcache_hits", "results found"),
    rate("inserts", "qcache_inserts", "results stored"),
    rate("not_cached", "qcache_not_cached", "results that cannot be cached"),
    rate("prunes", "qcache_lowmem_prunes", "results evicted for lack of memory"),
    count("queries", "qcache_queries_in_cache", "results held"),
    value("free_memory", "qcache_free_memory", Unit::Bytes, "free memory"),
    count("free_blocks", "qcache_free_blocks", "free memory blocks"),
    count("blocks", "qcache_total_blocks", "pieces of memory"),
];

/// The key cache of `MyISAM`.
pub static MYSQL_KEYS: Kind = Kind::new("mysql_keys", "MySQL key cache", &KEYS_METRICS);

static KEYS_METRICS: [Metric; 7] = metrics(&KEYS);

const KEYS: [Variable; 7] = [
    rate("read_requests", "key_read_requests", "key blocks requested"),
    rate("reads", "key_reads", "those read from disk"),
    rate("write_requests", "key_write_requests", "key blocks changed"),
    rate("writes", "key_writes", "key blocks written to disk"),
    count("used", "key_blocks_used", "pieces in the cache"),
    count("unused", "key_blocks_unused", "unused blocks in the cache"),
    count("unwritten", "key_blocks_not_flushed", "changed blocks not yet written"),
];

/// The engine `InnoDB`.
pub static MYSQL_INNODB: Kind = Kind::new("mysql_innodb", "InnoDB", &INNODB_METRICS);

static INNODB_METRICS: [Metric; 35] = metrics(&INNODB);

const INNODB: [Variable; 35] = [
    count("pool_pages", "innodb_buffer_pool_pages_total", "pages of the buffer pool"),
    count("pool_data", "innodb_buffer_pool_pages_data", "those with data"),
    count("pool_free", "innodb_buffer_pool_pages_free", "those without"),
    count("pool_dirty", "innodb_buffer_pool_pages_dirty", "those with changes not yet written"),
    rate("pool_requests", "innodb_buffer_pool_read_requests", "pages requested"),
    rate("pool_reads", "innodb_buffer_pool_reads", "those read from disk"),
    rate("pool_flushed", "innodb_buffer_pool_pages_flushed", "pages written"),
    rate("pool_waits", "innodb_buffer_pool_wait_free", "waits for a free page"),
    rate("pages_created", "innodb_pages_created", "pages created"),
    rate("pages_read", "innodb_pages_read", "pages read"),
    rate("pages_written", "innodb_pages_written", "pages written"),
    rate("rows_read", "innodb_rows_read", "rows read"),
    rate("rows_inserted", "innodb_rows_inserted", "rows inserted"),
    rate("rows_updated", "innodb_rows_updated", "rows changed"),
    rate("rows_deleted", "innodb_rows_deleted", "rows deleted"),
    rate("reads", "innodb_data_reads", "reads from files"),
    rate("writes", "innodb_data_writes", "writes to files"),
    rate("fsyncs", "innodb_data_fsyncs", "calls of fsync"),
    byte_rate("read_bytes", "innodb_data_read", "read from files"),
    byte_rate("written_bytes", "innodb_data_written", "written to files"),
    count("pending_reads", "innodb_data_pending_reads", "pending reads"),
    count("pending_writes", "innodb_data_pending_writes", "pending writes"),
    count("pending_fsyncs", "innodb_data_pending_fsyncs", "pending fsync calls"),
    rate("log_requests", "innodb_log_write_requests", "requested writes to the log"),
    rate("log_writes", "innodb_log_writes", "writes to the log"),
    byte_rate("log_bytes", "innodb_os_log_written", "written to the log"),
    rate("log_waits", "innodb_log_waits", "waits for space in the log buffer"),
    rate("lock_waits", "innodb_row_lock_waits", "waits for row locks"),
    count("lock_waiting", "innodb_row_lock_current_waits", "current waits for row locks"),
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
    count("history", "innodb.history", "row versions not yet purged"),
    value("checkpoint_age", "innodb.checkpoint_age", Unit::Bytes, "log since the last checkpoint"),
    count("transactions", "innodb.transactions", "transactions"),
    count("active", "innodb.active", "transactions under way"),
];

/// The progress of a replica; with several channels, the worst of them.
pub static MYSQL_REPLICA: Kind = Kind::new("mysql_replica", "MySQL replica", &REPLICA_METRICS);

static REPLICA_METRICS: [Metric; 3] = metrics(&REPLICA);

const REPLICA: [Variable; 3] = [
    value("running", "replica.running", Unit::Share, "1 when both threads run"),
    value("behind", "replica.behind", Unit::Seconds, "behind its source"),
    value("relay_log", "replica.relay_log", Unit::Bytes, "relay logs on disk"),
];

/// One channel of a replica that has several.
pub static MYSQL_CHANNEL: Kind =
    Kind::new("mysql_channel", "MySQL replication channels", &REPLICA_METRICS);

/// A node of a Galera cluster.
pub static MYSQL_GALERA: Kind = Kind::new("mysql_galera", "Galera", &GALERA_METRICS);

static GALERA_METRICS: [Metric; 13] = metrics(&GALERA);

const GALERA: [Variable; 13] = [
    value("ready", "wsrep_ready", Unit::Share, "1 if it executes statements"),
    value("primary", "wsrep_cluster_status", Unit::Share, "1 if it is with the majority of nodes"),
    count("size", "wsrep_cluster_size", "nodes that it sees, including itself"),
    count("state", "wsrep_local_state", "1 joining, 2 donor, 3 joined, 4 synced"),
    variable(
        "paused",
        "wsrep_flow_control_paused_ns",
        Conversion::Rate(1e-9),
        Unit::Share,
        "time in which flow control stopped replication",
    ),
    rate("pauses_sent", "wsrep_flow_control_sent", "pauses that it asked for"),
    rate("pauses_received", "wsrep_flow_control_recv", "pauses that any node asked for"),
    count("send_queue", "wsrep_local_send_queue", "transactions waiting to be sent"),
    count("receive_queue", "wsrep_local_recv_queue", "transactions waiting to be applied"),
    rate("conflicts", "wsrep_local_cert_failures", "local transactions that conflicted on commit"),
    rate("aborts", "wsrep_local_bf_aborts", "local transactions aborted by one of another node"),
    byte_rate("sent_bytes", "wsrep_replicated_bytes", "to other nodes"),
    byte_rate("received_bytes", "wsrep_received_bytes", "from other nodes"),
];
