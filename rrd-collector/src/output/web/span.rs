//! The time range of the page: a span that ends now, or a range between two times.

use std::time::Duration;

use rrd_core::TimeRange;

use super::address::{Query, QueryError, time_range};

/// A span that ends now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    /// The name in addresses.
    pub(super) name: &'static str,
    /// The name for people.
    pub(super) title: &'static str,
    /// Its length.
    pub(super) length: Duration,
    /// How often its picture is redrawn.
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
    /// The span with this name.
    pub(super) fn named(name: &str) -> Option<Self> {
        SPANS.into_iter().find(|span| span.name == name)
    }
}

/// The time range that is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shown {
    /// From when to when.
    pub(super) range: TimeRange,
    /// The span, if the range ends now and moves.
    pub(super) span: Option<Span>,
}

/// Seconds of the columns of pictures. None is redrawn more often than the first.
const COLUMNS: [i64; 12] =
    [10, 30, 60, 120, 300, 600, 900, 1800, 3600, 3 * 3600, 6 * 3600, 12 * 3600];

/// The shortest range that can be shown.
const SHORTEST: i64 = 10;

impl Shown {
    /// The range in a query: from `start` to `end`, or a named `span`, or an hour by default.
    pub(super) fn asked(query: &Query, now: i64) -> Result<Self, QueryError> {
        if let Some(range) = time_range(query, now)? {
            let length = range.end.seconds().checked_sub(range.start.seconds());
            if length.is_none_or(|length| length < SHORTEST) {
                let expected = "a time at least 10 seconds after start";
                return Err(QueryError::Value { parameter: "end", expected });
            }
            return Ok(Self { range, span: None });
        }
        let named = |name: &String| {
            let expected = "10min, hour, day, week, month, year";
            Span::named(name).ok_or(QueryError::Value { parameter: "span", expected })
        };
        let span = query.get("span").map_or(Ok(SPANS[1]), named)?;
        Ok(Self::ending(span, now))
    }

    /// The default range: an hour, or the shortest span while there is nothing older.
    pub(super) fn at_first(has_history: bool, now: i64) -> Self {
        Self::ending(SPANS[usize::from(has_history)], now)
    }

    /// A span that ends now.
    pub(super) fn ending(span: Span, now: i64) -> Self {
        let length = i64::try_from(span.length.as_secs()).unwrap_or(i64::MAX);
        let range = TimeRange::from_seconds(now.saturating_sub(length), now);
        Self { range, span: Some(span) }
    }

    /// The same for a picture of this width in pixels: a live span ends with its newest full column,
    /// so that the picture changes only when there is another one.
    pub(super) fn in_columns(self, width: u32) -> Self {
        if self.span.is_none() {
            return self;
        }
        let TimeRange { start, end } = self.range;
        let (start, end, column) = (start.seconds(), end.seconds(), self.column(width));
        let late = end.rem_euclid(column);
        Self { range: TimeRange::from_seconds(start - late, end - late), ..self }
    }

    /// Seconds from `now` until a picture of this width has another column; `None` if it stays.
    pub(super) fn next_column(&self, width: u32, now: i64) -> Option<i64> {
        let column = self.column(width);
        let is_over = self.span.is_none() && self.range.end.seconds() <= now;
        (!is_over).then(|| column - now.rem_euclid(column))
    }

    /// Seconds of a column of a picture: about those of a pixel, and such that rows end with it.
    fn column(&self, width: u32) -> i64 {
        let length = self.range.end.seconds().saturating_sub(self.range.start.seconds());
        let pixel = length / i64::from(width.max(1));
        COLUMNS.into_iter().rfind(|column| *column <= pixel).unwrap_or(COLUMNS[0])
    }

    /// The range as part of an address, to be shared.
    pub(super) fn query(&self) -> String {
        match self.span {
            Some(span) => format!("span={}", span.name),
            None => {
                format!("start={}&end={}", self.range.start.seconds(), self.range.end.seconds())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seconds from start to end.
    fn length(shown: Shown) -> i64 {
        shown.range.end.seconds() - shown.range.start.seconds()
    }

    fn asked(text: &str) -> Result<Shown, QueryError> {
        Shown::asked(&super::super::address::read_query(text), 1_000_000)
    }

    #[test]
    fn a_range_is_kept_as_it_is_and_a_span_ends_now() {
        let fixed = asked("start=1000&end=2000").unwrap();
        assert_eq!((length(fixed), fixed.query()), (1000, "start=1000&end=2000".to_owned()));
        let day = asked("span=day").unwrap();
        assert_eq!(day.range, TimeRange::from_seconds(913_600, 1_000_000));
        assert_eq!(day.query(), "span=day");
    }

    #[test]
    fn a_live_picture_ends_with_its_newest_full_column() {
        let day = Shown::ending(SPANS[2], 1_000_000);
        assert_eq!(day.in_columns(600).range, TimeRange::from_seconds(913_560, 999_960));
        assert_eq!(day.next_column(600, 1_000_000), Some(80));
        let hour = Shown::ending(SPANS[1], 1_000_009);
        assert_eq!(hour.in_columns(600).range, TimeRange::from_seconds(996_400, 1_000_000));
        assert_eq!(hour.next_column(600, 1_000_009), Some(1));
        // In the same column it is the same picture.
        let later = Shown::ending(SPANS[2], 1_000_079);
        assert_eq!(later.in_columns(600), day.in_columns(600));
        let pinned = asked("start=1003&end=2005").unwrap();
        assert_eq!(pinned.in_columns(600), pinned);
        assert_eq!((pinned.next_column(600, 2005), pinned.next_column(600, 2004)), (None, Some(6)));
    }

    #[test]
    fn the_first_look_is_at_ten_minutes_until_there_is_more_to_see() {
        assert_eq!(Shown::at_first(false, 5000).query(), "span=10min");
        assert_eq!(Shown::at_first(true, 5000).query(), "span=hour");
    }

    #[test]
    fn without_a_range_it_is_an_hour_and_negative_times_are_before_now() {
        assert_eq!(asked("").unwrap().span, Some(SPANS[1]));
        assert_eq!(asked("start=-60").unwrap().range, TimeRange::from_seconds(999_940, 1_000_000));
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_the_parameter() {
        for (text, wrong) in [
            ("span=eternity", "span"),
            ("start=5&end=5", "end"),
            ("start=9&end=3", "end"),
            ("start=1&end=10", "end"),
            ("start=x&end=y", "start"),
            ("start=-9223372036854775808&end=9223372036854775807", "end"),
        ] {
            let Err(QueryError::Value { parameter, .. }) = asked(text) else { panic!("{text}") };
            assert_eq!(parameter, wrong, "{text}");
        }
    }
}
