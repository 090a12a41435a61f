//! A time range.

use std::time::Duration;

use super::Timestamp;

/// A time range from `start` to `end`.
///
/// ```
/// use std::time::Duration;
/// use rrd_core::{TimeRange, Timestamp};
///
/// let now = Timestamp::from_seconds(1_700_003_600);
/// let hour = TimeRange::last(Duration::from_secs(3600), now);
/// assert_eq!(hour, TimeRange::new(Timestamp::from_seconds(1_700_000_000), now));
/// assert_eq!(hour.duration(), Duration::from_secs(3600));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TimeRange {
    /// The start of the range.
    pub start: Timestamp,
    /// The end of the range.
    pub end: Timestamp,
}

impl TimeRange {
    /// The range between two times.
    pub const fn new(start: Timestamp, end: Timestamp) -> Self {
        Self { start, end }
    }

    /// The range between two times in whole seconds since 1970.
    ///
    /// ```
    /// use rrd_core::{TimeRange, Timestamp};
    /// let range = TimeRange::from_seconds(920_804_400, 920_808_000);
    /// assert_eq!(range.end, Timestamp::from_seconds(920_808_000));
    /// ```
    pub const fn from_seconds(start: i64, end: i64) -> Self {
        Self::new(Timestamp::from_seconds(start), Timestamp::from_seconds(end))
    }

    /// The range of this length that ends now.
    pub fn last(span: Duration, now: Timestamp) -> Self {
        Self::new(now - span, now)
    }

    /// The length of the range; zero if it ends before it starts.
    pub fn duration(self) -> Duration {
        Duration::try_from(self.end - self.start).unwrap_or_default()
    }
}
