//! The endpoints for programs: JSON of current values, past values, and the state of the rules.

use std::time::Duration;

use hyper::StatusCode;
use jiff::tz::TimeZone;
use rrd_core::{ConsolidationFunction, FetchRequest, Series, TimeRange};
use serde_json::{Value, json};
use thiserror::Error;

use super::super::address::{self, Query, QueryError};
use super::super::download::Download;
use super::super::local_time;
use super::super::response::{Answer, plain, respond, respond_json};
use super::super::site::Site;
use super::asked::{Asked, status_of};
use super::unknown::no_group;
use crate::fault::chain;
use crate::group::catalog::Catalog;
use crate::store::archives::ArchiveError;

/// Limit on the rows of an answer.
const MAX_ROWS: usize = 20_000;

/// Why there is no answer.
#[derive(Debug, Error)]
#[non_exhaustive]
enum ApiError {
    /// A required parameter is missing or invalid.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// There is no such archive, or it has no rows.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
}

/// This host, the program, and its faults.
pub(in super::super) fn info(asked: &Asked<'_>) -> Answer {
    respond_json(&json!({
        "host": asked.site.host,
        "version": env!("CARGO_PKG_VERSION"),
        "faults": asked.site.shared.faults(),
    }))
}

/// Every group.
pub(in super::super) fn groups(asked: &Asked<'_>) -> Answer {
    respond_json(&groups_json(&asked.site.shared.catalog()))
}

/// Every rule.
pub(in super::super) fn alerts(asked: &Asked<'_>) -> Answer {
    let (alerts, zone) = (asked.site.shared.alerts(), TimeZone::system());
    respond_json(&alerts.iter().map(|alert| alert.json(asked.now, &zone)).collect())
}

/// What happened to the rules, the collector and the host, oldest first.
pub(in super::super) fn history(asked: &Asked<'_>) -> Answer {
    let history = asked.site.shared.history();
    respond_json(&history.events().map(|event| json!(event)).collect())
}

/// Rows as JSON.
pub(in super::super) fn fetch_json(asked: &Asked<'_>) -> Answer {
    fetched(asked, respond_json)
}

/// Rows as comma-separated values.
pub(in super::super) fn fetch_csv(asked: &Asked<'_>) -> Answer {
    let zone = address::zone(asked.query).ok().flatten().unwrap_or_else(TimeZone::system);
    fetched(asked, |rows| {
        let mut answer = respond("text/csv; charset=utf-8", csv(rows, &zone));
        let at = |key: &str| rows[key].as_i64().unwrap_or_default();
        let download = Download {
            host: &asked.site.host,
            name: asked.query.get("group").map_or("", |group| group),
            instance: address::instance(asked.query),
            range: TimeRange::from_seconds(at("start"), at("end")),
            zone: &zone,
        };
        download.attach(&mut answer, "csv");
        answer
    })
}

/// The rows for a query, formatted by `show`.
fn fetched(asked: &Asked<'_>, show: impl Fn(&Value) -> Answer) -> Answer {
    match fetch(asked.site, asked.query, asked.now) {
        Ok(rows) => show(&rows),
        Err(ApiError::Archive(ArchiveError::Missing { .. })) => {
            let group = address::group(asked.query).ok().flatten();
            let catalog = asked.site.shared.catalog();
            plain(
                StatusCode::NOT_FOUND,
                group.map_or_else(String::new, |id| no_group(&id, &catalog)),
            )
        }
        Err(error) => {
            let status = match error {
                ApiError::Query(_) => StatusCode::BAD_REQUEST,
                ApiError::Archive(ref error) => status_of(error),
            };
            plain(status, format!("{}\n", chain(&error)))
        }
    }
}

/// A number in JSON; unknown is `null`.
fn number(value: f64) -> Value {
    if value.is_finite() { json!(value) } else { Value::Null }
}

/// All groups with their newest values.
fn groups_json(catalog: &Catalog) -> Value {
    let groups = catalog.groups().map(|(id, group)| {
        let values: serde_json::Map<String, Value> = group
            .kind
            .metrics
            .iter()
            .zip(&group.values)
            .map(|(metric, value)| (metric.name.to_string(), number(*value)))
            .collect();
        json!({
            "group": id.kind(),
            "instance": id.instance(),
            "label": group.label,
            "at": group.at.seconds(),
            "step": group.step.seconds(),
            "values": values,
        })
    });
    Value::Array(groups.collect())
}

