//! What else moved: as a part of the page, and as JSON.

use rrd_core::TimeRange;
use serde_json::{Value, json};

use super::super::address::{QueryError, time_range};
use super::super::page;
use super::super::response::{Answer, refused, respond, respond_json};
use super::asked::Asked;
use crate::moved::{Moved, Movements, Part, groups_of, movements};

/// The groups that moved, as a part of the page.
pub(in super::super) fn part(asked: &Asked<'_>) -> Answer {
    answered(asked, |found, range| {
        let html = page::moved_html(found, range, &asked.site.shared.catalog());
        respond("text/html; charset=utf-8", html)
    })
}

/// The groups that moved, for programs.
pub(in super::super) fn json(asked: &Asked<'_>) -> Answer {
    answered(asked, |found, _| {
        let moved: Vec<Value> = found.moved.iter().map(moved_json).collect();
        respond_json(&json!({ "compared": found.compared, "moved": moved }))
    })
}

fn answered(asked: &Asked<'_>, show: impl Fn(&Movements, TimeRange) -> Answer) -> Answer {
    let range = match time_range(asked.query, asked.now) {
        Ok(Some(range)) => range,
        Ok(None) => {
            let expected = "the start of the span, in seconds since 1970";
            return refused(&QueryError::Value { parameter: "start", expected });
        }
        Err(error) => return refused(&error),
    };
    // Reading takes longer than the sampler may wait for the catalog.
    let groups = groups_of(&asked.site.shared.catalog());
    show(&movements(&asked.site.archives, &groups, range), range)
}

fn moved_json(moved: &Moved) -> Value {
    let part = match moved.departure.part {
        Part::Troughs => "troughs",
        Part::Level => "level",
        Part::Peaks => "peaks",
    };
    json!({
        "group": moved.target.group.kind(),
        "instance": moved.target.group.instance(),
        "metric": moved.target.metric,
        "part": part,
        "before": moved.departure.before,
        "during": moved.departure.during,
        "size": moved.departure.size,
    })
}
