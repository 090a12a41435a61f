//! Local calendar fields of a time and back, for any year within 64-bit seconds. `jiff` provides
//! the rules.

use std::fmt;

use jiff::tz::{AmbiguousOffset, TimeZone};

use super::Timestamp;

const DAY: i64 = 86_400;
/// The Gregorian calendar and its weekdays repeat after 400 years.
const CYCLE: i64 = 146_097 * DAY;
/// Times before this (year -8000) use the zone's rules of a later cycle, ...
const EARLIEST: i64 = -314_625_600_000;
/// ... times after this (year 9000) those of an earlier one: the zone data ends with year 9999.
const LATEST: i64 = 221_845_392_000;
/// Years beyond this do not fit C's `struct tm`, so RRDtool's expressions cannot mean them.
const MAX_YEAR: i64 = i32::MAX as i64;

/// A time as shown by a local calendar and clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LocalTime {
    /// The year; 0 is 1 BC.
    pub year: i64,
    /// 1 to 12.
    pub month: i64,
    /// 1 to 31.
    pub day: i64,
    /// 0 to 23.
    pub hour: i64,
    /// 0 to 59.
    pub minute: i64,
    /// 0 to 59.
    pub second: i64,
    /// Days since Sunday, 0 to 6.
    pub weekday: i64,
    /// Offset of local time from UTC in seconds.
    pub offset: i64,
    /// Whether daylight saving time is in effect.
    pub daylight: bool,
}

impl LocalTime {
    /// Calendar and clock of a zone at a time.
    ///
    /// ```
    /// use rrd_core::{LocalTime, TimeZone, Timestamp};
    /// let zone = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3")?;
    /// let noon = LocalTime::at(Timestamp::from_seconds(1_594_807_200), &zone);
    /// assert_eq!((noon.year, noon.month, noon.day, noon.hour), (2020, 7, 15, 12));
    /// assert_eq!((noon.weekday, noon.offset, noon.daylight), (3, 7200, true));
    /// assert_eq!(noon.to_string(), "2020-07-15T12:00:00+02:00");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn at(moment: Timestamp, zone: &TimeZone) -> Self {
        let (offset, daylight) = offset_at(moment.seconds(), zone);
        let local = moment.seconds().saturating_add(offset);
        let days = local.div_euclid(DAY);
        let second_of_day = local.rem_euclid(DAY);
        let (year, month, day) = date_of(days);
        Self {
            year,
            month,
            day,
            hour: second_of_day / 3600,
            minute: second_of_day / 60 % 60,
            second: second_of_day % 60,
            weekday: (days + 4).rem_euclid(7),
            offset,
            daylight,
        }
    }
}

/// As RFC 3339 writes it: `2020-07-15T12:00:00+02:00`. [`Timestamp`] reads it.
impl fmt::Display for LocalTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { year, month, day, hour, minute, second, offset, .. } = self;
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")?;
        let sign = if *offset < 0 { '-' } else { '+' };
        let minutes = offset.abs() / 60;
        write!(f, "{sign}{:02}:{:02}", minutes / 60, minutes % 60)
    }
}

/// Calendar fields that may be out of range: month 14 is February of the next year, day 0 the last
/// day of the previous month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fields {
    pub(crate) year: i64,
    pub(crate) month: i64,
    pub(crate) day: i64,
    pub(crate) hour: i64,
    pub(crate) minute: i64,
    pub(crate) second: i64,
}

impl Fields {
    /// The time of these fields in a zone, as found by C's `mktime`; `None` for years that C cannot
    /// represent.
    ///
    /// `daylight` selects the kind of clock for the fields even if the other kind is in effect.
    /// Without it, a time skipped in spring counts as if the change came later, and a time that
    /// occurs twice in autumn means the first one.
    pub(crate) fn moment(self, zone: &TimeZone, daylight: Option<bool>) -> Option<Timestamp> {
        let months = self.year.checked_mul(12)?.checked_add(self.month.checked_sub(1)?)?;
        let year = months.div_euclid(12);
        if year.abs() > MAX_YEAR {
            return None;
        }
        let day =
            days_until(year, months.rem_euclid(12) + 1).checked_add(self.day.checked_sub(1)?)?;
        let local = day
            .checked_mul(DAY)?
            .checked_add(self.hour.checked_mul(3600)?)?
            .checked_add(self.minute.checked_mul(60)?)?
            .checked_add(self.second)?;
        if date_of(local.div_euclid(DAY)).0.abs() > MAX_YEAR {
            return None;
        }
        let offset = match offset_of_local(local, zone) {
            AmbiguousOffset::Unambiguous { offset } => i64::from(offset.seconds()),
            AmbiguousOffset::Gap { before, .. } => i64::from(before.seconds()),
            AmbiguousOffset::Fold { before, after } => {
                let first = i64::from(before.seconds());
                let first_is = offset_at(local.checked_sub(first)?, zone).1;
                if daylight.is_some_and(|wanted| wanted != first_is) {
                    i64::from(after.seconds())
                } else {
                    first
                }
            }
        };
        let offset = match daylight {
            Some(wanted) => {
                offset_of_kind(local.checked_sub(offset)?, zone, wanted).unwrap_or(offset)
            }
            None => offset,
        };
        local.checked_sub(offset).map(Timestamp::from_seconds)
    }
}

