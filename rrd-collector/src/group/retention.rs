//! The structure of a group's file: its data sources and its levels of detail. `store` writes
//! files.

use std::fmt;
use std::str::FromStr;

use rrd_core::{
    ConsolidationFunction, DataSource, Heartbeat, MeasuredSource, RateKind, Schema, SchemaError,
    SourceKind, SourceName, Step,
};
use thiserror::Error;

use super::kind::{Kind, Metric};
use super::names::metric_name;
use crate::duration::{InvalidDuration, SPAN, Words};

/// The share of a row that may be unknown.
const XFILES_FACTOR: f64 = 0.5;

/// How long each level of detail is kept.
///
/// ```
/// use rrd_collector::group::retention::Retention;
/// let retention: Retention = "1s for 1h, 1m for 2d, 1d for 5y".parse().unwrap();
/// assert_eq!(retention.to_string(), "1s for 1h, 1m for 2d, 1d for 5y");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retention {
    bands: Vec<Band>,
}

/// One level of detail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Band {
    /// Seconds of one row.
    resolution: u64,
    /// Seconds that all rows cover.
    span: u64,
}

/// Why a text is not a retention.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum RetentionError {
    /// A part is not two durations.
    #[error("invalid retention {part:?}: expected DURATION for DURATION, e.g. 10s for 1d")]
    Shape {
        /// The part.
        part: String,
    },
    /// A duration of a part cannot be read.
    #[error(transparent)]
    Duration(#[from] InvalidDuration),
    /// A part has fewer than two rows.
    #[error("invalid retention {part:?}: expected two rows at least")]
    TooShort {
        /// The part.
        part: String,
    },
    /// A part is not coarser and longer than the previous one, or not a multiple of it.
    #[error(
        "invalid retention {part:?}: expected a multiple of the resolution before it, kept longer"
    )]
    Order {
        /// The part.
        part: String,
    },
}

impl Default for Retention {
    /// A second for an hour, then coarser: a day in minutes, a year in days, five years in all.
    /// About 280 KB per value.
    fn default() -> Self {
        let band = |resolution, span| Band { resolution, span };
        Self {
            bands: vec![
                band(1, 3600),
                band(10, 6 * 3600),
                band(60, 2 * 86_400),
                band(600, 14 * 86_400),
                band(3600, 60 * 86_400),
                band(86_400, 5 * 365 * 86_400),
            ],
        }
    }
}

impl fmt::Display for Retention {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, band) in self.bands.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(f, "{comma}{} for {}", Words(band.resolution), Words(band.span))?;
        }
        Ok(())
    }
}

impl FromStr for Retention {
    type Err = RetentionError;

    fn from_str(text: &str) -> Result<Self, RetentionError> {
        let mut bands: Vec<Band> = Vec::new();
        for part in text.split(',').map(str::trim) {
            let shape = || RetentionError::Shape { part: part.to_owned() };
            let (resolution, span) = part.split_once(" for ").ok_or_else(shape)?;
            let (resolution, span) = (SPAN.parse(resolution)?, SPAN.parse(span)?);
            let (resolution, span) = (resolution.as_secs(), span.as_secs());
            if span / resolution < 2 {
                return Err(RetentionError::TooShort { part: part.to_owned() });
            }
            if let Some(last) = bands.last()
                && (resolution <= last.resolution
                    || !resolution.is_multiple_of(last.resolution)
                    || span <= last.span)
            {
                return Err(RetentionError::Order { part: part.to_owned() });
            }
            bands.push(Band { resolution, span });
        }
        Ok(Self { bands })
    }
}

impl Retention {
    /// The structure of a file for a kind that is sampled every `step`: finer levels of detail are
    /// kept in steps.
    ///
    /// A row of one step needs no minimum and maximum; longer rows have both besides the mean.
    ///
    /// # Errors
    ///
    /// [`SchemaError`] if the kind has no metric, or two with the same name.
    pub fn schema(&self, kind: &Kind, step: Step) -> Result<Schema, SchemaError> {
        let mut builder = Schema::builder(step);
        // Rates are computed over the time actually elapsed, so a late sample covers the missed
        // ticks.
        let heartbeat = Heartbeat::from_seconds(step.seconds().saturating_mul(3).max(10));
        for metric in kind.metrics.iter() {
            let name = source_name(metric);
            let minimum = metric.unit.minimum().unwrap_or(f64::NAN);
            let source =
                MeasuredSource { rate: RateKind::Gauge, heartbeat, minimum, maximum: f64::NAN };
            builder = builder.source(DataSource { name, kind: SourceKind::Measured(source) });
        }
        for (points, rows) in self.rows(step) {
            builder = builder.average(XFILES_FACTOR, points, rows);
            if points > 1 {
                builder = builder.min(XFILES_FACTOR, points, rows).max(XFILES_FACTOR, points, rows);
            }
        }
        builder.build()
    }

    /// For each level of detail of a file with this step: steps of a row, and the number of rows.
    fn rows(&self, step: Step) -> Vec<(u64, u64)> {
        let mut single = None;
        let mut coarse = Vec::new();
        for band in &self.bands {
            let points = band.resolution / step.seconds();
            if points <= 1 {
                single = Some((1, band.span.div_ceil(step.seconds())));
            } else {
                coarse.push((points, (band.span / step.seconds()).div_ceil(points)));
            }
        }
        single.into_iter().chain(coarse).collect()
    }

