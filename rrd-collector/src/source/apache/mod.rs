//! Apache through `mod_status`: what happened between two pages. Reading a page lives in `status`.
//!
//! The page's own averages (`ReqPerSec`, `CPULoad` and so on) cover the server's lifetime and are
//! wrong after a restart; they are not used. A page that cannot be fetched is a sample too: `up` is
//! 0 and `probe_seconds` shows how long it took to fail, which is how a server with all its workers
//! busy looks.

mod status;

use std::collections::BTreeMap;
use std::time::Duration;

pub use status::{Member, Status, TlsCache};

use crate::group::{Kind, Metric, Unit};
use crate::source::counter::{Counters, Growth, Limits, per};
use crate::source::input::{PageSection, SectionKind, Source, Unplanned};
use crate::source::sample::SampleSink;
use crate::source::server::{ServerState, StatusPage, StatusPageServer};

/// Servers of `[[apache]]`.
pub static SOURCE: Source = Source {
    sections: &[SectionKind { name: Status::SECTION, is_list: true, read: ApacheServer::read }],
    kinds: || vec![&APACHE, &APACHE_MEMBER, &APACHE_TLS, &APACHE_CERTIFICATES],
    charts: &[include_str!("charts.toml")],
    part: "Servers",
    page: &[PageSection {
        heading: "Apache",
        kinds: &["apache", "apache_member", "apache_tls", "apache_certificates"],
    }],
    fuzz: |text| {
        let _ = Status::parse(text);
    },
    unplanned: Some(&Unplanned {
        name: "parts of Apache servers",
        until: "the servers show them",
        kinds: &["apache_member", "apache_tls", "apache_certificates"],
    }),
    ..Source::EMPTY
};

/// A server by its status page.
pub type ApacheServer = StatusPageServer<Status>;

impl StatusPage for Status {
    const SECTION: &'static str = "apache";
    const KINDS: &'static [&'static Kind] = &[&APACHE];
    const NAME: &'static str = "Apache's mod_status";
    const PARSE: fn(&str) -> Option<Self> = Self::parse;
    type State = Apache;
}

/// One Apache server.
pub static APACHE: Kind = Kind::new("apache", "Apache", METRICS);

const METRICS: &[Metric] = &[
    Metric::new("up", Unit::Share, "1 if the status page was received, else 0"),
    Metric::new("probe_seconds", Unit::Seconds, "time until the page was received or failed"),
    Metric::new("requests", Unit::PerSecond, "requests, including the collector's own"),
    Metric::new("bytes", Unit::BytesPerSecond, "sent to clients"),
    Metric::new(
        "request_seconds",
        Unit::Seconds,
        "mean duration of requests, counted when they end",
    ),
    Metric::new("request_bytes", Unit::Bytes, "mean size of a response"),
    Metric::new("cpu", Unit::Cores, "CPU time of the server and its children"),
    Metric::new("busy", Unit::Count, "workers with a request"),
    Metric::new("graceful", Unit::Count, "workers exiting after their last request"),
    Metric::new("idle", Unit::Count, "workers without a request"),
    Metric::new("saturation", Unit::Share, "share of worker slots occupied by requests"),
    Metric::new("waiting", Unit::Count, "workers waiting for a connection"),
    Metric::new("starting", Unit::Count, "workers starting up"),
    Metric::new("reading", Unit::Count, "workers reading a request"),
    Metric::new("sending", Unit::Count, "workers sending a reply"),
    Metric::new("keepalive", Unit::Count, "workers occupied by a keep-alive connection"),
    Metric::new("dns", Unit::Count, "workers looking up a name"),
    Metric::new("closing", Unit::Count, "workers closing a connection"),
    Metric::new("logging", Unit::Count, "workers writing the log"),
    Metric::new("finishing", Unit::Count, "workers finishing gracefully"),
    Metric::new("idle_cleanup", Unit::Count, "idle workers being stopped"),
    Metric::new("open", Unit::Count, "open slots without a worker"),
    Metric::new("conns_total", Unit::Count, "connections (event)"),
    Metric::new("conns_wait_io", Unit::Count, "connections waiting for I/O"),
    Metric::new("conns_writing", Unit::Count, "connections being written without a worker"),
    Metric::new("conns_keepalive", Unit::Count, "idle keep-alive connections without a worker"),
    Metric::new("conns_closing", Unit::Count, "connections closing without a worker"),
    Metric::new("processes", Unit::Count, "server processes (event)"),
    Metric::new("stopping", Unit::Count, "server processes that are exiting"),
    Metric::new("uptime", Unit::Seconds, "time since the last hard restart"),
    Metric::new("restarts", Unit::PerSecond, "hard restarts"),
    Metric::new(
        "generation",
        Unit::Count,
        "graceful and hard restarts since the server was started",
    ),
];

