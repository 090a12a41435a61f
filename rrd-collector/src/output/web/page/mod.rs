//! The page as HTML: `time_bar`, `menu`, `overview` and `sections` write its parts, `figure` one
//! chart.
//! `style` and `script` join the files of the folders of the same name.

mod figure;
mod large;
mod many;
mod menu;
mod minify;
mod moved;
pub(super) mod overview;
mod pinned;
mod script;
mod sections;
mod style;
mod time_bar;

use rrd_core::{TimeRange, TimeZone};
use rrd_graph::xml::escape;

use self::many::View;
use self::overview::Overview;
use super::address::{chart_query, group_query};
use super::local_time::zone_name;
use super::span::Shown;
use crate::group::GroupId;

pub(super) use large::{OneChart, last_rows};
pub(super) use many::{Table, TableChoice};
pub(super) use moved::moved_html;
pub(super) use script::script;
pub(super) use style::STYLE;
pub(super) use time_bar::time_bar;

/// What the page is about.
pub(super) enum Subject<'a> {
    /// The host.
    Host,
    /// One group.
    Group(&'a GroupId),
    /// One chart.
    Chart(OneChart<'a>),
}

impl Subject<'_> {
    /// The group whose charts it is about.
    fn group(&self) -> Option<&GroupId> {
        match self {
            Self::Host => None,
            Self::Group(group) => Some(group),
            Self::Chart(one) => Some(one.group),
        }
    }

    /// It as a further part of an address; empty for the host.
    fn query(&self) -> String {
        match self {
            Self::Host => String::new(),
            Self::Group(group) => format!("&{}", group_query(group)),
            Self::Chart(one) => format!("&{}", chart_query(&one.chart.name, one.group)),
        }
    }
}

/// The whole page for a time range.
pub(super) fn page(
    host: &str,
    shown: &Shown,
    subject: &Subject<'_>,
    choice: &TableChoice,
    overview: &Overview<'_>,
) -> String {
    let only = subject.group();
    let host = escape(host);
    let theme = shown.theme.map_or_else(String::new, |theme| format!(" data-theme=\"{theme}\""));
    let TimeRange { start, end } = shown.range;
    let ends = match shown.span {
        Some(_) => String::new(),
        None => format!(" data-start=\"{}\" data-end=\"{}\"", start.seconds(), end.seconds()),
    };
    let kiosk = if shown.is_kiosk { "kiosk" } else { "" };
    let pinned = shown.span.is_none().then_some(shown.range);
    let mut head = String::new();
    overview.write_head(&mut head, &host);
    let mut html = format!(
        "<!doctype html>\n<html lang=\"en\"{theme}>\n<head>\n<meta charset=\"utf-8\">\n\
        <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
        <meta name=\"color-scheme\" content=\"light dark\">\n{head}\
        <link rel=\"stylesheet\" href=\"/page.css\">\n\
        <link rel=\"expect\" href=\"#end\" blocking=\"render\">\n\
        <script src=\"/page.js\" defer></script>\n</head>\n\
        <body class=\"{kiosk}{}\" data-span=\"{}\" data-zone=\"{}\"{ends}>\n<header>\n\
        <h1><a href=\"/\">{host}</a></h1>\n<div id=\"bar\">\n{}</div>\n",
        if matches!(subject, Subject::Chart(_)) { " large" } else { "" },
        // The live span that a pinned range is left for.
        shown.live.name,
        escape(&zone_name(&TimeZone::system(), end.seconds())),
        time_bar(shown, &subject.query(), overview.now),
    );
    let sections = sections::sections(overview.catalog, only);
    menu::write_menu(&mut html, &sections, only, shown, overview.alerts);
    html.push_str("</header>\n<div id=\"now\">\n<h2>Now</h2>\n");
    overview.write(&mut html);
    html.push_str("</div>\n");
    moved::write_question(&mut html, pinned);
    html.push_str("<main>\n");
    if let Subject::Chart(one) = subject {
        one.write(&mut html, shown, overview);
    } else {
        let view = View { shown, choice, now: overview.now };
        sections::write_sections(&mut html, &sections, only, overview.catalog, &view);
    }
    html.push_str(
        "</main>\n<footer id=\"end\">Drawn by rrd-collector from round-robin archives on this host. \
        Drag over a chart to see it closer, double-click for more. Keys: 1 to 9 for the span, ← → to move, + − to zoom, Esc for now; \
        on a chart, ← → read its values.</footer>\n</body>\n</html>\n",
    );
    html
}

#[cfg(test)]
mod tests {
    use rrd_core::{Series, Step, Timestamp};

    use super::super::span::SPANS;
    use super::*;
    use crate::alert::{AlertStatus, Event, Happening, History, NamedRule, Rule, Status};
    use crate::group::catalog::Catalog;
    use crate::group::catalog::trial::catalog;
    use crate::source::cgroup::UNIT;
    use crate::source::charts::packaged;
    use crate::source::host::{CPU, CPU_TOTAL, DISK};
    use crate::source::network::NETWORK;

