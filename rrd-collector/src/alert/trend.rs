//! The time until a value reaches a bound at its recent rate of change. `measure` provides the
//! rows.

/// Number of parts of a window that must agree on the direction.
const PARTS: i64 = 6;
/// The least number of rows for a line.
const FEWEST_ROWS: usize = 3;
/// Seconds of an hour.
const HOUR: f64 = 3600.0;

/// A known row of one value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Row {
    /// When it ends, seconds since 1970.
    pub(super) end: i64,
    /// The value.
    pub(super) value: f64,
}

/// The hours from the newest row until `bound`; infinite if the value does not approach it, NaN if
/// too little is known.
///
/// `rows` are the known rows, oldest first, each the mean of `step` seconds, in the window from
/// `start` to `end`.
pub(super) fn hours_to(bound: f64, rows: &[Row], start: i64, end: i64, step: i64) -> f64 {
    let part = (end - start) / PARTS;
    let mut slopes = Vec::new();
    for index in 1..=PARTS {
        // The newest row may end slightly after the window.
        let until = if index == PARTS { i64::MAX } else { start + index * part };
        let from = start + (index - 1) * part;
        let rows: Vec<Row> =
            rows.iter().filter(|row| from < row.end && row.end <= until).copied().collect();
        let known = i64::try_from(rows.len()).unwrap_or(i64::MAX).saturating_mul(step);
        if rows.len() < FEWEST_ROWS || known.saturating_mul(2) < part {
            return f64::NAN;
        }
        slopes.push(slope(&rows, from));
    }
    let way = bound - rows.last().map_or(f64::NAN, |row| row.value);
    if way == 0.0 {
        return 0.0;
    }
    let hours = slopes.into_iter().map(|slope| way / slope / HOUR);
    // Constant or away from the bound: it is not reached.
    hours.map(|hours| if hours > 0.0 { hours } else { f64::INFINITY }).fold(0.0, f64::max)
}

/// The growth per second, by least squares.
fn slope(rows: &[Row], from: i64) -> f64 {
    let points = || {
        rows.iter()
            .filter_map(|row| Some((f64::from(i32::try_from(row.end - from).ok()?), row.value)))
    };
    let (count, times, values) = points()
        .fold((0.0, 0.0, 0.0), |(count, times, values), (t, v)| {
            (count + 1.0, times + t, values + v)
        });
    let (time, value) = (times / count, values / count);
    let (shared, spread) = points().fold((0.0, 0.0), |(shared, spread), (t, v)| {
        (shared + (t - time) * (v - value), spread + (t - time) * (t - time))
    });
    shared / spread
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The hours until 0 for these values, one per minute; NaN for unknown.
    fn hours(values: impl IntoIterator<Item = f64>) -> f64 {
        let rows: Vec<Row> =
            (60..).step_by(60).zip(values).map(|(end, value)| Row { end, value }).collect();
        let end = rows.last().unwrap().end;
        let known: Vec<Row> = rows.into_iter().filter(|row| !row.value.is_nan()).collect();
        hours_to(0.0, &known, 0, end, 60)
    }

    fn falling(minute: u32) -> f64 {
        f64::from(480 - minute)
    }

    #[test]
    fn what_falls_by_one_a_minute_arrives_when_it_is_used_up() {
        assert_eq!(hours((1..=180).map(falling)), 5.0);
        assert_eq!(hours((301..=480).map(falling)), 0.0);
    }

    #[test]
    fn the_slowest_part_counts() {
        // One per minute, then two, then a half.
        let value = |minute: u32| match minute {
            0..=60 => 1000.0 - f64::from(minute),
            61..=120 => 940.0 - 2.0 * f64::from(minute - 60),
            _ => 820.0 - 0.5 * f64::from(minute - 120),
        };
        assert_eq!(hours((1..=180).map(value)), 790.0 / 0.5 / 60.0);
    }

    #[test]
    fn what_is_level_or_leads_away_or_fell_once_never_arrives() {
        assert_eq!(hours((1..=180).map(|_| 7.0)), f64::INFINITY);
        assert_eq!(hours((1..=180).map(f64::from)), f64::INFINITY);
        for jump in [10, 60, 90, 179] {
            let once = (1..=180).map(|minute| if minute < jump { 900.0 } else { 10.0 });
            assert_eq!(hours(once), f64::INFINITY, "{jump}");
        }
        // It has just begun to fall, or a large file was removed.
        assert_eq!(
            hours((1..=180).map(|minute| 480.0 - f64::from(minute.max(120)))),
            f64::INFINITY
        );
        let freed =
            (1..=180).map(|minute| falling(minute) + if minute > 100 { 400.0 } else { 0.0 });
        assert_eq!(hours(freed), f64::INFINITY);
    }

    #[test]
    fn gaps_are_left_out_and_too_few_rows_say_nothing() {
        let with_gap = |from: u32, to: u32| {
            hours((1..=180).map(|minute| {
                if (from..=to).contains(&minute) { f64::NAN } else { falling(minute) }
            }))
        };
        assert_eq!(with_gap(61, 75), 5.0);
        assert!(with_gap(61, 76).is_nan());
        // A file that is 164 minutes old, and one of 165.
        assert!(with_gap(1, 16).is_nan());
        assert_eq!(with_gap(1, 15), 5.0);
        assert!(hours_to(0.0, &[], 0, 10_800, 60).is_nan());
        // Half-hour rows: one per part.
        let rows: Vec<Row> = (1..=6).map(|part| Row { end: part * 1800, value: 1.0 }).collect();
        assert!(hours_to(0.0, &rows, 0, 10_800, 1800).is_nan());
    }
}
