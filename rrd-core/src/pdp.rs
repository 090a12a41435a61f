//! The open primary data point of one data source. How readings fill it lives in `update`.

use crate::data_source::LastReading;
use crate::number::UNKNOWN;
use crate::time::{Step, Timestamp};

/// What a file remembers of the primary data point that is still open.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PdpPrep {
    /// The last reading as text.
    pub last_reading: LastReading,
    /// Whole seconds of the open point that are unknown.
    pub unknown_seconds: u64,
    /// The integral (value times seconds) collected so far; NaN before the first known reading.
    pub value: f64,
}

impl PdpPrep {
    /// Nothing is known and nothing passed.
    pub(crate) const UNKNOWN: Self =
        Self { last_reading: LastReading::UNKNOWN, unknown_seconds: 0, value: UNKNOWN };

    /// The open point of a new file that starts at `start`: what passed of its step before is unknown.
    pub fn fresh(step: Step, start: Timestamp) -> Self {
        Self {
            last_reading: LastReading::UNKNOWN,
            unknown_seconds: step.phase(start.seconds()),
            value: UNKNOWN,
        }
    }
}
