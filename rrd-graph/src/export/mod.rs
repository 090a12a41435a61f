//! Series as text. A table with equal steps is written as XML, JSON or separated columns, one file
//! per format. `samples` has the formats that other engines import, where each series has its own
//! times, and `history` writes in them what is in files. Also what series are called outside.

mod history;
mod json;
pub mod prometheus_text;
mod samples;
mod separated;
mod series_name;
pub mod tree;
mod xml;

use std::io::{self, Write};
use std::sync::Arc;

use rrd_core::{Step, TimeRange, TimeZone, Timestamp};

use crate::cdef::common_step;
use crate::evaluate::{EvaluateError, Evaluated, Shown};
use crate::number_format::strftime;
use crate::rows::Rows;
use crate::statement::{Operand, Statement};
use crate::texts::Texts;
use crate::time_locale::TimeLocale;

pub use history::{
    Described, History, HistoryError, HistoryRequest, RequestError, Spacing, TextFiles, Watcher,
    WriteError, Written,
};
pub use json::Json;
pub use samples::{SampleError, SampleFormat, SampleWriter};
pub use separated::Separated;
pub use series_name::SeriesName;
pub use xml::{Cells, Xml};

/// An output format for tables.
pub trait Export {
    /// Writes the table.
    fn export(&self, table: &Table, out: &mut dyn Write) -> io::Result<()>;
}

/// Whether each row includes its time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RowTimes {
    /// Only the values are written.
    #[default]
    Omitted,
    /// The end of the row is written before the values.
    Included,
}

/// Several series with a common step.
///
/// Row `r` covers the time after `start + r * step` up to `start + (r + 1) * step`.
#[derive(Clone, Debug)]
pub struct Table {
    start: i64,
    end: i64,
    step: Step,
    columns: Vec<Column>,
    notes: Notes,
    times: Option<TimeFormat>,
}

/// One series of a table.
#[derive(Clone, Debug)]
struct Column {
    /// As it was given.
    legend: String,
    rows: Arc<Rows>,
}

impl Column {
    /// The name of the column.
    fn title(&self) -> &str {
        self.legend.trim_start()
    }
}

/// The format of times, if other than seconds since 1970.
#[derive(Clone, Debug)]
pub struct TimeFormat {
    /// In strftime syntax.
    pub format: String,
    /// The time zone of local time.
    pub zone: TimeZone,
    /// The locale of names.
    pub locale: TimeLocale,
}

/// What the other statements contribute.
#[derive(Clone, Debug, Default)]
struct Notes {
    prints: Vec<String>,
    legend: Vec<(&'static str, String)>,
    rules: Vec<Rule>,
}

#[derive(Clone, Copy, Debug)]
enum Rule {
    Value(f64),
    Moment(i64),
}

/// Which statements produce columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnsOf {
    /// XPORT.
    Exports,
    /// LINE and AREA of series, and XPORT.
    Curves,
}

/// Why there is no table.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TableError {
    /// No statement produces a column.
    #[error("no column: expected at least one XPORT")]
    NoColumns,
    /// A name is undefined.
    #[error(transparent)]
    Evaluate(#[from] EvaluateError),
}

impl Table {
    /// The table for the statements of a chart.
    pub fn new(
        statements: &[Statement],
        evaluated: &Evaluated,
        texts: &Texts,
        columns_of: ColumnsOf,
        times: Option<TimeFormat>,
    ) -> Result<Self, TableError> {
        let mut columns = Vec::new();
        for statement in statements {
            let (operand, legend) = match statement {
                Statement::Export(export) => {
                    (Operand::Variable(export.variable.clone()), &export.legend)
                }
                Statement::Line(line) if columns_of == ColumnsOf::Curves => {
                    (line.value.clone(), &line.legend)
                }
                Statement::Area(area) if columns_of == ColumnsOf::Curves => {
                    (area.value.clone(), &area.legend)
                }
                _ => continue,
            };
            if let Shown::Series(rows) = evaluated.shown(&operand)? {
                columns.push(Column { legend: legend.clone(), rows });
            }
        }
        let steps = columns.iter().map(|column| column.rows.step);
        let step = steps.reduce(common_step).ok_or(TableError::NoColumns)?;
        let (start, end) = (evaluated.range().start.seconds(), evaluated.range().end.seconds());
        let past = match step.phase(end) {
            0 => 0,
            past => step.seconds() - past,
        };
        Ok(Self {
            start: start.saturating_sub_unsigned(step.phase(start)),
            end: end.saturating_add_unsigned(past),
            step,
            columns,
            notes: notes(statements, evaluated, texts)?,
            times,
        })
    }

