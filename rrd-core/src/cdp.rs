//! The open consolidated data point of one data source in one archive.

use std::iter;

use crate::archive::{Archive, ArchiveKind, ClassicFunction};
use crate::number::{UNKNOWN, count_to_f64};
use crate::time::{Step, Timestamp};

/// The open row of one data source in one archive.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct CdpPrep {
    /// The state that depends on the consolidation function.
    pub state: CdpState,
    /// The first row value of the last write.
    pub primary: f64,
    /// The value of all further rows of the last write.
    pub secondary: f64,
}

/// The part of a consolidated data point that depends on the consolidation function.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum CdpState {
    /// AVERAGE, MIN, MAX, LAST.
    Classic {
        /// Sum, minimum, maximum or last of the points so far; NaN if there are none.
        value: f64,
        /// Number of unknown points so far.
        unknown_points: u64,
    },
    /// HWPREDICT, MHWPREDICT.
    Forecast {
        /// Baseline.
        intercept: f64,
        /// Baseline one step earlier.
        last_intercept: f64,
        /// Trend.
        slope: f64,
        /// Trend one step earlier.
        last_slope: f64,
        /// Consecutive unknown points, plus one.
        null_count: u64,
        /// The same, one step earlier.
        last_null_count: u64,
    },
    /// SEASONAL, DEVSEASONAL.
    Seasonal {
        /// The coefficient (or deviation) of the current step.
        coefficient: f64,
        /// That of the previous step.
        last_coefficient: f64,
        /// Seasons seen, up to 4: slot 6 of the record.
        initialised: u64,
    },
    /// DEVPREDICT.
    DevPredict {
        /// Slot 0, which no function uses: NaN in a new file, 0 in a restored one.
        unused: f64,
    },
    /// FAILURES.
    Failures {
        /// One byte per step, 1 for a violation, newest first.
        violations: [u8; 28],
    },
}

impl CdpPrep {
    /// The open row of `archive` in a new file that starts at `start`: the points of the row before
    /// that are unknown.
    pub(crate) fn fresh(archive: &Archive, step: Step, start: Timestamp) -> Self {
        let state = match archive.kind {
            ArchiveKind::Classic { points_per_row, .. } => {
                let point = step.index(start.seconds());
                CdpState::Classic {
                    value: UNKNOWN,
                    unknown_points: position_in_row(point, points_per_row),
                }
            }
            ArchiveKind::Forecast { .. } => CdpState::Forecast {
                intercept: UNKNOWN,
                last_intercept: UNKNOWN,
                slope: UNKNOWN,
                last_slope: UNKNOWN,
                null_count: 1,
                last_null_count: 1,
            },
            ArchiveKind::Seasonal(_) | ArchiveKind::DevSeasonal(_) => CdpState::Seasonal {
                coefficient: UNKNOWN,
                last_coefficient: UNKNOWN,
                initialised: 1,
            },
            ArchiveKind::DevPredict { .. } => CdpState::DevPredict { unused: UNKNOWN },
            ArchiveKind::Failures { .. } => CdpState::Failures { violations: [0; 28] },
        };
        Self { state, primary: 0.0, secondary: 0.0 }
    }
}

/// Number of points of the same row that precede a point; points count from 1970.
pub(crate) const fn position_in_row(point: i64, points_per_row: u64) -> u64 {
    let distance = point.unsigned_abs() % points_per_row;
    if point < 0 && distance != 0 { points_per_row - distance } else { distance }
}

/// The primary data points of one update as one archive sees them: they all have the same value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arrival {
    /// Number of points.
    pub(crate) count: u64,
    /// Number of points that complete the open row, at least 1.
    pub(crate) until_row: u64,
    /// Points per row.
    pub(crate) points_per_row: u64,
}

impl Arrival {
    /// Whether the open row is completed.
    #[inline]
    pub(crate) const fn ends_row(&self) -> bool {
        self.count >= self.until_row
    }

    /// Number of points after these that complete the row that is open then.
    #[inline]
    pub(crate) const fn until_next_row(&self) -> u64 {
        if self.ends_row() {
            let (_, open_points) = self.beyond_row();
            self.points_per_row - open_points
        } else {
            self.until_row - self.count
        }
    }

    /// After the open row is complete: the number of further complete rows, and the points of the
    /// row that is open then.
    #[inline]
    pub(crate) const fn beyond_row(&self) -> (u64, u64) {
        let rest = self.count.saturating_sub(self.until_row);
        // Divisions are slow, and an update rarely skips rows.
        if rest < self.points_per_row {
            (0, rest)
        } else {
            (rest / self.points_per_row, rest % self.points_per_row)
        }
    }
}

impl ClassicFunction {
    /// Adds points of value `point` to the open row `cdp` of an archive with several points per
    /// row.
    #[inline]
    pub(crate) fn consolidate(
        self,
        cdp: &mut CdpPrep,
        point: f64,
        arrival: &Arrival,
        xfiles_factor: f64,
    ) {
        if arrival.ends_row() {
            self.end_row(cdp, point, arrival, xfiles_factor);
        } else {
            self.add(cdp, point, arrival.count);
        }
    }

