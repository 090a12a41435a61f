//! Time expressions as programs in C keep them: calendar fields, and seconds that are added.

use jiff::tz::TimeZone;

use super::super::calendar::{Fields, LocalTime};
use super::super::{TimeRange, Timestamp};
use super::{Anchor, End, ResolveError, TimeSpec, pair};

/// A time expression in parts, which programs may read and change before it is resolved.
///
/// Those of a time that is relative to nothing are a calendar date and a time of day. Those of any
/// other are added to what it is relative to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "programs make such values, too")]
pub struct TimeParts {
    /// What it is relative to.
    pub anchor: Anchor,
    /// The year, or a number of years.
    pub year: i64,
    /// The month, 1 for January, or a number of months.
    pub month: i64,
    /// The day of the month, or a number of days.
    pub day: i64,
    /// The hour, or a number of hours.
    pub hour: i64,
    /// The minute, or a number of minutes.
    pub minute: i64,
    /// The second, or a number of seconds.
    pub second: i64,
    /// Whether the clock is that of summer; `None` leaves it to the calendar.
    pub daylight: Option<bool>,
    /// Seconds that are added in the end, whatever the clocks do meanwhile.
    pub offset: i64,
}

impl TimeSpec {
    /// The parts of the expression. The date of a time that is relative to nothing is one of the
    /// calendar, also if the expression means a day that there is not, such as February 30.
    ///
    /// ```
    /// use rrd_core::{TimeZone, Timestamp, at_style};
    /// let now = Timestamp::from_seconds(1_584_275_696); // 2020-03-15 12:34:56 UTC
    /// let parts = at_style::parse("now-1month-2h")?.parts(now, &TimeZone::UTC)?;
    /// assert_eq!((parts.year, parts.month, parts.day, parts.hour), (2020, 2, 15, 12));
    /// assert_eq!(parts.offset, -7200);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ResolveError::OutOfRange`] beyond the calendar.
    pub fn parts(&self, now: Timestamp, zone: &TimeZone) -> Result<TimeParts, ResolveError> {
        let (anchor, offset) = (self.anchor, self.shift.seconds);
        if anchor != Anchor::Now {
            let (year, month, day) = (self.shift.years, self.shift.months, self.shift.days);
            let (hour, minute, second, daylight) = (0, 0, 0, None);
            return Ok(TimeParts {
                anchor,
                year,
                month,
                day,
                hour,
                minute,
                second,
                daylight,
                offset,
            });
        }
        let mut calendar = self.clone();
        calendar.shift.seconds = 0;
        let local = LocalTime::at(calendar.resolve_absolute(now, zone)?, zone);
        let LocalTime { year, month, day, hour, minute, second, daylight, .. } = local;
        let daylight = Some(daylight);
        Ok(TimeParts { anchor, year, month, day, hour, minute, second, daylight, offset })
    }
}

impl TimeParts {
    /// Resolves an expression that is not relative to another.
    ///
    /// # Errors
    ///
    /// As of [`TimeSpec::resolve`].
    pub fn resolve(&self, zone: &TimeZone) -> Result<Timestamp, ResolveError> {
        (self, zone).absolute()
    }

    /// Resolves two expressions to a time range; one may be relative to the other.
    ///
    /// # Errors
    ///
    /// As of [`resolve_pair`](super::resolve_pair).
    pub fn resolve_pair(
        start: &Self,
        end: &Self,
        zone: &TimeZone,
    ) -> Result<TimeRange, ResolveError> {
        pair(&(start, zone), &(end, zone))
    }

    /// The time of these parts added to calendar fields.
    fn added_to(
        &self,
        to: Fields,
        daylight: Option<bool>,
        zone: &TimeZone,
    ) -> Result<Timestamp, ResolveError> {
        let fields = Fields {
            year: to.year.saturating_add(self.year),
            month: to.month.saturating_add(self.month),
            day: to.day.saturating_add(self.day),
            hour: to.hour.saturating_add(self.hour),
            minute: to.minute.saturating_add(self.minute),
            second: to.second.saturating_add(self.second),
        };
        let moment = fields.moment(zone, daylight).ok_or(ResolveError::OutOfRange)?;
        let seconds = moment.seconds().checked_add(self.offset).ok_or(ResolveError::OutOfRange)?;
        Ok(Timestamp::from_seconds(seconds))
    }
}

impl End for (&TimeParts, &TimeZone) {
    fn anchor(&self) -> Anchor {
        self.0.anchor
    }

    fn absolute(&self) -> Result<Timestamp, ResolveError> {
        let (parts, zone) = *self;
        let nothing = Fields { year: 0, month: 0, day: 0, hour: 0, minute: 0, second: 0 };
        match parts.anchor {
            Anchor::Now => parts.added_to(nothing, parts.daylight, zone),
            Anchor::Epoch => {
                parts.added_to(Fields { year: 1900, month: 1, ..nothing }, parts.daylight, zone)
            }
            Anchor::Start | Anchor::End => Err(ResolveError::Relative),
        }
    }

    fn relative_to(&self, to: Timestamp) -> Result<Timestamp, ResolveError> {
        let (parts, zone) = *self;
        let local = LocalTime::at(to, zone);
        parts.added_to(Fields::from(local), Some(local.daylight), zone)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{parse, resolve_pair};
    use super::*;

    fn resolved(start: &str, end: &str, now: i64) {
        let (Ok(start), Ok(end)) = (parse(start), parse(end)) else { return };
        let now = Timestamp::from_seconds(now);
        for zone in [TimeZone::UTC, TimeZone::get("Europe/Zurich").unwrap()] {
            let Ok(expected) = resolve_pair(&start, &end, now, &zone) else { continue };
            let parts = |spec: &TimeSpec| spec.parts(now, &zone).unwrap();
            let found = TimeParts::resolve_pair(&parts(&start), &parts(&end), &zone);
            assert_eq!(found, Ok(expected), "{start:?} {end:?} {now:?}");
        }
    }

    #[test]
    fn parts_mean_the_same_time_where_clocks_change() {
        for start in ["02:30 20200329", "02:30 20201025", "epoch+50y", "now-1d", "midnight Feb 30"]
        {
            for end in ["start+1d", "start+7month-3h", "now", "1603584000", "end+1h"] {
                for now in [1_584_275_696, 1_585_443_599, 1_603_584_000, 1_603_587_600] {
                    resolved(start, end, now);
                    resolved(end, start, now);
                }
            }
        }
    }

    proptest! {
        #[test]
        fn parts_mean_what_their_expression_means(
            start in "(now|end|start|epoch|noon|20200329|10:30 yesterday|jan 31)?([-+][0-9]{1,3}(s|min|h|d|w|month|y)){0,3}",
            end in "(now|start|1603584000|mon)?([-+][0-9]{1,3}(s|min|h|d|w|month|y)){0,3}",
            now in 1_000_000_000_i64..2_000_000_000,
        ) {
            resolved(&start, &end, now);
        }
    }
}