    /// From the start of the first row to the end of the last.
    pub fn range(&self) -> TimeRange {
        TimeRange::from_seconds(self.start, self.end)
    }

    /// When the first row ends.
    fn first_end(&self) -> i64 {
        self.start.saturating_add_unsigned(self.step.seconds())
    }

    /// The length of a row.
    pub fn step(&self) -> Step {
        self.step
    }

    /// Number of rows.
    pub fn row_count(&self) -> u64 {
        self.end.saturating_sub(self.start).max(0).unsigned_abs() / self.step.seconds()
    }

    /// The legend of each column, as it was given.
    pub fn legends(&self) -> impl ExactSizeIterator<Item = &str> {
        self.columns.iter().map(|column| &*column.legend)
    }

    /// The values of all rows, each of a value for each column; NaN for unknown.
    pub fn values(&self) -> impl Iterator<Item = f64> {
        self.row_starts().flat_map(|start| {
            let start = Timestamp::from_seconds(start);
            self.columns.iter().map(move |column| column.rows.at(start))
        })
    }

    /// The start of each row.
    fn row_starts(&self) -> impl Iterator<Item = i64> {
        let step = self.step.seconds();
        let starts =
            std::iter::successors(Some(self.start), move |start| start.checked_add_unsigned(step));
        starts.take_while(|start| *start < self.end)
    }

    /// A time as formatted in rows and rules.
    fn moment(&self, moment: i64) -> String {
        match &self.times {
            Some(TimeFormat { format, zone, locale }) => strftime(format, moment, zone, *locale),
            None => moment.to_string(),
        }
    }

    /// The end of a row that begins at a time.
    fn row_end(&self, start: i64) -> String {
        self.moment(start.saturating_add_unsigned(self.step.seconds()))
    }
}

fn notes(
    statements: &[Statement],
    evaluated: &Evaluated,
    texts: &Texts,
) -> Result<Notes, EvaluateError> {
    let mut notes = Notes { prints: texts.prints.clone(), ..Notes::default() };
    let mut printed = texts.legend.iter();
    for statement in statements {
        match statement {
            Statement::LegendPrint(_) => {
                notes.legend.extend(printed.next().map(|text| ("gprint", text.clone())));
            }
            Statement::Comment(comment) => notes.legend.push(("comment", comment.text.clone())),
            Statement::Line(line) => {
                notes.legend.push(("line", line.legend.trim_start().to_owned()));
            }
            Statement::Area(area) if area.legend.is_empty() => {
                notes.legend.push(("area", String::new()));
            }
            Statement::Area(area) => notes.legend.push(("area", format!("  {}", area.legend))),
            Statement::TextAlign(alignment) => {
                notes.legend.push(("align", alignment.name().to_owned()));
            }
            Statement::HorizontalRule(rule) => {
                if let Shown::Figure(figure) = evaluated.shown(&rule.value)? {
                    notes.rules.push(Rule::Value(figure.value));
                }
            }
            Statement::VerticalRule(rule) => {
                if let Some(moment) = evaluated.moment(&rule.time)? {
                    notes.rules.push(Rule::Moment(moment.seconds()));
                }
            }
            _ => {}
        }
    }
    Ok(notes)
}
