//! The open consolidated data point of one data source in one archive.

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
