//! Addresses of the page: formats and parses queries, including those that identify a group or a
//! time range.

use std::collections::BTreeMap;

use form_urlencoded::{byte_serialize, parse};
use rrd_core::{TimeRange, TimeZone};
use thiserror::Error;

use super::local_time;
use crate::group::{GroupId, nearest};

/// The parts of a query; if a name occurs twice, the later value is used.
pub(super) type Query = BTreeMap<String, String>;

/// A query that asks for nothing that exists.
#[derive(Debug, Error, PartialEq, Eq)]
pub(super) enum QueryError {
    /// A parameter that the address does not have.
    #[error("unknown parameter{name}: {hint}")]
    Unknown {
        /// Its name after a space; empty for one that is hardly a name.
        name: String,
        /// The nearest known name, or all of them.
        hint: String,
    },
    /// A value that the parameter does not take, or none where one is needed.
    #[error("missing or invalid parameter \"{parameter}\": expected {expected}")]
    Value {
        /// The name.
        parameter: &'static str,
        /// The expected values.
        expected: &'static str,
    },
}

/// Checks that only known parameters are given. `_` is known everywhere: programs add it with an
/// arbitrary value, so that no cache answers.
pub(super) fn check_names(query: &Query, known: &[&str]) -> Result<(), QueryError> {
    let unknown = query.keys().find(|name| !known.contains(&&***name) && *name != "_");
    let Some(name) = unknown else { return Ok(()) };
    let hint = match nearest(name, known.iter().copied()) {
        Some(nearest) => format!("did you mean {nearest}?"),
        None if known.is_empty() => "expected none".to_owned(),
        None => format!("expected {}", known.join(", ")),
    };
    // Only what is a name is repeated, so that nobody takes it for markup.
    let is_name = name.len() <= 40
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'));
    let name = if is_name { format!(" \"{name}\"") } else { String::new() };
    Err(QueryError::Unknown { name, hint })
}

/// Parses a query; `+` is a space, as in HTML forms.
pub(super) fn read_query(text: &str) -> Query {
    parse(text.as_bytes()).into_owned().collect()
}

/// The instance in a query; empty if there is none.
pub(super) fn instance(query: &Query) -> &str {
    query.get("instance").map_or("", |instance| instance)
}

/// The group identified by `group` and `instance` in a query; `None` without `group`.
pub(super) fn group(query: &Query) -> Result<Option<GroupId>, QueryError> {
    let Some(kind) = query.get("group") else { return Ok(None) };
    let (parameter, expected) = ("group", "the name of a group, such as cpu");
    let group = GroupId::new(kind, instance(query));
    group.map(Some).map_err(|_| QueryError::Value { parameter, expected })
}

/// The number that a query has under this name.
pub(super) fn number(
    query: &Query,
    parameter: &'static str,
    expected: &'static str,
) -> Result<Option<u64>, QueryError> {
    word(query, parameter, |text| text.parse().ok(), expected)
}

/// What a word of a query means; `None` without one, or with an empty one as forms send it.
pub(super) fn word<T>(
    query: &Query,
    parameter: &'static str,
    meaning: impl Fn(&str) -> Option<T>,
    expected: &'static str,
) -> Result<Option<T>, QueryError> {
    let given = query.get(parameter).filter(|text| !text.is_empty());
    let parse = |text: &String| meaning(text).ok_or(QueryError::Value { parameter, expected });
    given.map(parse).transpose()
}

/// The zone in a query.
pub(super) fn zone(query: &Query) -> Result<Option<TimeZone>, QueryError> {
    word(query, "zone", |name| TimeZone::get(name).ok(), "a time zone, e.g. Europe/Zurich")
}

/// The time from `start` to `end` in a query: seconds since 1970 or, if negative, before now, or
/// times of its `zone` such as `2026-12-01T10:00`. One that is missing is an hour ago, or now;
/// `None` without either.
pub(super) fn time_range(query: &Query, now: i64) -> Result<Option<TimeRange>, QueryError> {
    let zone = zone(query)?.unwrap_or_else(TimeZone::system);
    let moment = |text: &str| match text.parse::<i64>() {
        Ok(before) if before < 0 => Some(now.saturating_add(before)),
        Ok(moment) => Some(moment),
        Err(_) => local_time::parse(text, &zone),
    };
    let expected = "seconds since 1970, before now if negative, or a time, e.g. 2026-12-01T10:00";
    let start = word(query, "start", moment, expected)?;
    let end = word(query, "end", moment, expected)?;
    if start.is_none() && end.is_none() {
        return Ok(None);
    }
    let (start, end) = (start.unwrap_or(now.saturating_sub(3600)), end.unwrap_or(now));
    if end <= start {
        return Err(QueryError::Value { parameter: "end", expected: "a time after start" });
    }
    Ok(Some(TimeRange::from_seconds(start, end)))
}

/// `group=disk&instance=vda`, which [`group`] parses.
pub(super) fn group_query(group: &GroupId) -> String {
    format!("group={}{}", group.kind(), instance_query(group))
}

/// `chart=disk-traffic&instance=vda`: a chart of a group.
pub(super) fn chart_query(chart: &str, group: &GroupId) -> String {
    format!("chart={chart}{}", instance_query(group))
}

/// `&chart=cpu` or `&group=disk&instance=vda`: what the page is about, from its query.
pub(super) fn subject(query: &Query) -> String {
    let named = |name: &str| {
        let value: String = byte_serialize(query.get(name)?.as_bytes()).collect();
        Some(format!("&{name}={value}"))
    };
    ["chart", "group", "instance"].into_iter().filter_map(named).collect()
}

/// `&instance=vda`, or nothing if there is only one instance.
pub(super) fn instance_query(group: &GroupId) -> String {
    if group.instance().is_empty() {
        return String::new();
    }
    let instance: String = byte_serialize(group.instance().as_bytes()).collect();
    format!("&instance={instance}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn queries_are_decoded_as_forms_and_not_as_file_names() {
        let query = read_query("instance=web%2Fa+b%zz&span=day&odd");
        assert_eq!(query["instance"], "web/a b%zz");
        assert_eq!((query["span"].as_str(), query["odd"].as_str()), ("day", ""));
    }

    proptest! {
        #[test]
        fn the_address_of_a_group_names_this_group(
            kind in "[a-z0-9_]{1,8}",
            instance in any::<String>(),
        ) {
            let id = GroupId::new(&kind, &instance).unwrap();
            let address = format!("span=day&{}", group_query(&id));
            prop_assert!(address.is_ascii() && !address.contains(['"', '<', ' ']));
            prop_assert_eq!(group(&read_query(&address)), Ok(Some(id)));
        }
    }
}