/// The UTC offset of the given kind of clock in effect at a time or, failing that, nearest to it.
fn offset_of_kind(seconds: i64, zone: &TimeZone, daylight: bool) -> Option<i64> {
    let (offset, kind) = offset_at(seconds, zone);
    if kind == daylight {
        return Some(offset);
    }
    let moment = jiff::Timestamp::from_second(fold(seconds)).ok()?;
    let of_kind = |at: jiff::Timestamp| {
        let info = zone.to_offset_info(at);
        (info.dst().is_dst() == daylight).then(|| i64::from(info.offset().seconds()))
    };
    let later = zone.following(moment).next();
    // The transition that began the current clock: the previous clock applies one second earlier.
    let earlier = zone.preceding(moment).next().map(|transition| transition.timestamp());
    let before = earlier
        .and_then(|at| jiff::Timestamp::from_second(at.as_second() - 1).ok())
        .and_then(|at| Some((moment.as_second() - at.as_second(), of_kind(at)?)));
    let after = later
        .map(|transition| transition.timestamp())
        .and_then(|at| Some((at.as_second() - moment.as_second(), of_kind(at)?)));
    match (before, after) {
        (Some(before), Some(after)) => Some(if before.0 <= after.0 { before.1 } else { after.1 }),
        (found, None) | (None, found) => found.map(|(_, offset)| offset),
    }
}

/// UTC offset at a time in seconds, and whether that is daylight saving time.
fn offset_at(seconds: i64, zone: &TimeZone) -> (i64, bool) {
    match jiff::Timestamp::from_second(fold(seconds)) {
        Ok(moment) => {
            let info = zone.to_offset_info(moment);
            (i64::from(info.offset().seconds()), info.dst().is_dst())
        }
        Err(_) => (0, false),
    }
}

/// The abbreviation of the clock in effect at a time (`CEST`), and the time of the next clock
/// change.
pub(crate) fn clock_at(seconds: i64, zone: &TimeZone) -> (String, i64) {
    let folded = fold(seconds);
    let Ok(moment) = jiff::Timestamp::from_second(folded) else {
        return (String::new(), i64::MAX);
    };
    let name = zone.to_offset_info(moment).abbreviation().to_owned();
    let change = zone.following(moment).next().map(|change| change.timestamp().as_second());
    (name, change.map_or(i64::MAX, |change| seconds.saturating_add(change - folded)))
}

/// The offset, or the two possible ones, at local seconds (since 1970-01-01 00:00 local time).
fn offset_of_local(local: i64, zone: &TimeZone) -> AmbiguousOffset {
    match jiff::Timestamp::from_second(fold(local)) {
        Ok(wall) => zone.to_ambiguous_timestamp(TimeZone::UTC.to_datetime(wall)).offset(),
        Err(_) => AmbiguousOffset::Unambiguous { offset: jiff::tz::Offset::UTC },
    }
}

/// The equivalent time in the 400-year cycle that the zone data covers.
fn fold(seconds: i64) -> i64 {
    if seconds > LATEST {
        LATEST - CYCLE + (seconds - LATEST).rem_euclid(CYCLE)
    } else if seconds < EARLIEST {
        EARLIEST + seconds.saturating_sub(EARLIEST).rem_euclid(CYCLE)
    } else {
        seconds
    }
}

/// Days from 1970-01-01 to the first of a month (1 to 12) of a year.
fn days_until(year: i64, month: i64) -> i64 {
    // Years that begin in March have the leap day at their end.
    let year = if month <= 2 { year - 1 } else { year };
    let month_from_march = (month + 9) % 12;
    let year_of_cycle = year.rem_euclid(400);
    let day_of_year = (153 * month_from_march + 2) / 5;
    let day_of_cycle = year_of_cycle * 365 + year_of_cycle / 4 - year_of_cycle / 100 + day_of_year;
    year.div_euclid(400) * 146_097 + day_of_cycle - 719_468
}

