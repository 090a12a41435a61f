//! The time axis: lines and labels at the seams of the calendar, in any zone, right across changes of the clock.

use std::ops::Range;

use jiff::civil::{Date, DateTime, Time};
use jiff::fmt::strtime::{BrokenDownTime, Config};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan, Zoned};
use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged};
use rrd_core::TimeRange;

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
    /// Weeks, from Monday.
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

/// Where the lines and labels of the time axis lie.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum TimeGrid {
    /// At the seams of the calendar, as many as fit.
    #[default]
    Auto,
    /// Nowhere, and no labels.
    None,
    /// Where the caller says.
    Custom {
        /// Faint lines.
        minor: Every,
        /// Strong lines.
        major: Every,
        /// Labels.
        labels: Every,
        /// The span in seconds that a label is centred in; 0 sets it at its moment.
        centred_in: u32,
        /// How a label is written, in the manner of strftime.
        format: String,
    },
}

/// A span of time laid along a length of pixels.
#[derive(Clone, Debug)]
pub(crate) struct TimeAxis {
    range: TimeRange,
    zone: TimeZone,
}

/// Lines and labels of a time axis in order of time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct TimeTicks {
    pub(crate) minor: Vec<i64>,
    pub(crate) major: Vec<i64>,
    pub(crate) labels: Vec<TimeLabel>,
}

/// A label and the moment that its middle stands at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TimeLabel {
    pub(crate) at: i64,
    pub(crate) text: String,
}

/// One way of dividing the axis.
struct Rung {
    minor: Every,
    labels: Every,
    /// Labels stand in the middle of their span instead of at its beginning.
    centred: bool,
    /// The spellings of a label, the longest first.
    formats: &'static [&'static str],
    /// The spelling of the first label of a larger unit.
    turn: Option<(TimeUnit, &'static str)>,
}

const fn rung(
    minor: Every,
    labels: Every,
    formats: &'static [&'static str],
    turn: Option<(TimeUnit, &'static str)>,
) -> Rung {
    let centred = matches!(labels.unit, TimeUnit::Day | TimeUnit::Month | TimeUnit::Year)
        && labels.count == 1;
    Rung { minor, labels, centred, formats, turn }
}

const SECONDS: &[&str] = &["%H:%M:%S"];
const CLOCK: &[&str] = &["%H:%M"];
const NEW_DAY: Option<(TimeUnit, &str)> = Some((TimeUnit::Day, "%a %-d %b"));
const DAY: &[&str] = &["%A %-d %B", "%a %-d %b", "%a %-d"];
const DATE: &[&str] = &["%-d %b"];
const MONTH: &[&str] = &["%B %Y", "%b %Y"];
const SHORT_MONTH: &[&str] = &["%b"];
const NEW_YEAR: Option<(TimeUnit, &str)> = Some((TimeUnit::Year, "%Y"));
const YEAR: &[&str] = &["%Y"];

