//! The open consolidated data point of one data source in one archive.

use crate::archive::{Archive, ArchiveKind};
use crate::number::UNKNOWN;
use crate::time::{Step, Timestamp};

/// What a file remembers of the row that is still open.
#[derive(Clone, Copy, Debug, PartialEq)]
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
pub enum CdpState {
    /// AVERAGE, MIN, MAX, LAST.
    Classic {
        /// Sum, minimum, maximum or last of the points so far; NaN for none.
        value: f64,
        /// Unknown points so far.
        unknown_points: u64,
    },
    /// HWPREDICT, MHWPREDICT.
    Forecast {
        /// Baseline.
        intercept: f64,
        /// Baseline one step before.
        last_intercept: f64,
        /// Trend.
        slope: f64,
        /// Trend one step before.
        last_slope: f64,
        /// Unknown points in a row, plus one.
        null_count: u64,
        /// The same one step before.
        last_null_count: u64,
    },
    /// SEASONAL, DEVSEASONAL.
    Seasonal {
        /// The coefficient (or deviation) of the current step.
        coefficient: f64,
        /// That of the step before.
        last_coefficient: f64,
        /// Seasons seen, up to 4: slot 6 of the record.
        initialised: u64,
    },
    /// DEVPREDICT keeps nothing.
    DevPredict,
    /// FAILURES.
    Failures {
        /// One byte a step, 1 for a violation, the newest first.
        violations: [u8; 28],
    },
}

impl CdpPrep {
    /// The open row of `archive` in a new file that starts at `start`: the points of the row before that are unknown.
    pub fn fresh(archive: &Archive, step: Step, start: Timestamp) -> Self {
        let state = match archive.kind {
            ArchiveKind::Classic { points_per_row, .. } => {
                let point = step.index(start.seconds());
                CdpState::Classic {
                    value: UNKNOWN,
                    unknown_points: place_in_row(point, points_per_row),
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
            ArchiveKind::DevPredict { .. } => CdpState::DevPredict,
            ArchiveKind::Failures { .. } => CdpState::Failures { violations: [0; 28] },
        };
        Self { state, primary: 0.0, secondary: 0.0 }
    }
}

/// How many points of its row lie before a point; points count from 1970.
pub(crate) const fn place_in_row(point: i64, points_per_row: u64) -> u64 {
    let distance = point.unsigned_abs() % points_per_row;
    if point < 0 && distance != 0 { points_per_row - distance } else { distance }
}
