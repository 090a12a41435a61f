//! `HAProxy` through its statistics, from its page or its socket: the table with a line for each
//! frontend, backend and server. `csv` reads it, `kinds` has the values, `socket` asks the socket.

mod csv;
mod kinds;
mod socket;

use std::collections::HashMap;
use std::time::Duration;

use serde::Deserialize;
use thiserror::Error;

pub use csv::Stats;
pub use kinds::{HAPROXY, HAPROXY_BACKEND, HAPROXY_FRONTEND, HAPROXY_SERVER};
pub use socket::SocketError;

use self::csv::{Part, Row};
use self::kinds::{COUNTERS, counters, kind_of, limits, values};
use crate::group::Kind;
use crate::net::endpoint::Endpoint;
use crate::net::http::{Document, FetchError};
use crate::net::page::Page;
use crate::section::{ConfigError, PageOptions, SectionReader, SectionValue};
use crate::source::counter::Counters;
use crate::source::input::{
    Input, ManyInstances, PageSection, SectionKind, Source, TableColumn, Unplanned,
};
use crate::source::sample::SampleSink;
use crate::source::server::{PolledServer, Server, ServerState, fuzz, times};

/// Proxies of `[[haproxy]]`.
pub static SOURCE: Source = Source {
    sections: &[SectionKind { name: Proxy::SECTION, is_list: true, read }],
    kinds: || vec![&HAPROXY, &HAPROXY_FRONTEND, &HAPROXY_BACKEND, &HAPROXY_SERVER],
    charts: &[include_str!("charts.toml")],
    part: "Servers",
    page: &[PageSection {
        heading: "HAProxy",
        kinds: &["haproxy_frontend", "haproxy_backend", "haproxy_server", "haproxy"],
    }],
    many: &[
        ManyInstances {
            kind: "haproxy_frontend",
            columns: &[
                TableColumn::new("requests", &["requests"]),
                TableColumn::new("sessions", &["sessions"]),
                TableColumn::new("traffic", &["received_bytes", "sent_bytes"]),
                TableColumn::new("5xx", &["responses_5xx"]),
            ],
            heat_maps: &[],
        },
        ManyInstances {
            kind: "haproxy_backend",
            columns: &[
                TableColumn::new("requests", &["requests"]),
                TableColumn::new("queue", &["queue"]),
                TableColumn::new("servers", &["active_servers", "backup_servers"]),
                TableColumn::new("total time", &["total_seconds"]),
                TableColumn::new("5xx", &["responses_5xx"]),
            ],
            heat_maps: &[],
        },
        ManyInstances {
            kind: "haproxy_server",
            columns: &[
                TableColumn::new("requests", &["requests"]),
                TableColumn::new("up", &["up"]),
                TableColumn::new("sessions", &["sessions"]),
                TableColumn::new("response time", &["response_seconds"]),
                TableColumn::new("errors", &["errors"]),
            ],
            heat_maps: &[],
        },
    ],
    unplanned: Some(&Unplanned {
        name: "frontends, backends and servers of HAProxy",
        until: "HAProxy shows them",
        kinds: &["haproxy_frontend", "haproxy_backend", "haproxy_server"],
    }),
    rules: &[
        // Then every request to it fails.
        ("haproxy-backend", "last of haproxy_backend:*.up < 100, critical < 50, for 30s"),
        // Only servers that were up for most of a day: where checks look for the primary of a
        // database, all others are down by design.
        ("haproxy-server", "rise over 1d of haproxy_server:*.up < -50, clear above -5, for 1m"),
        ("haproxy-queue", "min over 5m of haproxy_backend:*.queue > 0"),
    ],
    fuzz: |text| fuzz::<Haproxy>(|| Stats::parse(text)),
    ..Source::EMPTY
};

