//! What users see of the samples that are sent to an engine on another host.

use std::collections::BTreeMap;

/// The state of an endpoint of remote write.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RemoteStatus {
    /// The time up to which everything was sent, in seconds since 1970, if something is waiting
    /// that could be sent.
    pub waiting_since: Option<i64>,
    /// Samples that were acknowledged since the start.
    pub sent: u64,
    /// Samples that were given up since the start.
    pub dropped: BTreeMap<DropReason, u64>,
    /// Requests that failed since the start, by status of the answer; 0 for those without one.
    pub failures: BTreeMap<u16, u64>,
    /// What was wrong with the last request, if it failed.
    pub error: Option<String>,
}

/// Why a sample was given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DropReason {
    /// It was older than the endpoint's `max_age`.
    TooOld,
    /// The receiver refused it.
    Refused,
}

impl DropReason {
    /// All reasons.
    pub const ALL: [Self; 2] = [Self::TooOld, Self::Refused];

    /// The reason as a label.
    pub const fn word(self) -> &'static str {
        match self {
            Self::TooOld => "too_old",
            Self::Refused => "refused",
        }
    }
}

impl RemoteStatus {
    /// Seconds by which the receiver is behind at `now`, seconds since 1970.
    ///
    /// ```
    /// use rrd_collector::output::remote_status::RemoteStatus;
    /// let mut status = RemoteStatus::default();
    /// assert_eq!(status.behind(1_700_000_060), 0);
    /// status.waiting_since = Some(1_700_000_000);
    /// assert_eq!(status.behind(1_700_000_060), 60);
    /// ```
    pub fn behind(&self, now: i64) -> u64 {
        let since = self.waiting_since.unwrap_or(now);
        u64::try_from(now.saturating_sub(since)).unwrap_or(0)
    }
}
