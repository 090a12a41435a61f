//! What a pinned range says, so that nobody takes it for the present.

use std::fmt::Write as _;

use jiff::Timestamp;
use rrd_core::{TimeRange, TimeZone};

/// The length below which seconds are named.
const SHORT: i64 = 600;

/// Appends the line of the bar that says so, with the times of this zone.
pub(super) fn write_pinned(html: &mut String, range: TimeRange, zone: &TimeZone) {
    let _ = writeln!(html, "<p id=\"pinned\" role=\"status\">{}</p>", words(range, zone));
}

/// `Showing 1 Dec 10:00–11:00, not now`, in this time zone.
fn words(range: TimeRange, zone: &TimeZone) -> String {
    let (start, end) = (range.start.seconds(), range.end.seconds());
    let zoned = |at| Some(Timestamp::from_second(at).ok()?.to_zoned(zone.clone()));
    let (Some(from), Some(to)) = (zoned(start), zoned(end)) else {
        return "Showing another time, not now".to_owned();
    };
    let time = if end.saturating_sub(start) < SHORT { "%H:%M:%S" } else { "%H:%M" };
    let day = format!("%-d %b {time}");
    let is_one_day = from.date() == to.date();
    let (last, dash) = if is_one_day { (time, "–") } else { (&*day, " – ") };
    format!("Showing {}{dash}{}, not now", from.strftime(&day), to.strftime(last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_named_with_its_days_and_a_short_one_with_seconds() {
        // 1 December 2026, 10:00.
        let start = 1_796_119_200;
        let said = |length| words(TimeRange::from_seconds(start, start + length), &TimeZone::UTC);
        assert_eq!(said(3600), "Showing 1 Dec 10:00–11:00, not now");
        assert_eq!(said(90), "Showing 1 Dec 10:00:00–10:01:30, not now");
        assert_eq!(said(86_400), "Showing 1 Dec 10:00 – 2 Dec 10:00, not now");
        assert_eq!(said(i64::MAX - start), "Showing another time, not now");
    }
}
