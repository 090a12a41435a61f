//! `Redis` and `Valkey` through `INFO`, and the changes between two answers. `client` implements
//! the protocol, `info` reads the answer, `variables` lists the values.

mod client;
mod info;
mod variables;

use std::time::Duration;

use serde::Deserialize;

pub use client::{RedisError, RedisServer, fetch};
pub use info::Info;
pub use variables::{REDIS, REDIS_REPLICATION};

use self::variables::{REPLICATION, SERVER};
use crate::group::Kind;
use crate::net::endpoint::Endpoint;
use crate::section::{ConfigError, SectionReader, SectionValue};
use crate::source::input::{Input, PageSection, SectionKind, Source, Unplanned};
use crate::source::sample::SampleSink;
use crate::source::server::{PolledServer, Server, ServerState, fuzz, times};
use crate::source::variable::{Change, share_of_growth};

/// Servers of `[[redis]]`.
pub static SOURCE: Source = Source {
    sections: &[SectionKind { name: RedisServer::SECTION, is_list: true, read }],
    kinds: || vec![&REDIS, &REDIS_REPLICATION],
    charts: &[include_str!("charts.toml")],
    part: "Servers",
    page: &[PageSection { heading: "Redis", kinds: &["redis", "redis_replication"] }],
    unplanned: Some(&Unplanned {
        name: "replication of Redis servers",
        until: "the servers show it",
        kinds: &["redis_replication"],
    }),
    rules: &[
        ("redis-rejected", "max over 10m of redis:*.rejected > 0"),
        // A server whose save failed refuses writes unless stop-writes-on-bgsave-error says no.
        ("redis-save", "last of redis:*.save_ok < 100, critical < 50, for 1m"),
        ("redis-aof", "last of redis:*.aof_ok < 100, critical < 50, for 1m"),
        // Where nothing is evicted, a full memory means that writes are refused.
        (
            "redis-memory",
            "last of redis:*.full_share > 90, critical > 98, clear below 80, critical clear below 90, for 1m",
        ),
        // A replica that receives all data again has no link until it is done.
        ("redis-link", "last of redis_replication:*.link_up < 50, for 5m"),
    ],
    fuzz: |text| fuzz::<Redis>(|| Info::parse(text)),
    ..Source::EMPTY
};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    name: Option<String>,
    address: String,
    user: Option<String>,
    password: Option<String>,
    tls: Option<bool>,
    ca: Option<String>,
    verify: Option<bool>,
    step: Option<String>,
    deadline: Option<String>,
}

fn read<'a>(reader: SectionReader<'a>, value: SectionValue<'a>) -> Result<Input, ConfigError> {
    let table: Table = reader.parse(value)?;
    let (step, deadline) = times(reader, table.step, table.deadline)?;
    let user = table.user.map_or(Ok(String::new()), |text| reader.expand("user", &text))?;
    let password =
        table.password.map_or(Ok(String::new()), |text| reader.secret("password", &text))?;
    let trust = reader.tls(table.tls, table.ca, table.verify)?;
    let address = Endpoint::parse(&reader.expand("address", &table.address)?);
    let instance = table.name.unwrap_or_else(|| address.to_string());
    let server = RedisServer { address, user, password, trust };
    Ok(PolledServer { instance, server, step, deadline }.input())
}

impl Server for RedisServer {
    const SECTION: &'static str = "redis";
    const KINDS: &'static [&'static Kind] = &[&REDIS];
    type Error = RedisError;
    type State = Redis;

    async fn ask(&self, deadline: Duration) -> Result<Info, RedisError> {
        fetch(self, deadline).await
    }

    fn host_faults(&self) -> Vec<String> {
        self.address.fault().map(|fault| format!("redis: {fault}")).into_iter().collect()
    }
}

/// Keeps the last answer of a server.
#[derive(Debug)]
pub struct Redis {
    instance: String,
    before: Option<(Duration, Info)>,
    /// Whether it was a replica or had one: a primary that has lost all is still of interest.
    is_replicated: bool,
}

impl ServerState for Redis {
    type Answer = Info;

    fn new(instance: String) -> Self {
        Self { instance, before: None, is_replicated: false }
    }

