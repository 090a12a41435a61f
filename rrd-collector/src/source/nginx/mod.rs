//! nginx through its `stub_status` page: what happened between two pages.
//!
//! Source: the documentation of `ngx_http_stub_status_module`.

use std::time::Duration;

use crate::group::{Kind, Metric, Unit};
use crate::source::counter::{Counters, Limits, THINGS, at_most};
use crate::source::input::{PageSection, SectionKind, Source};
use crate::source::sample::SampleSink;
use crate::source::server::{ServerState, StatusPage, StatusPageServer};

/// Servers of `[[nginx]]`.
pub static SOURCE: Source = Source {
    sections: &[SectionKind { name: Status::SECTION, is_list: true, read: NginxServer::read }],
    kinds: || vec![&NGINX],
    charts: &[include_str!("charts.toml")],
    part: "Servers",
    page: &[PageSection { heading: "nginx", kinds: &["nginx"] }],
    fuzz: |text| {
        let _ = Status::parse(text);
    },
    ..Source::EMPTY
};

/// A server by its status page.
pub type NginxServer = StatusPageServer<Status>;

impl StatusPage for Status {
    const SECTION: &'static str = "nginx";
    const KINDS: &'static [&'static Kind] = &[&NGINX];
    const NAME: &'static str = "nginx' stub_status";
    const PARSE: fn(&str) -> Option<Self> = Self::parse;
    type State = Nginx;
}

/// One nginx server.
pub static NGINX: Kind = Kind::new("nginx", "nginx", METRICS);

const METRICS: &[Metric] = &[
    Metric::new("up", Unit::Share, "1 if the status page was received, else 0"),
    Metric::new("probe_seconds", Unit::Seconds, "time until the page was received or failed"),
    Metric::new("requests", Unit::PerSecond, "requests, including the collector's own"),
    Metric::new("accepted", Unit::PerSecond, "connections accepted"),
    Metric::new(
        "dropped",
        Unit::PerSecond,
        "connections accepted but not handled because a limit was reached",
    ),
    Metric::new("active", Unit::Count, "connections, including waiting ones"),
    Metric::new("reading", Unit::Count, "connections whose request is being read"),
    Metric::new("writing", Unit::Count, "connections whose response is being written"),
    Metric::new("waiting", Unit::Count, "kept connections without a request"),
];

/// The content of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status {
    /// Connections now, and those of them reading, writing and waiting.
    pub connections: [u64; 4],
    /// Connections accepted since the start.
    pub accepted: u64,
    /// Connections handled since the start.
    pub handled: u64,
    /// Requests since the start.
    pub requests: u64,
}

impl Status {
    /// Parses a page; `None` if it is not nginx's status page.
    ///
    /// ```
    /// use rrd_collector::source::nginx::Status;
    /// let page = "Active connections: 3 \nserver accepts handled requests\n 10 9 20 \nReading: 0 Writing: 1 Waiting: 2 \n";
    /// assert_eq!(Status::parse(page).unwrap().connections, [3, 0, 1, 2]);
    /// assert_eq!(Status::parse("<html>"), None);
    /// ```
    pub fn parse(page: &str) -> Option<Self> {
        let mut lines = page.trim_start().lines();
        let active = lines.next()?.strip_prefix("Active connections:")?.trim().parse().ok()?;
        if !lines.next()?.starts_with("server accepts handled requests") {
            return None;
        }
        let mut numbers = lines.next()?.split_ascii_whitespace().map(|word| word.parse().ok());
        let (accepted, handled, requests) = (numbers.next()??, numbers.next()??, numbers.next()??);
        let mut words = lines.next()?.split_ascii_whitespace();
        let mut after =
            |name: &str| (words.next()? == name).then(|| words.next()?.parse::<u64>().ok())?;
        let connections = [active, after("Reading:")?, after("Writing:")?, after("Waiting:")?];
        Some(Self { connections, accepted, handled, requests })
    }
}

/// Keeps the last page of a server.
#[derive(Debug)]
pub struct Nginx {
    instance: String,
    counters: Counters<3>,
}

