//! An archive: a ring of rows and the function that fills it.

mod cursor;

pub(crate) use cursor::RowCursor;

use crate::consolidation::ConsolidationFunction;

/// One round-robin archive of a database.
#[derive(Clone, Debug, PartialEq)]
pub struct Archive {
    /// Rows in the ring, at least 1.
    pub rows: u64,
    /// How the rows are computed.
    pub kind: ArchiveKind,
}

/// The function of an archive with its parameters. Archive indices start at 0.
#[derive(Clone, Debug, PartialEq)]
pub enum ArchiveKind {
    /// AVERAGE, MIN, MAX or LAST.
    Classic {
        /// Which of the four functions.
        function: ClassicFunction,
        /// Primary data points per row, at least 1.
        points_per_row: u64,
        /// The largest share of unknown points in a known row, 0 <= x < 1 (NaN in malformed files).
        xfiles_factor: f64,
    },
    /// HWPREDICT or MHWPREDICT.
    Forecast {
        /// How the season enters the forecast.
        season: Season,
        /// Adaptation rate of the intercept, 0 < alpha < 1.
        alpha: f64,
        /// Adaptation rate of the slope, 0 <= beta <= 1.
        beta: f64,
        /// Index of the SEASONAL archive.
        seasonal: usize,
        /// Rows per season; informative only: the number of rows of the SEASONAL archive is used.
        season_length: f64,
    },
    /// SEASONAL: the coefficients.
    Seasonal(Seasonal),
    /// DEVSEASONAL: the deviations.
    DevSeasonal(Seasonal),
    /// DEVPREDICT.
    DevPredict {
        /// Index of the DEVSEASONAL archive.
        deviations: usize,
    },
    /// FAILURES.
    Failures {
        /// Allowed deviations above the forecast.
        delta_positive: f64,
        /// Allowed deviations below the forecast.
        delta_negative: f64,
        /// Index of the DEVSEASONAL archive.
        deviations: usize,
        /// Steps in the window, 1 to 28.
        window: u64,
        /// Violations in the window that make a failure, 1 to `window`.
        threshold: u64,
    },
}

/// Parameters that SEASONAL and DEVSEASONAL share.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Seasonal {
    /// Adaptation rate of the coefficients, 0 < gamma < 1.
    pub gamma: f64,
    /// Share of the season in the moving average, 0 <= x <= 1; stored from file version 4 on.
    pub smoothing_window: f64,
    /// Index of the HWPREDICT or MHWPREDICT archive.
    pub forecast: usize,
    /// The row at which the season is smoothed.
    pub smoothing_index: u64,
}

impl Seasonal {
    /// The smoothing window unless another one is given, and always before file version 4.
    pub const DEFAULT_SMOOTHING_WINDOW: f64 = 0.05;

    /// The row at which a season of `rows` rows is smoothed in a file with this name. The same name
    /// always gives the same row; different names spread the work of many files over the season.
    ///
    /// The name counts as written, so `x.rrd` and `./x.rrd` may differ.
    ///
    /// ```
    /// use rrd_core::Seasonal;
    /// assert_eq!(Seasonal::smoothing_row(b"x.rrd", 997), Some(807));
    /// assert_eq!(Seasonal::smoothing_row(b"x.rrd", 0), None);
    /// ```
    pub fn smoothing_row(file_name: &[u8], rows: u64) -> Option<u64> {
        // FNV-1 with the 32-bit constants in 64 bits, as in RRDtool.
        let hash = file_name
            .iter()
            .fold(0x811c_9dc5_u64, |hash, byte| hash.wrapping_mul(0x0100_0193) ^ u64::from(*byte));
        hash.checked_rem(rows)
    }
}

/// How a season is combined with the forecast.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Season {
    /// Added to the baseline (HWPREDICT).
    Additive,
    /// Multiplied with the baseline (MHWPREDICT).
    Multiplicative,
}

/// The consolidation functions that need no state beyond one row.
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
    /// The archives that accompany a forecast at index `forecast`: seasonal coefficients,
    /// deviations, predicted deviations, failures.
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

    /// The archive with another number of rows. A season is smoothed at one of its rows, which
    /// RRDtool does not see to.
    pub(crate) fn with_rows(mut self, rows: u64) -> Self {
        self.rows = rows;
        if let ArchiveKind::Seasonal(season) | ArchiveKind::DevSeasonal(season) = &mut self.kind {
            let index = season.smoothing_index;
            season.smoothing_index = index.checked_rem(rows).unwrap_or(index);
        }
        self
    }

    /// The archive's consolidation function.
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

    /// Primary data points per row; always 1 for the forecasting functions.
    pub fn points_per_row(&self) -> u64 {
        match self.kind {
            ArchiveKind::Classic { points_per_row, .. } => points_per_row,
            _ => 1,
        }
    }

    /// Whether its rows answer a request for `function`. Rows of a single point are the same for
    /// all four classic functions.
    ///
    /// ```
    /// use rrd_core::{Archive, ArchiveKind, ClassicFunction, ConsolidationFunction};
    /// let function = ClassicFunction::Max;
    /// let of = |points_per_row| Archive {
    ///     rows: 10,
    ///     kind: ArchiveKind::Classic { function, points_per_row, xfiles_factor: 0.5 },
    /// };
    /// assert!(of(1).answers(ConsolidationFunction::Average));
    /// assert!(!of(2).answers(ConsolidationFunction::Average));
    /// ```
    pub fn answers(&self, function: ConsolidationFunction) -> bool {
        self.function().answers(function, self.points_per_row())
    }
}
