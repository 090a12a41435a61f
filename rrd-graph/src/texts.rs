//! PRINT and GPRINT: the texts made of numbers and their times. Their formats live in `format`.

use rrd_core::number::{fixed, truncate_to_i64};
use rrd_core::{TimeZone, Timestamp};

use crate::evaluate::{EvaluateError, Evaluated, Shown};
use crate::format::{
    DurationFormat, DurationFormatError, NumberFormat, NumberFormatError, Unit, UnitMark,
    UnitMemory, greenwich, strftime, strftime_unknown,
};
use crate::reduce::summarize;
use crate::statement::{Operand, Print, PrintFormat, Statement};
use crate::vdef::Figure;

/// The longest text that a GPRINT leaves in the legend, in bytes.
const LONGEST_LEGEND_PRINT: usize = 197;
/// The longest format that is read, in bytes.
const LONGEST_FORMAT: usize = 200;
/// How a value that is a moment is written where no format is given.
const MOMENT: &str = "%Y-%m-%d %H:%M:%S";

/// What all the texts of a chart share.
#[derive(Clone, Copy, Debug)]
pub struct TextSettings<'a> {
    /// What a unit letter stands for: 1000 or 1024 of the next smaller one.
    pub base: f64,
    /// The zone of times.
    pub zone: &'a TimeZone,
    /// The present moment.
    pub now: Timestamp,
}

/// The texts of a chart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Texts {
    /// Those of PRINT, in their order.
    pub prints: Vec<String>,
    /// Those of GPRINT, in their order.
    pub legend: Vec<String>,
}

/// Why a text cannot be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TextError {
    /// The format is none of a number.
    #[error(transparent)]
    Number(#[from] NumberFormatError),
    /// The format is none of a duration.
    #[error(transparent)]
    Duration(#[from] DurationFormatError),
    /// The name stands for nothing.
    #[error(transparent)]
    Evaluate(#[from] EvaluateError),
}

/// The texts of all PRINT and GPRINT among the statements.
pub fn texts(
    statements: &[Statement],
    evaluated: &Evaluated,
    settings: TextSettings<'_>,
) -> Result<Texts, TextError> {
    let last_time = Some(settings.now.seconds());
    let mut writer = Writer { evaluated, settings, unit: UnitMemory::default(), last_time };
    let mut texts = Texts::default();
    for statement in statements {
        match statement {
            Statement::Print(print) => texts.prints.push(writer.write(print)?),
            Statement::LegendPrint(print) => {
                texts.legend.push(cut(&writer.write(print)?, LONGEST_LEGEND_PRINT).to_owned());
            }
            _ => {}
        }
    }
    Ok(texts)
}

/// A text cut to so many bytes, between two characters.
pub(crate) fn cut(text: &str, bytes: usize) -> &str {
    let end = (0..=bytes.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    end.and_then(|end| text.get(..end)).unwrap_or(text)
}

struct Writer<'a> {
    evaluated: &'a Evaluated,
    settings: TextSettings<'a>,
    unit: UnitMemory,
    /// The time of the number that was written last, the present before any.
    last_time: Option<i64>,
}

impl Writer<'_> {
    fn write(&mut self, print: &Print) -> Result<String, TextError> {
        let Figure { value, time } = self.figure(print)?;
        match &print.format {
            PrintFormat::Time(format) => {
                let format = cut(format, LONGEST_FORMAT);
                Ok(match time {
                    Some(time) => strftime(format, time, self.settings.zone),
                    None => strftime_unknown(format),
                })
            }
            PrintFormat::Timestamp(format) => Ok(moment(value, cut(format, LONGEST_FORMAT))),
            PrintFormat::Duration(format) => {
                Ok(DurationFormat::parse(cut(format, LONGEST_FORMAT))?.write(value))
            }
            PrintFormat::Number(format) => {
                let format = NumberFormat::parse(cut(format, LONGEST_FORMAT))?;
                let unit = match format.unit_mark() {
                    None => Unit::ONE,
                    Some(UnitMark::Own) => self.unit.own(value, self.settings.base),
                    Some(UnitMark::Shared) => self.unit.shared(value, self.settings.base),
                };
                Ok(format.write(value, unit))
            }
        }
    }

    /// The number and time that a print is about. A series has the time of the number written last.
    fn figure(&mut self, print: &Print) -> Result<Figure, TextError> {
        match self.evaluated.shown(&Operand::Variable(print.variable.clone()))? {
            Shown::Figure(figure) => {
                self.last_time = figure.time;
                Ok(figure)
            }
            Shown::Series(rows) => {
                let function = print.function.ok_or_else(|| {
                    let name = print.variable.clone();
                    EvaluateError::SeriesWithoutFunction { name }
                })?;
                Ok(Figure { value: summarize(&rows, function), time: self.last_time })
            }
        }
    }
}

/// A value that is a moment; what no calendar has is written as a number.
fn moment(value: f64, format: &str) -> String {
    let format = if format.is_empty() { MOMENT } else { format };
    if value.is_nan() {
        return "-nan".to_owned();
    }
    match truncate_to_i64(value) {
        i64::MIN => fixed(value, 0).to_string(),
        seconds => strftime(format, seconds, &greenwich()),
    }
}
