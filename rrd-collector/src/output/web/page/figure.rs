//! The figure of one chart: its caption with links, and the place of its picture.

use std::fmt::Write as _;

use rrd_graph::xml::escape;

use super::super::address::{chart_query, group_query, instance_query};
use super::super::span::Shown;
use crate::group::{GroupChart, GroupId};

/// The choice of the scale, which the script follows.
const SCALE: &str = "<select class=\"scale\" aria-label=\"scale of the axis\"><option value=\"auto\">scale\
    <option>log<option>linear</select> ";

/// Appends the figure of one chart of a group.
pub(super) fn write_figure(
    html: &mut String,
    chart: &GroupChart,
    group: &GroupId,
    label: &str,
    shown: &Shown,
) {
    let described = &chart.description;
    let time = shown.query();
    let instance = instance_query(group);
    let source = escape(&format!("/chart/{}.svg?{time}{instance}", chart.name));
    let alone = instance.strip_prefix('&').map_or_else(String::new, |name| format!("?{name}"));
    let timeless = escape(&format!("/chart/{}.svg{alone}", chart.name));
    let [svg, png] = ["svg", "png"].map(|format| {
        escape(&format!("/chart/{}.{format}?{time}{instance}&width=1000&download", chart.name))
    });
    let (start, end) = (shown.range.start.seconds(), shown.range.end.seconds());
    let rows = format!("{}&start={start}&end={end}", group_query(group));
    let csv = escape(&format!("/api/v1/fetch.csv?{rows}"));
    let large = escape(&format!("/?{}&{time}", chart_query(&chart.name, group)));
    let name = if label.is_empty() {
        escape(&described.title)
    } else {
        format!("{} <b>{}</b>", escape(&described.title), escape(label))
    };
    let about = escape(&described.about);
    let spoken = escape(&format!("{} {label}", described.title)).trim_end().to_owned();
    // The parts of a stack add up only on a linear axis.
    let is_stack = described.series.iter().any(|series| series.stack);
    let scale = if is_stack { "" } else { SCALE };
    let _ = write!(
        html,
        "<figure data-chart=\"{timeless}\">\n<figcaption><a href=\"{large}\" title=\"{about}\">{name}</a>\
        <span class=\"take\">{scale}<a href=\"{png}\" download aria-label=\"{spoken} as PNG\">PNG</a> \
        <a href=\"{svg}\" download aria-label=\"{spoken} as SVG\">SVG</a> \
        <a href=\"{csv}\" download aria-label=\"{spoken} as CSV\">CSV</a></span></figcaption>\n\
        <div class=\"plot\" tabindex=\"0\" role=\"group\" aria-label=\"{spoken}: {about}\"><noscript><img src=\"{source}\" loading=\"lazy\" alt=\"{about}\"></noscript></div>\n</figure>\n"
    );
}
