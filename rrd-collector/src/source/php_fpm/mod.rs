//! Pools of PHP-FPM through their status page, which a web server passes on or the pool itself
//! answers over `FastCGI`.
//!
//! Source: "FPM status page" in the manual of PHP.

mod fastcgi;

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;
use thiserror::Error;

pub use fastcgi::FastCgiError;

use crate::group::{Kind, Metric, Unit};
use crate::net::endpoint::Endpoint;
use crate::net::http::{Document, FetchError};
use crate::net::page::Page;
use crate::section::{ConfigError, PageOptions, SectionReader, SectionValue};
use crate::source::input::{Input, PageSection, SectionKind, Source};
use crate::source::sample::SampleSink;
use crate::source::server::{PolledServer, Server, ServerState, fuzz, times};
use crate::source::variable::{Change, Numbers, Variable, count, metrics, number, rate, value};

/// Pools of `[[php_fpm]]`.
pub static SOURCE: Source = Source {
    sections: &[SectionKind { name: PhpFpmPool::SECTION, is_list: true, read }],
    kinds: || vec![&PHP_FPM],
    charts: &[include_str!("charts.toml")],
    part: "Servers",
    page: &[PageSection { heading: "PHP-FPM", kinds: &["php_fpm"] }],
    rules: &[
        ("php-queue", "min over 5m of php_fpm:*.queue > 0"),
        // Once may be a crowd of visitors; three times within an hour is a limit that is too low.
        ("php-children", "average over 1h of php_fpm:*.limit_reached > 0.0008, clear below 0.0003"),
    ],
    fuzz: |text| fuzz::<PhpFpm>(|| Status::parse(text)),
    ..Source::EMPTY
};

/// Where a pool is asked for its status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PhpFpmPool {
    /// At a page of a web server.
    Page(Page),
    /// At its own socket or port.
    Direct {
        /// Where.
        address: Endpoint,
        /// `pm.status_path`, with the query.
        path: String,
    },
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    name: Option<String>,
    url: Option<String>,
    host: Option<String>,
    user: Option<String>,
    password: Option<String>,
    ca: Option<String>,
    verify: Option<bool>,
    address: Option<String>,
    path: Option<String>,
    step: Option<String>,
    deadline: Option<String>,
}

fn read<'a>(reader: SectionReader<'a>, value: SectionValue<'a>) -> Result<Input, ConfigError> {
    let table: Table = reader.parse(value)?;
    let Table { host, user, password, ca, verify, .. } = table;
    let (step, deadline) = times(reader, table.step, table.deadline)?;
    let options = PageOptions { host, user, password, ca, verify, ..PageOptions::default() };
    let is_plain = options == PageOptions::default();
    let (instance, server) = match (table.url, table.address) {
        (Some(url), None) if table.path.is_none() => {
            let page = reader.page(&url, options)?;
            (page.instance(), PhpFpmPool::Page(page))
        }
        (None, Some(address)) if is_plain => {
            let path = table.path.as_deref().unwrap_or("/status");
            let path = format!("{}?json", reader.expand("path", path)?);
            let address = Endpoint::parse(&reader.expand("address", &address)?);
            (address.to_string(), PhpFpmPool::Direct { address, path })
        }
        _ => {
            let problem = "expected either `url`, the status page at a web server, with the keys of a page, \
                or `address`, the socket or port of the pool, with `path`";
            return Err(reader.error("", problem));
        }
    };
    let instance = table.name.unwrap_or(instance);
    Ok(PolledServer { instance, server, step, deadline }.input())
}

/// Why there is no answer.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PhpFpmError {
    /// The page could not be fetched.
    #[error(transparent)]
    Page(#[from] FetchError),
    /// The pool does not answer.
    #[error(transparent)]
    Direct(#[from] FastCgiError),
    /// The pool answers another page.
    #[error("{address} does not answer with the status of a pool for {path}")]
    NotStatus {
        /// Where.
        address: Endpoint,
        /// The path requested.
        path: String,
    },
}

impl Server for PhpFpmPool {
    const SECTION: &'static str = "php_fpm";
    const KINDS: &'static [&'static Kind] = &[&PHP_FPM];
    type Error = PhpFpmError;
    type State = PhpFpm;

    async fn ask(&self, deadline: Duration) -> Result<Status, PhpFpmError> {
        match self {
            Self::Page(page) => {
                let Document { text, content_type } = page.document(deadline).await?;
                let of = "PHP-FPM (pm.status_path, with ?json)";
                Ok(Status::parse(&text).ok_or(FetchError::NotStatus { of, content_type })?)
            }
            Self::Direct { address, path } => {
                let text = fastcgi::fetch(address, path, deadline).await?;
                let (address, path) = (address.clone(), path.clone());
                Status::parse(&text).ok_or(PhpFpmError::NotStatus { address, path })
            }
        }
    }

    fn host_faults(&self) -> Vec<String> {
        let Self::Direct { address, .. } = self else { return Vec::new() };
        address.fault().map(|fault| format!("php_fpm: {fault}")).into_iter().collect()
    }
}

/// One pool.
pub static PHP_FPM: Kind = Kind::new("php_fpm", "PHP-FPM", &METRICS);

static METRICS: [Metric; 8] = metrics(&VARIABLES);

const VARIABLES: [Variable; 8] = [
    value("up", "probe.up", Unit::Share, "1 if the pool answered, else 0"),
    value("probe_seconds", "probe.seconds", Unit::Seconds, "time until it answered or failed"),
    rate("requests", "accepted conn", "requests, including the collector's own"),
    count("queue", "listen queue", "requests waiting for a free process"),
    count("active", "active processes", "processes that work on a request"),
    count("idle", "idle processes", "processes that wait for a request"),
    rate("limit_reached", "max children reached", "times that pm.max_children was reached"),
    rate("slow", "slow requests", "requests that took longer than request_slowlog_timeout"),
];

