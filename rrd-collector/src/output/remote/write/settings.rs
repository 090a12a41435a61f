//! The section `[[remote_write]]`.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::time::Duration;

use hyper::header::{CONTENT_ENCODING, CONTENT_TYPE, USER_AGENT};
use rrd_core::Step;
use serde::Deserialize;
use thiserror::Error;

use super::endpoint::{Protocol, VERSION};
use crate::net::page::Page;
use crate::output::names::host_labels;
use crate::process::HostName;
use crate::schedule::whole_seconds;
use crate::section::{ConfigError, InstanceFilter, PageOptions, SectionReader, SectionValue};

const DEFAULT_STEP: Step = whole_seconds(10);
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);
/// What receivers keep open: older samples are refused by those that want them in order.
const DEFAULT_MAX_AGE: Duration = Duration::from_secs(3600);
const DEFAULT_SAMPLES_PER_SECOND: NonZeroU32 = NonZeroU32::new(10_000).unwrap();

/// The beginning of the names of all series.
const PREFIX: &str = "rrd_";

/// A receiver of samples, and what is sent there.
#[derive(Clone, Debug, PartialEq)]
pub struct RemoteWrite {
    /// What it is called in messages, metrics and files.
    pub name: String,
    /// Its address.
    pub page: Page,
    /// Labels that all series get, as they are written. A label without a value is not sent.
    external_labels: BTreeMap<String, String>,
    /// Which series are sent, by their names.
    series: InstanceFilter,
    /// The version of the messages; `None` to find out which one the receiver takes.
    pub protocol: Option<Protocol>,
    /// In which order samples may arrive.
    pub order: Order,
    /// Older samples are not sent; `None` to send all.
    pub max_age: Option<Duration>,
    /// Seconds between two samples of a series.
    pub step: Step,
    /// The time limit for an answer.
    pub timeout: Duration,
    /// Limit on samples a second while there is something to catch up.
    pub max_samples_per_second: NonZeroU32,
}

/// In which order a receiver takes samples of a series.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Order {
    /// Older ones first.
    #[default]
    Strict,
    /// Any, so that new ones need not wait for old ones.
    Any,
}

/// Why a value is not valid.
#[derive(Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum RemoteWriteError {
    /// A header is always the same.
    #[error(
        "header {name:?} belongs to remote write: content-encoding, content-type, user-agent and \
         x-prometheus-remote-write-version cannot be set"
    )]
    Header {
        /// Its name.
        name: String,
    },
    /// The name of a label.
    #[error(
        "invalid label {name:?}: expected letters, digits and `_`, no digit first, and not two `_` \
         first, e.g. datacenter"
    )]
    Label {
        /// The name.
        name: String,
    },
    /// No series has such a name.
    #[error("no series is called {pattern:?}: names begin with {PREFIX}, e.g. rrd_disk_*")]
    Pattern {
        /// The pattern.
        pattern: String,
    },
    /// No name.
    #[error("the name is empty")]
    NoName,
    /// Another endpoint has the name.
    #[error("another endpoint is called {name:?}: give this one a `name` of its own")]
    SameName {
        /// The name.
        name: String,
    },
}

impl RemoteWrite {
    /// The labels that all series of this host get there.
    pub fn external_labels(&self, host: &HostName) -> Vec<(String, String)> {
        let mut labels = BTreeMap::from(host_labels(host));
        labels.extend(self.external_labels.clone());
        labels.retain(|_, value| !value.is_empty());
        labels.into_iter().collect()
    }