    /// Completes the open row with these points and begins the next one.
    #[inline]
    pub(crate) fn end_row(
        self,
        cdp: &mut CdpPrep,
        point: f64,
        arrival: &Arrival,
        xfiles_factor: f64,
    ) {
        let CdpState::Classic { value, unknown_points } = &mut cdp.state else { return };
        if point.is_nan() {
            *unknown_points = unknown_points.wrapping_add(arrival.until_row);
            cdp.secondary = UNKNOWN;
        } else {
            cdp.secondary = point;
        }
        let points = count_to_f64(arrival.points_per_row);
        cdp.primary = if count_to_f64(*unknown_points) > points * xfiles_factor {
            UNKNOWN
        } else {
            let known = count_to_f64(arrival.points_per_row.wrapping_sub(*unknown_points));
            self.row(*value, point, count_to_f64(arrival.until_row), known)
        };
        let (_, into_next) = arrival.beyond_row();
        *value = if into_next == 0 || point.is_nan() {
            self.nothing()
        } else {
            self.of_points(point, into_next)
        };
        *unknown_points = if point.is_nan() { into_next } else { 0 };
    }

    /// Adds `count` equal points to the open row, which stays open.
    #[inline]
    pub(crate) fn add(self, cdp: &mut CdpPrep, point: f64, count: u64) {
        let CdpState::Classic { value, unknown_points } = &mut cdp.state else { return };
        if point.is_nan() {
            *unknown_points = unknown_points.wrapping_add(count);
        } else if value.is_nan() {
            *value = self.of_points(point, count);
        } else {
            *value = match self {
                Self::Average => *value + point * count_to_f64(count),
                Self::Min => smaller(*value, point),
                Self::Max => larger(*value, point),
                Self::Last => point,
            };
        }
    }

    /// Adds points, one value per source each, to the open rows of all sources, which stay open.
    #[inline]
    pub(crate) fn add_points(self, cdps: &mut [CdpPrep], points: &[f64]) {
        if points.len() == cdps.len() {
            for (cdp, point) in cdps.iter_mut().zip(points) {
                self.add_each(cdp, iter::once(point));
            }
        } else {
            self.add_columns(cdps, points);
        }
    }

    /// Not inlined, to keep the path of a single point short.
    #[inline(never)]
    fn add_columns(self, cdps: &mut [CdpPrep], points: &[f64]) {
        let sources = cdps.len();
        for (source, cdp) in cdps.iter_mut().enumerate() {
            let column = points.get(source..).unwrap_or_default().iter().step_by(sources);
            self.add_each(cdp, column);
        }
    }

    /// Adds points with a value each to the open row.
    #[inline]
    fn add_each<'a>(self, cdp: &mut CdpPrep, points: impl Iterator<Item = &'a f64>) {
        let CdpState::Classic { value, unknown_points } = &mut cdp.state else { return };
        match self {
            Self::Average => fold(value, unknown_points, points, |so_far, point| so_far + point),
            Self::Min => fold(value, unknown_points, points, smaller),
            Self::Max => fold(value, unknown_points, points, larger),
            Self::Last => fold(value, unknown_points, points, |_, point| point),
        }
    }

    /// The value of a row that ends with `last_points` points of value `point`.
    #[inline]
    fn row(self, so_far: f64, point: f64, last_points: f64, known: f64) -> f64 {
        let or = |value: f64, neutral: f64| if value.is_nan() { neutral } else { value };
        match self {
            Self::Average => (or(so_far, 0.0) + or(point, 0.0) * last_points) / known,
            Self::Max => larger(or(so_far, f64::NEG_INFINITY), or(point, f64::NEG_INFINITY)),
            Self::Min => smaller(or(so_far, f64::INFINITY), or(point, f64::INFINITY)),
            Self::Last => point,
        }
    }

    /// The initial value of a row without known points.
    const fn nothing(self) -> f64 {
        match self {
            Self::Average => 0.0,
            Self::Min => f64::INFINITY,
            Self::Max => f64::NEG_INFINITY,
            Self::Last => UNKNOWN,
        }
    }

    fn of_points(self, point: f64, count: u64) -> f64 {
        if self == Self::Average { point * count_to_f64(count) } else { point }
    }
}

/// Folds known points into `value` and counts the unknown ones.
#[inline]
fn fold<'a>(
    value: &mut f64,
    unknown_points: &mut u64,
    points: impl Iterator<Item = &'a f64>,
    with: impl Fn(f64, f64) -> f64,
) {
    let (mut so_far, mut unknown) = (*value, *unknown_points);
    for point in points.copied() {
        if point.is_nan() {
            unknown = unknown.wrapping_add(1);
        } else if so_far.is_nan() {
            so_far = point;
        } else {
            so_far = with(so_far, point);
        }
    }
    (*value, *unknown_points) = (so_far, unknown);
}

#[inline]
fn smaller(so_far: f64, point: f64) -> f64 {
    if point < so_far { point } else { so_far }
}

#[inline]
fn larger(so_far: f64, point: f64) -> f64 {
    if point > so_far { point } else { so_far }
}
