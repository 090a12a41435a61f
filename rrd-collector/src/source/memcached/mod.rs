//! memcached through its text protocol: one command, `stats`, and the changes between two answers.
//!
//! Source: memcached's `protocol.txt`, "General-purpose statistics".

use std::time::Duration;

use serde::Deserialize;
use thiserror::Error;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::group::{Kind, Metric, Unit};
use crate::section::{ConfigError, SectionReader, SectionValue};
use crate::source::counter::{Counters, Limits, MEMORY, THINGS, at_most, per};
use crate::source::input::{Input, PageSection, SectionKind, Source};
use crate::source::sample::SampleSink;
use crate::source::server::{PolledServer, Server, ServerState, times};

/// Servers of `[[memcached]]`.
pub static SOURCE: Source = Source {
    sections: &[SectionKind { name: MemcachedServer::SECTION, is_list: true, read }],
    kinds: || vec![&MEMCACHED],
    charts: &[include_str!("charts.toml")],
    part: "Servers",
    page: &[PageSection { heading: "memcached", kinds: &["memcached"] }],
    ..Source::EMPTY
};

/// A server by its address, `host:port`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemcachedServer(pub String);

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    name: Option<String>,
    address: String,
    step: Option<String>,
    deadline: Option<String>,
}

fn read<'a>(reader: SectionReader<'a>, value: SectionValue<'a>) -> Result<Input, ConfigError> {
    let table: Table = reader.parse(value)?;
    let (step, deadline) = times(reader, table.step, table.deadline)?;
    let instance = table.name.unwrap_or_else(|| table.address.clone());
    let server = MemcachedServer(table.address);
    Ok(PolledServer { instance, server, step, deadline }.input())
}

impl Server for MemcachedServer {
    const SECTION: &'static str = "memcached";
    const KINDS: &'static [&'static Kind] = &[&MEMCACHED];
    type Error = StatsError;
    type State = Memcached;

    async fn ask(&self, deadline: Duration) -> Result<String, StatsError> {
        fetch(&self.0, deadline).await
    }
}

/// Limit on the size of an answer.
const MAX_ANSWER: usize = 64 << 10;

/// One memcached server.
pub static MEMCACHED: Kind = Kind::new("memcached", "memcached", METRICS);

const METRICS: &[Metric] = &[
    Metric::new("up", Unit::Share, "1 if the server answered, else 0"),
    Metric::new("probe_seconds", Unit::Seconds, "time until it answered or failed"),
    Metric::new("hits", Unit::PerSecond, "keys found"),
    Metric::new("misses", Unit::PerSecond, "requested keys that were not found"),
    Metric::new(
        "hit_share",
        Unit::Share,
        "share of requested keys that were found; unknown without requests",
    ),
    Metric::new("sets", Unit::PerSecond, "keys stored"),
    Metric::new("evictions", Unit::PerSecond, "keys evicted before they expired"),
    Metric::new("additions", Unit::PerSecond, "items stored, including replaced ones"),
    Metric::new("read_bytes", Unit::BytesPerSecond, "received from clients"),
    Metric::new("written_bytes", Unit::BytesPerSecond, "sent to clients"),
    Metric::new("cpu", Unit::Cores, "CPU time of the server"),
    Metric::new("connections", Unit::Count, "open connections"),
    Metric::new("connects", Unit::PerSecond, "connections made"),
    Metric::new("refused", Unit::PerSecond, "connections refused because the limit was reached"),
    Metric::new("items", Unit::Count, "stored items"),
    Metric::new("memory", Unit::Bytes, "memory used by items"),
    Metric::new("memory_limit", Unit::Bytes, "memory available for items"),
    Metric::new("threads", Unit::Count, "worker threads"),
];

/// Why there is no answer.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StatsError {
    /// Nobody answers at the address, or the connection broke.
    #[error("cannot talk to {address}")]
    Io {
        /// Host and port.
        address: String,
        /// The system's error.
        source: std::io::Error,
    },
    /// The answer took too long.
    #[error("no answer from {address} within {} s", limit.as_secs_f64())]
    Timeout {
        /// Host and port.
        address: String,
        /// The time limit.
        limit: Duration,
    },
    /// Another kind of server.
    #[error("{address} does not speak memcached's text protocol")]
    NotStats {
        /// Host and port.
        address: String,
    },
}

