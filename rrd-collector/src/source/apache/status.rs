//! Parses the text of Apache's `mod_status` (`?auto`). The changes between two pages are computed
//! in the parent module.

use crate::source::counter::to_f64;

/// States of a worker, in the order of `Status::scoreboard`, with their characters.
const STATES: [(char, &str); 11] = [
    ('_', "waiting"),
    ('S', "starting"),
    ('R', "reading"),
    ('W', "sending"),
    ('K', "keepalive"),
    ('D', "dns"),
    ('C', "closing"),
    ('L', "logging"),
    ('G', "finishing"),
    ('I', "idle_cleanup"),
    ('.', "open"),
];

/// The content of a page. A number that is missing on the page is NaN: without `ExtendedStatus`,
/// and for older servers.
#[derive(Clone, Debug, PartialEq)]
pub struct Status {
    /// When the server was last restarted, as printed; changed by a hard restart, not by a graceful
    /// one.
    pub restarted: String,
    /// Seconds since that.
    pub uptime: f64,
    /// Number of restarts since it was started, graceful or hard.
    pub generation: f64,
    /// Requests since then.
    pub accesses: f64,
    /// Bytes sent since then.
    pub bytes: f64,
    /// Seconds spent on requests since then.
    pub duration: f64,
    /// Seconds of CPU time of the server and of all its children, including those that have exited.
    /// Only this sum grows steadily.
    pub cpu: f64,
    /// Workers with a request, without those finishing gracefully.
    pub busy: f64,
    /// Workers that finish their last request before exiting.
    pub graceful: f64,
    /// Workers without a request.
    pub idle: f64,
    /// Workers waiting, starting, reading, sending, in keep-alive, in a DNS lookup, closing,
    /// logging, finishing, being stopped, and open slots.
    pub scoreboard: [f64; STATES.len()],
    /// Server processes (event).
    pub processes: f64,
    /// Those of them that are stopping.
    pub stopping: f64,
    /// Connections: all, then waiting for I/O, writing, in keep-alive, closing without a worker
    /// (event).
    pub connections: [f64; 5],
    /// Members of `mod_proxy_balancer` pools.
    pub members: Vec<Member>,
    /// The TLS session cache.
    pub tls: Option<TlsCache>,
    /// Certificates of `mod_md`: valid, due for renewal, failed.
    pub certificates: Option<[f64; 3]>,
}

/// One member of a balancer.
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    /// The pool, `balancer://pool`.
    pub balancer: String,
    /// The member's address.
    pub name: String,
    /// Whether it takes requests.
    pub up: bool,
    /// Total requests.
    pub elected: f64,
    /// Current requests.
    pub busy: f64,
    /// Bytes sent to it.
    pub sent: f64,
    /// Bytes received from it.
    pub received: f64,
}

/// The TLS session cache; all values but the first are counters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TlsCache {
    /// Sessions in the cache.
    pub entries: f64,
    /// Sessions stored.
    pub stored: f64,
    /// Hits.
    pub hits: f64,
    /// Misses.
    pub misses: f64,
}

/// The part of the page to which a line belongs; two caches use the same names.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Section {
    Server,
    Tls,
    Other,
}

impl Status {
    /// Parses a page; `None` if it has no scoreboard, so that it is not Apache's.
    pub fn parse(text: &str) -> Option<Self> {
        let mut page = Page::default();
        let mut section = Section::Server;
        for (number, line) in text.lines().enumerate() {
            let line = line.trim_end_matches('\r');
            match line.split_once(": ").or_else(|| Some((line.strip_suffix(':')?, ""))) {
                Some((key, value)) => page.take(section, key, value),
                // The first line is the name of the server.
                None if number == 0 || line.is_empty() => {}
                None if line == "TLSSessionCacheStatus" => section = Section::Tls,
                None => section = Section::Other,
            }
        }
        page.finish()
    }
}

