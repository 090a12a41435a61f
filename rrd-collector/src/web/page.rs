//! The page as HTML: which sections, tiles and charts. How it looks is in `page.css`, what moves in `page.js`.

use std::fmt::Write as _;

use rrd_graph::xml::escape;

use super::span::{SPANS, Shown};
use super::view::views;
use crate::catalog::Catalog;
use crate::view::View;

/// The style sheet.
pub(super) const STYLE: &str = include_str!("page.css");
/// The script; without it the page shows pictures that do not move.
pub(super) const SCRIPT: &str = include_str!("page.js");

/// The sections of the page: heading, and the kinds whose charts are in it.
const SECTIONS: [(&str, &[&str]); 15] = [
    ("Host", &["cpu", "load", "memory", "pressure"]),
    ("Apache", &["apache", "apache_member", "apache_tls", "apache_certificates"]),
    ("nginx", &["nginx"]),
    ("memcached", &["memcached"]),
    ("StatsD", &["statsd_counter", "statsd_gauge", "statsd_timer", "statsd_set"]),
    (
        "MySQL",
        &[
            "mysql",
            "mysql_commands",
            "mysql_selects",
            "mysql_handlers",
            "mysql_innodb",
            "mysql_query_cache",
            "mysql_keys",
            "mysql_replica",
        ],
    ),
    ("Munin", &["munin"]),
    ("Text files", &["textfile", "textfile_file"]),
    ("collectd", &["collectd"]),
    ("Disks", &["disk"]),
    ("Network", &["network"]),
    ("Filesystems", &["filesystem"]),
    (
        "Kernel",
        &[
            "swap",
            "vm",
            "processes",
            "interrupts",
            "tcp",
            "tcp_states",
            "udp",
            "sockets",
            "collector",
        ],
    ),
    ("Processors", &["processor"]),
    ("Services", &["unit"]),
];

/// Something that is not well.
#[derive(Clone, Debug)]
pub(super) struct Trouble {
    /// Whether it cannot wait.
    pub(super) is_critical: bool,
    /// What it concerns: a rule, a probe, a server.
    pub(super) concern: String,
    /// What it is.
    pub(super) text: String,
}

/// A part of an address, with all but letters, digits, `-`, `_` and `.` as `%` and hexadecimal digits.
pub(super) fn address_part(text: &str) -> String {
    let mut part = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.') {
            part.push(char::from(byte));
        } else {
            let _ = write!(part, "%{byte:02X}");
        }
    }
    part
}

/// The whole page for a time; of one group only if it is named by kind and instance.
pub(super) fn page(
    host: &str,
    shown: &Shown,
    only: Option<(&str, &str)>,
    catalog: &Catalog,
    troubles: &[Trouble],
) -> String {
    let host = escape(host);
    let mut html = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
        <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
        <meta name=\"color-scheme\" content=\"light dark\">\n<title>{host}</title>\n\
        <link rel=\"icon\" href=\"data:,\">\n<link rel=\"stylesheet\" href=\"/page.css\">\n\
        <script src=\"/page.js\" defer></script>\n</head>\n\
        <body data-start=\"{}\" data-end=\"{}\" data-refresh=\"{}\">\n<header>\n\
        <h1><a href=\"/\">{host}</a></h1>\n<nav aria-label=\"Span of time\">\n",
        shown.range.start,
        shown.range.end,
        shown.refresh().as_secs(),
    );
    let place = only.map_or_else(String::new, |(kind, instance)| {
        format!("&group={}&instance={}", address_part(kind), address_part(instance))
    });
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
    let _ = write!(
        html,
        "</nav>\n</header>\n<div id=\"now\">\n{}</div>\n<main>\n",
        now(catalog, troubles)
    );
    for (heading, kinds) in SECTIONS {
        write_section(&mut html, heading, kinds, shown, only, catalog);
    }
    html.push_str(
        "</main>\n<footer>Drawn by rrd-collector from round-robin archives on this host. \
        Drag over a chart to see it closer; keys: 1 to 6 for the span, ← → to move, + − for more or less, Esc for now.</footer>\n</body>\n</html>\n",
    );
    html
}

