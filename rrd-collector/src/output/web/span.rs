//! What the page shows: a span that ends now, or a range between two times, and how.

use std::fmt::Write as _;
use std::time::Duration;

use form_urlencoded::byte_serialize;
use rrd_core::{TimeRange, TimeZone};
use rrd_graph::Theme;
use rrd_graph::description::Before;

use super::address::{self, Query, QueryError};

/// A span that ends now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    /// The name in addresses.
    pub(super) name: &'static str,
    /// The name for people.
    pub(super) title: &'static str,
    /// Its length.
    pub(super) length: Duration,
}

const fn span(name: &'static str, title: &'static str, minutes: u64) -> Span {
    Span { name, title, length: Duration::from_secs(minutes * 60) }
}

/// From minutes to everything there is.
pub(super) static SPANS: [Span; 9] = [
    span("10min", "10 min", 10),
    span("hour", "1 h", 60),
    span("3h", "3 h", 3 * 60),
    span("6h", "6 h", 6 * 60),
    span("day", "Day", 24 * 60),
    span("week", "Week", 7 * 24 * 60),
    span("month", "30 days", 30 * 24 * 60),
    span("year", "Year", 366 * 24 * 60),
    span("all", "All", 100 * 366 * 24 * 60),
];

/// The names of the spans, for messages.
const SPAN_NAMES: &str = "10min, hour, 3h, 6h, day, week, month, year, all";

impl Span {
    /// The span with this name.
    pub(super) fn named(name: &str) -> Option<Self> {
        SPANS.into_iter().find(|span| span.name == name)
    }
}

/// The time range that is shown, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Shown {
    /// From when to when.
    pub(super) range: TimeRange,
    /// The span, if the range ends now and moves.
    pub(super) span: Option<Span>,
    /// The span that comes back when the range is no longer pinned.
    pub(super) live: Span,
    /// The zone of the time axis; that of the host where missing.
    pub(super) zone: Option<TimeZone>,
    /// Light or dark; as the reader's system is where missing.
    pub(super) theme: Option<Theme>,
    /// What the charts are compared with.
    pub(super) before: Option<Before>,
    /// Whether the page shows numbers and charts only, for a screen on a wall.
    pub(super) is_kiosk: bool,
}

/// Seconds of the columns of pictures: none is redrawn more often than the first, and none is older
/// than the last.
const COLUMNS: [i64; 7] = [10, 20, 30, 60, 120, 300, LONGEST_COLUMN];
const LONGEST_COLUMN: i64 = 600;

/// The shortest range that can be shown.
const SHORTEST: i64 = 10;
/// The shortest range that ends now.
const SHORTEST_LIVE: i64 = 60;

impl Shown {
    /// What a query asks for: the range from `start` to `end`, else a `span`, else an hour; in a
    /// `zone`, in the colours of a `theme`, compared with what was `before`. The samples begin at
    /// `first`.
    pub(super) fn asked(query: &Query, now: i64, first: Option<i64>) -> Result<Self, QueryError> {
        let live = address::word(query, "span", Span::named, SPAN_NAMES)?.unwrap_or(SPANS[1]);
        let shown = match address::time_range(query, now)? {
            Some(range) => Self { live, ..Self::pinned(range)? },
            None => Self::ending(live, now, first),
        };
        let zone = address::zone(query)?;
        let theme = |word: &str| word.parse().ok().filter(|theme| *theme != Theme::Auto);
        let theme = address::word(query, "theme", theme, "light or dark")?;
        let before = address::word(query, "before", |word| word.parse().ok(), "day or week")?;
        let is_kiosk = query.contains_key("kiosk");
        Ok(Self { zone, theme, before, is_kiosk, ..shown })
    }

    fn new(range: TimeRange, span: Option<Span>) -> Self {
        let live = span.unwrap_or(SPANS[1]);
        Self { range, span, live, zone: None, theme: None, before: None, is_kiosk: false }
    }

    /// A range that stays.
    fn pinned(range: TimeRange) -> Result<Self, QueryError> {
        let length = range.end.seconds().checked_sub(range.start.seconds());
        if length.is_none_or(|length| length < SHORTEST) {
            let expected = "a time at least 10 seconds after start";
            return Err(QueryError::Value { parameter: "end", expected });
        }
        Ok(Self::new(range, None))
    }

    /// A span that ends now. It begins with the first sample where that is later, so that the
    /// axis shows what is there.
    pub(super) fn ending(span: Span, now: i64, first: Option<i64>) -> Self {
        let length = i64::try_from(span.length.as_secs()).unwrap_or(i64::MAX);
        let longest = now.saturating_sub(length);
        let start = first
            .map_or(longest, |first| longest.max(first))
            .min(now.saturating_sub(SHORTEST_LIVE));
        let range = TimeRange::from_seconds(start, now);
        Self::new(range, Some(span))
    }

    /// The same for a picture of this width in pixels: a live span ends with its newest full
    /// column, so that the picture changes only when there is another one.
    pub(super) fn in_columns(self, width: u32) -> Self {
        if self.span.is_none() {
            return self;
        }
        let TimeRange { start, end } = self.range;
        let column = self.column(width);
        let whole = |at: i64| at.saturating_sub(at.rem_euclid(column));
        Self {
            range: TimeRange::from_seconds(whole(start.seconds()), whole(end.seconds())),
            ..self
        }
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
        // A fifth of the width is for labels.
        let pixels = (i64::from(width) * 4 / 5).max(1);
        COLUMNS.into_iter().find(|column| column * pixels >= length).unwrap_or(LONGEST_COLUMN)
    }

