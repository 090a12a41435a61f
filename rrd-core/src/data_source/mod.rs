//! A data source: its name, kind and limits. `rate` computes rates from readings, `last` keeps the
//! text of the last reading, `shortest` formats numbers for it.

mod digits;
mod last;
mod rate;
mod shortest;

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::rpn::CompactExpression;
use crate::time::whole_seconds_up;
use crate::unknown_name::UnknownName;

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
    /// Checks a name, as [`FromStr`] does.
    ///
    /// ```
    /// use rrd_core::SourceName;
    /// assert_eq!(SourceName::new("steal").unwrap().as_str(), "steal");
    /// assert_eq!(
    ///     "a name".parse::<SourceName>().unwrap_err().to_string(),
    ///     "invalid data source name \"a name\": expected 1 to 19 of the characters A-Z a-z 0-9 _ -"
    /// );
    /// ```
    pub fn new(name: &str) -> Result<Self, SourceNameError> {
        let legal = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
        if (1..=19).contains(&name.len()) && name.bytes().all(legal) {
            Ok(Self(name.to_owned()))
        } else {
            Err(SourceNameError { name: name.to_owned() })
        }
    }

    /// A name from a file: RRDtool accepts more characters in files than on the command line.
    pub(crate) fn from_file(name: &str) -> Option<Self> {
        ((1..=19).contains(&name.len()) && !name.chars().any(char::is_control))
            .then(|| Self(name.to_owned()))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for SourceName {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SourceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for SourceName {
    type Err = SourceNameError;

    fn from_str(name: &str) -> Result<Self, SourceNameError> {
        Self::new(name)
    }
}

/// A data source cannot have this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid data source name {name:?}: expected 1 to 19 of the characters A-Z a-z 0-9 _ -")]
pub struct SourceNameError {
    name: String,
}

/// Where the values of a data source come from.
#[derive(Clone, Debug, PartialEq)]
pub enum SourceKind {
    /// Readings.
    Measured(MeasuredSource),
    /// An expression over the preceding data sources (COMPUTE).
    Computed(CompactExpression),
}

/// A data source with readings.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MeasuredSource {
    /// How a reading becomes a rate.
    pub rate: RateKind,
    /// Seconds of silence after which the value is unknown.
    pub heartbeat: Heartbeat,
    /// The smallest rate that counts as known; NaN if there is no limit.
    pub minimum: f64,
    /// The largest rate that counts as known; NaN if there is no limit.
    pub maximum: f64,
}

/// How a reading becomes a rate per second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RateKind {
    /// The reading is the value.
    Gauge,
    /// A counter of integers that only grows and wraps at 32 or 64 bits.
    Counter,
    /// The difference of integers, which may be negative.
    Derive,
    /// A counter that each reading resets.
    Absolute,
    /// Like `Counter` for fractional numbers, without wrapping.
    DCounter,
    /// Like `Derive` for fractional numbers.
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
}

impl AsRef<str> for RateKind {
    fn as_ref(&self) -> &str {
        self.name()
    }
}

impl fmt::Display for RateKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for RateKind {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, UnknownName> {
        [Self::Gauge, Self::Counter, Self::Derive, Self::Absolute, Self::DCounter, Self::DDerive]
            .into_iter()
            .find(|kind| kind.name() == name)
            .ok_or_else(|| {
                let names = "GAUGE, COUNTER, DERIVE, ABSOLUTE, DCOUNTER or DDERIVE";
                UnknownName::new("data source type", name, names)
            })
    }
}

/// The longest silence of a data source, in whole seconds. After a longer one its value is unknown.
///
/// ```
/// use std::time::Duration;
/// use rrd_core::Heartbeat;
/// assert_eq!(Heartbeat::from(Duration::from_millis(1500)), Heartbeat::from_seconds(2));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Heartbeat(u64);

impl Heartbeat {
    /// A heartbeat of this many seconds.
    pub const fn from_seconds(seconds: u64) -> Self {
        Self(seconds)
    }

    /// The heartbeat in seconds.
    #[inline]
    pub const fn seconds(self) -> u64 {
        self.0
    }
}

/// Rounds up to whole seconds.
impl From<Duration> for Heartbeat {
    fn from(silence: Duration) -> Self {
        Self(whole_seconds_up(silence))
    }
}

impl From<Heartbeat> for Duration {
    fn from(heartbeat: Heartbeat) -> Self {
        Self::from_secs(heartbeat.seconds())
    }
}