fn write_section(
    html: &mut String,
    heading: &str,
    kinds: &[&str],
    shown: &Shown,
    only: Option<(&str, &str)>,
    catalog: &Catalog,
) {
    let mut figures = String::new();
    for kind in kinds {
        for (instance, group) in catalog.instances(kind) {
            if only.is_some_and(|only| only != (*kind, instance)) {
                continue;
            }
            let label = group.label.as_deref().unwrap_or(instance);
            for view in views(group) {
                write_figure(&mut figures, view, instance, label, shown);
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

fn write_figure(html: &mut String, view: &View, instance: &str, label: &str, shown: &Shown) {
    let time = shown.query();
    let instance = if instance.is_empty() {
        String::new()
    } else {
        format!("&instance={}", address_part(instance))
    };
    let source = escape(&format!("/chart/{}.svg?{time}{instance}", view.name));
    let png = escape(&format!("/chart/{}.png?{time}{instance}&width=1000", view.name));
    let (start, end) = (shown.range.start, shown.range.end);
    let rows = format!("group={}{instance}&start={start}&end={end}", view.kind);
    let csv = escape(&format!("/api/v1/fetch.csv?{rows}"));
    let group = escape(&format!("/?group={}{instance}&{time}", view.kind));
    let name = if label.is_empty() {
        escape(&view.title)
    } else {
        format!("{} <b>{}</b>", escape(&view.title), escape(label))
    };
    let about = escape(&view.about);
    let _ = write!(
        html,
        "<figure data-chart=\"{source}\">\n<figcaption><a href=\"{group}\" title=\"{about}\">{name}</a>\
        <span class=\"take\"><a href=\"{png}\" download>PNG</a> <a href=\"{csv}\" download>CSV</a></span></figcaption>\n\
        <div class=\"plot\"><noscript><img src=\"{source}\" alt=\"{about}\"></noscript></div>\n</figure>\n"
    );
}

/// The newest numbers and the faults, as a fragment.
pub(super) fn now(catalog: &Catalog, troubles: &[Trouble]) -> String {
    let value = |kind: &str, metric: &str| {
        let group = catalog.find(kind, "")?;
        let value = *group.values.get(group.kind.position(metric)?)?;
        value.is_finite().then_some(value)
    };
    let percent = |value: f64| format!("{:.1} %", value * 100.0);
    let mut tiles = String::new();
    let mut tile = |name: &str, text: Option<String>, state: &str| {
        let text = text.unwrap_or_else(|| "–".to_owned());
        let _ =
            writeln!(tiles, "<div class=\"tile{state}\"><span>{name}</span><b>{text}</b></div>");
    };
    let state = |value: Option<f64>, warning: f64, critical: f64| match value {
        Some(value) if value > critical => " critical",
        Some(value) if value > warning => " warning",
        _ => "",
    };
    let busy = value("cpu", "busy");
    tile("CPU busy", busy.map(percent), state(busy, 0.85, 0.95));
    let iowait = value("cpu", "iowait");
    tile("I/O wait", iowait.map(percent), state(iowait, 0.2, 0.4));
    let steal = value("cpu", "steal");
    tile("Steal", steal.map(percent), state(steal, 0.05, 0.1));
    let load = value("load", "load1");
    let cpus = value("cpu", "online").unwrap_or(1.0);
    let per_cpu = load.map(|load| load / cpus.max(1.0));
    tile("Load", load.map(|load| format!("{load:.2}")), state(per_cpu, 1.75, 4.0));
    let used = value("memory", "total")
        .zip(value("memory", "available"))
        .map(|(total, available)| 1.0 - available / total.max(1.0));
    tile("Memory in use", used.map(percent), state(used, 0.9, 0.98));
    let mut html = format!("<div class=\"tiles\">\n{tiles}</div>\n");
    if !troubles.is_empty() {
        html.push_str("<ul class=\"troubles\">\n");
        for Trouble { is_critical, concern, text } in troubles {
            let class = if *is_critical { " class=\"critical\"" } else { "" };
            let _ = writeln!(html, "<li{class}><b>{}</b> {}</li>", escape(concern), escape(text));
        }
        html.push_str("</ul>\n");
    }
    html
}

#[cfg(test)]
mod tests {
    use rrd_core::{Step, Timestamp};

    use super::*;
    use crate::probe::{CPU_TOTAL, DISK, Kind};

    fn catalog(groups: &[(&Kind, &str)]) -> Catalog {
        let mut catalog = Catalog::default();
        for (kind, instance) in groups {
            let values = vec![0.5; kind.metrics.len()];
            let step = Step::from_seconds(1).unwrap();
            catalog.put(Timestamp::from_seconds(9), step, kind, instance, &values);
        }
        catalog
    }

    #[test]
    fn a_page_has_a_figure_for_each_chart_of_each_group() {
        let catalog = catalog(&[(&CPU_TOTAL, ""), (&DISK, "vda"), (&DISK, "eui.1/2")]);
        let html = page("web1", &Shown::ending(SPANS[1], 9000), None, &catalog, &[]);
        assert_eq!(html.matches("<figure").count(), 2 + 2 * 5);
        assert!(html.contains("/chart/disk-traffic.svg?span=hour&amp;instance=eui.1%2F2"));
        assert!(html.contains("<a href=\"/?span=hour\" title=\"Key 2\" aria-current=\"page\">"));
        assert!(!html.contains("<h2>Apache</h2>"));
    }

    #[test]
    fn a_page_of_one_group_has_its_charts_only_and_keeps_to_it() {
        let catalog = catalog(&[(&CPU_TOTAL, ""), (&DISK, "vda"), (&DISK, "vdb")]);
        let html =
            page("web1", &Shown::ending(SPANS[0], 9000), Some(("disk", "vdb")), &catalog, &[]);
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
        let (concern, text) = ("apache".to_owned(), "<script>".to_owned());
        let troubles = [Trouble { is_critical: false, concern, text }];
        let html = page("<host>", &Shown::ending(SPANS[0], 9000), None, &catalog, &troubles);
        assert!(!html.contains("<b>\"x\"") && !html.contains("<host>"));
        assert!(html.contains("&lt;script&gt;"));
    }

    #[test]
    fn a_tile_turns_when_its_number_is_too_much() {
        let html = now(&catalog(&[(&CPU_TOTAL, "")]), &[]);
        assert!(
            html.contains("<div class=\"tile critical\"><span>Steal</span><b>50.0 %</b></div>")
        );
        assert!(html.contains("<div class=\"tile\"><span>CPU busy</span><b>50.0 %</b></div>"));
        assert!(html.contains("<span>Memory in use</span><b>–</b>"));
    }
}
