//! The open primary data point of one data source. How readings fill it lives in `update`.

/// What a file remembers of the primary data point that is still open.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PdpPrep {
    /// The last reading as text, at most 29 bytes, padded with zeros; "U" for unknown.
    pub last_reading: [u8; 30],
    /// Whole seconds of the open point that are unknown.
    pub unknown_seconds: u64,
    /// The integral (value times seconds) collected so far; NaN before the first known reading.
    pub value: f64,
}