/// Where the statistics are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proxy {
    /// The statistics page with `;csv`.
    Page(Page),
    /// `stats socket`.
    Socket(Endpoint),
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
        (Some(url), None) => {
            let page = reader.page(&url, options)?;
            (page.instance(), Proxy::Page(page))
        }
        (None, Some(address)) if is_plain => {
            let address = Endpoint::parse(&reader.expand("address", &address)?);
            (address.to_string(), Proxy::Socket(address))
        }
        _ => {
            let problem = "expected either `url`, the statistics page with `;csv`, with the keys of a page, \
                or `address`, the path of a `stats socket`";
            return Err(reader.error("", problem));
        }
    };
    let instance = table.name.unwrap_or(instance);
    Ok(PolledServer { instance, server, step, deadline }.input())
}

/// Why there is no answer.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum HaproxyError {
    /// The page could not be fetched.
    #[error(transparent)]
    Page(#[from] FetchError),
    /// The socket does not answer.
    #[error(transparent)]
    Socket(#[from] SocketError),
}

impl Server for Proxy {
    const SECTION: &'static str = "haproxy";
    const KINDS: &'static [&'static Kind] = &[&HAPROXY];
    type Error = HaproxyError;
    type State = Haproxy;

    async fn ask(&self, deadline: Duration) -> Result<Stats, HaproxyError> {
        match self {
            Self::Page(page) => {
                let Document { text, content_type } = page.document(deadline).await?;
                let of = "HAProxy (its address ends with ;csv)";
                Ok(Stats::parse(&text).ok_or(FetchError::NotStatus { of, content_type })?)
            }
            Self::Socket(address) => Ok(socket::fetch(address, deadline).await?),
        }
    }

    fn host_faults(&self) -> Vec<String> {
        let Self::Socket(address) = self else { return Vec::new() };
        let fault = address.fault();
        fault.map(|fault| format!("haproxy: {fault} ({})", socket::HELP)).into_iter().collect()
    }
}

/// Keeps the counters of each line of a proxy's last answer.
#[derive(Debug)]
pub struct Haproxy {
    instance: String,
    counters: HashMap<(Part, String), Counters<COUNTERS>>,
}

impl ServerState for Haproxy {
    type Answer = Stats;

    fn new(instance: String) -> Self {
        Self { instance, counters: HashMap::new() }
    }

    fn take(
        &mut self,
        answer: Option<Stats>,
        clock: Duration,
        took: Duration,
        sink: &mut dyn SampleSink,
    ) {
        let up = f64::from(u8::from(answer.is_some()));
        sink.group(&HAPROXY, &self.instance, &[up, took.as_secs_f64()]);
        let Some(Stats(rows)) = answer else { return };
        // Those of lines that are gone are left behind.
        let mut before = std::mem::take(&mut self.counters);
        for row in rows {
            let instance = self.name_of(&row);
            let key = (row.part, instance.clone());
            if self.counters.contains_key(&key) {
                // Processes of old versions answer in turn; a name has one line in a table.
                continue;
            }
            let mut counted = before.remove(&key).unwrap_or_default();
            let rates = counted.rates(clock, counters(&row), &limits(), sink);
            sink.group(kind_of(row.part), &instance, &values(&row, &rates));
            self.counters.insert(key, counted);
        }
    }
}

