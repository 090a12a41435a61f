//! The statements of a chart: one payload a kind. What they do lives in `gather`, `cdef`, `vdef` and the painters.

mod area;
mod comment;
mod definition;
mod export;
mod line;
mod print;
mod rule;
mod shift;
mod tick;

pub use area::{Area, Gradient};
pub use comment::{Alignment, Comment};
pub use definition::{Calculation, Definition, Statistic};
pub use export::Export;
pub use line::{Dashes, Line};
pub use print::{Print, PrintFormat};
pub use rule::{HorizontalRule, VerticalRule};
pub use shift::{Offset, Shift};
pub use tick::{Tick, TickLength};

/// One statement; a chart is a list of them, and a name must be defined before it is used.
#[derive(Clone, Debug, PartialEq)]
pub enum Statement {
    /// `DEF`: a series out of a database.
    Definition(Definition),
    /// `CDEF`: a series computed from others.
    Calculation(Calculation),
    /// `VDEF`: one number computed from a series.
    Statistic(Statistic),
    /// `SHIFT`: moves a series in time.
    Shift(Shift),
    /// `LINE`.
    Line(Line),
    /// `AREA`.
    Area(Area),
    /// `TICK`: a mark at each column that is known and not zero.
    Tick(Tick),
    /// `HRULE`: a line across at one value.
    HorizontalRule(HorizontalRule),
    /// `VRULE`: a line upwards at one moment.
    VerticalRule(VerticalRule),
    /// `PRINT`: a text for the caller.
    Print(Print),
    /// `GPRINT`: a text in the legend.
    LegendPrint(Print),
    /// `COMMENT`: a fixed text in the legend.
    Comment(Comment),
    /// `TEXTALIGN`: how the legend lines after it are set.
    TextAlign(Alignment),
    /// `XPORT`: a column of an export.
    Export(Export),
}

/// What an element draws: the series or number of a name, or a number as such.
#[derive(Clone, Debug, PartialEq)]
pub enum Operand {
    /// A fixed value.
    Number(f64),
    /// The name of a DEF, CDEF or VDEF.
    Variable(String),
}
