//! What else moved in the marked span: groups as small charts with links, the largest movement
//! first.

use std::fmt::Write as _;

use rrd_core::TimeRange;
use rrd_graph::xml::escape;

use super::super::address::{group_query, instance_query};
use super::super::charts::chart_of;
use crate::group::catalog::Catalog;
use crate::group::{GroupChart, GroupId};
use crate::moved::{Moved, Movements, Part};

/// Limit on the groups that are shown.
const SHOWN: usize = 24;

/// Appends the link by which a pinned range is compared with the time before it; hidden while the
/// page shows the present.
pub(super) fn write_question(html: &mut String, pinned: Option<TimeRange>) {
    let hidden = if pinned.is_some() { "" } else { " hidden" };
    let place = pinned.map(moved_query).unwrap_or_default();
    let _ = writeln!(
        html,
        "<section id=\"moved\"{hidden}><a href=\"/moved?{}\" title=\"Key m\">What else moved?</a>\
         <div role=\"status\"></div></section>",
        escape(&place)
    );
}

fn moved_query(range: TimeRange) -> String {
    format!("start={}&end={}", range.start.seconds(), range.end.seconds())
}

/// The answer: how many groups moved, and a small chart of each over both spans.
pub(in super::super) fn moved_html(
    found: &Movements,
    range: TimeRange,
    catalog: &Catalog,
) -> String {
    let (moved, compared) = (found.moved.len(), found.compared);
    let words = match (moved, compared) {
        (_, 0) => {
            "Nothing can be compared: no group has rows for this span and for the same length \
                   of time before it."
                .to_owned()
        }
        (0, _) => format!(
            "Nothing moved. Compared: {compared} groups, with the same length of time before."
        ),
        _ => format!(
            "{moved} of {compared} groups moved, compared with the same length of time before."
        ),
    };
    let mut html = format!("<p>{words}</p>\n");
    if moved > 0 {
        html.push_str("<ol>\n");
        for each in found.moved.iter().take(SHOWN) {
            write_moved(&mut html, each, range, catalog);
        }
        html.push_str("</ol>\n");
    }
    if moved > SHOWN {
        let _ = writeln!(html, "<p>… and {} more, which moved less.</p>", moved - SHOWN);
    }
    html
}

fn write_moved(html: &mut String, moved: &Moved, range: TimeRange, catalog: &Catalog) {
    let (id, metric) = (&moved.target.group, &*moved.target.metric);
    let Some(group) = catalog.find(id.kind(), id.instance()) else { return };
    let chart = chart_of(group, metric);
    let page = escape(&format!("/?{}&{}", group_query(id), moved_query(range)));
    let title = chart.map_or(id.kind(), |chart| &chart.description.title);
    let label = group.label.as_deref().unwrap_or(id.instance());
    let part = match moved.departure.part {
        Part::Level => "",
        Part::Peaks => "peaks of ",
        Part::Troughs => "troughs of ",
    };
    let [before, during] =
        [moved.departure.before, moved.departure.during].map(|value| moved.unit.write(value));
    let picture = chart.map_or_else(String::new, |chart| picture(chart, id, range));
    let _ = writeln!(
        html,
        "<li><a href=\"{page}\"><span>{} <b>{}</b></span><small>{part}{}: {before} → {during}</small>{picture}</a></li>",
        escape(title),
        escape(label),
        escape(&series_label(chart, metric)),
    );
}

/// A small chart of both spans.
fn picture(chart: &GroupChart, group: &GroupId, range: TimeRange) -> String {
    let length = range.duration().as_secs();
    let begin = range.start.seconds().saturating_sub_unsigned(length);
    let source = format!(
        "/chart/{}.svg?start={begin}&end={}&width=320&height=120{}",
        chart.name,
        range.end.seconds(),
        instance_query(group)
    );
    format!(
        "<img src=\"{}\" alt=\"\" width=\"320\" height=\"120\" loading=\"lazy\">",
        escape(&source)
    )
}

/// The name of a metric in a chart's legend, else its own.
fn series_label(chart: Option<&GroupChart>, metric: &str) -> String {
    let series = chart.and_then(|chart| {
        chart.description.series.iter().find(|series| series.source.as_deref() == Some(metric))
    });
    series.and_then(|series| series.label.clone()).unwrap_or_else(|| metric.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::group::catalog::trial::catalog;
    use crate::group::{Target, Unit};
    use crate::moved::Departure;
    use crate::source::host::{CPU_TOTAL, DISK};

    const RANGE: TimeRange = TimeRange::from_seconds(1000, 1300);

    fn moved(group: GroupId, metric: &str, unit: Unit) -> Moved {
        let departure = Departure::between(&mut [0.001; 5], &mut [0.25; 5], 0.0).unwrap();
        Moved { target: Target { group, metric: metric.to_owned() }, unit, departure }
    }

    #[test]
    fn a_group_that_moved_has_a_chart_of_both_spans_and_a_link() {
        let catalog = catalog(&[(&CPU_TOTAL, ""), (&DISK, "a<b")]);
        let found = Movements {
            moved: vec![
                moved(GroupId::of(&DISK, "a<b"), "util", Unit::Share),
                moved(GroupId::of(&CPU_TOTAL, ""), "steal", Unit::Share),
            ],
            compared: 2,
        };
        let html = moved_html(&found, RANGE, &catalog);
        assert!(html.contains("<p>2 of 2 groups moved, compared with the same"), "{html}");
        assert!(
            html.contains(
                "<li><a href=\"/?group=disk&amp;instance=a%3Cb&amp;start=1000&amp;end=1300\">"
            ),
            "{html}"
        );
        assert!(html.contains("<b>a&lt;b</b>") && html.contains(": 0.1 % → 25 %"), "{html}");
        assert!(html.contains("start=700&amp;end=1300&amp;width=320&amp;height=120"), "{html}");
    }

    #[test]
    fn what_was_not_found_is_said_in_words() {
        let html = |compared| {
            let found = Movements { moved: Vec::new(), compared };
            moved_html(&found, RANGE, &Catalog::default())
        };
        assert!(html(0).contains("Nothing can be compared"));
        assert!(html(7).contains("Nothing moved. Compared: 7 groups"));
    }

    #[test]
    fn the_question_is_asked_of_a_pinned_range_only() {
        let mut html = String::new();
        write_question(&mut html, None);
        assert!(html.contains("<section id=\"moved\" hidden>"));
        html.clear();
        write_question(&mut html, Some(RANGE));
        assert!(html.contains("<section id=\"moved\"><a href=\"/moved?start=1000&amp;end=1300\""));
    }
}
