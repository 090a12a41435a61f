//! What makes the shape of a database impossible.

use std::time::Duration;

use crate::rpn::CompactError;
use crate::time::{Step, StepError};

/// Why a database cannot have the shape that was asked for. Archives count from 0.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SchemaError {
    /// The step is not a whole number of seconds.
    #[error(transparent)]
    Step(#[from] StepError),
    /// An archive is to have rows that are not made of whole steps.
    #[error("invalid row length {row:?}: expected a whole multiple of the step, {step}")]
    RowLength {
        /// The length of a row as given.
        row: Duration,
        /// The step.
        step: Step,
    },
    /// A builder was given an xfiles factor before an archive that has one.
    #[error("an xfiles factor must follow the archive it belongs to")]
    FactorWithoutArchive,
    /// There is no archive.
    #[error("a database has at least one archive")]
    NoArchives,
    /// There is no data source.
    #[error("a database has at least one data source")]
    NoSources,
    /// A name is not 1 to 19 characters of `A-Z a-z 0-9 _ -`.
    #[error("the data source name '{name}' must be 1 to 19 of the characters A-Z a-z 0-9 _ -")]
    IllegalName {
        /// The name as given.
        name: String,
    },
    /// Two data sources have the same name.
    #[error("two data sources have the name '{name}'")]
    DuplicateName {
        /// The name that comes twice.
        name: String,
    },
    /// The expression of a computed data source is refused.
    #[error("invalid expression of data source {name}")]
    Expression {
        /// The data source.
        name: String,
        /// What is wrong with its expression.
        #[source]
        error: CompactError,
    },
    /// A computed data source uses itself or one after it.
    #[error("data source {name} may only use data sources that are defined before it")]
    LaterSource {
        /// The data source.
        name: String,
    },
    /// A limit was given before any data source that takes readings.
    #[error("a minimum or maximum must follow the data source it belongs to")]
    LimitWithoutSource,
    /// The limits of a data source let nothing pass.
    #[error("data source {name}: the minimum {minimum} is not below the maximum {maximum}")]
    Limits {
        /// The data source.
        name: String,
        /// Its minimum.
        minimum: f64,
        /// Its maximum.
        maximum: f64,
    },
    /// An archive has no rows.
    #[error("archive {archive} must have at least one row")]
    NoRows {
        /// The archive.
        archive: usize,
    },
    /// An archive has rows of no points.
    #[error("a row of archive {archive} must have at least one primary data point")]
    NoPoints {
        /// The archive.
        archive: usize,
    },
    /// An xfiles factor is not in 0 <= x < 1.
    #[error("archive {archive}: invalid xfiles factor {value}: expected 0 to below 1")]
    XFilesFactor {
        /// The archive.
        archive: usize,
        /// Its factor.
        value: f64,
    },
    /// The adaption of the intercept is not in 0 < alpha < 1.
    #[error("archive {archive}: invalid alpha {value}: expected a number between 0 and 1")]
    Alpha {
        /// The archive.
        archive: usize,
        /// Its alpha.
        value: f64,
    },
    /// The adaption of the slope is not in 0 <= beta <= 1.
    #[error("archive {archive}: invalid beta {value}: expected a number between 0 and 1")]
    Beta {
        /// The archive.
        archive: usize,
        /// Its beta.
        value: f64,
    },
    /// The adaption of the coefficients is not in 0 < gamma < 1.
    #[error("archive {archive}: invalid gamma {value}: expected a number between 0 and 1")]
    Gamma {
        /// The archive.
        archive: usize,
        /// Its gamma.
        value: f64,
    },
    /// A smoothing window is not in 0 <= x <= 1.
    #[error("invalid smoothing window {value}: expected 0 to 1")]
    SmoothingWindow {
        /// The window as a share of the season.
        value: f64,
    },
    /// A season is longer than the forecast.
    #[error("archive {archive}: the season is longer than the forecast")]
    SeasonTooLong {
        /// The forecasting archive.
        archive: usize,
    },
    /// A season without rows.
    #[error("the seasonal cycle of archive {archive} must have 1 to 65535 rows")]
    NoSeason {
        /// The forecasting archive.
        archive: usize,
    },
    /// The number of violations that make a failure is out of range.
    #[error("archive {archive}: invalid failure threshold {threshold}: expected 1 to 28")]
    FailureThreshold {
        /// The archive.
        archive: usize,
        /// Its threshold.
        threshold: u64,
    },
    /// The window of a FAILURES archive is out of range.
    #[error("archive {archive}: invalid failure window {window}: expected 1 to 28")]
    FailureWindow {
        /// The archive.
        archive: usize,
        /// Its window.
        window: u64,
    },
    /// The window of a FAILURES archive can never hold enough violations.
    #[error(
        "archive {archive}: the failure window {window} is shorter than the threshold {threshold}"
    )]
    WindowBelowThreshold {
        /// The archive.
        archive: usize,
        /// Its window.
        window: u64,
        /// Its threshold.
        threshold: u64,
    },
    /// A forecasting archive names a companion that is not there or of another kind.
    #[error("archive {archive} names archive {companion} as its companion, which is not {wanted}")]
    Companion {
        /// The archive.
        archive: usize,
        /// The index it names.
        companion: usize,
        /// The function the companion must have.
        wanted: &'static str,
    },
    /// The file would be longer than any file can be.
    #[error("a file of {bytes} bytes cannot be made: use fewer rows or data sources")]
    TooLarge {
        /// The length it would have.
        bytes: u128,
    },
}
