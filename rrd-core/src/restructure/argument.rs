//! Changes as arguments of RRDtool's `tune`: `load:600`, `RRA#0:+50`. The changes themselves are in
//! `change` and `reshape`.

use std::time::Duration;

use super::change::Change;
use super::reshape::{Reshape, RowChange};
use crate::data_source::{Heartbeat, SourceName};
use crate::number::{self, scan_decimal, to_index};

/// An option of `tune` that takes an argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each is told by the change of the same name")]
pub enum TuneOption {
    Heartbeat,
    Minimum,
    Maximum,
    Rate,
    Rename,
    DeltaPositive,
    DeltaNegative,
    FailureThreshold,
    FailureWindow,
    Alpha,
    Beta,
    Gamma,
    GammaDeviation,
    SmoothingWindow,
    SmoothingWindowDeviation,
    AberrantReset,
}

/// Why an argument of `tune` is not valid.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TuneArgumentError {
    /// Not `NAME:SECONDS`.
    #[error("invalid heartbeat: expected NAME:SECONDS")]
    Heartbeat,
    /// Not `NAME:NUMBER` or `NAME:U`.
    #[error("invalid {limit}: expected NAME:NUMBER or NAME:U")]
    Limit {
        /// `minimum` or `maximum`.
        limit: &'static str,
    },
    /// Not `NAME:TYPE` or `OLD:NEW`.
    #[error("invalid argument: expected NAME:TYPE or NAME:NEW")]
    Pair,
    /// No type of data source has this name.
    #[error(
        "unknown data source type '{name}': expected GAUGE, COUNTER, DERIVE, ABSOLUTE, DCOUNTER or DDERIVE"
    )]
    SourceType {
        /// The type as given.
        name: String,
    },
    /// A data source that takes readings cannot become a computed one.
    #[error(
        "data source '{name}' cannot become COMPUTE: add another with DS:NAME:COMPUTE:EXPRESSION"
    )]
    Compute {
        /// The data source.
        name: String,
    },
    /// Not a number of deviations.
    #[error("invalid width of the confidence band: expected a number")]
    Delta,
    /// Not a parameter of a forecast.
    #[error("invalid parameter: expected a number between 0 and 1")]
    Parameter,
    /// No data source can have this name.
    #[error("unknown data source '{name}'")]
    Name {
        /// The name.
        name: String,
    },
    /// Not a change of the shape.
    #[error("invalid argument '{text}'")]
    Shape {
        /// The argument.
        text: String,
    },
    /// An archive below zero.
    #[error("invalid DELRRA: expected the number of an archive, from 0")]
    NegativeArchive,
    /// Not `RRA#NUMBER:SIGN ROWS`.
    #[error("invalid RRA# argument: expected RRA#INDEX:[+-=]ROWS")]
    Rows,
    /// A sign other than `+`, `-` and `=` in front of rows.
    #[error("invalid RRA# operation '{sign}': expected +, - or =")]
    RowSign {
        /// The sign.
        sign: char,
    },
}