/// One member of a balancer; the instance consists of server, pool and member.
pub static APACHE_MEMBER: Kind = Kind::new("apache_member", "Apache balancer", MEMBER_METRICS);

const MEMBER_METRICS: &[Metric] = &[
    Metric::new("up", Unit::Share, "1 if the member accepts requests"),
    Metric::new("requests", Unit::PerSecond, "requests sent to it"),
    Metric::new("busy", Unit::Count, "current requests"),
    Metric::new("sent_bytes", Unit::BytesPerSecond, "sent to it"),
    Metric::new("received_bytes", Unit::BytesPerSecond, "received from it"),
];

/// The TLS session cache.
pub static APACHE_TLS: Kind = Kind::new("apache_tls", "Apache TLS sessions", TLS_METRICS);

const TLS_METRICS: &[Metric] = &[
    Metric::new("entries", Unit::Count, "sessions in the cache"),
    Metric::new("stored", Unit::PerSecond, "sessions stored"),
    Metric::new("hits", Unit::PerSecond, "sessions found"),
    Metric::new("misses", Unit::PerSecond, "requested sessions that were not found"),
];

/// The certificates of `mod_md`.
pub static APACHE_CERTIFICATES: Kind =
    Kind::new("apache_certificates", "Apache certificates", CERTIFICATE_METRICS);

const CERTIFICATE_METRICS: &[Metric] = &[
    Metric::new("valid", Unit::Count, "valid certificates"),
    Metric::new("renew", Unit::Count, "certificates due for renewal"),
    Metric::new("failed", Unit::Count, "certificates whose renewal failed"),
];

/// Keeps the counters of a server.
#[derive(Debug)]
pub struct Apache {
    instance: String,
    /// When the server was restarted and how long it had been up, at the last page.
    before: Option<(String, f64)>,
    /// Requests, bytes and seconds of requests.
    requests: Counters<3, f64>,
    /// CPU time, which continues across restarts of the server, but not of the machine.
    cpu: Counters<1, f64>,
    /// By balancer and member: requests, bytes sent and received.
    members: BTreeMap<(String, String), Counters<3, f64>>,
    tls: Counters<3, f64>,
}

impl ServerState for Apache {
    type Answer = Status;

    fn new(instance: String) -> Self {
        Self {
            instance,
            before: None,
            requests: Counters::default(),
            cpu: Counters::default(),
            members: BTreeMap::new(),
            tls: Counters::default(),
        }
    }

    fn take(
        &mut self,
        page: Option<Status>,
        clock: Duration,
        took: Duration,
        sink: &mut dyn SampleSink,
    ) {
        let Some(page) = page else {
            let mut values = [f64::NAN; METRICS.len()];
            values[0] = 0.0;
            values[1] = took.as_secs_f64();
            sink.group(&APACHE, &self.instance, &values);
            return;
        };
        let restarted = self
            .before
            .replace((page.restarted.clone(), page.uptime))
            .is_some_and(|(restarted, uptime)| restarted != page.restarted || page.uptime < uptime);
        if restarted {
            self.requests.forget();
        }
        let now = [page.accesses, page.bytes, page.duration];
        let limits = [Limits::EVENTS, Limits::BYTES, Limits::ANY];
        let requests = self.requests.growth(clock, given(now), &limits);
        let cpu = self.cpu.rates(clock, given([page.cpu]), &[Limits::CPU_SECONDS], sink);
        sink.group(&APACHE, &self.instance, &server(&page, restarted, &requests, cpu, took));
        self.take_parts(&page, clock, sink);
    }
}