impl Haproxy {
    fn name_of(&self, row: &Row) -> String {
        match row.part {
            Part::Server => format!("{}/{}/{}", self.instance, row.proxy, row.server),
            _ => format!("{}/{}", self.instance, row.proxy),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::sample::recorder::Recorder;

    const HEAD: &str = "# pxname,svname,qcur,scur,slim,stot,bin,bout,econ,eresp,wretr,wredis,\
        status,act,bck,type,hrsp_5xx,req_tot,rtime,\n";

    fn after(tables: &[&str]) -> Recorder {
        let mut proxy = Haproxy::new("lb".to_owned());
        let mut recorder = Recorder::default();
        for (second, rows) in (100..).step_by(2).zip(tables) {
            recorder.groups.clear();
            let stats = Stats::parse(&format!("{HEAD}{rows}"));
            let took = Duration::from_millis(3);
            proxy.take(stats, Duration::from_secs(second), took, &mut recorder);
        }
        recorder
    }

    #[test]
    fn frontends_backends_and_servers_have_their_values() {
        let seen = after(&[
            "w,FRONTEND,,1,10,100,5,5,,,,,OPEN,,,0,2,100,,\napp,a,0,1,,50,1,1,0,0,0,0,UP,1,0,2,0,,3,\n\
            app,BACKEND,0,1,10,50,1,1,0,0,0,0,UP,1,0,1,0,50,3,\n",
            "w,FRONTEND,,5,10,110,25,45,,,,,OPEN,,,0,4,140,,\napp,a,1,2,,54,3,3,1,1,2,4,DOWN 1/2,0,0,2,0,,7,\n\
            app,BACKEND,6,1,10,54,3,3,1,1,2,4,DOWN,0,0,1,0,54,7,\n",
        ]);
        let value = |kind, instance, metric| seen.value(kind, instance, metric);
        let frontend = |metric| value(&HAPROXY_FRONTEND, "lb/w", metric);
        assert_eq!((frontend("sessions"), frontend("limit_share")), (5.0, 0.5));
        assert_eq!((frontend("requests"), frontend("sent_bytes")), (20.0, 20.0));
        assert_eq!(frontend("responses_5xx"), 1.0);
        let server = |metric| value(&HAPROXY_SERVER, "lb/app/a", metric);
        assert_eq!((server("up"), server("requests"), server("errors")), (0.0, 2.0, 1.0));
        assert_eq!((server("retries"), server("response_seconds")), (3.0, 0.007));
        let backend = |metric| value(&HAPROXY_BACKEND, "lb/app", metric);
        assert_eq!((backend("up"), backend("active_servers"), backend("queue")), (0.0, 0.0, 6.0));
    }

    #[test]
    fn a_server_is_up_down_or_not_known_to_be() {
        for (status, up) in [
            ("UP", 1.0),
            ("UP 1/3", 1.0),
            ("NOLB", 1.0),
            ("DRAIN", 1.0),
            ("DRAIN (agent)", 1.0),
            ("DOWN", 0.0),
            ("DOWN 1/2", 0.0),
            ("DOWN (agent)", 0.0),
            ("MAINT", f64::NAN),
            ("MAINT (via app/b)", f64::NAN),
            ("no check", f64::NAN),
        ] {
            let seen = after(&[&format!("app,a,0,1,,50,1,1,0,0,0,0,{status},1,0,2,0,,3,\n")]);
            let found = seen.value(&HAPROXY_SERVER, "lb/app/a", "up");
            assert!(found == up || (found.is_nan() && up.is_nan()), "{status}: {found}");
        }
    }

    #[test]
    fn a_restart_is_unknown_for_one_interval_and_no_answer_is_a_sample_too() {
        let line = |sessions: u32, bytes: u32| {
            format!("app,a,0,1,,{sessions},{bytes},{bytes},0,0,0,0,UP,1,0,2,0,,3,\n")
        };
        let seen = after(&[&line(50, 500), &line(3, 30), &line(5, 40)]);
        assert_eq!(seen.value(&HAPROXY_SERVER, "lb/app/a", "requests"), 1.0);
        let seen = after(&[&line(50, 500), &line(3, 30)]);
        assert!(seen.value(&HAPROXY_SERVER, "lb/app/a", "requests").is_nan());
        let mut proxy = Haproxy::new("lb".to_owned());
        let mut recorder = Recorder::default();
        proxy.take(None, Duration::from_secs(9), Duration::from_millis(3), &mut recorder);
        assert_eq!(recorder.value(&HAPROXY, "lb", "up"), 0.0);
        assert_eq!(recorder.groups.len(), 1);
    }

    #[test]
    fn a_name_that_comes_twice_is_one_group() {
        let line = "app,a,0,1,,50,1,1,0,0,0,0,UP,1,0,2,0,,3,\n";
        assert_eq!(after(&[&line.repeat(3)]).instances(&HAPROXY_SERVER), ["lb/app/a"]);
    }
}
