//! Apache through `mod_status`: what happened between two pages. Reading a page lives in `status`.
//!
//! The page's own averages (`ReqPerSec`, `CPULoad` and so on) cover the server's lifetime and are
//! wrong after a restart; they are not used. A page that cannot be fetched is a sample too: `up` is
//! 0 and `probe_seconds` shows how long it took to fail, which is how a server with all its workers
//! busy looks.

mod status;

use std::time::Duration;

pub use status::{Member, Status, TlsCache};

use crate::group::{Kind, Metric, Unit};
use crate::source::counter::per;
use crate::source::input::{PageSection, SectionKind, Source, Unplanned};
use crate::source::sample::SampleSink;
use crate::source::server::{ServerState, StatusPage, StatusPageServer};

/// Servers of `[[apache]]`.
pub static SOURCE: Source = Source {
    sections: &[SectionKind { name: Status::SECTION, is_list: true, read: ApacheServer::read }],
    kinds: || vec![&APACHE, &APACHE_MEMBER, &APACHE_TLS, &APACHE_CERTIFICATES],
    charts: &[include_str!("charts.toml")],
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

/// Keeps the last page of a server.
#[derive(Debug)]
pub struct Apache {
    instance: String,
    before: Option<(Duration, Status)>,
}

impl ServerState for Apache {
    type Answer = Status;

    fn new(instance: String) -> Self {
        Self { instance, before: None }
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
        let before = self.before.take();
        let since = before.as_ref().map(|(then, page)| {
            let seconds = clock.saturating_sub(*then).as_secs_f64();
            (page, seconds)
        });
        sink.group(&APACHE, &self.instance, &server(&page, since, took));
        self.read_out_parts(&page, since, sink);
        self.before = Some((clock, page));
    }
}

impl Apache {
    fn read_out_parts(
        &self,
        page: &Status,
        since: Option<(&Status, f64)>,
        sink: &mut dyn SampleSink,
    ) {
        for member in &page.members {
            let old = since.and_then(|(before, seconds)| {
                let same =
                    |old: &&Member| old.balancer == member.balancer && old.name == member.name;
                before.members.iter().find(same).map(|old| (old, seconds))
            });
            let rate = |of: fn(&Member) -> f64| {
                old.map_or(f64::NAN, |(old, seconds)| per(growth(of(old), of(member)), seconds))
            };
            let pool = member.balancer.trim_start_matches("balancer://");
            let instance = format!("{}/{pool}/{}", self.instance, member.name);
            let values = [
                f64::from(u8::from(member.up)),
                rate(|member| member.elected),
                member.busy,
                rate(|member| member.sent),
                rate(|member| member.received),
            ];
            sink.group(&APACHE_MEMBER, &instance, &values);
        }
        if let Some(tls) = page.tls {
            let old = since.and_then(|(before, seconds)| Some((before.tls?, seconds)));
            let rate = |of: fn(&TlsCache) -> f64| {
                old.map_or(f64::NAN, |(old, seconds)| per(growth(of(&old), of(&tls)), seconds))
            };
            let values =
                [tls.entries, rate(|tls| tls.stored), rate(|tls| tls.hits), rate(|tls| tls.misses)];
            sink.group(&APACHE_TLS, &self.instance, &values);
        }
        if let Some(certificates) = page.certificates {
            sink.group(&APACHE_CERTIFICATES, &self.instance, &certificates);
        }
    }
}

/// The growth of a counter; NaN if it fell.
fn growth(before: f64, now: f64) -> f64 {
    if now >= before { now - before } else { f64::NAN }
}

fn server(page: &Status, since: Option<(&Status, f64)>, took: Duration) -> [f64; METRICS.len()] {
    let restarted = since.is_some_and(|(before, _)| is_restart(before, page));
    let grown = |of: fn(&Status) -> f64| match since {
        Some((before, _)) if !restarted => growth(of(before), of(page)),
        _ => f64::NAN,
    };
    let rate = |amount: f64| since.map_or(f64::NAN, |(_, seconds)| per(amount, seconds));
    let requests = grown(|page| page.accesses);
    // CPU time continues across restarts of the server, but not of the machine.
    let cpu = since.map_or(f64::NAN, |(before, _)| growth(before.cpu, page.cpu));
    let slots: f64 = page.scoreboard.iter().sum();
    let score = page.scoreboard;
    let conns = page.connections;
    [
        1.0,
        took.as_secs_f64(),
        rate(requests),
        rate(grown(|page| page.bytes)),
        per(grown(|page| page.duration), requests),
        per(grown(|page| page.bytes), requests),
        rate(cpu),
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
        rate(if restarted { 1.0 } else { 0.0 }),
        page.generation,
    ]
}

/// Whether the server's counters were reset between the pages.
fn is_restart(before: &Status, now: &Status) -> bool {
    before.restarted != now.restarted
        || now.uptime < before.uptime
        || now.accesses < before.accesses
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