/// The text of `stats` from the server at `address`, `host:port`.
///
/// # Errors
///
/// [`StatsError`], after `limit` at the latest.
pub async fn fetch(address: &str, limit: Duration) -> Result<String, StatsError> {
    tokio::time::timeout(limit, converse(address))
        .await
        .unwrap_or_else(|_| Err(StatsError::Timeout { address: address.to_owned(), limit }))
}

async fn converse(address: &str) -> Result<String, StatsError> {
    let io = |source| StatsError::Io { address: address.to_owned(), source };
    let mut stream = TcpStream::connect(address).await.map_err(io)?;
    stream.write_all(b"stats\r\n").await.map_err(io)?;
    let mut answer = Vec::new();
    let mut portion = [0; 4096];
    while !is_complete(&answer) {
        let read = stream.read(&mut portion).await.map_err(io)?;
        answer.extend_from_slice(portion.get(..read).unwrap_or_default());
        if read == 0 || answer.len() > MAX_ANSWER || !b"STAT ".starts_with(head(&answer)) {
            return Err(StatsError::NotStats { address: address.to_owned() });
        }
    }
    // Best effort: the answer has been received, and the server closes anyway.
    let _ = stream.write_all(b"quit\r\n").await;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

/// Whether the last line is `END`; its line end may be that of a proxy.
fn is_complete(answer: &[u8]) -> bool {
    answer.ends_with(b"\nEND\r\n") || answer.ends_with(b"\nEND\n")
}

/// The first five bytes, or fewer if there are fewer.
fn head(answer: &[u8]) -> &[u8] {
    answer.get(..5).unwrap_or(answer)
}

/// Of the counters: hits, misses, sets, evictions, additions, bytes read and written, microseconds
/// of CPU time, connections made and refused.
const LIMITS: [Limits; 10] = {
    let (events, bytes) = (Limits::EVENTS, Limits::BYTES);
    let cpu = Limits::CPU_SECONDS.counted_in(1e6);
    [events, events, events, events, events, bytes, bytes, cpu, events, events]
};

/// Keeps the last answer of a server.
#[derive(Debug)]
pub struct Memcached {
    instance: String,
    counters: Counters<10>,
}

impl ServerState for Memcached {
    type Answer = String;

    fn new(instance: String) -> Self {
        Self { instance, counters: Counters::default() }
    }

    fn take(
        &mut self,
        answer: Option<String>,
        clock: Duration,
        took: Duration,
        sink: &mut dyn SampleSink,
    ) {
        let mut values = [f64::NAN; METRICS.len()];
        values[0] = 0.0;
        values[1] = took.as_secs_f64();
        if let Some(answer) = answer {
            values = self.values(&answer, clock, took, sink);
        }
        sink.group(&MEMCACHED, &self.instance, &values);
    }
}

impl Memcached {
    fn values(
        &mut self,
        answer: &str,
        clock: Duration,
        took: Duration,
        sink: &mut dyn SampleSink,
    ) -> [f64; METRICS.len()] {
        let text = |name: &str| {
            answer.lines().find_map(|line| {
                let (key, value) = line.strip_prefix("STAT ")?.split_once(' ')?;
                (key == name).then(|| value.trim())
            })
        };
        let number = |name: &str| text(name)?.parse::<u64>().ok();
        // Seconds with a fraction, in microseconds.
        let time = |name: &str| {
            let (whole, fraction) = text(name)?.split_once('.')?;
            let fraction: u64 = fraction.get(..6)?.parse().ok()?;
            whole.parse::<u64>().ok()?.checked_mul(1_000_000)?.checked_add(fraction)
        };
        let cpu = time("rusage_user").zip(time("rusage_system")).map(|(u, s)| u.saturating_add(s));
        let rates = self.counters.rates(
            clock,
            [
                number("get_hits"),
                number("get_misses"),
                number("cmd_set"),
                number("evictions"),
                number("total_items"),
                number("bytes_read"),
                number("bytes_written"),
                cpu,
                number("total_connections"),
                number("listen_disabled_num"),
            ],
            &LIMITS,
            sink,
        );
        let [hits, misses, sets, evictions, additions, read, written, cpu, connects, refused] =
            rates;
        [
            1.0,
            took.as_secs_f64(),
            hits,
            misses,
            per(hits, hits + misses),
            sets,
            evictions,
            additions,
            read,
            written,
            cpu / 1e6,
            at_most(THINGS, number("curr_connections")),
            connects,
            refused,
            at_most(MEMORY, number("curr_items")),
            at_most(MEMORY, number("bytes")),
            at_most(MEMORY, number("limit_maxbytes")),
            at_most(THINGS, number("threads")),
        ]
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;
    use crate::source::sample::recorder::Recorder;

    const FIRST: &str = "STAT rusage_user 1.500000\r\nSTAT rusage_system 0.500000\r\nSTAT get_hits 10\r\n\
        STAT get_misses 5\r\nSTAT curr_items 3\r\nSTAT bytes 300\r\nEND\r\n";
    const SECOND: &str = "STAT rusage_user 1.700000\r\nSTAT rusage_system 0.700000\r\nSTAT get_hits 16\r\n\
        STAT get_misses 7\r\nSTAT curr_items 4\r\nSTAT bytes 400\r\nEND\r\n";

    #[test]
    fn counters_between_two_answers_become_rates() {
        let mut server = Memcached::new("cache".to_owned());
        let mut seen = Recorder::default();
        server.take(Some(FIRST.to_owned()), Duration::from_secs(10), Duration::ZERO, &mut seen);
        seen.groups.clear();
        server.take(Some(SECOND.to_owned()), Duration::from_secs(12), Duration::ZERO, &mut seen);
        let value = |metric| seen.value(&MEMCACHED, "cache", metric);
        assert_eq!((value("hits"), value("misses"), value("hit_share")), (3.0, 1.0, 0.75));
        assert_eq!((value("items"), value("memory"), value("cpu")), (4.0, 400.0, 0.2));
        assert!(value("evictions").is_nan());
    }

    #[test]
    fn lines_may_end_without_a_carriage_return() {
        let mut server = Memcached::new("cache".to_owned());
        let mut seen = Recorder::default();
        let answer = FIRST.replace('\r', "");
        server.take(Some(answer), Duration::from_secs(10), Duration::ZERO, &mut seen);
        assert_eq!(seen.value(&MEMCACHED, "cache", "items"), 3.0);
    }

    #[test]
    fn a_server_that_does_not_answer_is_a_sample_too() {
        let mut server = Memcached::new("cache".to_owned());
        let mut seen = Recorder::default();
        server.take(None, Duration::from_secs(10), Duration::from_millis(5), &mut seen);
        assert_eq!(seen.value(&MEMCACHED, "cache", "up"), 0.0);
        assert!(seen.value(&MEMCACHED, "cache", "items").is_nan());
    }

    /// An answer that does not go on.
    const SILENT: &[u8] = b"STAT pid 1\r\n";

    async fn answer(bytes: &'static [u8]) -> Result<String, StatsError> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let server = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 7];
            stream.read_exact(&mut request).await.unwrap();
            assert_eq!(&request, b"stats\r\n");
            stream.write_all(bytes).await.unwrap();
            let _ = stream.read_to_end(&mut Vec::new()).await;
        });
        let is_silent = bytes == SILENT;
        let limit = Duration::from_millis(if is_silent { 300 } else { 60_000 });
        let answer = fetch(&address, limit).await;
        server.abort();
        answer
    }

    #[tokio::test(flavor = "current_thread")]
    async fn an_answer_other_servers_and_silence_are_distinguished() {
        assert_eq!(answer(b"STAT pid 1\r\nEND\r\n").await.unwrap(), "STAT pid 1\r\nEND\r\n");
        assert_eq!(answer(b"STAT pid 1\nEND\n").await.unwrap(), "STAT pid 1\nEND\n");
        let other = answer(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        assert!(matches!(other, Err(StatsError::NotStats { .. })));
        assert!(matches!(answer(SILENT).await, Err(StatsError::Timeout { .. })));
    }
}
