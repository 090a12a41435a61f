//! Why a description makes no chart.

use rrd_core::at_style::ResolveError;

use crate::evaluate::EvaluateError;
use crate::window::WindowError;

/// Why a description makes no chart.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DescriptionError {
    /// The text is not TOML, or has a key that a description has not.
    #[error(transparent)]
    Toml(#[from] toml::de::Error),
    /// The text is not JSON, or has a key that a description has not.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    /// The times make no window.
    #[error(transparent)]
    Window(#[from] WindowError),
    /// There is nothing to draw.
    #[error("the description has no [[series]]")]
    NoSeries,
    /// A series has neither a source nor a formula.
    #[error("series {number} needs a `source` or a `formula`")]
    Empty {
        /// Which one, from 1.
        number: usize,
    },
    /// A series has a source, and no file is named.
    #[error("series {number} needs a `file`: name one there, at the top, or when drawing")]
    NoFile {
        /// Which one, from 1.
        number: usize,
    },
    /// No series has a name that is to be hidden.
    #[error("no series \"{name}\" to hide: expected {known}")]
    Hide {
        /// The name.
        name: String,
        /// The names of all series.
        known: String,
    },
    /// A rule has neither a value nor a time, or both.
    #[error("rule {number} needs either a `value` or a `time`")]
    Rule {
        /// Which one, from 1.
        number: usize,
    },
    /// The time of a rule is beyond the calendar, or relative to what a chart has not.
    #[error("the time of rule {number} is not valid")]
    RuleTime {
        /// Which one, from 1.
        number: usize,
        /// Why.
        #[source]
        error: ResolveError,
    },
    /// A right axis would have the same number everywhere.
    #[error("the scale of the right axis must not be 0")]
    RightAxis,
    /// The zoom makes no picture.
    #[error("zoom takes a number above 0")]
    Zoom,
    /// The data are not there.
    #[error(transparent)]
    Evaluate(#[from] EvaluateError),
}