    fn take(
        &mut self,
        answer: Option<Info>,
        clock: Duration,
        took: Duration,
        sink: &mut dyn SampleSink,
    ) {
        let is_up = answer.is_some();
        let mut info = answer.unwrap_or_else(|| Info { numbers: [].into(), run_id: String::new() });
        info.add("probe.up", Some(f64::from(u8::from(is_up))));
        info.add("probe.seconds", Some(took.as_secs_f64()));
        let before = self.before.as_ref().filter(|(_, before)| before.run_id == info.run_id);
        let before = before.map(|(then, before)| (*then, &before.numbers));
        let numbers = before.map(|(_, numbers)| numbers);
        let hits = share_of_growth(numbers, &info.numbers, "keyspace_hits", "keyspace_misses");
        info.add("hits.share", Some(hits));
        let change = Change {
            before: numbers,
            now: &info.numbers,
            seconds: before.map_or(f64::NAN, |(then, _)| clock.saturating_sub(then).as_secs_f64()),
        };
        sink.group(&REDIS, &self.instance, &change.values(&SERVER));
        if is_up {
            self.is_replicated |= info.is_replicated();
            if self.is_replicated {
                sink.group(&REDIS_REPLICATION, &self.instance, &change.values(&REPLICATION));
            }
            self.before = Some((clock, info));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::sample::recorder::Recorder;

    fn info(run: &str, lines: &str) -> Option<Info> {
        Info::parse(&format!("redis_version:7.0.15\nrun_id:{run}\n{lines}"))
    }

    fn after(answers: Vec<Option<Info>>) -> Recorder {
        let mut redis = Redis::new("cache".to_owned());
        let mut recorder = Recorder::default();
        for (second, answer) in (100..).step_by(2).zip(answers) {
            recorder.groups.clear();
            let (clock, took) = (Duration::from_secs(second), Duration::from_millis(3));
            redis.take(answer, clock, took, &mut recorder);
        }
        recorder
    }

    const FIRST: &str = "total_commands_processed:10\nkeyspace_hits:4\nkeyspace_misses:4\n\
        used_cpu_sys:1.5\nused_cpu_user:2.0\nconnected_clients:3\n";
    const SECOND: &str = "total_commands_processed:30\nkeyspace_hits:10\nkeyspace_misses:6\n\
        used_cpu_sys:1.75\nused_cpu_user:2.25\nconnected_clients:4\n";

    #[test]
    fn counters_between_two_answers_become_rates() {
        let seen = after(vec![info("a", FIRST), info("a", SECOND)]);
        let value = |metric| seen.value(&REDIS, "cache", metric);
        assert_eq!((value("up"), value("commands"), value("hit_share")), (1.0, 10.0, 0.75));
        assert_eq!((value("cpu"), value("clients")), (0.25, 4.0));
        assert!(value("evicted").is_nan() && value("full_share").is_nan());
        assert!(seen.instances(&REDIS_REPLICATION).is_empty());
    }

    #[test]
    fn a_restart_is_unknown_for_one_interval_and_an_outage_spans_the_gap() {
        let seen = after(vec![info("a", FIRST), info("b", SECOND)]);
        let value = |metric| seen.value(&REDIS, "cache", metric);
        assert!(value("commands").is_nan() && value("hit_share").is_nan());
        assert_eq!(value("clients"), 4.0);
        let seen = after(vec![info("a", FIRST), None, info("a", SECOND)]);
        assert_eq!(seen.value(&REDIS, "cache", "commands"), 5.0);
        let down = after(vec![info("a", FIRST), None]);
        assert_eq!(down.value(&REDIS, "cache", "up"), 0.0);
        assert!(down.value(&REDIS, "cache", "clients").is_nan());
    }

    #[test]
    fn a_primary_that_has_lost_its_replicas_shows_that_it_has_none() {
        let seen =
            after(vec![info("a", "connected_slaves:1\n"), info("a", "connected_slaves:0\n")]);
        assert_eq!(seen.value(&REDIS_REPLICATION, "cache", "replicas"), 0.0);
        assert!(seen.value(&REDIS_REPLICATION, "cache", "link_up").is_nan());
    }
}