    /// Whether series of this name are sent.
    pub fn takes(&self, name: &str) -> bool {
        self.series.takes(&[name], true)
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    name: Option<String>,
    url: String,
    user: Option<String>,
    password: Option<String>,
    bearer: Option<String>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    ca: Option<String>,
    verify: Option<bool>,
    certificate: Option<String>,
    key: Option<String>,
    #[serde(default)]
    external_labels: BTreeMap<String, String>,
    keep: Option<Vec<String>>,
    drop: Option<Vec<String>>,
    #[serde(default)]
    version: Version,
    #[serde(default)]
    order: Order,
    max_age: Option<String>,
    step: Option<String>,
    timeout: Option<String>,
    max_samples_per_second: Option<NonZeroU32>,
    proxy: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
enum Version {
    #[default]
    #[serde(rename = "1.0")]
    V1,
    #[serde(rename = "2.0")]
    V2,
    #[serde(rename = "auto")]
    Auto,
}

/// Adds a section `[[remote_write]]`.
pub(crate) fn read<'a>(
    known: &mut Vec<RemoteWrite>,
    reader: SectionReader<'a>,
    value: SectionValue<'a>,
) -> Result<(), ConfigError> {
    let table: Table = reader.parse(value)?;
    for name in table.headers.keys() {
        let name = name.clone();
        let ours = [CONTENT_ENCODING, CONTENT_TYPE, USER_AGENT, VERSION];
        if ours.iter().any(|header| name.eq_ignore_ascii_case(header.as_str())) {
            let key = format!("headers.{name}");
            return Err(reader.error(&key, RemoteWriteError::Header { name }));
        }
    }
    let mut external_labels = BTreeMap::new();
    for (name, value) in &table.external_labels {
        let key = format!("external_labels.{name}");
        if !is_label(name) {
            return Err(reader.error(&key, RemoteWriteError::Label { name: name.clone() }));
        }
        external_labels.insert(name.clone(), reader.expand(&key, value)?);
    }
    for (key, patterns) in [("keep", &table.keep), ("drop", &table.drop)] {
        let mut patterns = patterns.iter().flatten();
        if let Some(pattern) = patterns.find(|pattern| !may_match(pattern)).cloned() {
            return Err(reader.error(key, RemoteWriteError::Pattern { pattern }));
        }
    }
    let mut series = InstanceFilter::default();
    series.read(table.keep, None, table.drop);
    let protocol = match table.version {
        Version::V1 => Some(Protocol::V1),
        Version::V2 => Some(Protocol::V2),
        Version::Auto => None,
    };
    let max_age = match table.max_age {
        Some(text) => Some(reader.span("max_age", &text)?),
        None => (table.order == Order::Strict).then_some(DEFAULT_MAX_AGE),
    };
    let step = table.step.map_or(Ok(DEFAULT_STEP), |text| reader.step("step", &text))?;
    let timeout = table.timeout.map_or(Ok(DEFAULT_TIMEOUT), |t| reader.duration("timeout", &t))?;
    let options = PageOptions {
        host: None,
        user: table.user,
        password: table.password,
        bearer: table.bearer,
        headers: table.headers,
        ca: table.ca,
        verify: table.verify,
        certificate: table.certificate,
        key: table.key,
    };
    let proxy = table.proxy.map(|text| reader.expand("proxy", &text)).transpose()?;
    let mut page = reader.page(&table.url, options)?;
    if let Some(proxy) = proxy {
        page = page.through(&proxy).map_err(|error| reader.error("proxy", error))?;
    }
    let name = table.name.unwrap_or_else(|| page.instance());
    if name.is_empty() {
        return Err(reader.error("name", RemoteWriteError::NoName));
    }
    if known.iter().any(|other| other.name == name) {
        return Err(reader.error("name", RemoteWriteError::SameName { name }));
    }
    known.push(RemoteWrite {
        name,
        page,
        external_labels,
        series,
        protocol,
        order: table.order,
        max_age,
        step,
        timeout,
        max_samples_per_second: table.max_samples_per_second.unwrap_or(DEFAULT_SAMPLES_PER_SECOND),
    });
    Ok(())
}

/// Names that begin with two `_` are reserved; `__name__` is one of them.
fn is_label(name: &str) -> bool {
    let is_letter = |byte: u8| byte == b'_' || byte.is_ascii_alphanumeric();
    let is_digit_first = name.starts_with(|first: char| first.is_ascii_digit());
    !name.is_empty() && name.bytes().all(is_letter) && !is_digit_first && !name.starts_with("__")
}

/// Whether a name of a series may match.
fn may_match(pattern: &str) -> bool {
    let literal = pattern.split(['*', '?']).next().unwrap_or_default();
    literal.starts_with(PREFIX) || (PREFIX.starts_with(literal) && literal != pattern)
}

#[cfg(test)]
pub(super) mod tests;
