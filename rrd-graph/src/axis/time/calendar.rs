//! Calendar boundaries: where minutes, hours, days, weeks, months and years begin, in any time
//! zone.

use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::{ToSpan, Zoned};

use super::scale::{MAX_LINES, TimeAxis};
use crate::number;

/// A unit of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TimeUnit {
    /// Seconds of the minute.
    Second,
    /// Minutes of the hour.
    Minute,
    /// Hours of the day.
    Hour,
    /// Days.
    Day,
    /// Weeks, beginning on the chart's first day of the week.
    Week,
    /// Months of the year.
    Month,
    /// Years.
    Year,
}

/// A calendar interval: a number of units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Every {
    /// The number of units, at least 1.
    pub count: u32,
    /// The unit.
    pub unit: TimeUnit,
}

impl Every {
    /// Every `count` units; 0 counts as 1.
    pub const fn new(count: u32, unit: TimeUnit) -> Self {
        Self { count: if count == 0 { 1 } else { count }, unit }
    }
}

impl TimeAxis {
    /// The boundaries from the last one before the range to the first one after it.
    pub(super) fn boundaries(&self, every: Every) -> Vec<i64> {
        let mut boundaries = Vec::new();
        let Some(start) = self.zoned(self.range.start.seconds()) else { return boundaries };
        let Some(mut civil) = floor(&start, every, self.week) else { return boundaries };
        let mut last = i64::MIN;
        while boundaries.len() < MAX_LINES {
            if let Ok(moment) = civil.to_zoned(self.zone.clone()) {
                let at = moment.timestamp().as_second();
                // A boundary that the clock skips is left out; an hour that occurs twice has its
                // boundaries twice.
                if (moment.datetime() == civil || every.unit >= TimeUnit::Day) && at > last {
                    boundaries.push(at);
                    last = at;
                    if at > self.range.end.seconds() {
                        break;
                    }
                    if let Some(again) = self.repeated_hour(&moment, every) {
                        boundaries.extend(again.iter().copied().filter(|at| *at > last));
                        last = boundaries.last().copied().unwrap_or(last);
                    }
                }
            }
            let Some(next) = advance(civil, every) else { break };
            civil = next;
        }
        boundaries
    }

    /// The boundaries in the hour that occurs twice when the clock is set back after `moment`.
    fn repeated_hour(&self, moment: &Zoned, every: Every) -> Option<Vec<i64>> {
        if every.seconds() > 3600.0 {
            return None;
        }
        let change = moment.time_zone().following(moment.timestamp()).next()?;
        let at = change.timestamp().as_second();
        let step = number::whole_seconds(every.seconds());
        let now = moment.timestamp().as_second();
        if at > now.saturating_add(step) {
            return None;
        }
        let back = i64::from(moment.offset().seconds()) - i64::from(change.offset().seconds());
        if back <= 0 {
            return None;
        }
        let mut boundaries = Vec::new();
        let end = at.saturating_add(back);
        let mut second = at;
        while second < end && boundaries.len() < MAX_LINES {
            let zoned = self.zoned(second)?;
            if floor(&zoned, every, self.week) == Some(zoned.datetime()) {
                boundaries.push(second);
            }
            second += step.clamp(1, 1800);
        }
        Some(boundaries)
    }
}

impl Every {
    /// The usual length in seconds.
    pub(super) fn seconds(self) -> f64 {
        let unit = match self.unit {
            TimeUnit::Second => 1.0,
            TimeUnit::Minute => 60.0,
            TimeUnit::Hour => 3600.0,
            TimeUnit::Day => 86_400.0,
            TimeUnit::Week => 604_800.0,
            TimeUnit::Month => 2_629_746.0,
            TimeUnit::Year => 31_556_952.0,
        };
        unit * f64::from(self.count)
    }
}

/// The last boundary at or before a time, as shown by local clocks.
pub(super) fn floor(moment: &Zoned, every: Every, week: Weekday) -> Option<DateTime> {
    let civil = moment.datetime();
    let date = civil.date();
    let count = i32::try_from(every.count).ok()?;
    let small = i8::try_from(every.count).unwrap_or(i8::MAX);
    let down = |part: i8| part - part.rem_euclid(small);
    let at =
        |hour, minute, second| Some(date.to_datetime(Time::new(hour, minute, second, 0).ok()?));
    match every.unit {
        TimeUnit::Second => at(civil.hour(), civil.minute(), down(civil.second())),
        TimeUnit::Minute => at(civil.hour(), down(civil.minute()), 0),
        TimeUnit::Hour => at(down(civil.hour()), 0, 0),
        TimeUnit::Day | TimeUnit::Week => {
            // Counted from 1970, so that every second day or week stays the same when the range
            // moves.
            let days = days_since_epoch(date)?;
            let back = if every.unit == TimeUnit::Day {
                days.rem_euclid(count)
            } else {
                let weekday = i32::from(date.weekday().since(week));
                weekday + 7 * (days - weekday + 6).div_euclid(7).rem_euclid(count)
            };
            Some(date.checked_sub(back.days()).ok()?.to_datetime(Time::midnight()))
        }
        TimeUnit::Month => {
            let month = date.month() - (date.month() - 1).rem_euclid(small);
            Some(Date::new(date.year(), month, 1).ok()?.to_datetime(Time::midnight()))
        }
        TimeUnit::Year => {
            let year = i32::from(date.year());
            let year = i16::try_from(year - year.rem_euclid(count)).ok()?;
            Some(Date::new(year, 1, 1).ok()?.to_datetime(Time::midnight()))
        }
    }
}

fn days_since_epoch(date: Date) -> Option<i32> {
    date.since(Date::constant(1970, 1, 1)).ok().map(|span| span.get_days())
}

fn advance(civil: DateTime, every: Every) -> Option<DateTime> {
    let count = i64::from(every.count);
    let span = match every.unit {
        TimeUnit::Second => count.seconds(),
        TimeUnit::Minute => count.minutes(),
        TimeUnit::Hour => count.hours(),
        TimeUnit::Day => count.days(),
        TimeUnit::Week => count.weeks(),
        TimeUnit::Month => count.months(),
        TimeUnit::Year => count.years(),
    };
    civil.checked_add(span).ok()
}
