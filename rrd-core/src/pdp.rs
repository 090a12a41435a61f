//! The open primary data point of one data source. How readings fill it is in `update`.

use crate::data_source::LastReading;
use crate::number::UNKNOWN;
use crate::time::{Step, Timestamp};

/// The primary data point that is still open, as stored in a file.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct PdpPrep {
    /// The last reading as text.
    pub last_reading: LastReading,
    /// Whole unknown seconds of the open point.
    pub unknown_seconds: u64,
    /// The integral (value times seconds) so far; NaN before the first known reading.
    pub value: f64,
}

impl PdpPrep {
    /// Nothing known, no time passed.
    pub(crate) const UNKNOWN: Self =
        Self { last_reading: LastReading::UNKNOWN, unknown_seconds: 0, value: UNKNOWN };

    /// The open point of a new file that starts at `start`: the part of the step before it is
    /// unknown.
    pub(crate) fn fresh(step: Step, start: Timestamp) -> Self {
        Self {
            last_reading: LastReading::UNKNOWN,
            unknown_seconds: step.phase(start.seconds()),
            value: UNKNOWN,
        }
    }
}
