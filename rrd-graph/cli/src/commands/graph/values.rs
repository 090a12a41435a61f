//! The values of options, and why one is refused.

use rrd_core::number::{self, NumberError};
use rrd_graph::RasterError;

use super::grid::GridError;
use super::labels::Formatter;
use super::style::StyleError;
use crate::leading_number::leading_decimal;
use crate::rrdtool_words::reason;

/// Limit on the sides of a picture that has no pixels of its own.
pub(super) const MAX_SIDE: f64 = 1e6;

/// Why an option is refused.
#[derive(Debug, thiserror::Error)]
pub(super) enum GraphRefusal {
    #[error("width below 10 pixels")]
    Width,
    #[error("height below 10 pixels")]
    Height,
    #[error("option -{letter} - {}", reason(error))]
    Number { letter: char, error: NumberError },
    #[error("the only sensible value for base apart from 1000 is 1024")]
    Base,
    #[error("for a logarithmic yaxis you must specify a lower-limit > 0")]
    LowerLimit,
    #[error("unsupported graphics format '{0}'")]
    Format(String),
    #[error("invalid argument for --units: {0}")]
    Units(String),
    #[error("{0} can only be used once!")]
    Twice(&'static str),
    #[error("You cannot specify --daemon more than once.")]
    DaemonTwice,
    #[error("unknown legend-position '{0}'")]
    Legend(String),
    #[error("unknown font-render-mode '{0}'")]
    FontRenderMode(String),
    #[error("unknown graph-render-mode '{0}'")]
    GraphRenderMode(String),
    #[error("unsupported graphics type '{0}'")]
    GraphType(String),
    #[error("XY diagram not implemented")]
    XyDiagram,
    #[error("Unknown {0} axis formatter")]
    Formatter(&'static str),
    #[error("zoom factor must be > 0")]
    Zoom,
    #[error("unknown theme '{0}': it is light, dark or auto")]
    Theme(String),
    #[error("missing filename")]
    NoFile,
    #[error(
        "a picture of {width} x {height} pixels is too large: expected at most {MAX_SIDE} x {MAX_SIDE}"
    )]
    TooLarge { width: f64, height: f64 },
    #[error(transparent)]
    Raster(#[from] RasterError),
    #[error(transparent)]
    Grid(#[from] GridError),
    #[error(transparent)]
    Style(#[from] StyleError),
}

/// The value of this name.
pub(super) fn choice<T: Copy>(
    name: &str,
    values: &[(&str, T)],
    refusal: fn(String) -> GraphRefusal,
) -> Result<T, GraphRefusal> {
    let found = values.iter().find(|(known, _)| *known == name);
    found.map(|(_, value)| *value).ok_or_else(|| refusal(name.to_owned()))
}

/// A width or height in pixels.
pub(super) fn pixels(value: &str) -> Option<u32> {
    u32::try_from(leading_decimal(value)).ok().filter(|pixels| *pixels >= 10)
}

pub(super) fn real(letter: char, value: &str) -> Result<f64, GraphRefusal> {
    number::parse(value).map_err(|error| GraphRefusal::Number { letter, error })
}

/// An end of the value axis; none for `nan`.
pub(super) fn limit(letter: char, value: &str) -> Result<Option<f64>, GraphRefusal> {
    real(letter, value).map(|limit| Some(limit).filter(|limit| !limit.is_nan()))
}

pub(super) fn formatter(value: &str, side: &'static str) -> Result<Formatter, GraphRefusal> {
    match value {
        "numeric" => Ok(Formatter::Numeric),
        "timestamp" => Ok(Formatter::Timestamp),
        "duration" => Ok(Formatter::Duration),
        _ => Err(GraphRefusal::Formatter(side)),
    }
}
