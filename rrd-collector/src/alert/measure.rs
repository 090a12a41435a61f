//! The number that a rule evaluates: the rows of a window in an archive, aggregated.

use std::time::Duration;

use rrd_core::{ConsolidationFunction, FetchRequest, TimeRange};
use thiserror::Error;

use super::rule::Aggregate;
use super::trend::{Row, hours_to};
use crate::group::Target;
use crate::store::archives::{ArchiveError, Archives};

/// Number of rows in a window that are enough for an aggregate.
const ROWS: u64 = 60;
/// The largest age of the newest value in seconds: files lag some seconds behind a running daemon.
const NEWEST: i64 = 30;

/// Why there is no number.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum MeasureError {
    /// There is no such archive, or it cannot be read.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// The archive has no such metric.
    #[error("{} has no metric {:?}: expected one of {known}", target.group, target.metric)]
    NoMetric {
        /// The value requested.
        target: Target,
        /// The existing metrics.
        known: String,
    },
}

impl MeasureError {
    /// Whether the value does not exist, or not yet.
    pub fn is_absent(&self) -> bool {
        matches!(self, Self::NoMetric { .. } | Self::Archive(ArchiveError::Missing { .. }))
    }
}

/// A value and the rows of it to aggregate.
#[derive(Clone, Copy, Debug)]
pub struct Window<'a> {
    /// The value.
    pub target: &'a Target,
    /// How the rows become one number.
    pub aggregate: Aggregate,
    /// The length of the window; zero means the newest row.
    pub over: Duration,
}

/// The number; NaN if no row of the window is known.
///
/// # Errors
///
/// [`MeasureError`] if the archive cannot provide it.
pub fn measure(archives: &Archives, window: &Window<'_>, now: i64) -> Result<f64, MeasureError> {
    if window.aggregate == Aggregate::Rise {
        let newest = Window { aggregate: Aggregate::Last, over: Duration::ZERO, ..*window };
        let usual = Window { aggregate: Aggregate::Average, ..*window };
        return Ok(measure(archives, &newest, now)? - measure(archives, &usual, now)?);
    }
    let length = i64::try_from(window.over.as_secs()).unwrap_or(i64::MAX);
    let start = now.saturating_sub(length.max(NEWEST));
    let (rows, step) = rows(archives, window, TimeRange::from_seconds(start, now))?;
    let known = i64::try_from(rows.len()).unwrap_or(i64::MAX).saturating_mul(step);
    // The mean of a window is not used while less than half of it is known, as after a start.
    let is_half_known = length <= NEWEST || known.saturating_mul(2) >= length;
    let values = || rows.iter().map(|row| row.value);
    Ok(match window.aggregate {
        Aggregate::Average if is_half_known => {
            let (count, sum) = values().fold((0.0, 0.0), |(count, sum), v| (count + 1.0, sum + v));
            sum / count
        }
        Aggregate::Average | Aggregate::Rise => f64::NAN,
        Aggregate::Min => values().fold(f64::NAN, f64::min),
        Aggregate::Max => values().fold(f64::NAN, f64::max),
        Aggregate::Last => values().next_back().unwrap_or(f64::NAN),
        Aggregate::HoursTo(bound) => hours_to(bound, &rows, start, now, step),
    })
}

/// The known rows of a window, oldest first, and the length of a row in seconds.
fn rows(
    archives: &Archives,
    window: &Window<'_>,
    range: TimeRange,
) -> Result<(Vec<Row>, i64), MeasureError> {
    let resolution = (window.over.as_secs() / ROWS).max(1);
    let fetch = |function| {
        let request =
            FetchRequest::new(function, range).resolution(Duration::from_secs(resolution));
        archives.fetch(&window.target.group, &request)
    };
    let series = match window.aggregate {
        Aggregate::Min => fetch(ConsolidationFunction::Min),
        Aggregate::Max => fetch(ConsolidationFunction::Max),
        _ => fetch(ConsolidationFunction::Average),
    };
    let series = match series {
        // A row of one step has neither minimum nor maximum.
        Err(error) if error.lacks_function() => fetch(ConsolidationFunction::Average)?,
        series => series?,
    };
    let metric = series.names().iter().position(|name| *name == window.target.metric);
    let metric = metric.ok_or_else(|| {
        let known = series.names().join(", ");
        MeasureError::NoMetric { target: window.target.clone(), known }
    })?;
    let step = i64::try_from(series.step().seconds()).unwrap_or(i64::MAX);
    let rows = series.kept_rows().filter_map(|(end, row)| {
        let (end, value) = (end.seconds(), *row.get(metric)?);
        (end <= range.end.seconds().saturating_add(step) && !value.is_nan())
            .then_some(Row { end, value })
    });
    Ok((rows.collect(), step))
}

