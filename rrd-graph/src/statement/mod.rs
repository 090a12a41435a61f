//! The statements of a chart, one file per kind. They are executed by `data`, `cdef`, `vdef` and
//! the painters.

mod area;
mod calculation;
mod comment;
mod context;
mod dashes;
mod definition;
mod error;
mod export;
mod field;
mod line;
mod operand;
mod pieces;
mod print;
mod rule;
mod scope;
mod shift;
mod statistic;
#[cfg(test)]
mod tests;
mod text;
mod tick;

use std::ffi::OsStr;
use std::fmt;

pub use area::{Area, Gradient};
pub use calculation::{Calculation, Formula};
pub use comment::{Alignment, Comment};
pub use context::StatementContext;
pub use dashes::Dashes;
pub use definition::Definition;
pub use error::StatementError;
pub use export::Export;
pub use line::Line;
pub use operand::Operand;
pub use print::{Print, PrintFormat};
pub use rule::{HorizontalRule, VerticalRule};
pub use shift::{Offset, Shift};
pub use statistic::{Statistic, StatisticFunction};
pub use tick::{Tick, TickLength};

use pieces::Pieces;
use scope::{NameKind, Scope};

/// A statement. A chart is a list of statements; a name must be defined before it is used.
#[derive(Clone, Debug, PartialEq)]
pub enum Statement {
    /// `DEF`: a series from a database.
    Definition(Definition),
    /// `CDEF`: a series computed from others.
    Calculation(Calculation),
    /// `VDEF`: one number computed from a series.
    Statistic(Statistic),
    /// `SHIFT`: shifts a series in time.
    Shift(Shift),
    /// `LINE`.
    Line(Line),
    /// `AREA`.
    Area(Area),
    /// `TICK`: a mark at each column with a known value that is not zero.
    Tick(Tick),
    /// `HRULE`: a horizontal line at a value.
    HorizontalRule(HorizontalRule),
    /// `VRULE`: a vertical line at a time.
    VerticalRule(VerticalRule),
    /// `PRINT`: a text returned to the caller.
    Print(Print),
    /// `GPRINT`: a text in the legend.
    LegendPrint(Print),
    /// `COMMENT`: a fixed text in the legend.
    Comment(Comment),
    /// `TEXTALIGN`: the alignment of the following lines of the legend.
    TextAlign(Alignment),
    /// `XPORT`: a column of an export.
    Export(Export),
}

/// Parses statements in RRDtool's grammar, in order. They may contain paths that are not UTF-8.
///
/// # Errors
///
/// A [`StatementError`] in RRDtool's words for the first statement that is malformed or refers to
/// an undefined name.
///
/// ```
/// use rrd_core::{TimeRange, TimeZone, Timestamp};
/// use rrd_graph::Codeset;
/// use rrd_graph::statement::{self, Statement, StatementContext};
/// let context = StatementContext {
///     range: TimeRange::from_seconds(1_600_000_000, 1_600_086_400),
///     now: Timestamp::from_seconds(1_600_086_400),
///     zone: &TimeZone::UTC,
///     codeset: Codeset::Utf8,
/// };
/// let read = statement::parse(&["DEF:u=cpu.rrd:user:AVERAGE", "LINE2:u#f00:user"], context)?;
/// let Statement::Line(line) = &read[1] else { panic!("a line") };
/// assert_eq!((line.width, &*line.legend), (2.0, "user"));
///
/// let refused = statement::parse(&["LINE1:x#f00"], context).unwrap_err();
/// assert_eq!(refused.to_string(), "\"x\" is neither a defined name nor a number");
/// # Ok::<(), statement::StatementError>(())
/// ```
pub fn parse<S: AsRef<OsStr>>(
    arguments: &[S],
    context: StatementContext<'_>,
) -> Result<Vec<Statement>, StatementError> {
    let mut reader = Reader { context, scope: Scope::default(), statements: Vec::new() };
    for argument in arguments {
        let statement = reader.read(argument.as_ref())?;
        reader.define(&statement);
        reader.statements.push(statement);
    }
    Ok(reader.statements)
}

/// Parses statements one after the other.
struct Reader<'a> {
    context: StatementContext<'a>,
    scope: Scope,
    statements: Vec<Statement>,
}

