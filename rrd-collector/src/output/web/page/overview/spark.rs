//! A small chart of the last minutes of one value: a path in a picture that the page stretches.

use std::fmt::Write as _;
use std::time::Duration;

use rrd_core::{ConsolidationFunction, FetchRequest, TimeRange};

use crate::group::Target;
use crate::store::archives::Archives;

/// The points, and the seconds of each.
const POINTS: i64 = 90;
const STEP: i64 = 10;

/// The small chart of a value up to `now`; empty if there are no rows.
pub(in super::super) fn spark(archives: &Archives, target: &Target, now: i64) -> String {
    let end = now - now.rem_euclid(STEP);
    let start = end.saturating_sub(POINTS * STEP);
    let (function, range) = (ConsolidationFunction::Average, TimeRange::from_seconds(start, end));
    let request = FetchRequest::new(function, range).resolution(Duration::from_secs(10));
    let Ok(rows) = archives.fetch(&target.group, &request) else { return String::new() };
    let Some(column) = rows.column(&target.metric) else { return String::new() };
    let points: Vec<(i64, f64)> =
        column.map(|(at, value)| ((at.seconds() - start) / STEP, value)).collect();
    format!(
        "<svg viewBox=\"0 0 {POINTS} 100\" preserveAspectRatio=\"none\" aria-hidden=\"true\">\
         <path d=\"{}\"/></svg>",
        path(&points, full(&target.metric, &points))
    )
}

/// The value at the upper edge.
fn full(metric: &str, points: &[(i64, f64)]) -> f64 {
    let highest = points.iter().map(|(_, value)| *value).fold(0.0, f64::max);
    match metric {
        "busy" | "used_share" | "util" => 1.0,
        // A little should be visible, but noise should not fill the picture.
        "steal" | "iowait" => highest.max(0.1),
        _ if highest > 0.0 => highest * 1.1,
        _ => 1.0,
    }
}

/// The outline of the area below the points. Its sides are outside of the picture, except at gaps.
fn path(points: &[(i64, f64)], full: f64) -> String {
    let mut path = String::new();
    let mut last: Option<(i64, f64)> = None;
    for (x, value) in points {
        let y = (100.0 - value / full * 100.0).clamp(0.0, 100.0).round();
        let _ = match last {
            _ if value.is_nan() => match last.take() {
                Some(_) => write!(path, "V102"),
                None => Ok(()),
            },
            None => write!(path, "M{} 102V{y}H{x}", if *x <= 1 { -2 } else { x - 1 }),
            Some((before, height)) => write!(path, "l{} {}", x - before, y - height),
        };
        if !value.is_nan() {
            last = Some((*x, y));
        }
    }
    if let Some((x, _)) = last {
        let _ = write!(path, "H{}V102", if x >= POINTS - 1 { POINTS + 2 } else { x });
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_has_a_gap_where_nothing_is_known() {
        let points = [(1, 0.0), (2, 0.5), (3, f64::NAN), (4, f64::NAN), (88, 1.5), (90, 1.0)];
        assert_eq!(path(&points, 1.0), "M-2 102V100H1l1 -50V102M87 102V0H88l2 0H92V102");
        assert_eq!(path(&[(1, f64::NAN)], 1.0), "");
    }

    #[test]
    fn a_scale_shows_a_little_and_does_not_magnify_noise() {
        let points = [(1, 0.02), (2, 0.01), (3, f64::NAN)];
        assert_eq!(["busy", "steal"].map(|metric| full(metric, &points)), [1.0, 0.1]);
        assert_eq!((full("load1", &[(1, 2.0)]), full("load1", &[])), (2.2, 1.0));
    }
}
