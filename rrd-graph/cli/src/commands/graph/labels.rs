//! The numbers of an axis as the command line wants them written.

use rrd_core::number::truncate_to_i64;
use rrd_graph::number_format::{
    DurationFormat, DurationFormatError, NumberFormat, NumberFormatError, greenwich, strftime,
};
use rrd_graph::{LabelFormat, TimeLocale};

/// What the numbers of an axis are, and the text that says how they are written; empty for the
/// usual one.
#[derive(Debug, Default)]
pub(super) struct AxisText {
    pub(super) formatter: Formatter,
    pub(super) format: String,
}

/// What the numbers of an axis are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Formatter {
    #[default]
    Numeric,
    /// Seconds since 1970.
    Timestamp,
    /// Milliseconds.
    Duration,
}

/// How the numbers of an axis are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum AxisFormat {
    Number(NumberFormat),
    /// By this format of strftime.
    Timestamp(String),
    /// Nothing where the format makes no sense.
    Duration(Result<DurationFormat, DurationFormatError>),
}

impl AxisText {
    /// The format, once it is known which formatter reads it; none for the axis' own.
    pub(super) fn parse(&self) -> Result<Option<AxisFormat>, NumberFormatError> {
        let format = &self.format;
        Ok(match self.formatter {
            Formatter::Numeric if format.is_empty() => None,
            // RRDtool knows no prefixes here: its pattern for what is refused has none.
            Formatter::Numeric => Some(AxisFormat::Number(
                NumberFormat::parse_plain(format)
                    .or_else(|fault| NumberFormat::parse(format).map_err(|_| fault))?,
            )),
            Formatter::Timestamp if format.is_empty() => {
                Some(AxisFormat::Timestamp("%Y-%m-%d %H:%M:%S".to_owned()))
            }
            Formatter::Timestamp => Some(AxisFormat::Timestamp(format.clone())),
            Formatter::Duration => Some(AxisFormat::Duration(DurationFormat::parse(format))),
        })
    }
}

impl AxisFormat {
    /// What is wrong with a format although there can be a picture without its labels.
    pub(super) fn fault(&self) -> Option<DurationFormatError> {
        match self {
            Self::Duration(Err(fault)) => Some(*fault),
            _ => None,
        }
    }

    /// The labels in this format.
    pub(super) fn labels(&self, locale: TimeLocale) -> LabelFormat {
        match self.clone() {
            Self::Number(format) => LabelFormat::numbers(format),
            Self::Timestamp(format) => LabelFormat::new(move |value| {
                strftime(&format, truncate_to_i64(value), &greenwich(), locale)
            }),
            Self::Duration(Ok(format)) => LabelFormat::new(move |value| format.write(value)),
            Self::Duration(Err(_)) => LabelFormat::new(|_| String::new()),
        }
    }
}