#[cfg(test)]
mod tests {
    use rrd_core::{Heartbeat, Rrd, Sample, Schema, Step, Timestamp};
    use tempfile::TempDir;

    use super::*;

    /// An archive with one value of the CPU and these readings.
    fn archive(step: u64, readings: impl IntoIterator<Item = (i64, f64)>) -> (TempDir, Archives) {
        let folder = tempfile::tempdir().unwrap();
        let schema = Schema::builder(Step::from_seconds(step).unwrap())
            .gauge("steal", Heartbeat::from_seconds(2 * step))
            .average(0.5, 1, 1000)
            .build()
            .unwrap();
        let path = folder.path().join("cpu.rrd");
        let mut rrd = Rrd::create(path, &schema, Timestamp::from_seconds(960)).unwrap();
        for (second, value) in readings {
            rrd.update(&Sample::new(Timestamp::from_seconds(second), [value])).unwrap();
        }
        let archives = Archives::Folder(folder.path().to_owned());
        (folder, archives)
    }

    fn measured(
        archives: &Archives,
        metric: &str,
        aggregate: Aggregate,
        over: u64,
        now: i64,
    ) -> Result<f64, MeasureError> {
        let target = format!("cpu.{metric}").parse().unwrap();
        let window = Window { target: &target, aggregate, over: Duration::from_secs(over) };
        measure(archives, &window, now)
    }

    #[test]
    fn the_rows_of_the_window_are_aggregated_and_unknown_ones_left_out() {
        let readings = [(1001, 9.0), (1041, f64::NAN), (1042, 4.0), (1043, 2.0)];
        let (_folder, archives) = archive(1, readings);
        let value = |aggregate, over| measured(&archives, "steal", aggregate, over, 1043).unwrap();
        assert_eq!(value(Aggregate::Average, 30), 3.0);
        assert!(value(Aggregate::Average, 60).is_nan());
        assert_eq!(value(Aggregate::Max, 31), 4.0);
        assert_eq!(value(Aggregate::Min, 31), 2.0);
        assert_eq!(value(Aggregate::Last, 0), 2.0);
        assert_eq!(value(Aggregate::Rise, 30), -1.0);
        assert!(value(Aggregate::Rise, 60).is_nan());
    }

    #[test]
    fn hours_are_counted_from_the_rows_of_the_window() {
        let readings = (1..=180).map(|minute| (960 + 60 * minute, f64::from(480 - minute)));
        let (_folder, archives) = archive(60, readings.map(|(at, value)| (i64::from(at), value)));
        let hours =
            |over, now| measured(&archives, "steal", Aggregate::HoursTo(0.0), over, now).unwrap();
        let end = 960 + 10_800;
        assert_eq!(hours(10_800, end), 5.0);
        assert_eq!(hours(10_800, end + 20), 5.0);
        // It did not exist in the first part of the six hours, and no longer exists an hour later.
        assert!(hours(21_600, end).is_nan());
        assert!(hours(10_800, end + 3600).is_nan());
    }

    #[test]
    fn a_value_that_is_not_there_is_reported_with_those_that_are() {
        let (_folder, archives) = archive(1, []);
        let error = measured(&archives, "stel", Aggregate::Last, 0, 970).unwrap_err();
        assert_eq!(error.to_string(), "cpu has no metric \"stel\": expected one of steal");
        assert!(error.is_absent());
    }
}