impl Reader<'_> {
    fn read(&self, argument: &OsStr) -> Result<Statement, StatementError> {
        let mut pieces = Pieces::cut(argument, self.context.codeset)?;
        let (word, at) = pieces.command()?;
        if let Some(value) = pieces.key("debug")
            && value.parse::<i64>().is_err()
        {
            return Err(StatementError::BadDebug { value });
        }
        let read = self.payload(&word, &mut pieces).and_then(|read| pieces.finish().map(|()| read));
        let named = |statement: &Statement| match statement {
            Statement::Definition(definition) => !definition.name.is_empty(),
            _ => true,
        };
        if word != "DEF" || read.as_ref().is_ok_and(named) {
            return read;
        }
        // The name of a definition may equal a key, as in `DEF:step=cpu.rrd:step:AVERAGE`.
        let mut pieces = Pieces::cut(argument, self.context.codeset)?;
        pieces.command()?;
        pieces.name_first(at);
        match self.payload(&word, &mut pieces) {
            Ok(definition) if pieces.finish().is_ok() => Ok(definition),
            _ => read,
        }
    }

    fn payload(&self, word: &str, pieces: &mut Pieces) -> Result<Statement, StatementError> {
        let scope = &self.scope;
        Ok(match word {
            "DEF" => Statement::Definition(Definition::parse(pieces, &self.context)?),
            "CDEF" => Statement::Calculation(Calculation::parse(pieces, scope)?),
            "VDEF" => Statement::Statistic(Statistic::parse(pieces, scope)?),
            "SHIFT" => Statement::Shift(Shift::parse(pieces, scope)?),
            "AREA" => Statement::Area(Area::parse(pieces, scope)?),
            "STACK" => self.stack(pieces)?,
            "TICK" => Statement::Tick(Tick::parse(pieces, scope)?),
            "HRULE" => Statement::HorizontalRule(HorizontalRule::parse(pieces, scope)?),
            "VRULE" => Statement::VerticalRule(VerticalRule::parse(pieces, scope)?),
            "PRINT" => Statement::Print(Print::parse(pieces, scope)?),
            "GPRINT" => Statement::LegendPrint(Print::parse(pieces, scope)?),
            "COMMENT" => Statement::Comment(Comment::parse(pieces)?),
            "TEXTALIGN" => Statement::TextAlign(Alignment::parse(pieces)?),
            "XPORT" => Statement::Export(Export::parse(pieces, scope)?),
            _ => {
                let width = word.strip_prefix("LINE").ok_or_else(|| {
                    let (word, argument) = (word.to_owned(), pieces.argument());
                    StatementError::UnknownCommand { word, argument }
                })?;
                Statement::Line(Line::parse(width, pieces, scope)?)
            }
        })
    }

    /// The old `STACK`: like the previous line or area, stacked on it.
    fn stack(&self, pieces: &mut Pieces) -> Result<Statement, StatementError> {
        field::axes(pieces)?;
        let shown = field::shown(pieces, &self.scope)?;
        let (value, color, legend) = (shown.value, shown.color, shown.legend);
        self.statements
            .iter()
            .rev()
            .find_map(|statement| match statement {
                Statement::Line(line) => Some(Statement::Line(Line {
                    value: value.clone(),
                    color,
                    legend: legend.clone(),
                    stack: true,
                    skip_scale: false,
                    dashes: None,
                    width: line.width,
                })),
                Statement::Area(_) => Some(Statement::Area(Area {
                    value: value.clone(),
                    color,
                    gradient: None,
                    legend: legend.clone(),
                    stack: true,
                    skip_scale: false,
                })),
                _ => None,
            })
            .ok_or_else(|| StatementError::NothingToStackOn { argument: pieces.argument() })
    }

    fn define(&mut self, statement: &Statement) {
        match statement {
            Statement::Definition(made) => self.scope.define(&made.name, NameKind::Series),
            Statement::Calculation(made) => self.scope.define(&made.name, NameKind::Series),
            Statement::Statistic(made) => self.scope.define(&made.name, NameKind::Number),
            _ => {}
        }
    }
}

impl Statement {
    /// Whether the statement requires a picture; without any such statement no picture is made.
    pub fn draws(&self) -> bool {
        matches!(
            self,
            Self::Line(_)
                | Self::Area(_)
                | Self::Tick(_)
                | Self::HorizontalRule(_)
                | Self::VerticalRule(_)
                | Self::LegendPrint(_)
        )
    }
}

impl fmt::Display for Statement {
    /// The statement in RRDtool's grammar.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Definition(definition) => definition.fmt(f),
            Self::Calculation(calculation) => calculation.fmt(f),
            Self::Statistic(statistic) => statistic.fmt(f),
            Self::Shift(shift) => shift.fmt(f),
            Self::Line(line) => line.fmt(f),
            Self::Area(area) => area.fmt(f),
            Self::Tick(tick) => tick.fmt(f),
            Self::HorizontalRule(rule) => rule.fmt(f),
            Self::VerticalRule(rule) => rule.fmt(f),
            Self::Print(print) => write!(f, "PRINT:{print}"),
            Self::LegendPrint(print) => write!(f, "GPRINT:{print}"),
            Self::Comment(comment) => comment.fmt(f),
            Self::TextAlign(alignment) => write!(f, "TEXTALIGN:{}", alignment.name()),
            Self::Export(export) => export.fmt(f),
        }
    }
}
