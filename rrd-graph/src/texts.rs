//! PRINT and GPRINT: texts with numbers and their times. Formats are in `format`.

use rrd_core::number::{fixed, truncate_to_i64};
use rrd_core::{TimeZone, Timestamp};

use crate::evaluate::{EvaluateError, Evaluated, Shown};
use crate::number_format::{
    DurationFormat, DurationFormatError, NumberFormat, NumberFormatError, Unit, UnitMemory,
    UnitPrefix, greenwich, strftime, strftime_unknown,
};
use crate::reduce::summarize;
use crate::statement::{Operand, Print, PrintFormat, Statement};
use crate::time_locale::TimeLocale;
use crate::vdef::Figure;

/// Limit on the length of a GPRINT text in the legend, in bytes.
const MAX_LEGEND_PRINT_LENGTH: usize = 197;
/// Limit on the length of a format, in bytes.
const MAX_FORMAT_LENGTH: usize = 200;
/// The default format of a value that is a time.
const MOMENT: &str = "%Y-%m-%d %H:%M:%S";

/// Settings shared by all texts of a chart.
#[derive(Clone, Copy, Debug)]
pub struct TextSettings<'a> {
    /// The factor between unit prefixes: 1000 or 1024.
    pub base: f64,
    /// The time zone.
    pub zone: &'a TimeZone,
    /// The locale of times.
    pub locale: TimeLocale,
    /// The current time.
    pub now: Timestamp,
}

/// The texts of a chart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Texts {
    /// The texts of PRINT, in order.
    pub prints: Vec<String>,
    /// The texts of GPRINT, in order.
    pub legend: Vec<String>,
}

/// Why a text cannot be formatted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TextError {
    /// The format is not valid for a number.
    #[error(transparent)]
    Number(#[from] NumberFormatError),
    /// The format is not valid for a duration.
    #[error(transparent)]
    Duration(#[from] DurationFormatError),
    /// A name is undefined.
    #[error(transparent)]
    Evaluate(#[from] EvaluateError),
}

/// The texts of all PRINT and GPRINT statements.
pub fn texts(
    statements: &[Statement],
    evaluated: &Evaluated,
    settings: TextSettings<'_>,
) -> Result<Texts, TextError> {
    let last_time = Some(settings.now);
    let mut writer = Writer { evaluated, settings, unit: UnitMemory::default(), last_time };
    let mut texts = Texts::default();
    for statement in statements {
        match statement {
            Statement::Print(print) => texts.prints.push(writer.write(print)?),
            Statement::LegendPrint(print) => {
                texts.legend.push(cut(&writer.write(print)?, MAX_LEGEND_PRINT_LENGTH).to_owned());
            }
            _ => {}
        }
    }
    Ok(texts)
}

/// A text truncated to at most `bytes` bytes at a character boundary.
pub fn cut(text: &str, bytes: usize) -> &str {
    let end = (0..=bytes.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    end.and_then(|end| text.get(..end)).unwrap_or(text)
}

struct Writer<'a> {
    evaluated: &'a Evaluated,
    settings: TextSettings<'a>,
    unit: UnitMemory,
    /// The time of the number written last; the current time before the first.
    last_time: Option<Timestamp>,
}

impl Writer<'_> {
    fn write(&mut self, print: &Print) -> Result<String, TextError> {
        let Figure { value, time } = self.figure(print)?;
        match &print.format {
            PrintFormat::Time(format) => {
                let format = cut(format, MAX_FORMAT_LENGTH);
                let TextSettings { zone, locale, .. } = self.settings;
                Ok(match time {
                    Some(time) => strftime(format, time.seconds(), zone, locale),
                    None => strftime_unknown(format),
                })
            }
            PrintFormat::Timestamp(format) => {
                Ok(moment(value, cut(format, MAX_FORMAT_LENGTH), self.settings.locale))
            }
            PrintFormat::Duration(format) => {
                Ok(DurationFormat::parse(cut(format, MAX_FORMAT_LENGTH))?.write(value))
            }
            PrintFormat::Number(format) => {
                let format = NumberFormat::parse(cut(format, MAX_FORMAT_LENGTH))?;
                let unit = match format.unit_prefix() {
                    None => Unit::ONE,
                    Some(UnitPrefix::Own) => self.unit.own(value, self.settings.base),
                    Some(UnitPrefix::Shared) => self.unit.shared(value, self.settings.base),
                };
                Ok(format.write(value, unit))
            }
        }
    }

    /// The number and time of a print. A series has the time of the number written last.
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

/// A value that is a time; values beyond the calendar are written as numbers.
fn moment(value: f64, format: &str, locale: TimeLocale) -> String {
    let format = if format.is_empty() { MOMENT } else { format };
    if value.is_nan() {
        return "-nan".to_owned();
    }
    match truncate_to_i64(value) {
        i64::MIN => fixed(value, 0).to_string(),
        seconds => strftime(format, seconds, &greenwich(), locale),
    }
}
