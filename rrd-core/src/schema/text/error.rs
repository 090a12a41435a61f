//! What is wrong with an argument, in RRDtool's words.

use crate::consolidation::ConsolidationFunction;
use crate::number::NumberError;
use crate::rpn::CompactError;
use crate::schema::SchemaError;
use crate::time::duration::DurationError;

/// Why an argument does not define a part of a database.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SchemaTextError {
    /// The argument begins neither with `DS:` nor with `RRA:`.
    #[error("can't parse argument '{text}'")]
    Argument {
        /// The argument.
        text: String,
    },
    /// A data source is not `name:TYPE:...`, or its name or type has illegal characters.
    #[error("invalid DS format")]
    SourceFormat,
    /// There is no such type of data source.
    #[error("invalid DS type specified ({name})")]
    SourceType {
        /// The type as given.
        name: String,
    },
    /// Heartbeat or limits of a data source are wrong.
    #[error("failed to parse data source {text}: {fault}")]
    Source {
        /// What follows the type.
        text: String,
        /// What is wrong with it.
        fault: SourceFault,
    },
    /// A limit of a data source is no number.
    #[error("parsing {limit} val - {error}")]
    Limit {
        /// `min` or `max`.
        limit: &'static str,
        /// What is wrong with it.
        error: NumberError,
    },
    /// The expression of a computed data source is refused.
    #[error(transparent)]
    Expression(#[from] CompactError),
    /// There is no such consolidation function.
    #[error("Unrecognized consolidation function {name}")]
    Function {
        /// The capital letters that the field begins with.
        name: String,
    },
    /// An archive has too few fields.
    #[error("Expected at least {expected} arguments for RRA but got {found}")]
    MissingFields {
        /// The number that its function needs, the function counted.
        expected: usize,
        /// The number of fields.
        found: usize,
    },
    /// An archive has a field too many.
    #[error("Unexpected extra argument for consolidation function {function}")]
    ExtraField {
        /// Its function.
        function: ConsolidationFunction,
    },
    /// An archive has more fields than any function knows.
    #[error("Unknown error")]
    UnknownField,
    /// The length of a row is no duration or no multiple of the step.
    #[error("Invalid step {text}: {error}")]
    PointsPerRow {
        /// The field.
        text: String,
        /// What is wrong with it.
        error: DurationError,
    },
    /// The number of rows is no duration or no multiple of a row's length.
    #[error("Invalid row count {text}: {error}")]
    Rows {
        /// The field.
        text: String,
        /// What is wrong with it.
        error: DurationError,
    },
    /// An optional field is not `smoothing-window=NUMBER`.
    #[error("Invalid option {text}")]
    Option {
        /// The field.
        text: String,
    },
    /// The parts are well formed but make no database.
    #[error(transparent)]
    Schema(#[from] SchemaError),
}

/// What is wrong after the type of a data source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SourceFault {
    /// Nothing follows the heartbeat.
    #[error("missing separator")]
    NoSeparator,
    /// The heartbeat has 32 characters or more.
    #[error("heartbeat too long")]
    LongHeartbeat,
    /// The heartbeat is no duration.
    #[error(transparent)]
    Heartbeat(DurationError),
    /// There are not two limits of 1 to 18 characters.
    #[error("failed to extract min:max")]
    Limits,
    /// The limits let nothing pass.
    #[error("min must be less than max in DS definition")]
    LimitOrder,
}
