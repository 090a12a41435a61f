//! How a description names the line that shows how high a stack was.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::words::{is_default, is_one};

/// The line over a stack that shows how high it was within its rows.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum Peak {
    /// The sum of the highest values of the parts, called `at most`: not all need to have been so
    /// high at once.
    #[default]
    Sum,
    /// None: the parts always add up to the same.
    None,
    /// The extremes of a data source that is the total of the first stack.
    Stored(PeakSource),
}

/// A data source that is the total of a stack, or what is left of a whole.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct PeakSource {
    /// The data source in the database of the chart.
    pub source: String,
    /// What its values are multiplied by. Below zero the lowest values make the peak.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub factor: f64,
    /// The amount added after scaling.
    #[serde(default, skip_serializing_if = "is_default")]
    pub shift: f64,
    /// The text in the legend; `peak` where missing.
    #[serde(default = "peak", skip_serializing_if = "is_peak")]
    pub label: String,
}

fn one() -> f64 {
    1.0
}

fn peak() -> String {
    "peak".to_owned()
}

fn is_peak(label: &str) -> bool {
    label == "peak"
}

/// As written: `false`, `true`, or a table.
#[derive(Deserialize, Serialize)]
#[serde(untagged, expecting = "expected true, false or { source = \"NAME\", ... }")]
enum Written {
    Sum(bool),
    Stored(PeakSource),
}

impl<'de> Deserialize<'de> for Peak {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match Written::deserialize(deserializer)? {
            Written::Sum(true) => Self::Sum,
            Written::Sum(false) => Self::None,
            Written::Stored(source) => Self::Stored(source),
        })
    }
}

impl Serialize for Peak {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Sum => serializer.serialize_bool(true),
            Self::None => serializer.serialize_bool(false),
            Self::Stored(source) => source.serialize(serializer),
        }
    }
}
