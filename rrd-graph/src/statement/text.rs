//! Formats parts of statements in RRDtool's grammar.

use std::fmt;

use super::{Dashes, Operand};
use crate::color::Color;

/// A text with a backslash before each colon.
pub(super) fn escape(text: &str) -> String {
    text.replace(':', "\\:")
}

pub(super) fn write_colored(
    f: &mut fmt::Formatter<'_>,
    value: &Operand,
    color: Option<Color>,
    second: Option<Color>,
) -> fmt::Result {
    match value {
        Operand::Number(number) => write!(f, "{number:?}")?,
        Operand::Variable(name) => f.write_str(&escape(name))?,
    }
    match (color, second) {
        (Some(color), Some(second)) => write!(f, "{color}{second}"),
        (Some(color), None) => write!(f, "{color}"),
        (None, Some(second)) => {
            write!(f, ":color2={}", second.to_string().trim_start_matches('#'))
        }
        (None, None) => Ok(()),
    }
}

/// Writes `:key=text`, so that a text like `STACK` remains a text; nothing for an empty text.
pub(super) fn write_text(f: &mut fmt::Formatter<'_>, key: &str, text: &str) -> fmt::Result {
    if text.is_empty() { Ok(()) } else { write!(f, ":{key}={}", escape(text)) }
}

pub(super) fn write_dashes(f: &mut fmt::Formatter<'_>, dashes: Option<&Dashes>) -> fmt::Result {
    let Some(dashes) = dashes else { return Ok(()) };
    let lengths: Vec<String> = dashes.lengths.iter().map(ToString::to_string).collect();
    write!(f, ":dashes={}", lengths.join(","))?;
    if dashes.offset == 0.0 { Ok(()) } else { write!(f, ":dash-offset={}", dashes.offset) }
}
