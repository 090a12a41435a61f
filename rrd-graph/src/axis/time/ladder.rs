//! The automatic divisions of a time axis, from the finest to the coarsest.

use super::{Every, TimeUnit};
use crate::time_locale::DateStyle;

/// One division of the axis.
pub(super) struct Rung {
    pub(super) minor: Every,
    pub(super) labels: Every,
    /// Whether labels are centred in their interval instead of placed at its beginning.
    pub(super) centred: bool,
    /// The formats of a label, longest first.
    pub(super) formats: &'static [&'static str],
    /// The format of the first label in a larger unit.
    pub(super) rollover: Option<(TimeUnit, &'static str)>,
}

const fn rung(
    minor: Every,
    labels: Every,
    formats: &'static [&'static str],
    rollover: Option<(TimeUnit, &'static str)>,
) -> Rung {
    let centred = matches!(labels.unit, TimeUnit::Day | TimeUnit::Month | TimeUnit::Year)
        && labels.count == 1;
    Rung { minor, labels, centred, formats, rollover }
}

const SECONDS: &[&str] = &["%H:%M:%S"];
const CLOCK: &[&str] = &["%H:%M"];
const NEW_DAY: Option<(TimeUnit, &str)> = Some((TimeUnit::Day, "%a %-d %b"));
const DAY: &[&str] = &["%A %-d %B", "%a %-d %b", "%a %-d"];
const DATE: &[&str] = &["%-d %b"];
const MONTH: &[&str] = &["%OB %Y", "%Ob %Y"];
const SHORT_MONTH: &[&str] = &["%Ob"];
const NEW_YEAR: Option<(TimeUnit, &str)> = Some((TimeUnit::Year, "%Y"));
const YEAR: &[&str] = &["%Y"];

/// From the finest to the coarsest; the finest whose labels fit is used.
pub(super) const LADDER: &[Rung] = &{
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

/// The least distance between labels in pixels; centred labels are also separated by lines.
pub(super) const GAP: f64 = 15.0;
pub(super) const GAP_CENTRED: f64 = 8.0;
/// The least distance between lines in pixels.
pub(super) const CLOSEST: f64 = 4.0;

/// A format of labels as people of the locale write dates.
pub(super) fn in_style(format: &str, style: DateStyle) -> &str {
    let (han, hangul) = match format {
        "%A %-d %B" => ("%-m月%-d日 %A", "%-m월 %-d일 %A"),
        "%a %-d %b" => ("%-m月%-d日(%a)", "%-m월 %-d일(%a)"),
        "%a %-d" => ("%-d日(%a)", "%-d일(%a)"),
        "%-d %b" => ("%-m月%-d日", "%-m월 %-d일"),
        "%-d %b %H:%M" => ("%-m月%-d日 %H:%M", "%-m월 %-d일 %H:%M"),
        "%-d %b %Y" => ("%Y年%-m月%-d日", "%Y년 %-m월 %-d일"),
        "%OB %Y" | "%Ob %Y" => ("%Y年%-m月", "%Y년 %-m월"),
        "%Ob" => ("%-m月", "%-m월"),
        "%Y" => ("%Y年", "%Y년"),
        _ => (format, format),
    };
    match style {
        DateStyle::DayMonth => format,
        DateStyle::Han => han,
        DateStyle::Hangul => hangul,
    }
}