/// From the finest to the coarsest; the finest whose labels fit is used.
const LADDER: &[Rung] = &{
    use TimeUnit::{Day, Hour, Minute, Month, Second, Week, Year};
    const fn every(count: u32, unit: TimeUnit) -> Every {
        Every::new(count, unit)
    }
    [
        rung(every(1, Second), every(1, Second), SECONDS, None),
        rung(every(1, Second), every(5, Second), SECONDS, None),
        rung(every(2, Second), every(10, Second), SECONDS, None),
        rung(every(5, Second), every(15, Second), SECONDS, None),
        rung(every(10, Second), every(30, Second), SECONDS, None),
        rung(every(10, Second), every(1, Minute), CLOCK, NEW_DAY),
        rung(every(30, Second), every(2, Minute), CLOCK, NEW_DAY),
        rung(every(1, Minute), every(5, Minute), CLOCK, NEW_DAY),
        rung(every(2, Minute), every(10, Minute), CLOCK, NEW_DAY),
        rung(every(5, Minute), every(15, Minute), CLOCK, NEW_DAY),
        rung(every(10, Minute), every(30, Minute), CLOCK, NEW_DAY),
        rung(every(15, Minute), every(1, Hour), CLOCK, NEW_DAY),
        rung(every(30, Minute), every(2, Hour), CLOCK, NEW_DAY),
        rung(every(1, Hour), every(3, Hour), CLOCK, NEW_DAY),
        rung(every(1, Hour), every(6, Hour), CLOCK, NEW_DAY),
        rung(every(3, Hour), every(12, Hour), CLOCK, NEW_DAY),
        rung(every(6, Hour), every(1, Day), DAY, None),
        rung(every(12, Hour), every(2, Day), DATE, None),
        rung(every(1, Day), every(1, Week), DATE, None),
        rung(every(1, Day), every(2, Week), DATE, None),
        rung(every(1, Week), every(1, Month), MONTH, None),
        rung(every(1, Week), every(1, Month), SHORT_MONTH, NEW_YEAR),
        rung(every(1, Month), every(3, Month), SHORT_MONTH, NEW_YEAR),
        rung(every(1, Month), every(6, Month), SHORT_MONTH, NEW_YEAR),
        rung(every(3, Month), every(1, Year), YEAR, None),
        rung(every(6, Month), every(2, Year), YEAR, None),
        rung(every(1, Year), every(5, Year), YEAR, None),
        rung(every(2, Year), every(10, Year), YEAR, None),
        rung(every(10, Year), every(50, Year), YEAR, None),
    ]
};

/// Pixels that two labels keep apart; those in the middle of their span are told apart by its lines.
const GAP: f64 = 15.0;
const GAP_CENTRED: f64 = 8.0;
/// More lines than this are never drawn, whatever grid is asked for.
const MOST_LINES: usize = 4000;
/// Lines closer than this many pixels would be a haze.
const CLOSEST: f64 = 4.0;

impl TimeAxis {
    pub(crate) fn new(range: TimeRange, zone: TimeZone) -> Self {
        Self { range, zone }
    }

    pub(crate) fn span(&self) -> TimeRange {
        self.range
    }

    /// How far right a moment lies: 0 at the start, 1 at the end.
    pub(crate) fn share(&self, at: f64) -> f64 {
        let start = number::seconds(self.range.start);
        (at - start) / (number::seconds(self.range.end) - start)
    }

    /// The lines and labels for an axis of `width` pixels; `measure` tells how wide a text is.
    pub(crate) fn ticks(
        &self,
        grid: &TimeGrid,
        width: f64,
        measure: impl Fn(&str) -> f64,
    ) -> TimeTicks {
        let span = number::seconds(self.range.end.saturating_sub(self.range.start));
        if span <= 0.0 || width < 1.0 {
            return TimeTicks::default();
        }
        match grid {
            TimeGrid::None => TimeTicks::default(),
            TimeGrid::Custom { minor, major, labels, centred_in, format } => {
                let room = span / width;
                TimeTicks {
                    minor: self.lines(*minor, room),
                    major: self.lines(*major, room),
                    labels: self.custom_labels(*labels, *centred_in, format, room),
                }
            }
            TimeGrid::Auto => self.fitting(width, span, &measure),
        }
    }

    fn fitting(&self, width: f64, span: f64, measure: &impl Fn(&str) -> f64) -> TimeTicks {
        let pixel = span / width;
        for rung in LADDER {
            let gap = if rung.centred { GAP_CENTRED } else { GAP };
            // The shortest label is wider than 20 pixels: no need to write out what cannot fit.
            if rung.labels.seconds() < 20.0 * pixel {
                continue;
            }
            let seams = self.seams(rung.labels);
            for format in rung.formats {
                let mut labels = self.labels(rung, &seams, format);
                let collide = |a: &TimeLabel, b: &TimeLabel| {
                    let room = number::seconds(b.at - a.at) / pixel;
                    room < f64::midpoint(measure(&a.text), measure(&b.text)) + gap
                };
                if rung.centred {
                    // Spans cut by the ends of the axis have less room; they go unlabelled first.
                    if let [first, second, ..] = labels.as_slice()
                        && collide(first, second)
                    {
                        labels.remove(0);
                    }
                    if let [.., before, last] = labels.as_slice()
                        && collide(before, last)
                    {
                        labels.pop();
                    }
                }
                let fits = labels.windows(2).all(|pair| !collide(&pair[0], &pair[1]));
                let alone = !rung.centred || labels.len() != 1 || {
                    measure(&labels[0].text) + gap < width
                };
                if fits && alone {
                    let minor = self.lines(rung.minor, pixel * CLOSEST);
                    let major = seams.into_iter().filter(|at| self.contains(*at)).collect();
                    return TimeTicks { minor, major, labels };
                }
            }
        }
        TimeTicks::default()
    }

