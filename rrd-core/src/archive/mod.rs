//! What an archive is: a ring of rows and the function that fills it. The forecasts' arithmetic lives in `forecast`.

mod cursor;
pub(crate) mod forecast;
pub(crate) mod smoothing;

pub(crate) use cursor::RowCursor;

use crate::consolidation::ConsolidationFunction;

/// One round-robin archive of a database.
#[derive(Clone, Debug, PartialEq)]
pub struct Archive {
    /// Rows in the ring, at least 1.
    pub rows: u64,
    /// What fills the rows.
    pub kind: ArchiveKind,
}

/// The function of an archive with its parameters. Indices of archives count from 0.
#[derive(Clone, Debug, PartialEq)]
pub enum ArchiveKind {
    /// AVERAGE, MIN, MAX or LAST.
    Classic {
        /// Which of the four.
        function: ClassicFunction,
        /// Primary data points in one row, at least 1.
        points_per_row: u64,
        /// The largest unknown share of a row that is still known, 0 <= x < 1 (NaN in odd files).
        xfiles_factor: f64,
    },
    /// HWPREDICT or MHWPREDICT.
    Forecast {
        /// How the season enters the forecast.
        season: Season,
        /// Adaption of the intercept, 0 < alpha < 1.
        alpha: f64,
        /// Adaption of the slope, 0 <= beta <= 1.
        beta: f64,
        /// The SEASONAL archive.
        seasonal: usize,
        /// Rows of one season; informative, the SEASONAL archive's rows count.
        season_length: f64,
    },
    /// SEASONAL: the coefficients.
    Seasonal(Seasonal),
    /// DEVSEASONAL: the deviations.
    DevSeasonal(Seasonal),
    /// DEVPREDICT.
    DevPredict {
        /// The DEVSEASONAL archive.
        deviations: usize,
    },
    /// FAILURES.
    Failures {
        /// Deviations above the forecast that are allowed.
        delta_positive: f64,
        /// Deviations below the forecast that are allowed.
        delta_negative: f64,
        /// The DEVSEASONAL archive.
        deviations: usize,
        /// Steps that are looked at, 1 to 28.
        window: u64,
        /// Violations in the window that make a failure, 1 to `window`.
        threshold: u64,
    },
}

/// Parameters that SEASONAL and DEVSEASONAL share.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Seasonal {
    /// Adaption of the coefficients, 0 < gamma < 1.
    pub gamma: f64,
    /// Share of the season that smoothing averages over, 0 <= x <= 1; counts from file version 4 on.
    pub smoothing_window: f64,
    /// The HWPREDICT or MHWPREDICT archive.
    pub forecast: usize,
    /// The row at which the season is smoothed.
    pub smoothing_index: u64,
}

impl Seasonal {
    /// The share that smoothing averages over unless another is given, and always before file version 4.
    pub const DEFAULT_SMOOTHING_WINDOW: f64 = 0.05;

    /// The row at which a season of `rows` rows is smoothed in a file of this name: the same name always gives the same
    /// row, different names spread the work of many files over the season.
    ///
    /// The name counts as it is written, so `x.rrd` and `./x.rrd` may differ.
    ///
    /// ```
    /// use rrd_core::Seasonal;
    /// assert_eq!(Seasonal::smoothing_row(b"x.rrd", 997), Some(807));
    /// assert_eq!(Seasonal::smoothing_row(b"x.rrd", 0), None);
    /// ```
    pub fn smoothing_row(file_name: &[u8], rows: u64) -> Option<u64> {
        // FNV-1 with the 32-bit constants in 64 bits, as RRDtool has it.
        let hash = file_name
            .iter()
            .fold(0x811c_9dc5_u64, |hash, byte| hash.wrapping_mul(0x0100_0193) ^ u64::from(*byte));
        hash.checked_rem(rows)
    }
}

/// How a season enters the forecast.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Season {
    /// Added to the baseline (HWPREDICT).
    Additive,
    /// Multiplied with the baseline (MHWPREDICT).
    Multiplicative,
}

/// The consolidation functions that need no memory beyond one row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ClassicFunction {
    /// The mean of the known points.
    Average,
    /// The smallest known point.
    Min,
    /// The largest known point.
    Max,
    /// The last point.
    Last,
}

impl From<ClassicFunction> for ConsolidationFunction {
    fn from(function: ClassicFunction) -> Self {
        match function {
            ClassicFunction::Average => Self::Average,
            ClassicFunction::Min => Self::Min,
            ClassicFunction::Max => Self::Max,
            ClassicFunction::Last => Self::Last,
        }
    }
}

impl Archive {
    /// The archives that follow a forecast at index `forecast`: seasonal coefficients, deviations, predicted
    /// deviations, failures.
    pub(crate) fn companions(
        forecast: usize,
        rows: u64,
        alpha: f64,
        season_rows: u64,
        smoothing_index: u64,
    ) -> [Self; 4] {
        let season = Seasonal { gamma: alpha, smoothing_window: 0.0, forecast, smoothing_index };
        let deviations = forecast.saturating_add(2);
        [
            Self { rows: season_rows, kind: ArchiveKind::Seasonal(season) },
            Self { rows: season_rows, kind: ArchiveKind::DevSeasonal(season) },
            Self { rows, kind: ArchiveKind::DevPredict { deviations } },
            Self {
                rows: season_rows,
                kind: ArchiveKind::Failures {
                    delta_positive: 2.0,
                    delta_negative: 2.0,
                    deviations,
                    window: 9,
                    threshold: 7,
                },
            },
        ]
    }

    /// The consolidation function by name.
    pub fn function(&self) -> ConsolidationFunction {
        match &self.kind {
            ArchiveKind::Classic { function, .. } => (*function).into(),
            ArchiveKind::Forecast { season: Season::Additive, .. } => {
                ConsolidationFunction::HwPredict
            }
            ArchiveKind::Forecast { season: Season::Multiplicative, .. } => {
                ConsolidationFunction::MhwPredict
            }
            ArchiveKind::Seasonal(_) => ConsolidationFunction::Seasonal,
            ArchiveKind::DevSeasonal(_) => ConsolidationFunction::DevSeasonal,
            ArchiveKind::DevPredict { .. } => ConsolidationFunction::DevPredict,
            ArchiveKind::Failures { .. } => ConsolidationFunction::Failures,
        }
    }

    /// Primary data points in one row; always 1 for the forecasting functions.
    pub fn points_per_row(&self) -> u64 {
        match self.kind {
            ArchiveKind::Classic { points_per_row, .. } => points_per_row,
            _ => 1,
        }
    }
}