    fn overview(catalog: &Catalog) -> Overview<'_> {
        Overview { catalog, alerts: &[], faults: &[], now: 9, archives: None, history: None }
    }

    #[test]
    fn a_page_has_a_figure_for_each_chart_of_each_group() {
        let catalog = catalog(&[(&CPU_TOTAL, ""), (&DISK, "vda"), (&DISK, "eui.1/2")]);
        let html = page(
            "web1",
            &Shown::ending(SPANS[1], 9000, None),
            &Subject::Host,
            &TableChoice::default(),
            &overview(&catalog),
        );
        assert_eq!(html.matches("<figure").count(), 2 + 2 * 5);
        assert!(html.contains("/chart/disk-traffic.svg?instance=eui.1%2F2"));
        assert!(html.contains(
            "<a href=\"/?span=hour\" data-key=\"2\" title=\"Key 2\" aria-current=\"true\">1 h</a>"
        ));
        assert!(!html.contains("<h2>Apache</h2>"));
    }

    #[test]
    fn many_instances_are_a_table_or_heat_maps_and_the_page_stays_small() {
        let names: Vec<String> = (0..500).map(|number| number.to_string()).collect();
        let kinds = [&CPU, &DISK, &NETWORK, &UNIT];
        let groups: Vec<_> =
            kinds.iter().flat_map(|kind| names.iter().map(|name| (*kind, &**name))).collect();
        let catalog = catalog(&groups);
        let shown = Shown::ending(SPANS[1], 9000, None);
        let html =
            page("web1", &shown, &Subject::Host, &TableChoice::default(), &overview(&catalog));
        assert!(html.len() < 150_000, "{}", html.len());
        assert_eq!(html.matches("<div class=\"top\"").count(), 3);
        assert_eq!(html.matches("<figure data-chart=\"/heat/processor.").count(), 2);
        assert_eq!(html.matches("<figure data-chart=\"/chart/").count(), 4 * 20);
        assert!(html.contains("<summary>Charts of the first 20 of 500, by In use</summary>"));
    }

    #[test]
    fn a_page_of_one_group_has_its_charts_only_and_keeps_to_it() {
        let catalog = catalog(&[(&CPU_TOTAL, ""), (&DISK, "vda"), (&DISK, "vdb")]);
        let html = page(
            "web1",
            &Shown::ending(SPANS[0], 9000, None),
            &Subject::Group(&GroupId::of(&DISK, "vdb")),
            &TableChoice::default(),
            &overview(&catalog),
        );
        assert_eq!(html.matches("<figure").count(), 5);
        assert!(html.contains(" href=\"/?span=day&amp;group=disk&amp;instance=vdb\""));
        assert!(
            html.contains(
                "/api/v1/fetch.csv?group=disk&amp;instance=vdb&amp;start=8400&amp;end=9000"
            )
        );
    }

    #[test]
    fn a_page_of_one_chart_has_it_over_four_spans_its_rules_and_its_last_rows() {
        let catalog = catalog(&[(&CPU_TOTAL, ""), (&DISK, "vda"), (&DISK, "vdb")]);
        let group = GroupId::of(&DISK, "vdb");
        let chart = packaged().iter().find(|chart| chart.name == "disk-traffic").unwrap();
        let names = ["read_bytes", "util"].map(str::to_owned);
        let (start, step) = (Timestamp::from_seconds(8998), Step::from_seconds(1).unwrap());
        let rows = Series::new(start, step, names.to_vec(), vec![0.5, 0.25, f64::NAN, 0.125]);
        let one = OneChart { chart, group: &group, rows: Some(rows) };
        let rule = "last of disk:vdb.read_bytes > 1000";
        let rule = Rule::parse(rule).unwrap();
        let target = rule.target.clone();
        let rule = NamedRule { name: "reads".to_owned(), rule };
        let (status, since) = (Status::Warning, 8995);
        let alerts = [AlertStatus { rule, target, status, since, value: 2e3, problem: None }];
        let mut history = History::default();
        history.add(Event { at: 8990, what: Happening::Started });
        let overview = Overview { alerts: &alerts, history: Some(&history), ..overview(&catalog) };
        let mut shown = Shown::ending(SPANS[0], 9000, None);
        shown.zone = Some(rrd_core::TimeZone::UTC);
        let choice = TableChoice::default();
        let html = page("web1", &shown, &Subject::Chart(one), &choice, &overview);
        let figures: Vec<&str> = html.split("<figure data-chart=\"").skip(1).collect();
        let address = "/chart/disk-traffic.svg?annotations";
        assert!(figures[0].starts_with(&format!("{address}&amp;height=420&amp;instance=vdb\">")));
        let times = figures[1..].iter().map(|figure| {
            let time =
                figure.strip_prefix(&format!("{address}&amp;instance=vdb\" data-span=\"")).unwrap();
            time.split('"').next().unwrap()
        });
        let spans = ["day", "week", "month", "year"];
        assert_eq!(times.collect::<Vec<_>>(), spans);
        for part in [
            "<a rel=\"prev\" href=\"/?chart=disk-use&amp;instance=vda&amp;span=10min&amp;zone=UTC\" title=\"Key p\">",
            "<a rel=\"next\" href=",
            "<a href=\"/?group=disk&amp;instance=vdb&amp;span=10min&amp;zone=UTC\">All charts of it</a>",
            "<li class=\"warning\"><b>reads</b> disk:vdb.read_bytes is 2 kB/s (warning above 1 kB/s)",
            "<li>read: warning above 1 kB/s</li>",
            "<li>02:29 collector started</li>",
            "<tr><th>1970-01-01 02:30:00<td>–\n<tr><th>1970-01-01 02:29:59<td>0.5\n",
        ] {
            assert!(html.contains(part), "{part}\n{html}");
        }
    }

    #[test]
    fn names_from_outside_cannot_become_markup() {
        let catalog = catalog(&[(&DISK, "<b>\"x\"")]);
        let shown = Shown::ending(SPANS[0], 9000, None);
        let html =
            page("<host>", &shown, &Subject::Host, &TableChoice::default(), &overview(&catalog));
        assert!(!html.contains("<b>\"x\"") && !html.contains("<host>"));
    }
}
