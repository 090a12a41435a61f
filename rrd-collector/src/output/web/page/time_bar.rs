//! The bar with the spans of time.

use std::fmt::Write as _;

use rrd_graph::xml::escape;

use super::super::address::group_query;
use super::super::span::{SPANS, Shown};
use crate::group::GroupId;

/// Appends the bar; on the page of one group its links keep to that group.
pub(super) fn write_time_bar(html: &mut String, shown: &Shown, only: Option<&GroupId>) {
    html.push_str("<nav aria-label=\"Span of time\">\n");
    let place = only.map_or_else(String::new, |group| format!("&{}", group_query(group)));
    for (index, each) in SPANS.iter().enumerate() {
        let current = if Some(*each) == shown.span { " aria-current=\"page\"" } else { "" };
        let _ = writeln!(
            html,
            "<a data-span=\"{}\" data-refresh=\"{}\" href=\"/?span={}{}\" title=\"Key {}\"{current}>{}</a>",
            each.name,
            each.refresh.as_secs(),
            each.name,
            escape(&place),
            index + 1,
            each.title
        );
    }
    html.push_str("</nav>\n");
}