/// Counters; a number that is not on the page is NaN.
fn given<const N: usize>(numbers: [f64; N]) -> [Option<f64>; N] {
    numbers.map(|number| Some(number).filter(|number| !number.is_nan()))
}

impl Apache {
    fn take_parts(&mut self, page: &Status, clock: Duration, sink: &mut dyn SampleSink) {
        let mut before = std::mem::take(&mut self.members);
        for member in &page.members {
            let name = (member.balancer.clone(), member.name.clone());
            let mut counters = before.remove(&name).unwrap_or_default();
            let now = given([member.elected, member.sent, member.received]);
            let limits = [Limits::EVENTS, Limits::BYTES, Limits::BYTES];
            let [requests, sent, received] = counters.rates(clock, now, &limits, sink);
            self.members.insert(name, counters);
            let pool = member.balancer.trim_start_matches("balancer://");
            let instance = format!("{}/{pool}/{}", self.instance, member.name);
            let up = f64::from(u8::from(member.up));
            sink.group(&APACHE_MEMBER, &instance, &[up, requests, member.busy, sent, received]);
        }
        if let Some(tls) = page.tls {
            let now = given([tls.stored, tls.hits, tls.misses]);
            let [stored, hits, misses] = self.tls.rates(clock, now, &[Limits::EVENTS; 3], sink);
            sink.group(&APACHE_TLS, &self.instance, &[tls.entries, stored, hits, misses]);
        }
        if let Some(certificates) = page.certificates {
            sink.group(&APACHE_CERTIFICATES, &self.instance, &certificates);
        }
    }
}

