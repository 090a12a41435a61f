//! The page, its overview, its style sheet and its script.

use hyper::StatusCode;

use super::super::address::{self, Query};
use super::super::charts::find_chart;
use super::super::page::overview::Parts;
use super::super::page::{self, OneChart, STYLE, Subject, TableChoice};
use super::super::response::{Answer, plain, refused, respond};
use super::super::workers::Cost;
use super::asked::Asked;
use super::unknown::{no_chart, no_group};
use crate::group::GroupId;

const HTML: &str = "text/html; charset=utf-8";

/// The whole page, or the page of one group.
pub(in super::super) fn page(asked: &Asked<'_>) -> Answer {
    let Asked { site, query, now, .. } = asked;
    let shown = site.shown(query, *now);
    let parse = |shown| {
        let choice = TableChoice::of(query, &site.shared.catalog())?;
        Ok((shown, address::group(query)?, choice))
    };
    let (shown, group, choice) = match shown.and_then(parse) {
        Ok(asked) => asked,
        Err(error) => return refused(&error),
    };
    let instance = address::instance(query);
    let catalog = site.shared.catalog().clone();
    let name = query.get("chart");
    let chart = name.and_then(|name| find_chart(name, instance, &catalog));
    let group = match (name, &chart) {
        (None, _) => group,
        (Some(name), None) => return plain(StatusCode::NOT_FOUND, no_chart(name)),
        (_, Some(chart)) => GroupId::new(&chart.kind, instance).ok(),
    };
    if let Some(group) = &group {
        let is_known = catalog.find(group.kind(), group.instance()).is_some();
        // After a start there may be files of groups that are not sampled yet.
        if !is_known && site.archives.newest(group).is_err() {
            return plain(StatusCode::NOT_FOUND, no_group(group, &catalog));
        }
    }
    let subject = match (&chart, &group) {
        (Some(chart), Some(group)) => {
            let rows = page::last_rows(&site.archives, group, *now);
            Subject::Chart(OneChart { chart, group, rows })
        }
        (_, Some(group)) => Subject::Group(group),
        _ => Subject::Host,
    };
    let html = site.overview(*now, Parts::ALL, |overview| {
        page::page(&site.host, &shown, &subject, &choice, overview)
    });
    respond(HTML, html)
}

/// The bar with what time is shown, for the script.
pub(in super::super) fn bar(asked: &Asked<'_>) -> Answer {
    let Asked { site, query, now, .. } = asked;
    match site.shown(query, *now) {
        Ok(shown) => respond(HTML, page::time_bar(&shown, &address::subject(query), *now)),
        Err(error) => refused(&error),
    }
}

/// How long the overview takes: small charts are read from files.
pub(in super::super) fn overview_cost(_: &str, query: &Query) -> Cost {
    if query.contains_key("sparks") { Cost::Small } else { Cost::None }
}

/// The part that changes while the page is open; its small charts and its history only if they are
/// asked for.
pub(in super::super) fn overview(asked: &Asked<'_>) -> Answer {
    let mut html = String::new();
    let parts = Parts {
        sparks: asked.query.contains_key("sparks"),
        history: asked.query.contains_key("history"),
    };
    asked.site.overview(asked.now, parts, |overview| {
        overview.write(&mut html);
        overview.write_menu_states(&mut html);
    });
    respond(HTML, html)
}

/// The style sheet.
pub(in super::super) fn style(_: &Asked<'_>) -> Answer {
    respond("text/css; charset=utf-8", STYLE)
}

/// The script.
pub(in super::super) fn script(_: &Asked<'_>) -> Answer {
    respond("text/javascript; charset=utf-8", page::script())
}
