//! What is stored of a line of the table: kinds, metrics and values.

use super::csv::{Part, Row};
use crate::group::{Kind, Metric, Unit};
use crate::source::counter::{Limits, THINGS, at_most, per};

/// One proxy.
pub static HAPROXY: Kind = Kind::new("haproxy", "HAProxy", &PROXY);

static PROXY: [Metric; 2] = [
    Metric::new("up", Unit::Share, "1 if the statistics were received, else 0"),
    Metric::new("probe_seconds", Unit::Seconds, "time until they were received or failed"),
];

/// What clients connect to.
pub static HAPROXY_FRONTEND: Kind = Kind::new("haproxy_frontend", "HAProxy frontends", &FRONTEND);

static FRONTEND: [Metric; 8] = [
    Metric::new("requests", Unit::PerSecond, "HTTP requests, or sessions if it is not HTTP"),
    Metric::new("sessions", Unit::Count, "sessions"),
    Metric::new("limit_share", Unit::Share, "sessions as a share of their limit"),
    Metric::new("received_bytes", Unit::BytesPerSecond, "from clients"),
    Metric::new("sent_bytes", Unit::BytesPerSecond, "to clients"),
    Metric::new("denied", Unit::PerSecond, "requests and responses denied by a rule"),
    Metric::new("errors", Unit::PerSecond, "requests that were not valid or came too late"),
    Metric::new("responses_5xx", Unit::PerSecond, "responses with a status of 500 and more"),
];

/// What requests are passed on to.
pub static HAPROXY_BACKEND: Kind = Kind::new("haproxy_backend", "HAProxy backends", &BACKEND);

/// One server of a backend.
pub static HAPROXY_SERVER: Kind = Kind::new("haproxy_server", "HAProxy servers", &SERVER);

const REQUESTS: Metric =
    Metric::new("requests", Unit::PerSecond, "HTTP requests, or sessions if they are not counted");
const SESSIONS: Metric = Metric::new("sessions", Unit::Count, "sessions");
const QUEUE: Metric = Metric::new("queue", Unit::Count, "requests that wait for a server");
const RECEIVED: Metric = Metric::new("received_bytes", Unit::BytesPerSecond, "from clients");
const SENT: Metric = Metric::new("sent_bytes", Unit::BytesPerSecond, "to clients");
const ERRORS: Metric =
    Metric::new("errors", Unit::PerSecond, "connections that failed, and responses with an error");
const RETRIES: Metric =
    Metric::new("retries", Unit::PerSecond, "connections tried again, and requests redispatched");
const RESPONSES_5XX: Metric =
    Metric::new("responses_5xx", Unit::PerSecond, "responses with a status of 500 and more");
const CONNECT: Metric = Metric::new(
    "connect_seconds",
    Unit::Seconds,
    "mean time of the last 1024 requests until the server was connected",
);
const RESPONSE: Metric = Metric::new(
    "response_seconds",
    Unit::Seconds,
    "mean time of the last 1024 requests from there until the server answered",
);

static BACKEND: [Metric; 15] = [
    Metric::new("up", Unit::Share, "1 if a server can take requests, else 0"),
    REQUESTS,
    SESSIONS,
    QUEUE,
    RECEIVED,
    SENT,
    ERRORS,
    RETRIES,
    RESPONSES_5XX,
    CONNECT,
    RESPONSE,
    Metric::new("queue_seconds", Unit::Seconds, "mean time of the last 1024 requests in the queue"),
    Metric::new("total_seconds", Unit::Seconds, "mean time of the last 1024 sessions"),
    Metric::new("active_servers", Unit::Count, "servers that take requests, without backups"),
    Metric::new("backup_servers", Unit::Count, "backup servers that can take requests"),
];

static SERVER: [Metric; 11] = [
    Metric::new(
        "up",
        Unit::Share,
        "1 if checks succeed, 0 if not; unknown without or in maintenance",
    ),
    REQUESTS,
    SESSIONS,
    QUEUE,
    RECEIVED,
    SENT,
    ERRORS,
    RETRIES,
    RESPONSES_5XX,
    CONNECT,
    RESPONSE,
];

/// The kind of a line.
pub(super) fn kind_of(part: Part) -> &'static Kind {
    match part {
        Part::Frontend => &HAPROXY_FRONTEND,
        Part::Backend => &HAPROXY_BACKEND,
        Part::Server => &HAPROXY_SERVER,
    }
}

/// The number of counters of a line.
pub(super) const COUNTERS: usize = 7;

/// Requests, bytes received and sent, denied, errors, retries, and responses of 500 and more.
pub(super) fn counters(row: &Row) -> [Option<u64>; COUNTERS] {
    let sum = |one: &str, other: &str| match (row.number(one), row.number(other)) {
        (Some(one), Some(other)) => Some(one.saturating_add(other)),
        (one, other) => one.or(other),
    };
    let errors = match row.part {
        Part::Frontend => row.number("ereq"),
        _ => sum("econ", "eresp"),
    };
    // The requests of something that does not speak HTTP are counted as none.
    let requests = row.number("req_tot").filter(|count| *count > 0).or(row.number("stot"));
    [
        requests,
        row.number("bin"),
        row.number("bout"),
        sum("dreq", "dresp"),
        errors,
        sum("wretr", "wredis"),
        row.number("hrsp_5xx"),
    ]
}

/// What is possible for the counters.
pub(super) fn limits() -> [Limits; COUNTERS] {
    let (events, bytes) = (Limits::EVENTS, Limits::BYTES);
    [events, bytes, bytes, events, events, events, events]
}

/// The values of a line, in the order of its kind.
pub(super) fn values(row: &Row, rates: &[f64; COUNTERS]) -> Vec<f64> {
    let [requests, received, sent, denied, errors, retries, responses_5xx] = *rates;
    let things = |name| at_most(THINGS, row.number(name));
    // They are given in milliseconds.
    let seconds = |name| things(name) / 1000.0;
    let sessions = things("scur");
    if row.part == Part::Frontend {
        let share = per(sessions, things("slim"));
        return vec![requests, sessions, share, received, sent, denied, errors, responses_5xx];
    }
    let mut values = vec![
        up(&row.status),
        requests,
        sessions,
        things("qcur"),
        received,
        sent,
        errors,
        retries,
        responses_5xx,
        seconds("ctime"),
        seconds("rtime"),
    ];
    if row.part == Part::Backend {
        let times = [seconds("qtime"), seconds("ttime")];
        values.extend(times.into_iter().chain([things("act"), things("bck")]));
    }
    values
}

/// Whether requests are passed on, by the word for the state; unknown if nobody checks, or somebody
/// has taken it out.
fn up(status: &str) -> f64 {
    match status.split(' ').next() {
        Some("UP" | "NOLB" | "DRAIN") => 1.0,
        Some("DOWN") => 0.0,
        _ => f64::NAN,
    }
}
