//! One chart alone and large: with the thresholds of the rules on its values, over a day, a week, a
//! month and a year, and as its last rows.

use std::fmt::Write as _;

use rrd_core::{ConsolidationFunction, FetchRequest, Series, TimeRange};
use rrd_graph::xml::escape;

use super::super::address::{chart_query, group_query, instance_query};
use super::super::annotations::{Annotations, rules_on};
use super::super::charts::charts_of;
use super::super::local_time;
use super::super::span::{SPANS, Shown, Span};
use super::overview::Overview;
use super::sections::sections;
use crate::alert::{WarnedSpan, moment};
use crate::group::{GroupChart, GroupId};
use crate::store::archives::Archives;

/// A chart of one group, with its last rows as they are stored.
#[derive(Clone, Debug)]
pub(in super::super) struct OneChart<'a> {
    /// The chart.
    pub(in super::super) chart: &'a GroupChart,
    /// The group.
    pub(in super::super) group: &'a GroupId,
    /// The rows; `None` if there are none.
    pub(in super::super) rows: Option<Series>,
}

/// The height of the picture in pixels.
const HEIGHT: u32 = 420;
/// The number of last rows.
const ROWS: i64 = 20;
/// Limit on the times of warnings, and on the starts, that are listed.
const LISTED: usize = 10;

/// The last rows of a group as they are stored; `None` if there are none.
pub(in super::super) fn last_rows(
    archives: &Archives,
    group: &GroupId,
    now: i64,
) -> Option<Series> {
    let since = |start| {
        let range = TimeRange::from_seconds(start, now);
        let request = FetchRequest::new(ConsolidationFunction::Average, range);
        archives.fetch(group, &request).ok()
    };
    let step = i64::try_from(since(now.saturating_sub(1))?.step().seconds()).ok()?;
    since(now.saturating_sub(step.checked_mul(ROWS)?))
}

