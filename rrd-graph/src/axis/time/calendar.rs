//! The seams of the calendar: where minutes, hours, days, weeks, months and years begin, in any zone.

use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::{ToSpan, Zoned};

use super::{MOST_LINES, TimeAxis};
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
    /// Weeks, from the first day of the chart's weeks.
    Week,
    /// Months of the year.
    Month,
    /// Years.
    Year,
}

/// A distance on the calendar: every so many of a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Every {
    /// How many, at least 1.
    pub count: u32,
    /// Of which unit.
    pub unit: TimeUnit,
}

impl Every {
    /// Every `count` units; 0 counts as 1.
    pub const fn new(count: u32, unit: TimeUnit) -> Self {
        Self { count: if count == 0 { 1 } else { count }, unit }
    }
}

impl TimeAxis {
    /// The seams from the last before the range to the first behind it.
    pub(super) fn seams(&self, every: Every) -> Vec<i64> {
        let mut seams = Vec::new();
        let Some(start) = self.zoned(self.range.start.seconds()) else { return seams };
        let Some(mut civil) = floor(&start, every, self.week) else { return seams };
        let mut last = i64::MIN;
        while seams.len() < MOST_LINES {
            if let Ok(moment) = civil.to_zoned(self.zone.clone()) {
                let at = moment.timestamp().as_second();
                // A seam that the clock jumps over is none; an hour that it repeats has all its seams.
                if (moment.datetime() == civil || every.unit >= TimeUnit::Day) && at > last {
                    seams.push(at);
                    last = at;
                    if at > self.range.end.seconds() {
                        break;
                    }
                    if let Some(again) = self.repeated(&moment, every) {
                        seams.extend(again.iter().copied().filter(|at| *at > last));
                        last = seams.last().copied().unwrap_or(last);
                    }
                }
            }
            let Some(next) = advance(civil, every) else { break };
            civil = next;
        }
        seams
    }

    /// The seams of the hour that is lived twice when the clock goes back behind `moment`.
    fn repeated(&self, moment: &Zoned, every: Every) -> Option<Vec<i64>> {
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
        let mut seams = Vec::new();
        let end = at.saturating_add(back);
        let mut second = at;
        while second < end && seams.len() < MOST_LINES {
            let zoned = self.zoned(second)?;
            if floor(&zoned, every, self.week) == Some(zoned.datetime()) {
                seams.push(second);
            }
            second += step.clamp(1, 1800);
        }
        Some(seams)
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

/// The last seam at or before a moment, as the clock on the wall shows it.
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
            // Counted from 1970, so that every other day or week stays the same while the range moves.
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
