//! Checks of pages: whether they answer as they should, how long each part of that takes, and when
//! the certificate expires.
//!
//! Sources: RFC 9110 (status), RFC 5280 (validity of certificates).

mod expected;
mod section;

use std::sync::Arc;
use std::time::Duration;

use hyper::StatusCode;
use thiserror::Error;

use crate::group::{Kind, Metric, Unit};
use crate::net::certificate::expiry;
use crate::net::http::FetchError;
use crate::net::visit::Visit;
use crate::schedule::clock;
use crate::source::counter::{known, to_f64};
use crate::source::input::{ManyInstances, PageSection, SectionKind, Source, TableColumn};
use crate::source::sample::SampleSink;
use crate::source::server::{Server, ServerState};

pub use self::expected::{Expected, StatusPattern};
pub use self::section::HttpCheck;

use self::expected::Search;

/// Pages of `[[http_check]]`.
pub static SOURCE: Source = Source {
    sections: &[SectionKind { name: HttpCheck::SECTION, is_list: true, read: section::read }],
    kinds: || vec![&HTTP_CHECK],
    rules: &[
        ("http-check", "last of http_check:*.up < 50, for 2m"),
        // Certificates of 90 days are renewed 30 days before their end.
        ("certificate", "last of http_check:*.certificate_days < 21, critical < 7, for 2m"),
    ],
    charts: &[include_str!("charts.toml")],
    page: &[PageSection { heading: "Web checks", kinds: &["http_check"] }],
    many: &[ManyInstances {
        kind: "http_check",
        columns: &[
            TableColumn::new("Time", &["seconds"]),
            TableColumn::new("Up", &["up"]),
            TableColumn::new("Status", &["status"]),
            TableColumn::new("Certificate, days", &["certificate_days"]),
        ],
        heat_maps: &[],
    }],
    fuzz: |text| {
        let (needle, content) = text.split_once('\n').unwrap_or((text, text));
        let mut search = Search::new(needle);
        for part in content.as_bytes().chunks(7) {
            search.take(part);
        }
        assert_eq!(search.is_found(), content.contains(needle));
        let _ = needle.parse::<StatusPattern>();
    },
    ..Source::EMPTY
};

/// One page that is checked.
pub static HTTP_CHECK: Kind = Kind::new("http_check", "Web checks", METRICS);

// Days and not seconds: rules and notices are about days.
const METRICS: &[Metric] = &[
    Metric::new("up", Unit::Share, "1 if the answer was complete and as expected, else 0"),
    Metric::new("status", Unit::Count, "status of the answer; unknown without an answer"),
    Metric::new("seconds", Unit::Seconds, "time until the answer was complete or failed"),
    Metric::new("connect", Unit::Seconds, "time to find the server and to connect to it"),
    Metric::new("tls", Unit::Seconds, "time to agree on encryption; 0 without"),
    Metric::new("first_byte", Unit::Seconds, "time from the request to the head of the answer"),
    Metric::new("bytes", Unit::Bytes, "size of the content"),
    Metric::new(
        "certificate_days",
        Unit::Any,
        "days until the first of the certificates expires that the server showed; negative afterwards",
    ),
];

/// Limit on the content of an answer. It is not kept in memory.
const MAX_CONTENT: u64 = 64 << 20;

/// Why an answer is not as expected.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CheckError {
    /// There was no complete answer.
    #[error(transparent)]
    Fetch(FetchError),
    /// It took too long.
    #[error("no {part} within {} s", limit.as_secs_f64())]
    Timeout {
        /// What was waited for.
        part: &'static str,
        /// The time limit.
        limit: Duration,
    },
    /// The status is another one.
    #[error("the server answered {status}: expected {expected}")]
    Status {
        /// The status.
        status: StatusCode,
        /// Those expected.
        expected: String,
    },
    /// The content lacks a text.
    #[error("the content does not contain {text:?}")]
    Missing {
        /// The text.
        text: String,
    },
}

/// An answer, or what there is of it.
#[derive(Debug)]
pub struct Checked {
    visit: Visit,
    /// Days until a certificate expires; NaN without one.
    days: f64,
    outcome: Result<(), Arc<CheckError>>,
}

impl Server for HttpCheck {
    const SECTION: &'static str = "http_check";
    const KINDS: &'static [&'static Kind] = &[&HTTP_CHECK];
    type Error = Arc<CheckError>;
    type State = CheckedPage;

    async fn ask(&self, deadline: Duration) -> Result<Checked, Self::Error> {
        let mut search = Search::new(self.expected.contains.as_deref().unwrap_or_default());
        let mut take = |part: &[u8]| search.take(part);
        let (visit, outcome) = self.page.visit(deadline, MAX_CONTENT, &mut take).await;
        let outcome = self.judge(&visit, outcome, search.is_found()).map_err(Arc::new);
        let days = days(&visit, clock::now().wall);
        Ok(Checked { visit, days, outcome })
    }

    fn check(&self, answer: &Checked) -> Result<(), Self::Error> {
        answer.outcome.clone()
    }
}

impl HttpCheck {
    fn judge(
        &self,
        visit: &Visit,
        outcome: Result<(), FetchError>,
        has_text: bool,
    ) -> Result<(), CheckError> {
        outcome.map_err(|error| match error {
            FetchError::Timeout { limit } => {
                let part = if visit.connect.is_none() {
                    "connection"
                } else if self.page.is_secure() && visit.tls.is_none() {
                    "TLS handshake"
                } else if visit.status.is_none() {
                    "answer"
                } else {
                    "complete answer"
                };
                CheckError::Timeout { part, limit }
            }
            error => CheckError::Fetch(error),
        })?;
        if let Some(status) = visit.status.filter(|status| !self.expected.accepts(*status)) {
            return Err(CheckError::Status { status, expected: self.expected.statuses() });
        }
        match &self.expected.contains {
            Some(text) if !has_text => Err(CheckError::Missing { text: text.clone() }),
            _ => Ok(()),
        }
    }
}

/// Days from `now`, since 1970, until the first of the certificates expires; NaN without any.
fn days(visit: &Visit, now: Duration) -> f64 {
    let ends = visit.certificates.iter().filter_map(|certificate| expiry(certificate));
    let end = ends.min().and_then(|end| u64::try_from(end).ok());
    (known(end) - now.as_secs_f64()) / 86_400.0
}

/// What is kept of a page between two checks: nothing but its name.
#[derive(Debug)]
pub struct CheckedPage {
    instance: String,
}

impl ServerState for CheckedPage {
    type Answer = Checked;

    fn new(instance: String) -> Self {
        Self { instance }
    }

    fn take(
        &mut self,
        answer: Option<Checked>,
        _clock: Duration,
        _took: Duration,
        sink: &mut dyn SampleSink,
    ) {
        let Some(Checked { visit, days, outcome }) = answer else { return };
        let seconds = |time: Option<Duration>| time.map_or(f64::NAN, |time| time.as_secs_f64());
        let has_answer = visit.status.is_some();
        let values = [
            if outcome.is_ok() { 1.0 } else { 0.0 },
            visit.status.map_or(f64::NAN, |status| f64::from(status.as_u16())),
            visit.took.as_secs_f64(),
            seconds(visit.connect),
            // No time without TLS: the parts of an answer add up.
            seconds(visit.tls.or(visit.first_byte.map(|_| Duration::ZERO))),
            seconds(visit.first_byte),
            if has_answer { to_f64(visit.bytes) } else { f64::NAN },
            days,
        ];
        sink.group(&HTTP_CHECK, &self.instance, &values);
    }
}

#[cfg(test)]
mod tests;