    /// What a file keeps, if that is not what a new one with its step would keep.
    pub fn of_other_file(&self, file: &Schema) -> Option<Self> {
        let step = file.step();
        let archives = file.archives().iter();
        let averages =
            archives.filter(|archive| archive.function() == ConsolidationFunction::Average);
        let found = averages.map(|archive| (archive.points_per_row(), archive.rows)).collect();
        let found = Self::of_rows(step, found);
        (found != Self::of_rows(step, self.rows(step))).then_some(found)
    }

    fn of_rows(step: Step, mut rows: Vec<(u64, u64)>) -> Self {
        rows.sort_unstable();
        let bands = rows.into_iter().map(|(points, rows)| {
            let resolution = points.saturating_mul(step.seconds());
            Band { resolution, span: rows.saturating_mul(resolution) }
        });
        Self { bands: bands.collect() }
    }

    /// The time that it keeps in all, in words; all of it if `other` keeps as long.
    pub fn in_contrast_to(&self, other: &Self) -> String {
        let longest = |retention: &Self| retention.bands.iter().map(|band| band.span).max();
        match longest(self) {
            Some(span) if longest(other) != Some(span) => Words(span).to_string(),
            _ => self.to_string(),
        }
    }
}

fn source_name(metric: &Metric) -> SourceName {
    let name = metric_name(&metric.name);
    SourceName::new(&name).expect("metric_name gives what a data source can have")
}

/// The size of a file with this structure in bytes.
pub fn file_size(schema: &Schema) -> u64 {
    let sources = schema.sources().len() as u64;
    let archives = schema.archives().len() as u64;
    let rows: u64 = schema.archives().iter().map(|archive| archive.rows).sum();
    128 + 16 + 232 * sources + 128 * archives + 80 * sources * archives + 8 * sources * rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::host::{CPU_TOTAL, LOAD};

    fn step(seconds: u64) -> Step {
        Step::from_seconds(seconds).unwrap()
    }

    #[test]
    fn the_default_reads_as_words_and_back() {
        let words = "1s for 1h, 10s for 6h, 1m for 2d, 10m for 14d, 1h for 60d, 1d for 5y";
        assert_eq!(Retention::default().to_string(), words);
        assert_eq!(words.parse(), Ok(Retention::default()));
    }

    #[test]
    fn a_file_has_a_source_for_each_metric_and_three_archives_for_each_coarse_detail() {
        let schema = Retention::default().schema(&CPU_TOTAL, step(1)).unwrap();
        assert_eq!(schema.sources().len(), 15);
        assert_eq!(schema.sources()[7].name.as_str(), "steal");
        assert_eq!(schema.archives().len(), 1 + 5 * 3);
        assert_eq!(schema.archives()[0].rows, 3600);
        assert_eq!(schema.archives()[3].points_per_row(), 10);
        assert_eq!(schema.archives()[3].rows, 2160);
        let schema = Retention::default().schema(&LOAD, step(1)).unwrap();
        assert_eq!(file_size(&schema), 1_670_288);
    }

    #[test]
    fn a_slow_probe_keeps_its_steps_as_long_as_the_finest_detail_that_it_covers() {
        let schema = Retention::default().schema(&CPU_TOTAL, step(10)).unwrap();
        assert_eq!(schema.archives().len(), 1 + 4 * 3);
        assert_eq!(schema.archives()[0].rows, 2160);
        assert_eq!(schema.archives()[1].points_per_row(), 6);
    }

    #[test]
    fn a_file_with_other_rows_than_a_new_one_keeps_something_else() {
        let new = Retention::default();
        let old: Retention = "1s for 1h, 1d for 1y".parse().unwrap();
        let keeps = |old: &Retention, seconds| {
            let file = old.schema(&LOAD, step(seconds)).unwrap();
            let kept = new.of_other_file(&file)?;
            Some((kept.to_string(), kept.in_contrast_to(&new)))
        };
        assert_eq!(keeps(&new, 1), None);
        assert_eq!(keeps(&new, 10), None);
        assert_eq!(keeps(&new, 7), None);
        let words = "10s for 1h, 1d for 1y";
        assert_eq!(keeps(&old, 10), Some((words.to_owned(), "1y".to_owned())));
        // As long, in less detail.
        let coarse: Retention = "1m for 2d, 1d for 5y".parse().unwrap();
        let words = "1m for 2d, 1d for 5y".to_owned();
        assert_eq!(keeps(&coarse, 60), Some((words.clone(), words)));
    }

    #[test]
    fn words_that_make_no_sense_are_refused_by_part() {
        let error = |text: &str| text.parse::<Retention>().unwrap_err().to_string();
        assert_eq!(
            error("1s for 1h, ten for 1d"),
            "invalid duration \"ten\": expected 1s to 1000y, e.g. 2d"
        );
        assert_eq!(
            error("a lot"),
            "invalid retention \"a lot\": expected DURATION for DURATION, e.g. 10s for 1d"
        );
        assert_eq!(
            error("1h for 1h"),
            "invalid retention \"1h for 1h\": expected two rows at least"
        );
        assert_eq!(
            error("10s for 1h, 15s for 1d"),
            "invalid retention \"15s for 1d\": expected a multiple of the resolution before it, kept longer"
        );
        assert!("0s for 1h".parse::<Retention>().is_err());
        assert!("99999999999999999999y for 1h".parse::<Retention>().is_err());
    }
}