/// Rows of one group: `group`, `instance`, `start` and `end` or `span`, `function`, `resolution`.
fn fetch(site: &Site, query: &Query, now: i64) -> Result<Value, ApiError> {
    let invalid = |parameter, expected| QueryError::Value { parameter, expected };
    let group = address::group(query)?;
    let group = group.ok_or(invalid("group", "the name of a group, such as cpu"))?;
    let range = match address::time_range(query, now)? {
        Some(range) => range,
        None => site.shown(query, now)?.range,
    };
    let length =
        u64::try_from(range.end.seconds().saturating_sub(range.start.seconds())).unwrap_or(0);
    let function = match query.get("function") {
        None => ConsolidationFunction::Average,
        Some(name) => {
            let function = name.to_ascii_uppercase().parse();
            function.map_err(|_| invalid("function", "average, min, max or last"))?
        }
    };
    let wanted = "a number of seconds";
    let resolution = address::number(query, "resolution", wanted)?.unwrap_or(1);
    if resolution == 0 {
        return Err(invalid("resolution", wanted).into());
    }
    let mut resolution = resolution.max(length / MAX_ROWS as u64);
    loop {
        let request =
            FetchRequest::new(function, range).resolution(Duration::from_secs(resolution));
        let series = site.archives.fetch(&group, &request)?;
        if series.len() <= MAX_ROWS {
            return Ok(rows(&series));
        }
        // The nearest archive was too fine: there may be a coarser one.
        resolution = resolution.saturating_mul(2);
        if resolution > length {
            let wanted = "a time nearer to start: an answer has at most 20000 rows";
            return Err(invalid("end", wanted).into());
        }
    }
}

fn rows(series: &Series) -> Value {
    let rows: Vec<Value> = series
        .rows()
        .map(|(at, row)| {
            let values = row.iter().map(|value| number(*value));
            Value::Array(std::iter::once(json!(at.seconds())).chain(values).collect())
        })
        .collect();
    json!({
        "start": series.start().seconds(),
        "end": series.end().seconds(),
        "step": series.step().seconds(),
        "columns": series.names(),
        "rows": rows,
    })
}

/// Rows as comma-separated values: the time in seconds since 1970 and as written in the zone, then
/// the values; unknown ones are empty.
fn csv(answer: &Value, zone: &TimeZone) -> String {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let cell = |value: &Value| match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let mut text = "time,iso".to_owned();
    for column in list(&answer["columns"]) {
        text.push(',');
        text.push_str(&cell(&column));
    }
    text.push('\n');
    for row in list(&answer["rows"]) {
        let mut cells: Vec<String> = list(&row).iter().map(cell).collect();
        cells.insert(1, local_time::iso(row[0].as_i64().unwrap_or_default(), zone));
        text.push_str(&cells.join(","));
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use rrd_core::{Heartbeat, Rrd, Sample, Schema, Step, Timestamp};

    use super::super::super::address::read_query;
    use super::*;
    use crate::store::archives::Archives;

    fn site(data: &Path) -> Site {
        Site::new("web1".parse().unwrap(), Archives::Folder(data.to_owned()))
    }

    #[test]
    fn rows_come_with_their_moments_and_null_for_unknown() {
        let folder = tempfile::tempdir().unwrap();
        let schema = Schema::builder(Step::from_seconds(1).unwrap())
            .gauge("steal", Heartbeat::from_seconds(1))
            .average(0.5, 1, 100)
            .build()
            .unwrap();
        let start = Timestamp::from_seconds(1000);
        let mut rrd = Rrd::create(folder.path().join("cpu.rrd"), &schema, start).unwrap();
        for (second, value) in [(1001, 0.5), (1003, 0.25), (1004, 0.125)] {
            rrd.update(&Sample::new(Timestamp::from_seconds(second), [value])).unwrap();
        }
        let answer =
            fetch(&site(folder.path()), &read_query("group=cpu&start=-4&end=1004"), 1004).unwrap();
        assert_eq!(answer["columns"], json!(["steal"]));
        assert_eq!(answer["rows"][0], json!([1001, 0.5]));
        assert_eq!(answer["rows"][1], json!([1002, null]));
        let tokyo = TimeZone::get("Asia/Tokyo").unwrap();
        let expected =
            "time,iso,steal\n1001,1970-01-01T09:16:41+09:00,0.5\n1002,1970-01-01T09:16:42+09:00,\n";
        assert!(csv(&answer, &tokyo).starts_with(expected));
    }

    #[test]
    fn queries_that_make_no_sense_are_refused_with_the_part() {
        let error = |text| {
            fetch(&site(Path::new("/nonexistent")), &read_query(text), 9).unwrap_err().to_string()
        };
        assert_eq!(
            error(""),
            "missing or invalid parameter \"group\": expected the name of a group, such as cpu"
        );
        assert_eq!(
            error("group=../x"),
            "missing or invalid parameter \"group\": expected the name of a group, such as cpu"
        );
        assert_eq!(
            error("group=cpu&end=-9999"),
            "missing or invalid parameter \"end\": expected a time after start"
        );
        assert_eq!(error("group=cpu"), "no archive cpu.rrd");
        assert_eq!(
            error("group=cpu&function=median"),
            "missing or invalid parameter \"function\": expected average, min, max or last"
        );
    }
}