/// The numbers of a status page by the words of PHP-FPM.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Status(Numbers);

impl Status {
    /// Parses a page as JSON or plain text; `None` if it is another page.
    ///
    /// ```
    /// use rrd_collector::source::php_fpm::Status;
    /// let json = r#"{"pool":"www","accepted conn":5,"listen queue":0}"#;
    /// let text = "pool:          www\naccepted conn: 5\nlisten queue:  0\n";
    /// assert_eq!(Status::parse(json).unwrap(), Status::parse(text).unwrap());
    /// assert_eq!(Status::parse("<html>"), None);
    /// ```
    pub fn parse(page: &str) -> Option<Self> {
        let status = match serde_json::from_str(page) {
            Ok(Value::Object(fields)) => {
                let known = |(name, value): (String, Value)| Some((name, value.as_f64()?));
                Self(fields.into_iter().filter_map(known).collect())
            }
            Ok(_) => return None,
            Err(_) => {
                let known = |line: &str| {
                    let (name, value) = line.split_once(':')?;
                    let value = value.trim().parse().ok().filter(|value: &f64| value.is_finite());
                    Some((name.trim().to_owned(), value?))
                };
                // The processes of the full page have the same words after an empty line.
                let pool = page.lines().take_while(|line| !line.trim().is_empty());
                Self(pool.filter_map(known).collect())
            }
        };
        (status.0.contains_key("accepted conn") && status.0.contains_key("listen queue"))
            .then_some(status)
    }
}

/// Keeps the last page of a pool.
#[derive(Debug)]
pub struct PhpFpm {
    instance: String,
    before: Option<(Duration, Numbers)>,
}

impl ServerState for PhpFpm {
    type Answer = Status;

    fn new(instance: String) -> Self {
        Self { instance, before: None }
    }

    fn take(
        &mut self,
        answer: Option<Status>,
        clock: Duration,
        took: Duration,
        sink: &mut dyn SampleSink,
    ) {
        let is_up = answer.is_some();
        let Status(mut now) = answer.unwrap_or_default();
        now.insert("probe.up".to_owned(), f64::from(u8::from(is_up)));
        now.insert("probe.seconds".to_owned(), took.as_secs_f64());
        // A pool that was started or reloaded counts from zero.
        let age = number(&now, "start since");
        let was = self.before.as_ref().filter(|(_, was)| age >= number(was, "start since"));
        let change = Change::since(was, &now, clock);
        sink.group(&PHP_FPM, &self.instance, &change.values(&VARIABLES));
        if is_up {
            self.before = Some((clock, now));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::sample::recorder::Recorder;

    fn page(since: u32, accepted: u32) -> Option<Status> {
        Status::parse(&format!(
            "{{\"pool\":\"www\",\"process manager\":\"dynamic\",\"start time\":1796105222,\
            \"start since\":{since},\"accepted conn\":{accepted},\"listen queue\":3,\
            \"idle processes\":1,\"active processes\":2,\"max children reached\":1}}"
        ))
    }

    fn after(pages: Vec<Option<Status>>) -> Recorder {
        let mut pool = PhpFpm::new("www".to_owned());
        let mut recorder = Recorder::default();
        for (second, page) in (100..).step_by(2).zip(pages) {
            recorder.groups.clear();
            pool.take(page, Duration::from_secs(second), Duration::from_millis(3), &mut recorder);
        }
        recorder
    }

    #[test]
    fn counters_between_two_pages_become_rates() {
        let seen = after(vec![page(10, 100), page(12, 160)]);
        let value = |metric| seen.value(&PHP_FPM, "www", metric);
        assert_eq!((value("up"), value("requests"), value("limit_reached")), (1.0, 30.0, 0.0));
        assert_eq!((value("queue"), value("active"), value("idle")), (3.0, 2.0, 1.0));
        assert!(value("slow").is_nan());
    }

    #[test]
    fn a_reload_is_unknown_for_one_interval_and_no_answer_is_a_sample_too() {
        let seen = after(vec![page(10, 100), page(1, 160)]);
        assert!(seen.value(&PHP_FPM, "www", "requests").is_nan());
        let seen = after(vec![page(10, 100), None]);
        assert_eq!(seen.value(&PHP_FPM, "www", "up"), 0.0);
        assert!(seen.value(&PHP_FPM, "www", "queue").is_nan());
        let seen = after(vec![page(10, 100), None, page(14, 120)]);
        assert_eq!(seen.value(&PHP_FPM, "www", "requests"), 5.0);
    }

    #[test]
    fn the_full_page_is_that_of_its_pool() {
        let text = "pool: www\nstart since: 5\naccepted conn: 9\nlisten queue: 0\n\n\
            ************************\npid: 1\nstart since: 99\n";
        assert_eq!(number(&Status::parse(text).unwrap().0, "start since"), 5.0);
        let json = r#"{"accepted conn":9,"listen queue":0,"processes":[{"start since":99}]}"#;
        assert!(number(&Status::parse(json).unwrap().0, "start since").is_nan());
    }

    #[test]
    fn other_pages_are_none() {
        for text in ["", "[]", "{}", "accepted conn: 1\n", "accepted conn: x\nlisten queue: 0\n"] {
            assert_eq!(Status::parse(text), None, "{text}");
        }
        assert_eq!(Status::parse(&"[".repeat(100_000)), None);
    }
}
