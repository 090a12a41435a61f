//! The number that a rule looks at: the rows of a window in an archive, aggregated.

use std::time::Duration;

use rrd_core::{ConsolidationFunction, FetchRequest, TimeRange};
use thiserror::Error;

use super::Aggregate;
use crate::archives::{ArchiveError, Archives};

/// Rows of a window that are enough to aggregate.
const ROWS: u64 = 60;
/// The newest value may be this many seconds old: files are some seconds behind a running daemon.
const NEWEST: i64 = 30;

/// Why there is no number.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum MeasureError {
    /// There is no such archive, or none that can be read.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// The archive has no such value.
    #[error("{group} has no {metric}, but {known}")]
    NoMetric {
        /// The group.
        group: String,
        /// The metric that was asked for.
        metric: String,
        /// The metrics that there are.
        known: String,
    },
}

/// Which value, and which rows of it.
#[derive(Clone, Copy, Debug)]
pub struct Window<'a> {
    /// The kind of group.
    pub group: &'a str,
    /// Which one of its kind; empty where there is only one.
    pub instance: &'a str,
    /// The value.
    pub metric: &'a str,
    /// How the rows become one number.
    pub aggregate: Aggregate,
    /// How long the window is; zero looks at the newest row.
    pub over: Duration,
}

/// The number, NaN when no row of the window is known.
///
/// # Errors
///
/// [`MeasureError`] when the archive cannot say.
pub fn measure(archives: &Archives, window: &Window<'_>, now: i64) -> Result<f64, MeasureError> {
    let length = i64::try_from(window.over.as_secs()).unwrap_or(i64::MAX);
    let range = TimeRange { start: now.saturating_sub(length.max(NEWEST)), end: now };
    let resolution = (window.over.as_secs() / ROWS).max(1);
    let fetch = |function| {
        let request = FetchRequest { function, range, resolution };
        archives.fetch(window.group, window.instance, &request)
    };
    let series = match window.aggregate {
        Aggregate::Min => fetch(ConsolidationFunction::Min),
        Aggregate::Max => fetch(ConsolidationFunction::Max),
        Aggregate::Average | Aggregate::Last => fetch(ConsolidationFunction::Average),
    };
    let series = match series {
        // A row of one step has neither minimum nor maximum.
        Err(error) if error.lacks_function() => fetch(ConsolidationFunction::Average)?,
        series => series?,
    };
    let metric = series.names.iter().position(|name| name == window.metric).ok_or_else(|| {
        MeasureError::NoMetric {
            group: window.group.to_owned(),
            metric: window.metric.to_owned(),
            known: series.names.join(", "),
        }
    })?;
    let step = i64::try_from(series.step.seconds()).unwrap_or(i64::MAX);
    let known = series.rows().filter(|(end, _)| end.seconds() <= now.saturating_add(step));
    let values = known.filter_map(|(_, row)| row.get(metric).copied()).filter(|v| !v.is_nan());
    let values: Vec<f64> = values.collect();
    let known = i64::try_from(values.len()).unwrap_or(i64::MAX).saturating_mul(step);
    // The mean of a window says nothing while less than half of it is known, as after a start.
    let is_half_known = length <= NEWEST || known.saturating_mul(2) >= length;
    if window.aggregate == Aggregate::Average && !is_half_known {
        return Ok(f64::NAN);
    }
    Ok(window.aggregate.of(values))
}

#[cfg(test)]
mod tests {
    use rrd_core::{Heartbeat, Rrd, Sample, Schema, Step, Timestamp};

    use super::*;

    #[test]
    fn the_rows_of_the_window_are_aggregated_and_unknown_ones_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let schema = Schema::builder(Step::from_seconds(1).unwrap())
            .gauge("steal", Heartbeat(2))
            .average(0.5, 1, 100)
            .build()
            .unwrap();
        let start = Timestamp::from_seconds(1000);
        let mut rrd = Rrd::create(folder.path().join("cpu.rrd"), &schema, start).unwrap();
        for (second, value) in [(1001, 9.0), (1041, f64::NAN), (1042, 4.0), (1043, 2.0)] {
            rrd.update(&Sample::new(Timestamp::from_seconds(second), [value])).unwrap();
        }
        let value = |aggregate, over| {
            let over = Duration::from_secs(over);
            let (group, instance, metric) = ("cpu", "", "steal");
            let window = Window { group, instance, metric, aggregate, over };
            measure(&Archives::Folder(folder.path().to_owned()), &window, 1043).unwrap()
        };
        assert_eq!(value(Aggregate::Average, 30), 3.0);
        assert!(value(Aggregate::Average, 60).is_nan());
        assert_eq!(value(Aggregate::Max, 31), 4.0);
        assert_eq!(value(Aggregate::Min, 31), 2.0);
        assert_eq!(value(Aggregate::Last, 0), 2.0);
    }

    #[test]
    fn a_value_that_is_not_there_is_told_with_those_that_are() {
        let folder = tempfile::tempdir().unwrap();
        let schema = Schema::builder(Step::from_seconds(1).unwrap())
            .gauge("steal", Heartbeat(2))
            .average(0.5, 1, 100)
            .build()
            .unwrap();
        Rrd::create(folder.path().join("cpu.rrd"), &schema, Timestamp::from_seconds(9)).unwrap();
        let over = Duration::ZERO;
        let (group, instance, metric) = ("cpu", "", "stel");
        let window = Window { group, instance, metric, aggregate: Aggregate::Last, over };
        let error = measure(&Archives::Folder(folder.path().to_owned()), &window, 10).unwrap_err();
        assert_eq!(error.to_string(), "cpu has no stel, but steal");
    }
}