impl ServerState for Nginx {
    type Answer = Status;

    fn new(instance: String) -> Self {
        Self { instance, counters: Counters::default() }
    }

    fn take(
        &mut self,
        page: Option<Status>,
        clock: Duration,
        took: Duration,
        sink: &mut dyn SampleSink,
    ) {
        let seconds = took.as_secs_f64();
        let Some(page) = page else {
            let unknown = f64::NAN;
            let values =
                [0.0, seconds, unknown, unknown, unknown, unknown, unknown, unknown, unknown];
            sink.group(&NGINX, &self.instance, &values);
            return;
        };
        let dropped = page.accepted.checked_sub(page.handled);
        let counters = [Some(page.requests), Some(page.accepted), dropped];
        let [requests, accepted, dropped] =
            self.counters.rates(clock, counters, &[Limits::EVENTS; 3], sink);
        let [active, reading, writing, waiting] =
            page.connections.map(|count| at_most(THINGS, Some(count)));
        let values = [1.0, seconds, requests, accepted, dropped, active, reading, writing, waiting];
        sink.group(&NGINX, &self.instance, &values);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::sample::recorder::Recorder;

    fn page(accepted: u64, handled: u64, requests: u64) -> Status {
        Status { connections: [4, 1, 1, 2], accepted, handled, requests }
    }

    fn after(pages: [Option<Status>; 2]) -> Recorder {
        let mut nginx = Nginx::new("web".to_owned());
        let mut recorder = Recorder::default();
        for (second, page) in (100..).step_by(2).zip(pages) {
            recorder.groups.clear();
            let (clock, took) = (Duration::from_secs(second), Duration::from_millis(3));
            nginx.take(page, clock, took, &mut recorder);
        }
        recorder
    }

    #[test]
    fn counters_between_two_pages_become_rates() {
        let seen = after([Some(page(100, 100, 200)), Some(page(110, 108, 260))]);
        let value = |metric| seen.value(&NGINX, "web", metric);
        assert_eq!((value("requests"), value("accepted"), value("dropped")), (30.0, 5.0, 1.0));
        assert_eq!((value("up"), value("active"), value("waiting")), (1.0, 4.0, 2.0));
    }

    #[test]
    fn a_restart_is_unknown_for_one_interval() {
        let seen = after([Some(page(100, 100, 200)), Some(page(1, 1, 1))]);
        assert!(seen.value(&NGINX, "web", "requests").is_nan());
    }

    #[test]
    fn a_number_that_falls_or_is_impossible_takes_no_other_with_it() {
        let odd = Status { connections: [4, 1, 1, u64::MAX], ..page(110, 110, 190) };
        let seen = after([Some(page(100, 100, 200)), Some(odd)]);
        let value = |metric| seen.value(&NGINX, "web", metric);
        assert!(value("requests").is_nan() && value("waiting").is_nan());
        assert_eq!((value("accepted"), value("active")), (5.0, 4.0));
    }

    #[test]
    fn a_page_that_does_not_come_is_a_sample_too() {
        let seen = after([Some(page(100, 100, 200)), None]);
        assert_eq!(seen.value(&NGINX, "web", "up"), 0.0);
        assert_eq!(seen.value(&NGINX, "web", "probe_seconds"), 0.003);
        assert!(seen.value(&NGINX, "web", "active").is_nan());
    }

    #[test]
    fn a_page_of_tengine_with_empty_lines_and_other_line_ends_is_read() {
        let page = "\r\nActive connections: 3\r\nserver accepts handled requests request_time\r\n\
            10 9 20 400\r\nReading: 0 Writing: 1 Waiting: 2\r\n";
        let status = Status { connections: [3, 0, 1, 2], accepted: 10, handled: 9, requests: 20 };
        assert_eq!(Status::parse(page), Some(status));
    }

    #[test]
    fn other_pages_are_none() {
        for text in [
            "",
            "Active connections: x\n",
            "Active connections: 1\nserver accepts handled requests\n 1 2\n",
        ] {
            assert_eq!(Status::parse(text), None, "{text}");
        }
    }
}
