//! Time expressions in the style of the `at` command: `now-1d`, `noon yesterday`,
//! `31.12.1999 23:59`, `end-1month`.
//!
//! An expression is parsed once into a [`TimeSpec`]; it is resolved with the current time and a
//! time zone.
//!
//! ```
//! use rrd_core::{TimeZone, Timestamp, at_style};
//! let now = Timestamp::from_seconds(1_584_275_696); // 2020-03-15 12:34:56 UTC
//! let spec = at_style::parse("noon yesterday -3hours")?;
//! assert_eq!(spec.resolve(now, &TimeZone::UTC)?, Timestamp::from_seconds(1_584_176_400));
//!
//! let (start, end) = (at_style::parse("end-1d")?, at_style::parse("noon")?);
//! let range = at_style::resolve_pair(&start, &end, now, &TimeZone::UTC)?;
//! assert_eq!((range.start.seconds(), range.end.seconds()), (1_584_187_200, 1_584_273_600));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod error;
mod parse;
mod parts;
mod scan;

use jiff::tz::TimeZone;

use super::calendar::{Fields, LocalTime};
use super::{TimeRange, Timestamp};

pub use error::{ResolveError, TimeSpecError};
pub use parse::parse;
pub use parts::TimeParts;
pub use scan::{MONTHS, WEEKDAYS};

/// A parsed time expression that is not resolved yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeSpec {
    anchor: Anchor,
    /// `None`: the current time of day.
    clock: Option<Clock>,
    day: Day,
    shift: Shift,
}

/// What the parts of an expression are relative to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the language has no other words")]
pub enum Anchor {
    /// The current time, or nothing.
    Now,
    /// The start of the range.
    Start,
    /// The end of the range.
    End,
    /// The day before 1900, as in the original.
    Epoch,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Clock {
    hour: i64,
    minute: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Day {
    /// This many days after today.
    FromToday(i64),
    /// The day with this name in the current week, which begins on Sunday (0).
    Weekday(i64),
    /// A date; without a year it is in the current one.
    Date { year: Option<i64>, month: i64, day: i64 },
    /// Seconds since 1970, which include the time of day.
    Moment(i64),
}

/// The sum of all offsets, in units that the calendar does not convert into each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Shift {
    years: i64,
    months: i64,
    days: i64,
    seconds: i64,
}

impl TimeSpec {
    /// Resolves the expression to a time in whole seconds.
    ///
    /// Days, weeks, months and years follow the calendar (noon plus one day is noon); hours and
    /// smaller units are exact.
    ///
    /// # Errors
    ///
    /// [`ResolveError::Relative`] if the expression begins with `start` or `end` (see
    /// [`resolve_pair`]), [`ResolveError::OutOfRange`] beyond the calendar.
    pub fn resolve(&self, now: Timestamp, zone: &TimeZone) -> Result<Timestamp, ResolveError> {
        match self.anchor {
            Anchor::Now => self.resolve_absolute(now, zone),
            Anchor::Epoch => {
                let nothing =
                    Fields { year: 1900, month: 1, day: 0, hour: 0, minute: 0, second: 0 };
                self.shift.apply(nothing, zone, None)
            }
            Anchor::Start | Anchor::End => Err(ResolveError::Relative),
        }
    }

    /// Whether the expression is relative to `start` or `end`.
    ///
    /// ```
    /// use rrd_core::at_style;
    /// assert!(at_style::parse("end-1h").unwrap().is_relative());
    /// assert!(!at_style::parse("now-1h").unwrap().is_relative());
    /// ```
    pub fn is_relative(&self) -> bool {
        matches!(self.anchor, Anchor::Start | Anchor::End)
    }

    fn resolve_absolute(&self, now: Timestamp, zone: &TimeZone) -> Result<Timestamp, ResolveError> {
        let today = LocalTime::at(now, zone);
        let mut fields = Fields::from(today);
        let mut daylight = None;
        if let Some(Clock { hour, minute }) = self.clock {
            fields = Fields { hour, minute, second: 0, ..fields };
        }
        match self.day {
            Day::FromToday(days) => fields.day += days,
            Day::Weekday(weekday) => fields.day += weekday - today.weekday,
            Day::Date { year, month, day } => {
                fields = Fields { year: year.unwrap_or(fields.year), month, day, ..fields };
            }
            Day::Moment(seconds) => {
                let moment = LocalTime::at(Timestamp::from_seconds(seconds), zone);
                fields = Fields::from(moment);
                daylight = Some(moment.daylight);
            }
        }
        self.shift.apply(fields, zone, daylight)
    }