fn server(
    page: &Status,
    restarted: bool,
    growth: &Growth<3>,
    cpu: [f64; 1],
    took: Duration,
) -> [f64; METRICS.len()] {
    let [requests, bytes, seconds] = growth.of;
    let [request_rate, byte_rate, _] = growth.rates();
    let slots: f64 = page.scoreboard.iter().sum();
    let score = page.scoreboard;
    let conns = page.connections;
    [
        1.0,
        took.as_secs_f64(),
        request_rate,
        byte_rate,
        per(seconds, requests),
        per(bytes, requests),
        cpu[0],
        page.busy,
        page.graceful,
        page.idle,
        per(page.busy + page.graceful, slots),
        score[0],
        score[1],
        score[2],
        score[3],
        score[4],
        score[5],
        score[6],
        score[7],
        score[8],
        score[9],
        score[10],
        conns[0],
        conns[1],
        conns[2],
        conns[3],
        conns[4],
        page.processes,
        page.stopping,
        page.uptime,
        per(f64::from(u8::from(restarted)), growth.seconds),
        page.generation,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::sample::recorder::Recorder;

    fn page(text: &str) -> Status {
        let text = text.replace("\r\n", "\n");
        Status::parse(text.split_once("\n\n").map_or(&*text, |(_, body)| body)).unwrap()
    }

    fn after(pages: &[Option<Status>]) -> Recorder {
        let mut apache = Apache::new("web".to_owned());
        let mut recorder = Recorder::default();
        for (second, page) in (100..).step_by(2).zip(pages) {
            recorder.groups.clear();
            let (clock, took) = (Duration::from_secs(second), Duration::from_millis(3));
            apache.take(page.clone(), clock, took, &mut recorder);
        }
        recorder
    }

    fn counters(accesses: u32, duration: u32) -> Status {
        page(&format!(
            "h\nRestartTime: x\nTotal Accesses: {accesses}\nTotal kBytes: {accesses}\nTotal Duration: {duration}\n\
            CPUUser: 1\nCPUSystem: 1\nCPUChildrenUser: 0\nCPUChildrenSystem: .{duration}\nBusyWorkers: 2\n\
            GracefulWorkers: 1\nIdleWorkers: 3\nScoreboard: WRG___....\n"
        ))
    }

    #[test]
    fn counters_become_rates_and_a_mean_request_time() {
        let seen = after(&[Some(counters(100, 10)), Some(counters(140, 30))]);
        let value = |metric| seen.value(&APACHE, "web", metric);
        assert_eq!(value("requests"), 20.0);
        assert_eq!(value("bytes"), 20.0 * 1024.0);
        assert!((value("request_seconds") - 0.0005).abs() < 1e-12);
        assert!((value("cpu") - 0.1).abs() < 1e-12);
        assert_eq!(value("saturation"), 0.3);
        assert_eq!((value("up"), value("probe_seconds")), (1.0, 0.003));
    }

    #[test]
    fn a_number_that_falls_or_leaps_takes_no_other_with_it() {
        let odd = Status { accesses: 9.2e18, duration: 0.0, ..counters(140, 30) };
        let seen = after(&[Some(counters(100, 10)), Some(odd)]);
        let value = |metric| seen.value(&APACHE, "web", metric);
        for metric in ["requests", "request_seconds", "request_bytes"] {
            assert!(value(metric).is_nan(), "{metric}");
        }
        assert_eq!((value("bytes"), value("busy")), (20.0 * 1024.0, 2.0));
        assert_eq!(value("restarts"), 0.0);
    }

    #[test]
    fn without_requests_there_is_no_request_time() {
        let seen = after(&[Some(counters(100, 10)), Some(counters(100, 10))]);
        assert_eq!(seen.value(&APACHE, "web", "requests"), 0.0);
        assert!(seen.value(&APACHE, "web", "request_seconds").is_nan());
    }

    #[test]
    fn a_graceful_restart_changes_nothing_and_a_hard_one_is_reported() {
        let texts = [
            include_str!("../../../tests/apache/before-graceful.txt"),
            include_str!("../../../tests/apache/during-graceful.txt"),
            include_str!("../../../tests/apache/after-restart.txt"),
        ];
        let pages: Vec<_> = texts.map(|text| Some(page(text))).into();
        let graceful = after(&pages[..2]);
        assert_eq!(graceful.value(&APACHE, "web", "requests"), 0.5);
        assert_eq!(graceful.value(&APACHE, "web", "restarts"), 0.0);
        assert_eq!(graceful.value(&APACHE, "web", "finishing"), 9.0);
        let hard = after(&pages);
        assert!(hard.value(&APACHE, "web", "requests").is_nan());
        assert_eq!(hard.value(&APACHE, "web", "restarts"), 0.5);
        assert!((hard.value(&APACHE, "web", "cpu") - 0.015).abs() < 1e-9);
    }

    #[test]
    fn a_server_that_does_not_answer_is_down_and_the_next_page_spans_the_gap() {
        let seen = after(&[Some(counters(100, 10)), None]);
        assert_eq!(seen.value(&APACHE, "web", "up"), 0.0);
        assert!(seen.value(&APACHE, "web", "busy").is_nan());
        let seen = after(&[Some(counters(100, 10)), None, Some(counters(180, 10))]);
        assert_eq!(seen.value(&APACHE, "web", "requests"), 20.0);
    }

    #[test]
    fn members_and_caches_are_groups_of_their_own() {
        let text = include_str!("../../../tests/apache/ssl-md-balancers.txt");
        let seen = after(&[Some(page(text)), Some(page(text))]);
        assert_eq!(seen.value(&APACHE_MEMBER, "web/pool/http://127.0.0.1:18082", "up"), 1.0);
        assert_eq!(seen.value(&APACHE_TLS, "web", "hits"), 0.0);
        assert_eq!(seen.value(&APACHE_CERTIFICATES, "web", "renew"), 1.0);
    }
}