/// Year, month and day of a number of days since 1970-01-01.
fn date_of(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let day_of_cycle = days.rem_euclid(146_097);
    let year_of_cycle =
        (day_of_cycle - day_of_cycle / 1460 + day_of_cycle / 36_524 - day_of_cycle / 146_096) / 365;
    let day_of_year =
        day_of_cycle - (365 * year_of_cycle + year_of_cycle / 4 - year_of_cycle / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = (month_from_march + 2) % 12 + 1;
    let year = days.div_euclid(146_097) * 400 + year_of_cycle;
    (if month <= 2 { year + 1 } else { year }, month, day)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn zurich() -> TimeZone {
        TimeZone::get("Europe/Zurich").unwrap()
    }

    fn fields(year: i64, month: i64, day: i64, hour: i64) -> Fields {
        Fields { year, month, day, hour, minute: 0, second: 0 }
    }

    fn seconds(fields: Fields, zone: &TimeZone, daylight: Option<bool>) -> i64 {
        fields.moment(zone, daylight).unwrap().seconds()
    }

    #[test]
    fn fields_out_of_range_roll_over() {
        let utc = TimeZone::UTC;
        assert_eq!(seconds(fields(2020, 2, 30, 0), &utc, None), 1_583_020_800);
        assert_eq!(seconds(fields(2019, 14, 1, 0), &utc, None), 1_580_515_200);
        assert_eq!(seconds(fields(2020, 1, 0, 24), &utc, None), 1_577_836_800);
        assert_eq!(seconds(fields(1900, 1, 0, 0), &utc, None), -2_209_075_200);
    }

    #[test]
    fn the_year_30000_has_summer_and_winter() {
        assert_eq!(seconds(fields(30000, 12, 31, 0), &TimeZone::UTC, None), 884_572_876_800);
        assert_eq!(seconds(fields(30000, 12, 31, 1), &zurich(), None), 884_572_876_800);
        let summer = LocalTime::at(Timestamp::from_seconds(884_572_876_800 - 180 * DAY), &zurich());
        assert!(summer.daylight);
    }

    #[test]
    fn a_clock_of_the_other_kind_is_an_hour_off() {
        // Noon of the winter clock in July is 13:00 of the summer clock.
        let noon = seconds(fields(2020, 7, 15, 12), &zurich(), None);
        assert_eq!(seconds(fields(2020, 7, 15, 12), &zurich(), Some(true)), noon);
        assert_eq!(seconds(fields(2020, 7, 15, 12), &zurich(), Some(false)), noon + 3600);
        let utc = seconds(fields(2020, 7, 15, 12), &TimeZone::UTC, None);
        assert_eq!(seconds(fields(2020, 7, 15, 12), &TimeZone::UTC, Some(true)), utc);
    }

    #[test]
    fn a_repeated_hour_is_distinguished_by_its_kind() {
        let first = 1_603_584_000;
        assert_eq!(seconds(fields(2020, 10, 25, 2), &zurich(), None), first);
        assert_eq!(seconds(fields(2020, 10, 25, 2), &zurich(), Some(true)), first);
        assert_eq!(seconds(fields(2020, 10, 25, 2), &zurich(), Some(false)), first + 3600);
    }

    #[test]
    fn a_skipped_hour_is_pushed_on() {
        assert_eq!(seconds(fields(2020, 3, 29, 2), &zurich(), None), 1_585_443_600);
        assert_eq!(seconds(fields(2020, 3, 29, 3), &zurich(), None), 1_585_443_600);
    }

    #[test]
    fn years_that_c_can_not_write_have_no_moment() {
        assert_eq!(fields(1 << 40, 1, 1, 0).moment(&TimeZone::UTC, None), None);
        assert_eq!(fields(i64::MAX, i64::MAX, 1, 0).moment(&TimeZone::UTC, None), None);
        assert_eq!(fields(2020, 1, i64::MAX, 0).moment(&TimeZone::UTC, None), None);
    }

    proptest! {
        #[test]
        fn any_moment_comes_back_from_its_fields(at in -60_000_000_000_000_i64..60_000_000_000_000) {
            for zone in [TimeZone::UTC, zurich()] {
                let local = LocalTime::at(Timestamp::from_seconds(at), &zone);
                let LocalTime { year, month, day, hour, minute, second, .. } = local;
                let fields = Fields { year, month, day, hour, minute, second };
                let back = fields.moment(&zone, Some(local.daylight));
                prop_assert_eq!(back, Some(Timestamp::from_seconds(at)));
            }
        }

        #[test]
        fn no_moment_is_too_far_away(at: i64) {
            let local = LocalTime::at(Timestamp::from_seconds(at), &zurich());
            prop_assert!((1..=12).contains(&local.month) && (1..=31).contains(&local.day));
        }
    }
}
