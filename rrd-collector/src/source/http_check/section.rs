//! The section `[[http_check]]`.

use std::collections::BTreeMap;
use std::time::Duration;

use rrd_core::Step;
use serde::Deserialize;

use super::expected::{Expected, StatusPattern};
use crate::net::page::Page;
use crate::schedule::whole_seconds;
use crate::section::{ConfigError, PageOptions, SectionReader, SectionValue};
use crate::source::input::Input;
use crate::source::server::PolledServer;

const DEFAULT_STEP: Step = whole_seconds(60);
const DEFAULT_DEADLINE: Duration = Duration::from_secs(10);

/// A page and what is expected of it.
#[derive(Clone, Debug, PartialEq)]
pub struct HttpCheck {
    /// The page.
    pub page: Page,
    /// What its answer must be.
    pub expected: Expected,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    name: Option<String>,
    url: String,
    status: Option<Statuses>,
    contains: Option<String>,
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

/// `200`, `"2xx"` or a list of both.
#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "expected a status such as 200 or \"2xx\", or a list of them")]
enum Statuses {
    Number(u16),
    Text(String),
    List(Vec<Statuses>),
}

impl Statuses {
    fn texts(self) -> Vec<String> {
        match self {
            Self::Number(number) => vec![number.to_string()],
            Self::Text(text) => vec![text],
            Self::List(list) => list.into_iter().flat_map(Self::texts).collect(),
        }
    }
}

pub(super) fn read<'a>(
    reader: SectionReader<'a>,
    value: SectionValue<'a>,
) -> Result<Input, ConfigError> {
    let table: Table = reader.parse(value)?;
    let step = table.step.map_or(Ok(DEFAULT_STEP), |text| reader.step("step", &text))?;
    let deadline =
        table.deadline.map_or(Ok(DEFAULT_DEADLINE), |t| reader.duration("deadline", &t))?;
    let mut expected = Expected { contains: table.contains, ..Expected::default() };
    if let Some(status) = table.status {
        let parsed: Result<Vec<StatusPattern>, _> =
            status.texts().iter().map(|text| text.parse()).collect();
        expected.status = parsed.map_err(|error| reader.error("status", error))?;
    }
    let Table { host, user, password, bearer, headers, ca, verify, .. } = table;
    let options =
        PageOptions { host, user, password, bearer, headers, ca, verify, ..PageOptions::default() };
    let page = reader.page(&table.url, options)?.accepting("*/*");
    let instance = table.name.unwrap_or_else(|| page.name());
    Ok(PolledServer { instance, server: HttpCheck { page, expected }, step, deadline }.input())
}
