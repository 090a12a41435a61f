//! Fields that several kinds of statements share: the value with its colours, the legend, dashes, axes.

use rrd_core::number::{self, NumberError};

use super::{Dashes, Operand, StatementError, pieces::Pieces, scope::Scope};
use crate::color::Color;

/// What an element shows, the colours written behind it, and its legend.
pub(super) struct Shown {
    pub(super) name: String,
    pub(super) value: Operand,
    pub(super) color: Option<Color>,
    pub(super) second: Option<Color>,
    pub(super) legend: String,
}

/// Reads `value#color#color2` and the legend, or the keys that stand for them.
pub(super) fn shown(pieces: &mut Pieces<'_>, scope: &Scope) -> Result<Shown, StatementError> {
    let colored = colored(pieces)?;
    resolve(colored, pieces, scope)
}

/// `value#color#color2` before the value is looked up.
pub(super) struct Colored {
    name: String,
    color: Option<String>,
    second: Option<String>,
    legend: Option<String>,
}

/// Reads `value#color#color2` without looking the value up, and a legend that has its key.
pub(super) fn colored(pieces: &mut Pieces<'_>) -> Result<Colored, StatementError> {
    let (color, second) = (pieces.key("color"), pieces.key("color2"));
    let legend = pieces.key("legend");
    let text = pieces.key("vname").or_else(|| pieces.next_value());
    let text = text.ok_or(StatementError::MissingName)?;
    let mut parts = text.splitn(3, '#').map(ToOwned::to_owned);
    let name = parts.next().unwrap_or_default();
    let (color, second) = (color.or(parts.next()), second.or(parts.next()));
    Ok(Colored { name, color, second, legend })
}

/// Looks the value up, reads the colours, and takes the next piece as the legend if there was no key for it.
pub(super) fn resolve(
    colored: Colored,
    pieces: &mut Pieces<'_>,
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

/// Reads `xaxis` and `yaxis`; they are accepted and mean nothing.
pub(super) fn axes(pieces: &mut Pieces<'_>) -> Result<(), StatementError> {
    for key in ["xaxis", "yaxis"] {
        if let Some(value) = pieces.key(key)
            && !matches!(value.parse(), Ok(1..=4_u8))
        {
            return Err(StatementError::BadAxis { key, value });
        }
    }
    Ok(())
}

/// Reads `dashes` and `dash-offset`.
pub(super) fn dashes(pieces: &mut Pieces<'_>) -> Result<Option<Dashes>, StatementError> {
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
            Err(NumberError::TrailingText { value, rest: behind, .. }) => {
                lengths.push(value);
                match behind.strip_prefix(',') {
                    Some(next) => rest = String::from(next),
                    None => return Err(StatementError::DashSeparator { rest: behind }),
                }
            }
            Err(_) => return Err(StatementError::BadDash { rest }),
        }
    }
}
