//! The names of the consolidation functions and the xfiles factor. Their computation is in `cdp`
//! and `archive`.

use std::fmt;
use std::str::FromStr;

use crate::unknown_name::UnknownName;

/// How primary data points become one row of an archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ConsolidationFunction {
    /// The mean of the known points.
    Average,
    /// The smallest known point.
    Min,
    /// The largest known point.
    Max,
    /// The last point.
    Last,
    /// The Holt-Winters forecast with an additive season.
    HwPredict,
    /// The Holt-Winters forecast with a multiplicative season.
    MhwPredict,
    /// The seasonal coefficients of a forecast.
    Seasonal,
    /// The seasonal deviations of a forecast.
    DevSeasonal,
    /// The predicted deviations.
    DevPredict,
    /// The violations of the confidence band.
    Failures,
}

impl ConsolidationFunction {
    /// All functions, in the order of the manual.
    pub const ALL: [Self; 10] = [
        Self::Average,
        Self::Min,
        Self::Max,
        Self::Last,
        Self::HwPredict,
        Self::MhwPredict,
        Self::Seasonal,
        Self::DevSeasonal,
        Self::DevPredict,
        Self::Failures,
    ];

    /// The name in files and on command lines.
    ///
    /// ```
    /// use rrd_core::ConsolidationFunction;
    /// assert_eq!(ConsolidationFunction::DevSeasonal.name(), "DEVSEASONAL");
    /// assert_eq!("MAX".parse(), Ok(ConsolidationFunction::Max));
    /// assert!("max".parse::<ConsolidationFunction>().is_err());
    /// ```
    pub const fn name(self) -> &'static str {
        match self {
            Self::Average => "AVERAGE",
            Self::Min => "MIN",
            Self::Max => "MAX",
            Self::Last => "LAST",
            Self::HwPredict => "HWPREDICT",
            Self::MhwPredict => "MHWPREDICT",
            Self::Seasonal => "SEASONAL",
            Self::DevSeasonal => "DEVSEASONAL",
            Self::DevPredict => "DEVPREDICT",
            Self::Failures => "FAILURES",
        }
    }

    /// Whether this is one of AVERAGE, MIN, MAX and LAST.
    pub const fn is_classic(self) -> bool {
        matches!(self, Self::Average | Self::Min | Self::Max | Self::Last)
    }

    /// Whether an archive of this function with rows of so many points answers a request for
    /// `function`: see [`Archive::answers`](crate::Archive::answers).
    pub fn answers(self, function: Self, points_per_row: u64) -> bool {
        self == function || (points_per_row == 1 && self.is_classic() && function.is_classic())
    }
}

impl fmt::Display for ConsolidationFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl AsRef<str> for ConsolidationFunction {
    fn as_ref(&self) -> &str {
        self.name()
    }
}

impl FromStr for ConsolidationFunction {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, UnknownName> {
        let found = Self::ALL.into_iter().find(|function| function.name() == name);
        found.ok_or_else(|| UnknownName::new("consolidation function", name, NAMES))
    }
}

const NAMES: &str =
    "AVERAGE, MIN, MAX, LAST, HWPREDICT, MHWPREDICT, SEASONAL, DEVSEASONAL, DEVPREDICT or FAILURES";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_of_an_unknown_name_lists_every_name() {
        let listed: Vec<_> = NAMES.split(", ").flat_map(|names| names.split(" or ")).collect();
        assert_eq!(listed, ConsolidationFunction::ALL.map(ConsolidationFunction::name));
    }
}
