//! What a data source is: its name, its kind and its limits. How two readings become a rate lives in `rate`, the text of
//! the last reading in `last`, how numbers turn into it in `shortest`.

mod last;
mod rate;
mod shortest;

use crate::rpn::CompactExpression;

pub use last::LastReading;
pub use rate::RateError;
pub(crate) use rate::share;

/// One data source of a database.
#[derive(Clone, Debug, PartialEq)]
pub struct DataSource {
    /// 1 to 19 characters of `A-Z a-z 0-9 _ -`, unique in its file.
    pub name: SourceName,
    /// What its values are and where they come from.
    pub kind: SourceKind,
}

/// The checked name of a data source.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceName(String);

impl SourceName {
    /// The name, if it has 1 to 19 characters of `A-Z a-z 0-9 _ -`.
    ///
    /// ```
    /// use rrd_core::SourceName;
    /// assert_eq!(SourceName::new("steal").unwrap().as_str(), "steal");
    /// assert_eq!(SourceName::new("a name"), None);
    /// ```
    pub fn new(name: &str) -> Option<Self> {
        let legal = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
        ((1..=19).contains(&name.len()) && name.bytes().all(legal)).then(|| Self(name.to_owned()))
    }

    /// The name as a file has it: RRDtool lets other characters into files than it takes on the command line.
    pub(crate) fn from_file(name: &str) -> Option<Self> {
        ((1..=19).contains(&name.len()) && !name.chars().any(char::is_control))
            .then(|| Self(name.to_owned()))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Where the values of a data source come from.
#[derive(Clone, Debug, PartialEq)]
pub enum SourceKind {
    /// Readings from outside.
    Measured(MeasuredSource),
    /// An expression over the data sources before it (COMPUTE).
    Computed(CompactExpression),
}

/// A data source that is fed by readings.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MeasuredSource {
    /// How a reading becomes a rate.
    pub rate: RateKind,
    /// The longest silence, in seconds, after which the value is unknown.
    pub heartbeat: Heartbeat,
    /// The smallest rate taken as known; NaN for none.
    pub minimum: f64,
    /// The largest rate taken as known; NaN for none.
    pub maximum: f64,
}

/// How a reading becomes a rate per second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RateKind {
    /// The reading is the value.
    Gauge,
    /// A counter of whole numbers that only grows and wraps at 32 or 64 bits.
    Counter,
    /// The difference of whole numbers, also negative.
    Derive,
    /// A counter that is reset by each reading.
    Absolute,
    /// Like `Counter` for fractions, without wrapping.
    DCounter,
    /// Like `Derive` for fractions.
    DDerive,
}

impl RateKind {
    /// The name in files and on command lines.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gauge => "GAUGE",
            Self::Counter => "COUNTER",
            Self::Derive => "DERIVE",
            Self::Absolute => "ABSOLUTE",
            Self::DCounter => "DCOUNTER",
            Self::DDerive => "DDERIVE",
        }
    }

    /// The kind of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Gauge, Self::Counter, Self::Derive, Self::Absolute, Self::DCounter, Self::DDerive]
            .into_iter()
            .find(|kind| kind.name() == name)
    }
}

/// The longest silence of a data source in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Heartbeat(pub u64);
