//! The words of a description: colours, times, functions and formulas, read while the file is, so
//! that an error names its line and column.

use std::borrow::Cow;
use std::fmt::{self, Display};
use std::path::PathBuf;
use std::str::FromStr;

use rrd_core::at_style::{self, TimeSpec, TimeSpecError};
use serde::de::{Deserialize, Deserializer, Error};
use serde::ser::{Serialize, Serializer};

use crate::color::{Color, SeriesColor};
use crate::statement::Formula;
use crate::words::words;

/// How long before its own range a chart is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Before {
    /// 24 hours.
    Day,
    /// Seven days.
    Week,
}

words!(Before, "time to compare with", { Day: "day", Week: "week" });

pub(super) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
pub(super) fn is_one(value: &f64) -> bool {
    *value == 1.0
}

/// Parses a text and keeps its meaning.
fn read<'de, D: Deserializer<'de>, T, E: Display>(
    deserializer: D,
    meaning: impl FnOnce(&str) -> Result<T, E>,
) -> Result<T, D::Error> {
    let text = Cow::<str>::deserialize(deserializer)?;
    meaning(&text).map_err(D::Error::custom)
}

/// Writes a path as text. What is not UTF-8 in it becomes U+FFFD.
#[expect(clippy::ref_option, reason = "serde passes the field")]
pub(super) fn path_text<S: Serializer>(
    path: &Option<PathBuf>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    path.as_ref().map(|path| path.to_string_lossy()).serialize(serializer)
}

/// A time as in `end-1d`, relative to others until it is used.
///
/// ```
/// use rrd_graph::description::Time;
/// let noon: Time = "noon yesterday".parse()?;
/// assert_eq!(noon.to_string(), "noon yesterday");
/// # Ok::<(), rrd_core::at_style::TimeSpecError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Time {
    text: String,
    spec: TimeSpec,
}

impl Time {
    /// What the text means.
    pub fn spec(&self) -> &TimeSpec {
        &self.spec
    }
}

impl FromStr for Time {
    type Err = TimeSpecError;

    fn from_str(text: &str) -> Result<Self, TimeSpecError> {
        Ok(Self { text: text.to_owned(), spec: at_style::parse(text)? })
    }
}

impl Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read(deserializer, str::parse)
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Color {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read(deserializer, str::parse)
    }
}

impl Serialize for Color {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for SeriesColor {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read(deserializer, str::parse)
    }
}

impl Serialize for SeriesColor {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Formula {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read(deserializer, str::parse)
    }
}

impl Serialize for Formula {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.text())
    }
}

/// AVERAGE, MIN, MAX, LAST and the others.
pub(super) mod function {
    use rrd_core::ConsolidationFunction;
    use serde::{Deserializer, Serializer};

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<ConsolidationFunction, D::Error> {
        super::read(deserializer, |text| {
            text.parse()
                .map_err(|_| format!("unknown function '{text}': try AVERAGE, MIN, MAX or LAST"))
        })
    }

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
    pub(in super::super) fn serialize<S: Serializer>(
        function: &ConsolidationFunction,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_str(function)
    }
}

/// A zone such as `Europe/Zurich`.
pub(super) mod zone {
    use rrd_core::TimeZone;
    use serde::{Deserializer, Serializer};

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<TimeZone>, D::Error> {
        super::read(deserializer, |text| {
            TimeZone::get(text)
                .map(Some)
                .map_err(|_| format!("unknown time zone '{text}': write one such as Europe/Zurich"))
        })
    }

    #[expect(clippy::ref_option, reason = "serde passes references")]
    pub(in super::super) fn serialize<S: Serializer>(
        zone: &Option<TimeZone>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match zone.as_ref().and_then(TimeZone::iana_name) {
            Some(name) => serializer.serialize_some(name),
            None => serializer.serialize_none(),
        }
    }
}
