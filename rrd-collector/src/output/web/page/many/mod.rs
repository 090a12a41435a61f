//! Kinds with many instances: as heat maps, or as a table of those that are highest, and with the
//! chart of each on demand.

mod choice;
mod columns;
mod table;

use std::fmt::Write as _;

use rrd_graph::xml::escape;

use super::super::charts::chart_of;
use super::super::span::Shown;
use super::figure::write_figure;
use crate::group::catalog::Catalog;
use crate::source::input::ManyInstances;
use crate::source::many_instances;

pub(in super::super) use choice::TableChoice;
pub(in super::super) use table::Table;
use table::{FIRST, label};

/// As many instances are shown by all of their charts.
pub(super) const FEW: usize = 4;

/// What all instances of a kind are shown with.
pub(super) struct View<'a> {
    /// The time range.
    pub(super) shown: &'a Shown,
    /// The order and the rows of tables.
    pub(super) choice: &'a TableChoice,
    /// Seconds since 1970.
    pub(super) now: i64,
}

/// Appends a kind with many instances.
pub(super) fn write_many(html: &mut String, kind: &str, catalog: &Catalog, view: &View<'_>) {
    let table = Table::new(kind, catalog, view.choice, view.now);
    let heat_maps = many_instances(kind).map_or(&[][..], |many| many.heat_maps);
    for metric in heat_maps {
        write_heat_map(html, kind, metric, view.shown);
    }
    if heat_maps.is_empty() {
        let _ = writeln!(html, "<div class=\"top\" data-table=\"{}\">", escape(&table.address()));
        table.write(html, view.shown, None);
        html.push_str("</div>\n");
    }
    let _ = write!(
        html,
        "<details class=\"multiples\"><summary>Charts of {}</summary>\n<div class=\"grid\">\n",
        table.first_rows()
    );
    for (id, group) in table.rows().take(FIRST) {
        if let Some(chart) = chart_of(group, table.metric(group)) {
            write_figure(html, chart, id, label(id, group), view.shown);
        }
    }
    html.push_str("</div></details>\n");
}

/// Appends the figure of a heat map.
fn write_heat_map(html: &mut String, kind: &str, metric: &str, shown: &Shown) {
    let titled = |many: &ManyInstances| {
        let column = many.columns.iter().find(|column| column.metrics == [metric])?;
        Some(column.title)
    };
    let title = many_instances(kind).and_then(titled).unwrap_or(metric);
    let time = shown.query();
    let place = format!("/heat/{kind}.{metric}");
    let (source, png) =
        (escape(&format!("{place}.svg?{time}")), escape(&format!("{place}.png?{time}&width=1000")));
    let about = format!("One row for each {kind}; the stronger the colour, the higher the value.");
    let _ = write!(
        html,
        "<figure data-chart=\"{place}.svg\">\n<figcaption><span title=\"{about}\">{title} <b>by {kind}</b></span>\
        <span class=\"take\"><a href=\"{png}\" download=\"{kind}-{metric}.png\" aria-label=\"{title} by {kind} as PNG\">PNG</a></span></figcaption>\n\
        <div class=\"plot\" tabindex=\"0\" role=\"group\" aria-label=\"{title} by {kind}: {about}\"><noscript><img src=\"{source}\" loading=\"lazy\" alt=\"{about}\"></noscript></div>\n</figure>\n"
    );
}