#[derive(Default)]
struct Page {
    restarted: String,
    numbers: Vec<(&'static str, f64)>,
    scoreboard: Option<[f64; STATES.len()]>,
    balancers: Vec<(String, String)>,
    members: Vec<(String, Member)>,
    tls: Vec<(&'static str, f64)>,
}

const NUMBERS: [&str; 24] = [
    "ParentServerMPMGeneration",
    "ServerUptimeSeconds",
    "Uptime",
    "Total Accesses",
    "Total kBytes",
    "Total Duration",
    "CPUUser",
    "CPUSystem",
    "CPUChildrenUser",
    "CPUChildrenSystem",
    "BusyWorkers",
    "GracefulWorkers",
    "IdleWorkers",
    "BusyServers",
    "IdleServers",
    "Processes",
    "Stopping",
    "ConnsTotal",
    "ConnsAsyncWaitIO",
    "ConnsAsyncWriting",
    "ConnsAsyncKeepAlive",
    "ConnsAsyncClosing",
    "ManagedCertificatesOK",
    "ManagedCertificatesRenew",
];
const ERRORED: &str = "ManagedCertificatesErrored";
const TLS_NUMBERS: [&str; 4] =
    ["CacheCurrentEntries", "CacheStoreCount", "CacheRetrieveHitCount", "CacheRetrieveMissCount"];

/// A number as printed by Apache, including `.02` and `1e-05`.
fn number(text: &str) -> Option<f64> {
    text.trim().parse().ok().filter(|number: &f64| number.is_finite())
}

impl Page {
    fn take(&mut self, section: Section, key: &str, value: &str) {
        if section == Section::Tls
            && let Some(key) = TLS_NUMBERS.into_iter().find(|known| *known == key)
        {
            self.tls.extend(number(value).map(|number| (key, number)));
        } else if let Some(rest) = key.strip_prefix("ProxyBalancer[") {
            self.take_balancer(rest, value);
        } else if key == "RestartTime" {
            value.clone_into(&mut self.restarted);
        } else if key == "Scoreboard" {
            let count = |state: char| to_f64(value.chars().filter(|&c| c == state).count() as u64);
            self.scoreboard = Some(STATES.map(|(state, _)| count(state)));
        } else if let Some(key) = NUMBERS.into_iter().chain([ERRORED]).find(|known| *known == key) {
            // Versions 2.4.35 to 2.4.57 print the workers twice; the first count is correct.
            if !self.numbers.iter().any(|(seen, _)| *seen == key) {
                self.numbers.extend(number(value).map(|number| (key, number)));
            }
        }
    }

    /// `0]Name: balancer://pool`, `0]Worker[1]Status: Init Ok`.
    fn take_balancer(&mut self, rest: &str, value: &str) {
        let Some((pool, rest)) = rest.split_once(']') else { return };
        if rest == "Name" {
            self.balancers.push((pool.to_owned(), value.to_owned()));
            return;
        }
        let Some((worker, field)) =
            rest.strip_prefix("Worker[").and_then(|rest| rest.split_once(']'))
        else {
            return;
        };
        let id = format!("{pool}/{worker}");
        if self.members.last().is_none_or(|(last, _)| *last != id) {
            let balancer = self.balancers.iter().find(|(number, _)| number == pool);
            let member = Member {
                balancer: balancer.map_or_else(String::new, |(_, name)| name.clone()),
                name: String::new(),
                up: false,
                elected: f64::NAN,
                busy: f64::NAN,
                sent: f64::NAN,
                received: f64::NAN,
            };
            self.members.push((id, member));
        }
        let Some((_, member)) = self.members.last_mut() else { return };
        let amount = || number(value).unwrap_or(f64::NAN);
        let kilobytes =
            || value.strip_suffix('K').and_then(number).map_or(f64::NAN, |kib| kib * 1024.0);
        match field {
            "Name" => value.clone_into(&mut member.name),
            "Status" => {
                let has = |word| value.split_ascii_whitespace().any(|found| found == word);
                member.up = has("Ok") && !["Dis", "Err", "Stop", "HcFl"].into_iter().any(has);
            }
            "Elected" => member.elected = amount(),
            "Busy" => member.busy = amount(),
            "Sent" => member.sent = kilobytes(),
            "Rcvd" => member.received = kilobytes(),
            _ => {}
        }
    }

    fn finish(self) -> Option<Status> {
        let scoreboard = self.scoreboard?;
        let find = |numbers: &[(&str, f64)], key: &str| {
            numbers.iter().find(|(seen, _)| *seen == key).map_or(f64::NAN, |(_, number)| *number)
        };
        let value_of = |key: &str| find(&self.numbers, key);
        // Apache 1.3 called its workers servers.
        let either = |new: &str, old: &str| {
            if value_of(new).is_nan() { value_of(old) } else { value_of(new) }
        };
        let finishing = scoreboard[8];
        let busy = either("BusyWorkers", "BusyServers");
        let (busy, graceful) = match value_of("GracefulWorkers") {
            // Before 2.4.58 finishing workers were counted as busy.
            graceful if graceful.is_nan() => ((busy - finishing).max(0.0), finishing),
            graceful => (busy, graceful),
        };
        let tls = |key| find(&self.tls, key);
        Some(Status {
            uptime: either("ServerUptimeSeconds", "Uptime"),
            generation: value_of("ParentServerMPMGeneration"),
            accesses: value_of("Total Accesses"),
            bytes: value_of("Total kBytes") * 1024.0,
            duration: value_of("Total Duration") / 1000.0,
            cpu: value_of("CPUUser")
                + value_of("CPUSystem")
                + value_of("CPUChildrenUser")
                + value_of("CPUChildrenSystem"),
            busy,
            graceful,
            idle: either("IdleWorkers", "IdleServers"),
            processes: value_of("Processes"),
            stopping: value_of("Stopping"),
            connections: [
                "ConnsTotal",
                "ConnsAsyncWaitIO",
                "ConnsAsyncWriting",
                "ConnsAsyncKeepAlive",
                "ConnsAsyncClosing",
            ]
            .map(value_of),
            tls: (!self.tls.is_empty()).then(|| TlsCache {
                entries: tls(TLS_NUMBERS[0]),
                stored: tls(TLS_NUMBERS[1]),
                hits: tls(TLS_NUMBERS[2]),
                misses: tls(TLS_NUMBERS[3]),
            }),
            certificates: (!value_of("ManagedCertificatesOK").is_nan()).then(|| {
                ["ManagedCertificatesOK", "ManagedCertificatesRenew", ERRORED].map(value_of)
            }),
            restarted: self.restarted,
            scoreboard,
            members: self.members.into_iter().map(|(_, member)| member).collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(capture: &str) -> Status {
        let (_, body) = capture
            .replace("\r\n", "\n")
            .split_once("\n\n")
            .map(|(h, b)| (h.to_owned(), b.to_owned()))
            .unwrap();
        Status::parse(&body).unwrap()
    }

    #[test]
    fn the_page_of_the_event_server_is_read_whole() {
        let status = of(include_str!("../../../tests/apache/event.txt"));
        assert_eq!(status.accesses, 28_945.0);
        assert_eq!(status.bytes, 22_357.0 * 1024.0);
        assert_eq!(status.duration, 13.303);
        assert_eq!(status.cpu, 0.66 + 0.93);
        assert_eq!((status.busy, status.graceful, status.idle), (6.0, 0.0, 94.0));
        assert_eq!(status.connections, [12.0, 0.0, 0.0, 0.0, 4.0]);
        assert_eq!((status.processes, status.stopping), (4.0, 0.0));
        assert_eq!(status.scoreboard[0], 94.0);
        assert_eq!((status.scoreboard[2], status.scoreboard[3]), (3.0, 3.0));
        assert_eq!(status.restarted, "Friday, 20-Nov-2026 23:56:41 UTC");
    }

    #[test]
    fn the_page_of_the_worker_server_is_read_whole() {
        let status = of(include_str!("../../../tests/apache/worker.txt"));
        assert_eq!((status.accesses, status.bytes), (37_731.0, 25_827.0 * 1024.0));
        assert_eq!((status.duration, status.uptime), (36.308, 168.0));
        assert_eq!(status.cpu, 0.68 + 0.88);
        assert_eq!((status.busy, status.graceful, status.idle), (16.0, 0.0, 84.0));
        // Waiting, starting, reading, sending, keep-alive, DNS, closing, logging, finishing,
        // cleaning up, open.
        let counted = [84.0, 0.0, 3.0, 3.0, 6.0, 0.0, 4.0, 0.0, 0.0, 0.0, 300.0];
        assert_eq!(status.scoreboard, counted);
        assert!(status.connections.iter().all(|count| count.is_nan()));
    }

    #[test]
    fn three_pages_of_one_server_distinguish_a_graceful_restart_from_a_hard_one() {
        let pages = [
            include_str!("../../../tests/apache/before-graceful.txt"),
            include_str!("../../../tests/apache/during-graceful.txt"),
            include_str!("../../../tests/apache/after-restart.txt"),
        ]
        .map(of);
        let counters = pages.each_ref().map(|page| (page.accesses, page.uptime, page.generation));
        assert_eq!(counters, [(9504.0, 2288.0, 2.0), (9505.0, 2289.0, 3.0), (0.0, 1.0, 4.0)]);
        assert_eq!(pages[0].restarted, pages[1].restarted);
        assert_ne!(pages[1].restarted, pages[2].restarted);
        assert_eq!(pages.each_ref().map(|page| page.scoreboard[8]), [0.0, 9.0, 0.0]);
        let cpu = pages.map(|page| (page.cpu * 100.0).round());
        assert_eq!(cpu, [336.0, 339.0, 342.0]);
    }

    #[test]
    fn prefork_has_no_connections_of_its_own() {
        let status = of(include_str!("../../../tests/apache/prefork.txt"));
        assert_eq!((status.busy, status.idle), (16.0, 4.0));
        assert!(status.processes.is_nan() && status.connections[0].is_nan());
        assert_eq!(status.scoreboard[4], 6.0);
    }

    #[test]
    fn without_extended_status_there_are_workers_and_no_counters() {
        let status = of(include_str!("../../../tests/apache/extendedstatus-off.txt"));
        assert!(status.accesses.is_nan() && status.cpu.is_nan());
        assert_eq!((status.busy, status.idle, status.uptime), (1.0, 74.0, 167.0));
    }

    #[test]
    fn balancers_and_the_two_caches_are_distinguished() {
        let status = of(include_str!("../../../tests/apache/ssl-md-balancers.txt"));
        assert_eq!(status.members.len(), 4);
        assert_eq!(status.members[1].balancer, "balancer://pool");
        assert_eq!(status.members[1].name, "http://127.0.0.1:18082");
        assert!(status.members[1].up);
        assert_eq!(status.members[3].balancer, "balancer://second");
        assert_eq!(status.members[3].sent, 0.0);
        let tls = TlsCache { entries: 0.0, stored: 0.0, hits: 0.0, misses: 0.0 };
        assert_eq!(status.tls, Some(tls));
        assert_eq!(status.certificates, Some([0.0, 1.0, 0.0]));
    }

    #[test]
    fn workers_printed_twice_count_once_and_finishing_ones_apart() {
        let status = Status::parse(
            "host\nBusyWorkers: 3\nIdleWorkers: 7\nBusyWorkers: 2\nIdleWorkers: 6\nScoreboard: GW_\n",
        );
        let status = status.unwrap();
        assert_eq!((status.busy, status.graceful, status.idle), (2.0, 1.0, 7.0));
    }

    #[test]
    fn numbers_without_a_leading_zero_and_with_exponents_are_read() {
        let status = Status::parse(
            "h\nCPUUser: .02\nCPUSystem: 1e-05\nCPUChildrenUser: 0\nCPUChildrenSystem: 0\nScoreboard: _",
        );
        assert_eq!(status.unwrap().cpu, 0.02 + 1e-5);
    }

    #[test]
    fn a_page_without_a_scoreboard_is_not_apaches() {
        assert_eq!(Status::parse("It works!\n"), None);
        assert_eq!(Status::parse(""), None);
    }

    #[test]
    fn a_failed_member_takes_no_requests() {
        let page = "h\nScoreboard: _\nProxyBalancer[0]Name: balancer://p\nProxyBalancer[0]Worker[0]Name: http://a\nProxyBalancer[0]Worker[0]Status: Init Err \n";
        assert!(!Status::parse(page).unwrap().members[0].up);
    }
}
