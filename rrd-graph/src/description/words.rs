//! The words of a description: colours, times, functions and formulas, read while the file is, so that whatever is wrong
//! with them is told with its line and column.

use std::borrow::Cow;
use std::fmt::Display;

use rrd_core::at_style::{self, TimeSpec};
use rrd_core::{ConsolidationFunction, TimeZone};
use serde::de::{Deserialize, Deserializer, Error};

use crate::color::Color;
use crate::statement::Formula;

/// Reads a text and what it means.
fn read<'de, D: Deserializer<'de>, T, E: Display>(
    deserializer: D,
    meaning: impl FnOnce(&str) -> Result<T, E>,
) -> Result<T, D::Error> {
    let text = Cow::<str>::deserialize(deserializer)?;
    meaning(&text).map_err(D::Error::custom)
}

/// `#RRGGBB` and its shorter and longer kin.
impl<'de> Deserialize<'de> for Color {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read(deserializer, |text| {
            text.strip_prefix('#').and_then(Self::from_hex).ok_or_else(|| {
                format!("'{text}' is no colour: write # and 3, 4, 6 or 8 hexadecimal digits")
            })
        })
    }
}

/// An expression in reverse Polish notation.
impl<'de> Deserialize<'de> for Formula {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read(deserializer, Self::parse)
    }
}

/// A time such as `end-1d`.
pub(super) fn time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<TimeSpec, D::Error> {
    read(deserializer, at_style::parse)
}

/// A time that may be left out.
pub(super) fn some_time<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<TimeSpec>, D::Error> {
    time(deserializer).map(Some)
}

/// AVERAGE, MIN, MAX, LAST and the others.
pub(super) fn function<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<ConsolidationFunction, D::Error> {
    read(deserializer, |text| {
        text.parse()
            .map_err(|_| format!("unknown function '{text}': try AVERAGE, MIN, MAX or LAST"))
    })
}

/// A zone such as `Europe/Zurich`.
pub(super) fn zone<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<TimeZone>, D::Error> {
    read(deserializer, |text| {
        TimeZone::get(text)
            .map(Some)
            .map_err(|_| format!("unknown time zone '{text}': write one such as Europe/Zurich"))
    })
}
