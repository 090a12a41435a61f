//! The names of the consolidation functions and the xfiles factor. Their computation is in `cdp`
//! and `archive`.

use std::fmt;

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
    /// assert_eq!(ConsolidationFunction::from_name("MAX"), Some(ConsolidationFunction::Max));
    /// assert_eq!(ConsolidationFunction::from_name("max"), None);
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

    /// The function with this name; names are upper case.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|function| function.name() == name)
    }

    /// Whether this is one of AVERAGE, MIN, MAX and LAST.
    pub const fn is_classic(self) -> bool {
        matches!(self, Self::Average | Self::Min | Self::Max | Self::Last)
    }
}

impl fmt::Display for ConsolidationFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