impl Change {
    /// The change that an option of `tune` requests. Text after a number or a name is ignored, as
    /// by RRDtool.
    ///
    /// # Errors
    ///
    /// The argument is not of the form that the option needs.
    ///
    /// ```
    /// use rrd_core::{Change, Heartbeat, SourceName, TuneOption};
    /// let source = SourceName::new("load").unwrap();
    /// let change = Change::from_option(TuneOption::Heartbeat, "load:600")?;
    /// assert_eq!(change, Change::Heartbeat { source, heartbeat: Heartbeat::from_seconds(600) });
    /// assert_eq!(
    ///     Change::from_option(TuneOption::Heartbeat, "load").unwrap_err().to_string(),
    ///     "invalid heartbeat: expected NAME:SECONDS"
    /// );
    /// # Ok::<(), rrd_core::TuneArgumentError>(())
    /// ```
    pub fn from_option(option: TuneOption, argument: &str) -> Result<Self, TuneArgumentError> {
        use TuneArgumentError as Error;
        Ok(match option {
            TuneOption::Heartbeat => {
                let (source, seconds) = named(argument).ok_or(Error::Heartbeat)?;
                let seconds = whole(seconds).ok_or(Error::Heartbeat)?;
                Self::Heartbeat {
                    source,
                    heartbeat: Heartbeat::from_seconds(seconds.cast_unsigned()),
                }
            }
            TuneOption::Minimum => {
                let (source, value) = limit(argument).ok_or(Error::Limit { limit: "minimum" })?;
                Self::Minimum { source, value }
            }
            TuneOption::Maximum => {
                let (source, value) = limit(argument).ok_or(Error::Limit { limit: "maximum" })?;
                Self::Maximum { source, value }
            }
            TuneOption::Rate => {
                let (source, name) = named(argument).ok_or(Error::Pair)?;
                let name = prefix(name, |byte| byte.is_ascii_uppercase());
                match (name, name.parse()) {
                    ("", _) => return Err(Error::Pair),
                    ("COMPUTE", _) => {
                        return Err(Error::Compute { name: source.as_str().to_owned() });
                    }
                    (_, Ok(rate)) => Self::Rate { source, rate },
                    (name, Err(_)) => return Err(Error::SourceType { name: name.to_owned() }),
                }
            }
            TuneOption::Rename => {
                let (source, name) = named(argument).ok_or(Error::Pair)?;
                let name = SourceName::new(prefix(name, is_name_byte)).map_err(|_| Error::Pair)?;
                Self::Rename { source, name }
            }
            TuneOption::DeltaPositive => Self::DeltaPositive(delta(argument)?),
            TuneOption::DeltaNegative => Self::DeltaNegative(delta(argument)?),
            TuneOption::FailureThreshold => Self::FailureThreshold(violations(argument)),
            TuneOption::FailureWindow => Self::FailureWindow(violations(argument)),
            TuneOption::Alpha => Self::Alpha(parameter(argument)?),
            TuneOption::Beta => Self::Beta(parameter(argument)?),
            TuneOption::Gamma => Self::Gamma(parameter(argument)?),
            TuneOption::GammaDeviation => Self::GammaDeviation(parameter(argument)?),
            TuneOption::SmoothingWindow => Self::SmoothingWindow(parameter(argument)?),
            TuneOption::SmoothingWindowDeviation => {
                Self::SmoothingWindowDeviation(parameter(argument)?)
            }
            TuneOption::AberrantReset => {
                let source = SourceName::new(argument)
                    .map_err(|_| Error::Name { name: argument.to_owned() })?;
                Self::AberrantReset { source }
            }
        })
    }
}

impl Reshape {
    /// Adds what an argument of `tune` requests: `DEL:NAME`, `DS:...`, `DELRRA:NUMBER`, `RRA:...`,
    /// `RRA#NUMBER:+ROWS`. As RRDtool has it, an invalid number is 0.
    ///
    /// # Errors
    ///
    /// The argument has none of these forms.
    ///
    /// ```
    /// use rrd_core::{Reshape, RowChange};
    /// let argument = Reshape::new().argument("RRA#1:=50")?;
    /// assert_eq!(argument, Reshape::new().rows(1, RowChange::Set(50)));
    /// assert!(Reshape::new().argument("RRA1").is_err());
    /// # Ok::<(), rrd_core::TuneArgumentError>(())
    /// ```
    pub fn argument(self, text: &str) -> Result<Self, TuneArgumentError> {
        let after = |start: &str| text.strip_prefix(start).filter(|rest| !rest.is_empty());
        if let Some(name) = after("DEL:") {
            return Ok(self.remove_named(name));
        }
        if let Some(number) = after("DELRRA:") {
            let number = u64::try_from(whole(number).unwrap_or_default())
                .map_err(|_| TuneArgumentError::NegativeArchive)?;
            return Ok(self.remove_archive(to_index(number).unwrap_or(usize::MAX)));
        }
        if let Some(command) = text.strip_prefix("RRA#") {
            let (archive, change) = row_change(command)?;
            return Ok(self.rows(archive, change));
        }
        if after("DS:").is_some() || after("RRA:").is_some() {
            return Ok(self.define(text));
        }
        Err(TuneArgumentError::Shape { text: text.to_owned() })
    }

