//! HRULE and VRULE: lines across the whole canvas.

use std::fmt;

use super::scope::{NameKind, Scope};
use super::text::{write_colored, write_dashes, write_text};
use super::{Dashes, Operand, StatementError, field, pieces::Pieces};
use crate::color::Color;

/// A horizontal line at a value: `HRULE:value#color:legend`.
#[derive(Clone, Debug, PartialEq)]
pub struct HorizontalRule {
    /// The value: a number or a VDEF.
    pub value: Operand,
    /// The colour; if `None` see [`Line::color`](super::Line::color).
    pub color: Option<Color>,
    /// The text in the legend, as written; empty for none.
    pub legend: String,
    /// The dashes; a solid line if `None`.
    pub dashes: Option<Dashes>,
}

/// A vertical line at a time: `VRULE:time#color:legend`.
#[derive(Clone, Debug, PartialEq)]
pub struct VerticalRule {
    /// The time: seconds since 1970 or the time of a VDEF.
    pub time: Operand,
    /// The colour; if `None` see [`Line::color`](super::Line::color).
    pub color: Option<Color>,
    /// The text in the legend, as written; empty for none.
    pub legend: String,
    /// The dashes; a solid line if `None`.
    pub dashes: Option<Dashes>,
}

impl HorizontalRule {
    /// Parses what follows `HRULE`.
    pub(super) fn parse(pieces: &mut Pieces, scope: &Scope) -> Result<Self, StatementError> {
        let rule = rule(pieces, scope)?;
        Ok(Self { value: rule.at, color: rule.color, legend: rule.legend, dashes: rule.dashes })
    }
}

impl VerticalRule {
    /// Parses what follows `VRULE`.
    pub(super) fn parse(pieces: &mut Pieces, scope: &Scope) -> Result<Self, StatementError> {
        let rule = rule(pieces, scope)?;
        Ok(Self { time: rule.at, color: rule.color, legend: rule.legend, dashes: rule.dashes })
    }
}

impl fmt::Display for HorizontalRule {
    /// The statement in RRDtool's grammar.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HRULE:")?;
        write_colored(f, &self.value, self.color, None)?;
        write_dashes(f, self.dashes.as_ref())?;
        write_text(f, "legend", &self.legend)
    }
}

impl fmt::Display for VerticalRule {
    /// The statement in RRDtool's grammar.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("VRULE:")?;
        write_colored(f, &self.time, self.color, None)?;
        write_dashes(f, self.dashes.as_ref())?;
        write_text(f, "legend", &self.legend)
    }
}

/// The fields of both kinds of rules.
struct Rule {
    at: Operand,
    color: Option<Color>,
    legend: String,
    dashes: Option<Dashes>,
}

fn rule(pieces: &mut Pieces, scope: &Scope) -> Result<Rule, StatementError> {
    field::axes(pieces)?;
    let dashes = field::dashes(pieces)?;
    let shown = field::shown(pieces, scope)?;
    if scope.kind(&shown.name) == Some(NameKind::Series) {
        return Err(StatementError::RuleOfSeries { name: shown.name, argument: pieces.argument() });
    }
    Ok(Rule { at: shown.value, color: shown.color, legend: shown.legend, dashes })
}
