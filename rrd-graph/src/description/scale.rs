//! Whether a described chart has a logarithmic axis.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::chart::Chart;

/// Whether the value axis is logarithmic: `true`, `false` or `"auto"`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Logarithmic {
    /// Linear.
    #[default]
    No,
    /// Logarithmic.
    Yes,
    /// Logarithmic where spikes would leave everything else at the base: if the highest value is at
    /// least 20 times the one that 95 of 100 do not exceed. This depends on nothing but the range
    /// of time. Never for stacks and negative values.
    Auto,
}

impl Logarithmic {
    /// Whether the axis of a chart with all its curves is logarithmic.
    pub(super) fn applies_to(self, chart: &Chart) -> bool {
        match self {
            Self::No => false,
            Self::Yes => true,
            Self::Auto => chart.is_spiky(),
        }
    }
}

impl From<bool> for Logarithmic {
    fn from(is_logarithmic: bool) -> Self {
        if is_logarithmic { Self::Yes } else { Self::No }
    }
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "expected true, false or \"auto\"")]
enum Written {
    Given(bool),
    Word(Auto),
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Auto {
    Auto,
}

impl<'de> Deserialize<'de> for Logarithmic {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match Written::deserialize(deserializer)? {
            Written::Given(given) => given.into(),
            Written::Word(Auto::Auto) => Self::Auto,
        })
    }
}

impl Serialize for Logarithmic {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::No => serializer.serialize_bool(false),
            Self::Yes => serializer.serialize_bool(true),
            Self::Auto => serializer.serialize_str("auto"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::description::Description;

    #[test]
    fn an_axis_is_logarithmic_linear_or_as_its_data_need() {
        let read = |text: &str| Description::from_toml(text).map(|read| read.logarithmic);
        assert_eq!(read("").unwrap(), Logarithmic::No);
        assert_eq!(read("logarithmic = true").unwrap(), Logarithmic::Yes);
        assert_eq!(read("logarithmic = \"auto\"").unwrap(), Logarithmic::Auto);
        let error = read("logarithmic = \"maybe\"").unwrap_err().to_string();
        assert!(error.contains("expected true, false or \"auto\""), "{error}");
    }
}