impl OneChart<'_> {
    /// Appends all of it.
    pub(super) fn write(&self, html: &mut String, shown: &Shown, overview: &Overview<'_>) {
        let described = &self.chart.description;
        self.write_way(html, shown, overview);
        let _ = writeln!(html, "<p>{}</p>", escape(&described.about));
        let whole = format!("annotations&height={HEIGHT}");
        self.write_picture(html, &whole, shown, None);
        self.write_rules(html, shown, overview);
        let compared = ["day", "week", "month", "year"];
        html.push_str("<h2>Day, week, 30 days and year</h2>\n<div class=\"periods\">\n");
        for span in SPANS.iter().filter(|span| compared.contains(&span.name)) {
            self.write_picture(html, "annotations", shown, Some(span));
        }
        html.push_str("</div>\n");
        self.write_rows(html, shown);
    }

    /// A picture of the time that is shown, or always of a span.
    fn write_picture(&self, html: &mut String, options: &str, shown: &Shown, span: Option<&Span>) {
        let instance = instance_query(self.group);
        let timeless = escape(&format!("/chart/{}.svg?{options}{instance}", self.chart.name));
        let (time, own, caption, title) = match span {
            None => (shown.query(), String::new(), String::new(), ""),
            Some(Span { name, title, .. }) => (
                format!("span={name}{}", shown.options()),
                format!(" data-span=\"{name}\""),
                format!("<figcaption>{title}</figcaption>\n"),
                *title,
            ),
        };
        let source = format!("{timeless}&amp;{}&amp;width=1000", escape(&time));
        let about = escape(&self.chart.description.about);
        let spoken = format!("{} {title}", self.chart.description.title);
        let spoken = escape(spoken.trim_end());
        let _ = write!(
            html,
            "<figure data-chart=\"{timeless}\"{own}>\n{caption}<div class=\"plot\" tabindex=\"0\" \
            role=\"group\" aria-label=\"{spoken}: {about}\"><noscript><img loading=\"lazy\" src=\"{source}\" \
            alt=\"{about}\"></noscript></div>\n</figure>\n"
        );
    }

    /// The way to all charts of its group, and to the charts before and after it on the page.
    fn write_way(&self, html: &mut String, shown: &Shown, overview: &Overview<'_>) {
        let (time, catalog) = (shown.query(), overview.catalog);
        let title = |chart: &GroupChart, group: &GroupId| {
            let found = catalog.find(group.kind(), group.instance());
            let label = found.and_then(|found| found.label.as_deref());
            let label = label.unwrap_or(group.instance());
            escape(format!("{} {label}", chart.description.title).trim_end())
        };
        let _ = writeln!(
            html,
            "<nav class=\"way\" aria-label=\"Charts\"><h2>{}</h2>\n\
            <a href=\"{}\">All charts of it</a>",
            title(self.chart, self.group),
            escape(&format!("/?{}&{time}", group_query(self.group))),
        );
        let mut charts = Vec::new();
        for kind in sections(catalog, None).iter().flat_map(|(_, section)| section.kinds) {
            for (group, found) in catalog.instances(kind) {
                charts.extend(charts_of(found).into_iter().map(|chart| (chart, group)));
            }
        }
        let is_this = |&(chart, group): &(&GroupChart, &GroupId)| {
            chart.name == self.chart.name && group == self.group
        };
        let place = charts.iter().position(is_this);
        for (step, relation, sign) in [(-1, "prev", "‹"), (1, "next", "›")] {
            let other = place.and_then(|place| charts.get(place.checked_add_signed(step)?));
            if let Some((chart, group)) = other {
                let to = escape(&format!("/?{}&{time}", chart_query(&chart.name, group)));
                let key = relation.chars().next().unwrap_or_default();
                let _ = writeln!(
                    html,
                    "<a rel=\"{relation}\" href=\"{to}\" title=\"Key {key}\">{sign} {}</a>",
                    title(chart, group)
                );
            }
        }
        html.push_str("</nav>\n");
    }

    /// The rules on its values with what they say, when they warned, and what was started.
    fn write_rules(&self, html: &mut String, shown: &Shown, overview: &Overview<'_>) {
        let (zone, Overview { alerts, history, now, .. }) = (shown.zone(), overview);
        let range = shown.range;
        let found =
            history.map(|history| Annotations::of(self.chart, self.group, alerts, history, range));
        let mut items = String::new();
        for (alert, _) in rules_on(self.chart, self.group, alerts) {
            let (name, target) = (escape(&alert.rule.name), escape(&alert.target.to_string()));
            let says = escape(&alert.finding().predicate(*now, &zone));
            let status = alert.status;
            let _ = writeln!(items, "<li class=\"{status}\"><b>{name}</b> {target} {says}</li>");
        }
        for threshold in found.iter().flat_map(|found| &found.thresholds) {
            let _ = writeln!(items, "<li>{}</li>", escape(&threshold.text));
        }
        let warned = found.iter().flat_map(|found| found.warned.iter().rev());
        for WarnedSpan { rule, status, start, end } in warned.take(LISTED) {
            let span = local_time::range(TimeRange::from_seconds(*start, *end), &zone);
            let rule = escape(rule);
            let _ = writeln!(items, "<li class=\"{status}\">{span} <b>{rule}</b> {status}</li>");
        }
        let runs = found.iter().flat_map(|found| found.runs.iter().rev());
        for (at, what) in runs.take(LISTED) {
            let _ = writeln!(items, "<li>{} {what}</li>", moment(*at, *now, &zone));
        }
        if !items.is_empty() {
            let _ =
                write!(html, "<h2>Rules and events</h2>\n<ul class=\"events\">\n{items}</ul>\n");
        }
    }

    /// The rows of the values that it shows, the newest first.
    fn write_rows(&self, html: &mut String, shown: &Shown) {
        let Some(rows) = &self.rows else { return };
        let series = &self.chart.description.series;
        let is_shown = |name: &String| series.iter().any(|one| one.source.as_ref() == Some(name));
        let columns: Vec<(usize, &String)> =
            rows.names().iter().enumerate().filter(|(_, name)| is_shown(name)).collect();
        let TimeRange { start, end } = shown.range;
        let csv = format!(
            "/api/v1/fetch.csv?{}&start={}&end={}",
            group_query(self.group),
            start.seconds(),
            end.seconds()
        );
        let _ = write!(
            html,
            "<h2>Last rows of {} s as they are stored (<a href=\"{}\">all of the time above as CSV</a>)</h2>\n\
            <div class=\"scroll\"><table class=\"rows\">\n<tr><th>until",
            rows.step().seconds(),
            escape(&csv),
        );
        for (_, name) in &columns {
            let _ = write!(html, "<th>{}", escape(name));
        }
        let zone = shown.zone();
        let stored: Vec<_> = rows.rows().collect();
        for (at, row) in stored.into_iter().rev() {
            let until = local_time::field(at.seconds(), &zone).replace('T', " ");
            let _ = write!(html, "\n<tr><th>{until}");
            for (position, _) in &columns {
                let value = row.get(*position).copied().filter(|value| value.is_finite());
                let _ = write!(html, "<td>{}", value.map_or("–".to_owned(), short));
            }
        }
        html.push_str("\n</table></div>\n");
    }
}

/// A number in six digits.
fn short(value: f64) -> String {
    let rounded: f64 = format!("{value:.5e}").parse().unwrap_or(value);
    rounded.to_string()
}
