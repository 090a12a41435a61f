//! The spans of time that the page offers.

use std::time::Duration;

/// A span that ends now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    /// The name in addresses.
    pub(super) name: &'static str,
    /// What people call it.
    pub(super) title: &'static str,
    /// How long it is.
    pub(super) length: Duration,
    /// How often a picture of it is worth drawing anew.
    pub(super) refresh: Duration,
}

const fn span(name: &'static str, title: &'static str, minutes: u64, refresh_seconds: u64) -> Span {
    Span {
        name,
        title,
        length: Duration::from_secs(minutes * 60),
        refresh: Duration::from_secs(refresh_seconds),
    }
}

/// From minutes to a year.
pub(super) static SPANS: [Span; 6] = [
    span("10min", "10 minutes", 10, 5),
    span("hour", "Hour", 60, 15),
    span("day", "Day", 24 * 60, 60),
    span("week", "Week", 7 * 24 * 60, 300),
    span("month", "Month", 31 * 24 * 60, 900),
    span("year", "Year", 366 * 24 * 60, 3600),
];

impl Span {
    /// The span of this name.
    pub(super) fn named(name: &str) -> Option<Self> {
        SPANS.into_iter().find(|span| span.name == name)
    }
}
