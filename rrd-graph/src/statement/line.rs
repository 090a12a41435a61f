//! LINE: a curve.

use std::fmt;

use rrd_core::number;

use super::text::{write_colored, write_dashes, write_text};
use super::{Dashes, Operand, StatementError, field, pieces::Pieces, scope::Scope};
use crate::color::Color;

/// A curve through the values: `LINE1:name#color:legend`.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// What is drawn.
    pub value: Operand,
    /// The width in pixels, 0 or more.
    pub width: f64,
    /// The colour. Without one, a line with a legend takes the next colour of the palette; a line
    /// without a legend is invisible and only counts for stacking and for the range of the axis.
    pub color: Option<Color>,
    /// The text in the legend, as written; empty for none.
    pub legend: String,
    /// Whether it is stacked on the previous element.
    pub stack: bool,
    /// Whether the range of the axis ignores it.
    pub skip_scale: bool,
    /// The dashes; a solid line if `None`.
    pub dashes: Option<Dashes>,
}

impl Line {
    /// Parses what follows `LINE`; `suffix` is the width directly after the keyword.
    pub(super) fn parse(
        suffix: &str,
        pieces: &mut Pieces,
        scope: &Scope,
    ) -> Result<Self, StatementError> {
        let width =
            if suffix.is_empty() { pieces.key("linewidth") } else { Some(suffix.to_owned()) };
        let width = width.map_or(Ok(1.0), line_width)?;
        let stack = pieces.key("stack").is_some();
        let skip_scale = pieces.key("skipscale").is_some();
        let dashes = field::dashes(pieces)?;
        field::axes(pieces)?;
        let shown = field::shown(pieces, scope)?;
        let (value, color, legend) = (shown.value, shown.color, shown.legend);
        Ok(Self { value, width, color, legend, stack, skip_scale, dashes })
    }
}

impl fmt::Display for Line {
    /// The statement in RRDtool's grammar.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LINE{}:", self.width)?;
        write_colored(f, &self.value, self.color, None)?;
        f.write_str(if self.stack { ":STACK" } else { "" })?;
        f.write_str(if self.skip_scale { ":skipscale" } else { "" })?;
        write_dashes(f, self.dashes.as_ref())?;
        write_text(f, "legend", &self.legend)
    }
}

fn line_width(text: String) -> Result<f64, StatementError> {
    match number::parse(&text) {
        Ok(width) if width >= 0.0 => Ok(width),
        _ => Err(StatementError::BadWidth { text }),
    }
}
