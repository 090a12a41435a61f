//! Why a command line is not valid.

use thiserror::Error;

/// Why a command line is not valid.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum UsageError {
    /// The word is neither an option nor a command.
    #[error("{word:?} is not a known command or option: see --help")]
    Unknown {
        /// The word.
        word: String,
    },
    /// The option needs a value.
    #[error("{option} needs a value")]
    NoValue {
        /// The option.
        option: String,
    },
    /// The value is not UTF-8.
    #[error("the value of {option} is not UTF-8")]
    NotUtf8 {
        /// The option.
        option: String,
    },
    /// The value is not of the option's form.
    #[error("{option}")]
    Value {
        /// The option.
        option: String,
        /// What is wrong.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}