    fn labels(&self, rung: &Rung, seams: &[i64], format: &str) -> Vec<TimeLabel> {
        let mut labels = Vec::new();
        for (index, &at) in seams.iter().enumerate() {
            let Some(moment) = self.zoned(at) else { continue };
            let turns = rung.turn.filter(|(unit, _)| {
                floor(&moment, Every::new(1, *unit)) == Some(moment.datetime())
            });
            let format = turns.map_or(format, |(_, format)| format);
            let at = if rung.centred {
                // In the middle of what is seen of the span, if that is most of it.
                let Some(&next) = seams.get(index + 1) else { continue };
                let seen = next.min(self.range.end) - at.max(self.range.start);
                if seen * 2 < next - at {
                    continue;
                }
                at.max(self.range.start) + seen / 2
            } else {
                at
            };
            if self.contains(at) {
                labels.push(TimeLabel { at, text: write(&moment, format) });
            }
        }
        labels
    }

    fn custom_labels(
        &self,
        every: Every,
        centred_in: u32,
        format: &str,
        room: f64,
    ) -> Vec<TimeLabel> {
        if every.seconds() < room {
            return Vec::new();
        }
        let half = i64::from(centred_in / 2);
        let wide = Self {
            range: TimeRange {
                start: self.range.start.saturating_sub(half),
                end: self.range.end.saturating_sub(half),
            },
            zone: self.zone.clone(),
        };
        wide.seams(every)
            .into_iter()
            .filter(|at| wide.contains(*at))
            .filter_map(|at| {
                let at = at.saturating_add(half);
                self.zoned(at).map(|moment| TimeLabel { at, text: write(&moment, format) })
            })
            .collect()
    }

    /// The seams inside the range, unless they are less than `room` seconds apart.
    fn lines(&self, every: Every, room: f64) -> Vec<i64> {
        if every.seconds() < room {
            return Vec::new();
        }
        self.seams(every).into_iter().filter(|at| self.contains(*at)).collect()
    }

    fn contains(&self, at: i64) -> bool {
        (self.range.start..=self.range.end).contains(&at)
    }

