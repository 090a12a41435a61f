//! The input of a database: a time and a reading for each data source. `data_source` computes rates
//! from readings, `template` parses samples.

use crate::time::Timestamp;

/// A time and the readings taken then.
///
/// There is one reading for each data source that takes readings, in file order. A sample may also
/// have one reading for every data source, including computed ones; the reading of a computed
/// source is only stored as its last text.
///
/// ```
/// use rrd_core::{Reading, Sample, Timestamp};
///
/// let sample = Sample::new(Timestamp::from_seconds(920_804_700), [12_345_u64, 7]);
/// assert_eq!(sample.readings, [Reading::Integer(12_345), Reading::Integer(7)]);
///
/// let failed_probe: Option<f64> = None;
/// let sample = Sample::new(Timestamp::from_seconds(920_804_700), [Some(0.25), failed_probe]);
/// assert_eq!(sample.readings, [Reading::Number(0.25), Reading::Unknown]);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// The time of the readings; later than the last update of the database.
    pub at: Timestamp,
    /// The readings.
    pub readings: Vec<Reading>,
}

impl Sample {
    /// A sample from values that convert to readings.
    pub fn new<R: Into<Reading>>(at: Timestamp, readings: impl IntoIterator<Item = R>) -> Self {
        Self { at, readings: readings.into_iter().map(Into::into).collect() }
    }
}

/// A reading of one data source.
///
/// A typed reading means the same as its text: an integral `Number` is valid for a COUNTER, a
/// fractional one is not.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Reading {
    /// Nothing is known since the last update.
    Unknown,
    /// An integer, such as a counter.
    Integer(i128),
    /// A number; NaN means unknown.
    Number(f64),
    /// Digits as typed, preserved exactly: "12.50" stays "12.50" as the last reading of the file. A
    /// text beginning with `U` means unknown.
    Text(String),
}

impl Reading {
    /// Whether it is unknown for every kind of data source.
    #[inline]
    pub(crate) fn is_unknown(&self) -> bool {
        match self {
            Self::Unknown => true,
            Self::Integer(_) => false,
            Self::Number(value) => value.is_nan(),
            Self::Text(text) => text.starts_with('U'),
        }
    }
}

impl From<f64> for Reading {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

impl From<u64> for Reading {
    fn from(number: u64) -> Self {
        Self::Integer(number.into())
    }
}

impl From<i64> for Reading {
    fn from(number: i64) -> Self {
        Self::Integer(number.into())
    }
}

impl From<u32> for Reading {
    fn from(number: u32) -> Self {
        Self::Integer(number.into())
    }
}

impl From<i32> for Reading {
    fn from(number: i32) -> Self {
        Self::Integer(number.into())
    }
}

impl From<&str> for Reading {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl<R: Into<Self>> From<Option<R>> for Reading {
    fn from(reading: Option<R>) -> Self {
        reading.map_or(Self::Unknown, Into::into)
    }
}
