//! Times of a zone as text: of the bar and the downloads.

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned, civil};
use rrd_core::TimeRange;

fn zoned(at: i64, zone: &TimeZone) -> Option<Zoned> {
    Some(Timestamp::from_second(at).ok()?.to_zoned(zone.clone()))
}

/// A time in this form of `strftime`; seconds since 1970 where the calendar does not reach.
fn formatted(at: i64, zone: &TimeZone, form: &str) -> String {
    zoned(at, zone).map_or_else(|| at.to_string(), |at| at.strftime(form).to_string())
}

/// `2026-12-01T10:00:00`, as the field of a form takes it and [`parse`] reads it.
pub(super) fn field(at: i64, zone: &TimeZone) -> String {
    formatted(at, zone, "%Y-%m-%dT%H:%M:%S")
}

/// `2026-12-01T1000`, for names of files.
pub(super) fn in_file_name(at: i64, zone: &TimeZone) -> String {
    formatted(at, zone, "%Y-%m-%dT%H%M")
}

/// `2026-12-01T10:00:00+01:00`.
pub(super) fn iso(at: i64, zone: &TimeZone) -> String {
    formatted(at, zone, "%Y-%m-%dT%H:%M:%S%:z")
}

/// `2026-12-01 10:00 – 11:00`: the second date only where it is another, seconds only where there
/// are some.
pub(super) fn range(range: TimeRange, zone: &TimeZone) -> String {
    let (start, end) = (range.start.seconds(), range.end.seconds());
    let clock = if [start, end].iter().all(|at| at % 60 == 0) { "%H:%M" } else { "%H:%M:%S" };
    let whole = format!("%Y-%m-%d {clock}");
    let date = |at| formatted(at, zone, "%Y-%m-%d");
    let to = if date(start) == date(end) { clock } else { &whole };
    format!("{} – {}", formatted(start, zone, &whole), formatted(end, zone, to))
}

/// Seconds since 1970 of a local time such as `2026-12-01T10:00`.
pub(super) fn parse(text: &str, zone: &TimeZone) -> Option<i64> {
    let local: civil::DateTime = text.parse().ok()?;
    Some(local.to_zoned(zone.clone()).ok()?.timestamp().as_second())
}

/// The name of a zone; its present offset if it has none.
pub(super) fn zone_name(zone: &TimeZone, now: i64) -> String {
    zone.iana_name().map_or_else(|| formatted(now, zone, "%:z"), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEN: i64 = 1_796_115_600;

    fn zurich() -> TimeZone {
        TimeZone::get("Europe/Zurich").unwrap()
    }

    #[test]
    fn times_are_written_in_their_zone_and_read_again() {
        assert_eq!(field(TEN, &zurich()), "2026-12-01T10:00:00");
        assert_eq!(iso(TEN, &zurich()), "2026-12-01T10:00:00+01:00");
        assert_eq!(iso(TEN, &TimeZone::UTC), "2026-12-01T09:00:00+00:00");
        assert_eq!(in_file_name(TEN, &zurich()), "2026-12-01T1000");
        for text in ["2026-12-01T10:00:00", "2026-12-01T10:00", "2026-12-01 10:00"] {
            assert_eq!(parse(text, &zurich()), Some(TEN), "{text}");
        }
        for text in ["", "10:00", "2026-13-01T10:00", "2026-12-01T10:00Z"] {
            assert_eq!(parse(text, &zurich()), None, "{text}");
        }
    }

    #[test]
    fn a_range_names_its_date_once_and_seconds_where_there_are_some() {
        let text = |start, end| range(TimeRange::from_seconds(start, end), &zurich());
        assert_eq!(text(TEN, TEN + 3600), "2026-12-01 10:00 – 11:00");
        assert_eq!(text(TEN, TEN + 61), "2026-12-01 10:00:00 – 10:01:01");
        assert_eq!(text(TEN - 86_400, TEN), "2026-11-30 10:00 – 2026-12-01 10:00");
        assert_eq!(text(i64::MAX - 1, i64::MAX), "9223372036854775806 – 9223372036854775807");
    }

    #[test]
    fn a_zone_without_a_name_is_called_by_its_offset() {
        assert_eq!(zone_name(&zurich(), TEN), "Europe/Zurich");
        assert_eq!(zone_name(&TimeZone::fixed(jiff::tz::offset(-3)), TEN), "-03:00");
    }
}
