//! The values of a server: name, number of `INFO`, and meaning. A number that a version lacks is
//! unknown.

use crate::group::{Kind, Metric, Unit};
use crate::source::variable::{
    Conversion, Variable, byte_rate, count, metrics, rate, value, variable,
};

/// One server.
pub static REDIS: Kind = Kind::new("redis", "Redis", &SERVER_METRICS);

static SERVER_METRICS: [Metric; 25] = metrics(&SERVER);

pub(super) const SERVER: [Variable; 25] = [
    value("up", "probe.up", Unit::Share, "1 if the server answered, else 0"),
    value("probe_seconds", "probe.seconds", Unit::Seconds, "time until it answered or failed"),
    rate("commands", "total_commands_processed", "commands, including the collector's own"),
    rate("errors", "total_error_replies", "commands answered with an error"),
    rate("hits", "keyspace_hits", "keys found"),
    rate("misses", "keyspace_misses", "keys asked for that were not found"),
    value(
        "hit_share",
        "hits.share",
        Unit::Share,
        "share of keys asked for that were found; unknown if none was",
    ),
    rate("expired", "expired_keys", "keys removed because their time was over"),
    rate("evicted", "evicted_keys", "keys removed because memory was full"),
    count("clients", "connected_clients", "connected clients, without replicas"),
    count("blocked", "blocked_clients", "clients waiting in a blocking command"),
    rate("connects", "total_connections_received", "connections made"),
    rate("rejected", "rejected_connections", "connections rejected because of maxclients"),
    byte_rate("received_bytes", "total_net_input_bytes", "from clients"),
    byte_rate("sent_bytes", "total_net_output_bytes", "to clients"),
    value("memory", "used_memory", Unit::Bytes, "memory used by data and the server's own"),
    value("memory_rss", "used_memory_rss", Unit::Bytes, "memory of the process"),
    value("memory_limit", "memory.limit", Unit::Bytes, "maxmemory; unknown without a limit"),
    value(
        "full_share",
        "memory.full",
        Unit::Share,
        "share of maxmemory in use where nothing is evicted (maxmemory-policy noeviction)",
    ),
    variable(
        "cpu",
        "cpu",
        Conversion::Rate(1.0),
        Unit::Cores,
        "CPU time of the server, without children that save",
    ),
    count("keys", "keys.all", "keys of all databases"),
    count("keys_expiring", "keys.expiring", "keys with a time to live"),
    value("save_ok", "saved.ok", Unit::Share, "1 if the last save succeeded, else 0"),
    value("save_age", "saved.age", Unit::Seconds, "time since the last save that succeeded"),
    value(
        "aof_ok",
        "aof.ok",
        Unit::Share,
        "1 if the append-only file was written and rewritten; unknown without one",
    ),
];

/// Replication of a server that is a replica or has had one.
pub static REDIS_REPLICATION: Kind =
    Kind::new("redis_replication", "Redis replication", &REPLICATION_METRICS);

static REPLICATION_METRICS: [Metric; 4] = metrics(&REPLICATION);

pub(super) const REPLICATION: [Variable; 4] = [
    count("replicas", "connected_slaves", "connected replicas"),
    value(
        "link_up",
        "replica.link",
        Unit::Share,
        "1 if the link to the primary is up, else 0; unknown of a primary",
    ),
    value("behind_bytes", "replica.bytes", Unit::Bytes, "not yet applied, or by the worst replica"),
    value(
        "behind_seconds",
        "replica.seconds",
        Unit::Seconds,
        "since the other end was last heard of; of several replicas the worst",
    ),
];
