//! The page as HTML: its sections and charts. `overview` writes the part above them, `page.css` is
//! the style sheet, `page.js` the script.

use std::fmt::Write as _;

use rrd_graph::xml::escape;

use super::address::{group_query, instance_query};
use super::charts::charts_of;
use super::overview::Overview;
use super::span::{SPANS, Shown};
use crate::group::catalog::Catalog;
use crate::group::{GroupChart, GroupId};
use crate::source::SOURCES;
use crate::source::input::PageSection;

/// The style sheet.
pub(super) const STYLE: &str = include_str!("page.css");
/// The script; without it the page shows static pictures.
pub(super) const SCRIPT: &str = include_str!("page.js");

/// The sections of the page: the most important ones of the host, then servers and programs, then
/// the rest of the host.
fn sections() -> impl Iterator<Item = &'static PageSection> {
    let [host, others @ ..] = &SOURCES;
    let (first, rest) = host.page.split_at(1);
    first.iter().chain(others.iter().flat_map(|source| source.page)).chain(rest)
}

/// The whole page for a time range, or for one group only.
pub(super) fn page(
    host: &str,
    shown: &Shown,
    only: Option<&GroupId>,
    overview: &Overview<'_>,
) -> String {
    let catalog = overview.catalog;
    let host = escape(host);
    let mut html = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
        <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
        <meta name=\"color-scheme\" content=\"light dark\">\n<title>{host}</title>\n\
        <link rel=\"icon\" href=\"data:,\">\n<link rel=\"stylesheet\" href=\"/page.css\">\n\
        <script src=\"/page.js\" defer></script>\n</head>\n\
        <body data-start=\"{}\" data-end=\"{}\" data-refresh=\"{}\">\n<header>\n\
        <h1><a href=\"/\">{host}</a></h1>\n<nav aria-label=\"Span of time\">\n",
        shown.range.start.seconds(),
        shown.range.end.seconds(),
        shown.refresh().as_secs(),
    );
    let place = only.map_or_else(String::new, |group| format!("&{}", group_query(group)));
    for (index, each) in SPANS.iter().enumerate() {
        let current = if Some(*each) == shown.span { " aria-current=\"page\"" } else { "" };
        let _ = writeln!(
            html,
            "<a href=\"/?span={}{}\" title=\"Key {}\"{current}>{}</a>",
            each.name,
            escape(&place),
            index + 1,
            each.title
        );
    }
    html.push_str("</nav>\n</header>\n<div id=\"now\">\n");
    overview.write(&mut html);
    html.push_str("</div>\n<main>\n");
    for PageSection { heading, kinds } in sections() {
        write_section(&mut html, heading, kinds, shown, only, catalog);
    }
    html.push_str(
        "</main>\n<footer>Drawn by rrd-collector from round-robin archives on this host. \
        Drag over a chart to see it closer. Keys: 1 to 6 for the span, ← → to move, + − for more or less, Esc for now; \
        on a chart, ← → read its values.</footer>\n</body>\n</html>\n",
    );
    html
}

fn write_section(
    html: &mut String,
    heading: &str,
    kinds: &[&str],
    shown: &Shown,
    only: Option<&GroupId>,
    catalog: &Catalog,
) {
    let mut figures = String::new();
    for kind in kinds {
        for (id, group) in catalog.instances(kind) {
            if only.is_some_and(|only| only != id) {
                continue;
            }
            let label = group.label.as_deref().unwrap_or(id.instance());
            for chart in charts_of(group) {
                write_figure(&mut figures, chart, id, label, shown);
            }
        }
    }
    if !figures.is_empty() {
        let _ = write!(
            html,
            "<section>\n<h2>{heading}</h2>\n<div class=\"grid\">\n{figures}</div>\n</section>\n"
        );
    }
}

fn write_figure(
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
    let png = escape(&format!("/chart/{}.png?{time}{instance}&width=1000", chart.name));
    let (start, end) = (shown.range.start.seconds(), shown.range.end.seconds());
    let rows = format!("{}&start={start}&end={end}", group_query(group));
    let csv = escape(&format!("/api/v1/fetch.csv?{rows}"));
    let group = escape(&format!("/?{}&{time}", group_query(group)));
    let name = if label.is_empty() {
        escape(&described.title)
    } else {
        format!("{} <b>{}</b>", escape(&described.title), escape(label))
    };
    let about = escape(&described.about);
    let spoken = escape(&format!("{} {label}", described.title)).trim_end().to_owned();
    let file = escape(&chart.name);
    let _ = write!(
        html,
        "<figure data-chart=\"{source}\">\n<figcaption><a href=\"{group}\" title=\"{about}\">{name}</a>\
        <span class=\"take\"><a href=\"{png}\" download=\"{file}.png\" aria-label=\"{spoken} as PNG\">PNG</a> \
        <a href=\"{csv}\" download=\"{file}.csv\" aria-label=\"{spoken} as CSV\">CSV</a></span></figcaption>\n\
        <div class=\"plot\" tabindex=\"0\" role=\"group\" aria-label=\"{spoken}: {about}\"><noscript><img src=\"{source}\" alt=\"{about}\"></noscript></div>\n</figure>\n"
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::group::catalog::trial::catalog;
    use crate::source::host::{CPU_TOTAL, DISK};

    fn overview(catalog: &Catalog) -> Overview<'_> {
        Overview { catalog, alerts: &[], faults: &[], now: 9 }
    }

    #[test]
    fn a_page_has_a_figure_for_each_chart_of_each_group() {
        let catalog = catalog(&[(&CPU_TOTAL, ""), (&DISK, "vda"), (&DISK, "eui.1/2")]);
        let html = page("web1", &Shown::ending(SPANS[1], 9000), None, &overview(&catalog));
        assert_eq!(html.matches("<figure").count(), 2 + 2 * 5);
        assert!(html.contains("/chart/disk-traffic.svg?span=hour&amp;instance=eui.1%2F2"));
        assert!(html.contains("<a href=\"/?span=hour\" title=\"Key 2\" aria-current=\"page\">"));
        assert!(!html.contains("<h2>Apache</h2>"));
    }

    #[test]
    fn a_page_of_one_group_has_its_charts_only_and_keeps_to_it() {
        let catalog = catalog(&[(&CPU_TOTAL, ""), (&DISK, "vda"), (&DISK, "vdb")]);
        let html = page(
            "web1",
            &Shown::ending(SPANS[0], 9000),
            Some(&GroupId::of(&DISK, "vdb")),
            &overview(&catalog),
        );
        assert_eq!(html.matches("<figure").count(), 5);
        assert!(html.contains("<a href=\"/?span=day&amp;group=disk&amp;instance=vdb\""));
        assert!(
            html.contains(
                "/api/v1/fetch.csv?group=disk&amp;instance=vdb&amp;start=8400&amp;end=9000"
            )
        );
    }

    #[test]
    fn names_from_outside_cannot_become_markup() {
        let catalog = catalog(&[(&DISK, "<b>\"x\"")]);
        let shown = Shown::ending(SPANS[0], 9000);
        let html = page("<host>", &shown, None, &overview(&catalog));
        assert!(!html.contains("<b>\"x\"") && !html.contains("<host>"));
    }
}
