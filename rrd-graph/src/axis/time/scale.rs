//! A time axis: a range, the zone it is shown in, and where a time is on it.

use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use rrd_core::TimeRange;

use crate::number;
use crate::time_locale::TimeLocale;

/// Limit on the number of lines for any grid.
pub(super) const MAX_LINES: usize = 4000;

/// A time range mapped to a length in pixels.
#[derive(Clone, Debug)]
pub(crate) struct TimeAxis {
    pub(super) range: TimeRange,
    pub(super) zone: TimeZone,
    /// The first day of the week.
    pub(super) week: Weekday,
    pub(super) locale: TimeLocale,
}

impl TimeAxis {
    pub(crate) fn new(range: TimeRange, zone: TimeZone, week: Weekday, locale: TimeLocale) -> Self {
        Self { range, zone, week, locale }
    }

    pub(crate) fn span(&self) -> TimeRange {
        self.range
    }

    /// Position of a time: 0 at the start, 1 at the end.
    pub(crate) fn share(&self, at: f64) -> f64 {
        let start = number::seconds(self.range.start.seconds());
        (at - start) / (number::seconds(self.range.end.seconds()) - start)
    }

    pub(super) fn contains(&self, at: i64) -> bool {
        (self.range.start.seconds()..=self.range.end.seconds()).contains(&at)
    }

    pub(super) fn zoned(&self, at: i64) -> Option<Zoned> {
        Timestamp::from_second(at).ok().map(|moment| moment.to_zoned(self.zone.clone()))
    }
}