    /// Resolves a relative expression, given what it is relative to.
    ///
    /// The clock keeps its kind: a month before a day in summer time is in summer time, too, even
    /// if the calendar disagrees.
    fn resolve_relative(&self, to: Timestamp, zone: &TimeZone) -> Result<Timestamp, ResolveError> {
        let local = LocalTime::at(to, zone);
        self.shift.apply(Fields::from(local), zone, Some(local.daylight))
    }
}

impl Shift {
    fn apply(
        self,
        mut fields: Fields,
        zone: &TimeZone,
        daylight: Option<bool>,
    ) -> Result<Timestamp, ResolveError> {
        fields.year = fields.year.saturating_add(self.years);
        fields.month = fields.month.saturating_add(self.months);
        fields.day = fields.day.saturating_add(self.days);
        let moment = fields.moment(zone, daylight).ok_or(ResolveError::OutOfRange)?;
        let seconds = moment.seconds().checked_add(self.seconds).ok_or(ResolveError::OutOfRange)?;
        Ok(Timestamp::from_seconds(seconds))
    }
}

impl From<LocalTime> for Fields {
    fn from(local: LocalTime) -> Self {
        let LocalTime { year, month, day, hour, minute, second, .. } = local;
        Self { year, month, day, hour, minute, second }
    }
}

/// Resolves two expressions to a time range; one may be relative to the other (`end-1d`,
/// `start+1h`).
///
/// # Errors
///
/// [`ResolveError`] if both are relative, one is relative to itself, or a time is out of range.
/// Whether the start precedes the end is not checked here.
pub fn resolve_pair(
    start: &TimeSpec,
    end: &TimeSpec,
    now: Timestamp,
    zone: &TimeZone,
) -> Result<TimeRange, ResolveError> {
    pair(&(start, now, zone), &(end, now, zone))
}

/// An end of a range.
trait End {
    fn anchor(&self) -> Anchor;

    /// The time, unless it is relative to the other end.
    fn absolute(&self) -> Result<Timestamp, ResolveError>;

    /// The time, given the other end.
    fn relative_to(&self, other: Timestamp) -> Result<Timestamp, ResolveError>;
}

impl End for (&TimeSpec, Timestamp, &TimeZone) {
    fn anchor(&self) -> Anchor {
        self.0.anchor
    }

    fn absolute(&self) -> Result<Timestamp, ResolveError> {
        self.0.resolve(self.1, self.2)
    }

    fn relative_to(&self, other: Timestamp) -> Result<Timestamp, ResolveError> {
        self.0.resolve_relative(other, self.2)
    }
}

fn pair(start: &impl End, end: &impl End) -> Result<TimeRange, ResolveError> {
    let (start, end) = match (start.anchor(), end.anchor()) {
        (Anchor::End, Anchor::Start) => return Err(ResolveError::StartAndEndRelative),
        (Anchor::Start, _) => return Err(ResolveError::StartRelativeToItself),
        (_, Anchor::End) => return Err(ResolveError::EndRelativeToItself),
        (Anchor::End, _) => {
            let end = end.absolute()?;
            (start.relative_to(end)?, end)
        }
        (_, Anchor::Start) => {
            let start = start.absolute()?;
            (start, end.relative_to(start)?)
        }
        _ => (start.absolute()?, end.absolute()?),
    };
    Ok(TimeRange::new(start, end))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_584_275_696);

    fn at(text: &str) -> i64 {
        parse(text).unwrap().resolve(NOW, &TimeZone::UTC).unwrap().seconds()
    }

    #[test]
    fn a_day_has_no_check_after_the_name_of_a_month() {
        assert_eq!(at("midnight Oct 32 2019"), at("midnight Nov 1 2019"));
        assert_eq!(at("midnight Oct 0 2019"), at("midnight Sep 30 2019"));
    }

    #[test]
    fn a_short_word_after_a_date_counts_as_hour_0() {
        assert_eq!(at("20200301 am"), at("20200301"));
        assert_eq!(at("20200301 s"), at("20200301"));
        assert_eq!(at("20200301 /"), at("20200301"));
    }

    #[test]
    fn the_letter_m_asks_the_unit_before_it() {
        assert_eq!(at("now-1m5m"), at("now-6month"));
        assert_eq!(at("now+6m5m"), at("now+11min"));
        assert_eq!(at("now-1d10m"), at("now-1d-10month"));
        assert_eq!(at("now-5x5m"), at("now-5s-5month"));
        assert_eq!(at("now-1h5m"), at("now-65min"));
    }

    #[test]
    fn years_beyond_2038_and_up_to_9999_work() {
        assert_eq!(at("23991231"), 13_569_379_200);
        assert_eq!(at("midnight Dec 31 9999"), 253_402_214_400);
        assert_eq!(at("noon 1/1/2106"), 4_291_790_400);
        assert_eq!(at("now+7979y"), 253_377_117_296);
    }

    #[test]
    fn a_calendar_that_ends_is_an_error() {
        let spec = parse("now+2147483647y").unwrap();
        assert_eq!(spec.resolve(NOW, &TimeZone::UTC), Err(ResolveError::OutOfRange));
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in "([0-9]{1,12}|[a-z]{1,3}|now|noon|end|mon|jan|[-+:./ _,=é]){0,8}", now: i64) {
            if let Ok(spec) = parse(&text) {
                let _ = spec.resolve(Timestamp::from_seconds(now), &TimeZone::UTC);
                let _ = resolve_pair(&spec, &spec, Timestamp::from_seconds(now), &TimeZone::UTC);
            }
        }

        #[test]
        fn seconds_since_1970_mean_themselves(seconds in 315_360_001_i64..1 << 40) {
            for zone in [TimeZone::UTC, TimeZone::get("Europe/Zurich").unwrap()] {
                let moment = parse(&seconds.to_string()).unwrap().resolve(NOW, &zone);
                prop_assert_eq!(moment, Ok(Timestamp::from_seconds(seconds)));
            }
        }
    }
}