    /// Sets the step from the argument of an option; zero or less leaves it unchanged.
    #[must_use]
    pub fn step_argument(self, text: &str) -> Self {
        match u64::try_from(whole(text).unwrap_or_default()) {
            Ok(seconds) if seconds > 0 => self.step(Duration::from_secs(seconds)),
            _ => self,
        }
    }
}

/// `NUMBER:SIGN ROWS`.
fn row_change(text: &str) -> Result<(usize, RowChange), TuneArgumentError> {
    let (archive, rest) = digits(text.trim_start()).ok_or(TuneArgumentError::Rows)?;
    let mut rest = rest.strip_prefix(':').ok_or(TuneArgumentError::Rows)?.chars();
    let sign = rest.next().ok_or(TuneArgumentError::Rows)?;
    let (rows, _) = digits(rest.as_str().trim_start()).ok_or(TuneArgumentError::Rows)?;
    let change = match sign {
        '+' => RowChange::Add(rows),
        '-' => RowChange::Remove(rows),
        '=' => RowChange::Set(rows),
        sign => return Err(TuneArgumentError::RowSign { sign }),
    };
    Ok((to_index(archive).unwrap_or(usize::MAX), change))
}

/// A name, a colon and the text after it.
fn named(text: &str) -> Option<(SourceName, &str)> {
    let (name, rest) = text.split_once(':')?;
    Some((SourceName::new(name).ok()?, rest))
}

/// A name, a colon and a number or `U`.
fn limit(text: &str) -> Option<(SourceName, f64)> {
    let (source, text) = named(text)?;
    let text = text.get(..40).unwrap_or(text);
    let end = text
        .find(|c: char| !matches!(c, '0'..='9' | 'U' | '.' | 'e' | '+' | '-'))
        .unwrap_or(text.len());
    let value = match text.get(..end)? {
        "U" => number::UNKNOWN,
        text => number::parse(text).ok()?,
    };
    Some((source, value))
}

fn delta(text: &str) -> Result<f64, TuneArgumentError> {
    number::parse(text).map_err(|_| TuneArgumentError::Delta)
}

fn parameter(text: &str) -> Result<f64, TuneArgumentError> {
    let number = scan_decimal(text.trim_start()).ok_or(TuneArgumentError::Parameter)?;
    Ok(number.value)
}

/// A number of violations or steps; anything else counts as out of range.
fn violations(text: &str) -> u64 {
    u64::try_from(whole(text).unwrap_or_default()).unwrap_or_default()
}

/// The longest prefix of at most 19 valid characters.
fn prefix(text: &str, right: impl Fn(u8) -> bool) -> &str {
    let length = text.bytes().take(19).take_while(|&byte| right(byte)).count();
    text.get(..length).unwrap_or_default()
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'
}

/// The whole number at the beginning of a text; beyond 64 bits the nearest one.
fn whole(text: &str) -> Option<i64> {
    let text = text.trim_start();
    let (magnitude, _) = digits(text.strip_prefix(['+', '-']).unwrap_or(text))?;
    let magnitude = i64::try_from(magnitude).unwrap_or(i64::MAX);
    Some(if text.starts_with('-') { -magnitude } else { magnitude })
}

/// The digits at the beginning of a text as a number, and the rest.
fn digits(text: &str) -> Option<(u64, &str)> {
    let rest = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let digits = text.get(..text.len() - rest.len()).filter(|digits| !digits.is_empty())?;
    Some((digits.parse().unwrap_or(u64::MAX), rest))
}
