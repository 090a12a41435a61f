//! What is wrong with an argument.

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
    #[error("invalid argument '{text}': expected DS:... or RRA:...")]
    Argument {
        /// The argument.
        text: String,
    },
    /// A data source is not `name:TYPE:...`, or its name or type has illegal characters.
    #[error("invalid data source: expected DS:NAME:TYPE:...")]
    SourceFormat,
    /// There is no such type of data source.
    #[error(
        "unknown data source type '{name}': expected GAUGE, COUNTER, DERIVE, ABSOLUTE, DCOUNTER, DDERIVE or COMPUTE"
    )]
    SourceType {
        /// The type as given.
        name: String,
    },
    /// Heartbeat or limits of a data source are wrong.
    #[error("invalid data source '{text}'")]
    Source {
        /// What follows the type.
        text: String,
        /// What is wrong with it.
        #[source]
        fault: SourceFault,
    },
    /// A limit of a data source is no number.
    #[error("invalid {limit}imum of a data source")]
    Limit {
        /// `min` or `max`.
        limit: &'static str,
        /// What is wrong with it.
        #[source]
        error: NumberError,
    },
    /// The expression of a computed data source is refused.
    #[error(transparent)]
    Expression(#[from] CompactError),
    /// There is no such consolidation function.
    #[error("unknown consolidation function '{name}'")]
    Function {
        /// The capital letters that the field begins with.
        name: String,
    },
    /// An archive has too few fields.
    #[error("an archive has at least {expected} fields, found {found}")]
    MissingFields {
        /// The number that its function needs, the function counted.
        expected: usize,
        /// The number of fields.
        found: usize,
    },
    /// An archive has a field too many.
    #[error("too many fields for an archive of {function}")]
    ExtraField {
        /// Its function.
        function: ConsolidationFunction,
    },
    /// An archive has more fields than any function knows.
    #[error("too many fields for an archive")]
    UnknownField,
    /// The length of a row is no duration or no multiple of the step.
    #[error("invalid row length '{text}'")]
    PointsPerRow {
        /// The field.
        text: String,
        /// What is wrong with it.
        #[source]
        error: DurationError,
    },
    /// The number of rows is no duration or no multiple of a row's length.
    #[error("invalid number of rows '{text}'")]
    Rows {
        /// The field.
        text: String,
        /// What is wrong with it.
        #[source]
        error: DurationError,
    },
    /// An optional field is not `smoothing-window=NUMBER`.
    #[error("unknown option '{text}': expected smoothing-window=NUMBER")]
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
    #[error("expected HEARTBEAT:MIN:MAX after the type")]
    NoSeparator,
    /// The heartbeat has 32 characters or more.
    #[error("the heartbeat has too many digits")]
    LongHeartbeat,
    /// The heartbeat is no duration.
    #[error(transparent)]
    Heartbeat(DurationError),
    /// There are not two limits of 1 to 18 characters.
    #[error("expected MIN:MAX after the heartbeat")]
    Limits,
    /// The limits let nothing pass.
    #[error("the minimum is not below the maximum")]
    LimitOrder,
}