    /// The seams from the last before the range to the first behind it.
    fn seams(&self, every: Every) -> Vec<i64> {
        let mut seams = Vec::new();
        let Some(start) = self.zoned(self.range.start) else { return seams };
        let Some(mut civil) = floor(&start, every) else { return seams };
        let mut last = i64::MIN;
        while seams.len() < MOST_LINES {
            if let Ok(moment) = civil.to_zoned(self.zone.clone()) {
                let at = moment.timestamp().as_second();
                // A seam that the clock jumps over is none; an hour that it repeats has all its seams.
                if (moment.datetime() == civil || every.unit >= TimeUnit::Day) && at > last {
                    seams.push(at);
                    last = at;
                    if at > self.range.end {
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
            if floor(&zoned, every) == Some(zoned.datetime()) {
                seams.push(second);
            }
            second += step.clamp(1, 1800);
        }
        Some(seams)
    }

    fn zoned(&self, at: i64) -> Option<Zoned> {
        Timestamp::from_second(at).ok().map(|moment| moment.to_zoned(self.zone.clone()))
    }
}

impl Every {
    /// The usual length in seconds.
    fn seconds(self) -> f64 {
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
fn floor(moment: &Zoned, every: Every) -> Option<DateTime> {
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
                let weekday = i32::from(date.weekday().to_monday_zero_offset());
                weekday + 7 * (days - weekday + 3).div_euclid(7).rem_euclid(count)
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

/// A moment in the manner of strftime; what it does not know stays as it is written.
fn write(moment: &Zoned, format: &str) -> String {
    let config = Config::new().lenient(true);
    let mut text = String::new();
    match BrokenDownTime::from(moment).format_with_config(&config, format, &mut text) {
        Ok(()) => text,
        Err(_) => format.to_owned(),
    }
}

impl Ranged for TimeAxis {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, at: &f64, limit: (i32, i32)) -> i32 {
        let (from, to) = (f64::from(limit.0), f64::from(limit.1));
        number::whole((from + (to - from) * self.share(*at)).round())
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        let width = number::float(hint.max_num_points()) * 40.0;
        let ticks = self.ticks(&TimeGrid::Auto, width, |text| number::float(text.len()) * 6.0);
        ticks.major.into_iter().map(number::seconds).collect()
    }

    fn range(&self) -> Range<f64> {
        number::seconds(self.range.start)..number::seconds(self.range.end)
    }
}

impl TimeAxis {
    /// The span in words.
    pub(crate) fn spoken(&self) -> String {
        let words =
            |at| self.zoned(at).map_or_else(|| at.to_string(), |at| write(&at, "%Y-%m-%d %H:%M"));
        let zone = self.zoned(self.range.end).map(|at| write(&at, "%Z")).unwrap_or_default();
        format!("{} to {} {zone}", words(self.range.start), words(self.range.end))
    }

    /// A moment as a tooltip tells it: as fine as the span is short.
    pub(crate) fn moment(&self, at: i64) -> String {
        let span = self.range.end.saturating_sub(self.range.start);
        let format = match span {
            ..=7200 => "%H:%M:%S",
            7201..=172_800 => "%a %H:%M",
            172_801..=5_400_000 => "%-d %b %H:%M",
            _ => "%-d %b %Y",
        };
        self.zoned(at).map_or_else(String::new, |at| write(&at, format))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn zone(name: &str) -> TimeZone {
        TimeZone::get(name).unwrap()
    }

    fn axis(start: i64, end: i64, name: &str) -> TimeAxis {
        TimeAxis::new(TimeRange { start, end }, zone(name))
    }

    /// Letters six pixels wide, as those of the axes are.
    fn six(text: &str) -> f64 {
        number::float(text.chars().count()) * 6.0
    }

    fn labels(start: i64, end: i64, name: &str) -> Vec<String> {
        let ticks = axis(start, end, name).ticks(&TimeGrid::Auto, 400.0, six);
        ticks.labels.into_iter().map(|label| label.text).collect()
    }

    #[test]
    fn spans_from_a_minute_to_ten_years_have_labels_at_the_seams_of_the_calendar() {
        let end = 1_607_817_600; // 2020-12-13 00:00 UTC, a Sunday
        let cases: [(i64, &str); 8] = [
            (60, "23:59:00 23:59:10 23:59:20 23:59:30 23:59:40 23:59:50 00:00:00"),
            (3600, "23:00 23:10 23:20 23:30 23:40 23:50 Sun 13 Dec"),
            (86_400, "Sat 12 Dec 06:00 12:00 18:00 Sun 13 Dec"),
            (7 * 86_400, "Sun 6|Mon 7|Tue 8|Wed 9|Thu 10|Fri 11|Sat 12"),
            (31 * 86_400, "16 Nov|23 Nov|30 Nov|7 Dec"),
            (366 * 86_400, "2020 Feb Mar Apr May Jun Jul Aug Sep Oct Nov"),
            (1461 * 86_400, "2017 Jul 2018 Jul 2019 Jul 2020 Jul"),
            (3653 * 86_400, "2011 2012 2013 2014 2015 2016 2017 2018 2019 2020"),
        ];
        for (span, expected) in cases {
            let separator = if expected.contains('|') { "|" } else { " " };
            assert_eq!(labels(end - span, end, "UTC").join(separator), expected, "{span} s");
        }
    }

    #[test]
    fn hours_stay_on_the_hour_when_the_clock_goes_forward_and_back() {
        // 2020-03-29 in Zurich has 23 hours, 2020-10-25 has 25.
        assert_eq!(
            labels(1_585_436_400, 1_585_519_200, "Europe/Zurich"),
            ["Sun 29 Mar", "06:00", "12:00", "18:00", "Mon 30 Mar"]
        );
        assert_eq!(
            labels(1_603_576_800, 1_603_666_800, "Europe/Zurich"),
            ["Sun 25 Oct", "06:00", "12:00", "18:00", "Mon 26 Oct"]
        );
    }

    #[test]
    fn an_hour_lived_twice_has_its_lines_twice() {
        // 00:00 summer time to 04:00 winter time.
        let axis = axis(1_603_576_800, 1_603_594_800, "Europe/Zurich");
        let every = Every::new(1, TimeUnit::Hour);
        let lines: Vec<i64> = axis.lines(every, 0.0);
        assert_eq!(lines.len(), 6);
        assert!(lines.windows(2).all(|pair| pair[1] - pair[0] == 3600));
    }

    #[test]
    fn a_zone_that_moves_by_half_an_hour_keeps_even_hours() {
        // Lord Howe, 2020-04-05: back by 30 minutes at 02:00.
        let texts = labels(1_585_998_000, 1_586_089_800, "Australia/Lord_Howe");
        assert!(
            texts.iter().all(|text| text.ends_with(":00") || text.contains("Apr")),
            "{texts:?}"
        );
    }

    #[test]
    fn a_grid_of_the_caller_centres_labels_in_their_span() {
        let grid = TimeGrid::Custom {
            minor: Every::new(6, TimeUnit::Hour),
            major: Every::new(1, TimeUnit::Day),
            labels: Every::new(1, TimeUnit::Day),
            centred_in: 86_400,
            format: "%d".to_owned(),
        };
        let start = 1_602_115_200;
        let ticks = axis(start, start + 3 * 86_400, "UTC").ticks(&grid, 400.0, six);
        let found: Vec<_> =
            ticks.labels.iter().map(|label| (label.at, label.text.as_str())).collect();
        let noon = start + 43_200;
        assert_eq!(found, [(noon, "08"), (noon + 86_400, "09"), (noon + 172_800, "10")]);
        assert_eq!(ticks.major.len(), 4);
    }

    #[test]
    fn a_format_that_means_nothing_is_no_error() {
        let moment = Timestamp::from_second(0).unwrap().to_zoned(TimeZone::UTC);
        assert_eq!(write(&moment, "%Y %!"), "1970 %!");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        #[test]
        fn labels_never_collide_and_lines_lie_inside(
            start in 315_360_000_i64..4_000_000_000,
            exponent in 1.8_f64..8.6,
            width in 100.0_f64..2000.0,
            place in 0_usize..4,
        ) {
            let name = ["UTC", "Europe/Amsterdam", "Australia/Lord_Howe", "America/St_Johns"][place];
            let span = number::whole_seconds(10_f64.powf(exponent));
            let axis = axis(start, start + span, name);
            let ticks = axis.ticks(&TimeGrid::Auto, width, six);
            let pixel = number::seconds(span) / width;
            for pair in ticks.labels.windows(2) {
                let room = number::seconds(pair[1].at - pair[0].at) / pixel;
                prop_assert!(room >= f64::midpoint(six(&pair[0].text), six(&pair[1].text)));
            }
            let lines = ticks.major.iter().chain(&ticks.minor);
            prop_assert!(lines.into_iter().all(|at| (start..=start + span).contains(at)));
            prop_assert!(width < 250.0 || !ticks.labels.is_empty(), "{span} s on {width}");
        }
    }
}
