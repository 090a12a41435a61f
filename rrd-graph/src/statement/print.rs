//! PRINT and GPRINT: a number or a time as text. Formatting is in `format`.

use std::fmt;

use rrd_core::ConsolidationFunction;

use super::scope::{NameKind, Scope};
use super::text::escape;
use super::{StatementError, pieces::Pieces};

/// A text with a number or its time: `PRINT:name:format`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Print {
    /// The name of a VDEF; the name of a series if `function` is given.
    pub variable: String,
    /// How the rows of a series are reduced to one number.
    pub function: Option<ConsolidationFunction>,
    /// The format of the text.
    pub format: PrintFormat,
}

/// The format of a printed text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PrintFormat {
    /// The value in C's printf syntax: `%6.2lf%s`.
    Number(String),
    /// The time of the value in C's strftime syntax (`:strftime`).
    Time(String),
    /// The value as seconds since 1970 (`:valstrftime`).
    Timestamp(String),
    /// The value as milliseconds (`:valstrfduration`).
    Duration(String),
}

impl Print {
    /// Parses what follows `PRINT` or `GPRINT`.
    pub(super) fn parse(pieces: &mut Pieces, scope: &Scope) -> Result<Self, StatementError> {
        let formatter = pieces.key("vformatter").map(formatter).transpose()?;
        let time = pieces.key("strftime").is_some();
        let (function, format) = (pieces.key("cf"), pieces.key("format"));
        let variable = pieces.key("vname").or_else(|| pieces.next_text());
        let variable = variable.ok_or(StatementError::MissingName)?;
        let function = match scope.kind(&variable) {
            None => return Err(StatementError::UndefinedName { name: variable }),
            // A function has no effect on a single number.
            Some(NameKind::Number) => None,
            Some(NameKind::Series) => {
                let name = function.or_else(|| pieces.next_value());
                let name = name.ok_or(StatementError::MissingPrintFunction)?;
                let function = name.parse();
                Some(function.map_err(|_| StatementError::BadPrintFunction { name })?)
            }
        };
        let text = format.or_else(|| pieces.next_text()).ok_or(StatementError::MissingText)?;
        let format = match formatter {
            _ if time => PrintFormat::Time(text),
            None => PrintFormat::Number(text),
            Some(formatter) => formatter(text),
        };
        Ok(Self { variable, function, format })
    }
}

impl fmt::Display for Print {
    /// What follows `PRINT` or `GPRINT` in RRDtool's grammar.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", escape(&self.variable))?;
        if let Some(function) = self.function {
            write!(f, ":{function}")?;
        }
        match &self.format {
            PrintFormat::Number(text) => write!(f, ":format={}", escape(text)),
            PrintFormat::Time(text) => write!(f, ":format={}:strftime", escape(text)),
            PrintFormat::Timestamp(text) => write!(f, ":format={}:valstrftime", escape(text)),
            PrintFormat::Duration(text) => write!(f, ":format={}:valstrfduration", escape(text)),
        }
    }
}

fn formatter(name: String) -> Result<fn(String) -> PrintFormat, StatementError> {
    match &*name {
        "timestamp" => Ok(PrintFormat::Timestamp),
        "duration" => Ok(PrintFormat::Duration),
        _ => Err(StatementError::UnknownFormatter { name }),
    }
}