    /// The zone of the time axis.
    pub(super) fn zone(&self) -> TimeZone {
        self.zone.clone().unwrap_or_else(TimeZone::system)
    }

    /// All of it as part of the address of a picture, to be shared.
    pub(super) fn query(&self) -> String {
        self.time_query() + &self.options()
    }

    /// Its time as part of an address; a pinned range has the span to which it goes back.
    pub(super) fn time_query(&self) -> String {
        let TimeRange { start, end } = self.range;
        let span = format!("span={}", self.live.name);
        match self.span {
            Some(_) => span,
            None => format!("{span}&start={}&end={}", start.seconds(), end.seconds()),
        }
    }

    /// What is not its time, as further parts of an address.
    pub(super) fn options(&self) -> String {
        self.options_with("", "")
    }

    /// The same with another value for one of them; an empty one leaves it out.
    pub(super) fn options_with(&self, other: &str, value: &str) -> String {
        let mut options = String::new();
        let zone = self.zone.as_ref().and_then(TimeZone::iana_name).map(str::to_owned);
        let theme = self.theme.map(|theme| theme.to_string());
        let before = self.before.map(|before| before.to_string());
        for (name, own) in [("zone", zone), ("theme", theme), ("before", before)] {
            let own = own.unwrap_or_default();
            let value = if name == other { value } else { &own };
            if !value.is_empty() {
                let value: String = byte_serialize(value.as_bytes()).collect();
                let _ = write!(options, "&{name}={value}");
            }
        }
        options
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seconds from start to end.
    fn length(shown: &Shown) -> i64 {
        shown.range.end.seconds() - shown.range.start.seconds()
    }

    const NOW: i64 = 1_000_000;

    fn asked(text: &str) -> Result<Shown, QueryError> {
        Shown::asked(&address::read_query(text), NOW, None)
    }

    #[test]
    fn a_range_is_kept_as_it_is_and_a_span_ends_now() {
        let fixed = asked("start=1000&end=2000").unwrap();
        assert_eq!(fixed.query(), "span=hour&start=1000&end=2000");
        assert_eq!(length(&fixed), 1000);
        let day = asked("span=day").unwrap();
        assert_eq!(day.range, TimeRange::from_seconds(NOW - 86_400, NOW));
        assert_eq!(day.query(), "span=day");
    }

    #[test]
    fn a_live_picture_ends_with_its_newest_full_column() {
        const DAY: Span = SPANS[4];
        let day = Shown::ending(DAY, 1_000_000, None);
        assert_eq!(day.clone().in_columns(600).range, TimeRange::from_seconds(913_500, 999_900));
        assert_eq!(day.next_column(600, 1_000_000), Some(200));
        let hour = Shown::ending(SPANS[1], 1_000_009, None);
        assert_eq!(hour.clone().in_columns(600).range, TimeRange::from_seconds(996_400, 1_000_000));
        assert_eq!(hour.next_column(600, 1_000_009), Some(1));
        // A narrow one has longer columns.
        assert_eq!(hour.next_column(400, 1_000_009), Some(11));
        // In the same column it is the same picture.
        let later = Shown::ending(DAY, 1_000_079, None);
        assert_eq!(later.in_columns(600), day.in_columns(600));
        let pinned = asked("start=1003&end=2005").unwrap();
        assert_eq!(pinned.clone().in_columns(600), pinned);
        assert_eq!((pinned.next_column(600, 2005), pinned.next_column(600, 2004)), (None, Some(6)));
    }

    #[test]
    fn a_live_span_begins_with_the_first_sample_and_is_at_least_a_minute() {
        let hour = |first| length(&Shown::ending(SPANS[1], NOW, first));
        assert_eq!(hour(None), 3600);
        assert_eq!(hour(Some(NOW - 5000)), 3600);
        assert_eq!(hour(Some(NOW - 700)), 700);
        assert_eq!(hour(Some(NOW - 5)), 60);
        let all = asked("span=all").unwrap().span.unwrap();
        assert_eq!(length(&Shown::ending(all, NOW, Some(20_000))), NOW - 20_000);
    }

    #[test]
    fn all_that_is_asked_for_is_in_the_address() {
        let text = "span=month&zone=Asia%2FTokyo&theme=dark&before=week";
        let shown = asked(text).unwrap();
        assert_eq!((shown.query().as_str(), shown.options().as_str()), (text, &text[10..]));
        assert_eq!((shown.theme, shown.before), (Some(Theme::Dark), Some(Before::Week)));
    }

    #[test]
    fn times_without_an_offset_are_of_the_zone() {
        let tokyo = asked("start=1970-01-10T09:00&end=1970-01-10T10:00:30&zone=Asia/Tokyo");
        assert_eq!(tokyo.unwrap().range, TimeRange::from_seconds(777_600, 781_230));
    }

    #[test]
    fn the_message_lists_every_span() {
        assert_eq!(SPANS.map(|span| span.name).join(", "), SPAN_NAMES);
    }

    #[test]
    fn without_a_range_it_is_an_hour_and_negative_times_are_before_now() {
        assert_eq!(asked("").unwrap().span, Some(SPANS[1]));
        assert_eq!(asked("start=-60").unwrap().range, TimeRange::from_seconds(NOW - 60, NOW));
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_the_parameter() {
        for (text, wrong) in [
            ("span=eternity", "span"),
            ("zone=Europe/Bern", "zone"),
            ("theme=auto", "theme"),
            ("before=noon", "before"),
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
