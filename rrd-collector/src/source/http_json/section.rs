//! The section `[[http_json]]`.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use rrd_core::{SourceName, Step};
use serde::Deserialize;
use thiserror::Error;
use toml::Spanned;

use super::document::InvalidPointer;
use super::value::JsonValue;
use crate::group::Unit;
use crate::net::page::Page;
use crate::section::{ConfigError, PageOptions, SectionReader, SectionValue};
use crate::source::server::times;

/// Limit on the values of a document: they are the data sources of one file.
const MAX_VALUES: usize = 256;

/// A document and the values that are taken from it.
#[derive(Clone, Debug, PartialEq)]
pub struct JsonDocument {
    /// Its name in files and on the page.
    pub instance: String,
    /// Its address.
    pub page: Page,
    /// The values.
    pub values: Vec<JsonValue>,
    /// The interval.
    pub step: Step,
    /// The deadline of an answer.
    pub deadline: Duration,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    name: Option<String>,
    url: String,
    values: Vec<Spanned<ValueTable>>,
    host: Option<String>,
    user: Option<String>,
    password: Option<String>,
    bearer: Option<String>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    ca: Option<String>,
    verify: Option<bool>,
    step: Option<String>,
    deadline: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ValueTable {
    path: String,
    name: String,
    #[serde(default)]
    kind: ValueKind,
    unit: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum ValueKind {
    #[default]
    Gauge,
    Counter,
}

/// What is wrong with a value.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
enum InvalidValue {
    #[error("invalid name {0:?}: expected 1 to 19 of a-z, 0-9 and _")]
    Name(String),
    #[error("{0:?} is there twice: each value has a name of its own")]
    Twice(String),
    #[error("invalid unit {unit:?} of a {kind}: expected one of {}", expected(*.is_counter))]
    Unit { unit: String, kind: &'static str, is_counter: bool },
    #[error("{0} values: expected 1 to {MAX_VALUES}")]
    Number(usize),
}

/// The units by name, of gauges and of counters, whose growth per second is stored.
const UNITS: [(&str, Unit, Option<Unit>); 9] = [
    ("bytes", Unit::Bytes, Some(Unit::BytesPerSecond)),
    ("seconds", Unit::Seconds, Some(Unit::Any)),
    ("count", Unit::Count, Some(Unit::PerSecond)),
    ("share", Unit::Share, None),
    ("celsius", Unit::Celsius, None),
    ("hertz", Unit::Hertz, None),
    ("volts", Unit::Volts, None),
    ("watts", Unit::Watts, None),
    ("rpm", Unit::RevolutionsPerMinute, None),
];

fn unit(name: &str, is_counter: bool) -> Option<Unit> {
    let (_, gauge, counter) = UNITS.iter().find(|(known, ..)| *known == name)?;
    if is_counter { *counter } else { Some(*gauge) }
}

fn expected(is_counter: bool) -> String {
    let fits = UNITS.iter().filter(|(name, ..)| unit(name, is_counter).is_some());
    fits.map(|(name, ..)| *name).collect::<Vec<_>>().join(", ")
}

pub(super) fn read<'a>(
    reader: SectionReader<'a>,
    value: SectionValue<'a>,
) -> Result<JsonDocument, ConfigError> {
    let table: Table = reader.parse(value)?;
    let (step, deadline) = times(reader, table.step, table.deadline)?;
    if !(1..=MAX_VALUES).contains(&table.values.len()) {
        return Err(reader.error("values", InvalidValue::Number(table.values.len())));
    }
    let mut names = BTreeSet::new();
    let mut values = Vec::new();
    for table in table.values {
        let at = table.span().start;
        let value = read_value(reader, at, table.into_inner())?;
        if !names.insert(value.name.clone()) {
            let twice = InvalidValue::Twice(value.name);
            return Err(reader.error_at(at, "http_json.values.name", twice));
        }
        values.push(value);
    }
    let Table { host, user, password, bearer, headers, ca, verify, .. } = table;
    let options =
        PageOptions { host, user, password, bearer, headers, ca, verify, ..PageOptions::default() };
    let page = reader.page(&table.url, options)?.accepting("application/json");
    let instance = table.name.unwrap_or_else(|| page.name());
    Ok(JsonDocument { instance, page, values, step, deadline })
}

fn read_value(
    reader: SectionReader<'_>,
    at: usize,
    table: ValueTable,
) -> Result<JsonValue, ConfigError> {
    let ValueTable { path, name, kind, unit: wanted } = table;
    let is_legal = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    if !name.bytes().all(is_legal) || SourceName::new(&name).is_err() {
        return Err(reader.error_at(at, "http_json.values.name", InvalidValue::Name(name)));
    }
    let pointer = path.parse();
    let pointer = pointer
        .map_err(|error: InvalidPointer| reader.error_at(at, "http_json.values.path", error))?;
    let is_counter = kind == ValueKind::Counter;
    let unit = match wanted {
        None if is_counter => Unit::PerSecond,
        None => Unit::Any,
        Some(name) => unit(&name, is_counter).ok_or_else(|| {
            let kind = if is_counter { "counter" } else { "gauge" };
            let invalid = InvalidValue::Unit { unit: name, kind, is_counter };
            reader.error_at(at, "http_json.values.unit", invalid)
        })?,
    };
    Ok(JsonValue { name, pointer, is_counter, unit })
}
