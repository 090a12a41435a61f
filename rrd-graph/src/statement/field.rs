//! Fields shared by several statements: the value with its colours, the legend, dashes, axes.

use rrd_core::number::{self, NumberError};

use super::{Dashes, Operand, StatementError, pieces::Pieces, scope::Scope};
use crate::color::Color;

/// The value of an element with the colours written after it, and its legend.
pub(super) struct Shown {
    pub(super) name: String,
    pub(super) value: Operand,
    pub(super) color: Option<Color>,
    pub(super) second: Option<Color>,
    pub(super) legend: String,
}

/// Parses `value#color#color2` and the legend, or the equivalent keys.
pub(super) fn shown(pieces: &mut Pieces, scope: &Scope) -> Result<Shown, StatementError> {
    let colored = colored(pieces)?;
    resolve(colored, pieces, scope)
}

/// `value#color#color2` before the value is resolved.
pub(super) struct Colored {
    name: String,
    color: Option<String>,
    second: Option<String>,
    legend: Option<String>,
}

/// Parses `value#color#color2` without resolving the value, and a legend with a key.
pub(super) fn colored(pieces: &mut Pieces) -> Result<Colored, StatementError> {
    let (color, second) = (pieces.key("color"), pieces.key("color2"));
    let legend = pieces.key("legend");
    let text = pieces.key("vname").or_else(|| pieces.next_value());
    let text = text.ok_or(StatementError::MissingName)?;
    let mut parts = text.splitn(3, '#').map(ToOwned::to_owned);
    let name = parts.next().unwrap_or_default();
    let (color, second) = (color.or(parts.next()), second.or(parts.next()));
    Ok(Colored { name, color, second, legend })
}

/// Resolves the value, parses the colours, and takes the next field as the legend if none was given
/// by key.
pub(super) fn resolve(
    colored: Colored,
    pieces: &mut Pieces,
    scope: &Scope,
) -> Result<Shown, StatementError> {
    let value = scope.operand(&colored.name)?;
    let read = |digits: Option<String>| match digits {
        None => Ok(None),
        Some(digits) => Color::from_hex(&digits)
            .map(Some)
            .ok_or(StatementError::BadColor { digits, argument: pieces.argument() }),
    };
    let (color, second) = (read(colored.color)?, read(colored.second)?);
    let legend = colored.legend.or_else(|| pieces.next_text()).unwrap_or_default();
    Ok(Shown { name: colored.name, value, color, second, legend })
}

/// Parses `xaxis` and `yaxis`; they are accepted and ignored.
pub(super) fn axes(pieces: &mut Pieces) -> Result<(), StatementError> {
    for key in ["xaxis", "yaxis"] {
        if let Some(value) = pieces.key(key)
            && !matches!(value.parse(), Ok(1..=4_u8))
        {
            return Err(StatementError::BadAxis { key, value });
        }
    }
    Ok(())
}

/// Parses `dashes` and `dash-offset`.
pub(super) fn dashes(pieces: &mut Pieces) -> Result<Option<Dashes>, StatementError> {
    let lengths = pieces.key("dashes").map(|list| dash_lengths(&list)).transpose()?;
    let offset = match pieces.key("dash-offset") {
        None => 0.0,
        Some(text) => number::parse(&text).map_err(|_| StatementError::BadDashOffset { text })?,
    };
    Ok(lengths.map(|lengths| Dashes { lengths, offset }))
}

fn dash_lengths(list: &str) -> Result<Vec<f64>, StatementError> {
    let mut lengths = Vec::new();
    let mut rest = list.to_owned();
    loop {
        match number::parse(&rest) {
            Ok(length) => {
                lengths.push(length);
                return Ok(lengths);
            }
            Err(NumberError::TrailingText { value, rest: after, .. }) => {
                lengths.push(value);
                match after.strip_prefix(',') {
                    Some(next) => rest = String::from(next),
                    None => return Err(StatementError::DashSeparator { rest: after }),
                }
            }
            Err(_) => return Err(StatementError::BadDash { rest }),
        }
    }
}
