//! The section `[[prometheus]]`.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::time::Duration;

use rrd_core::Step;
use serde::Deserialize;

use crate::net::page::Page;
use crate::section::{ConfigError, InstanceFilter, PageOptions, SectionReader, SectionValue};
use crate::source::probe::MINUTE;
use crate::source::server::times_every;

/// The values that are stored of an exporter unless something else is configured: of two hundred,
/// the files have 43 MB.
const DEFAULT_CAP: usize = 200;
/// `OpenMetrics` where the exporter has it, since that says whether a page is complete.
const FORMATS: &str =
    "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";

/// An exporter, and which of its values are stored.
#[derive(Clone, Debug, PartialEq)]
pub struct PrometheusExporter {
    /// Its name in files and on the page.
    pub instance: String,
    /// Its page.
    pub page: Page,
    /// The interval.
    pub step: Step,
    /// The deadline of an answer.
    pub deadline: Duration,
    /// The most values that are stored.
    pub cap: usize,
    /// The families that are stored.
    pub families: InstanceFilter,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    name: Option<String>,
    url: String,
    cap: Option<NonZeroUsize>,
    include: Option<Vec<String>>,
    also: Option<Vec<String>>,
    exclude: Option<Vec<String>>,
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

pub(super) fn read<'a>(
    reader: SectionReader<'a>,
    value: SectionValue<'a>,
) -> Result<PrometheusExporter, ConfigError> {
    let table: Table = reader.parse(value)?;
    let mut families = InstanceFilter::default();
    families.read(table.include, table.also, table.exclude);
    let cap = table.cap.map_or(DEFAULT_CAP, NonZeroUsize::get);
    // A page has hundreds of lines, which are parsed each time.
    let (step, deadline) = times_every(MINUTE, reader, table.step, table.deadline)?;
    let Table { host, user, password, bearer, headers, ca, verify, .. } = table;
    let options =
        PageOptions { host, user, password, bearer, headers, ca, verify, ..PageOptions::default() };
    let page = reader.page(&table.url, options)?.accepting(FORMATS);
    let page = page
        .with_header("Accept-Encoding", "identity")
        .map_err(|error| reader.error("headers", error))?;
    let instance = table.name.unwrap_or_else(|| page.instance());
    Ok(PrometheusExporter { instance, page, step, deadline, cap, families })
}
