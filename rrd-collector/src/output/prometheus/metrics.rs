//! The newest values for Prometheus: text format 0.0.4, or `OpenMetrics` on request.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use rrd_graph::export::SeriesName;
use rrd_graph::export::prometheus_text::{help_text, value_text};

use crate::group::catalog::Catalog;
use crate::output::names::{series_name, unit_name};

/// The text format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Prometheus,
    OpenMetrics,
}

impl Form {
    /// The format requested by a scraper's `Accept` header.
    pub(crate) fn accepted(accept: &str) -> Self {
        if accept.contains("application/openmetrics-text") {
            Self::OpenMetrics
        } else {
            Self::Prometheus
        }
    }

    pub(crate) const fn content_type(self) -> &'static str {
        match self {
            Self::Prometheus => "text/plain; version=0.0.4; charset=utf-8",
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }
}

/// Counts since the start.
pub(crate) struct Counter {
    /// The name, without `rrd_` and `_total`.
    pub(crate) name: &'static str,
    /// What is counted.
    pub(crate) help: &'static str,
    /// The counts, each with its labels.
    pub(crate) counts: Vec<(Vec<(&'static str, String)>, u64)>,
}

impl Counter {
    /// A single count.
    pub(crate) fn new(name: &'static str, help: &'static str, count: u64) -> Self {
        Self { name, help, counts: vec![(Vec::new(), count)] }
    }
}

/// All known values that are current at `now`, seconds since 1970, and counts. Older ones are left
/// out, so that they do not seem to be constant.
pub(crate) fn metrics(catalog: &Catalog, counters: &[Counter], form: Form, now: i64) -> String {
    let mut families: BTreeMap<String, (String, String)> = BTreeMap::new();
    for (id, group) in catalog.groups().filter(|(_, group)| group.is_current(now)) {
        for (metric, value) in group.kind.metrics.iter().zip(&group.values) {
            if value.is_nan() {
                continue;
            }
            let (kind, label) = (&group.kind.name, group.label.as_deref());
            let unit = unit_name(metric.unit);
            let series = series_name(kind, id.instance(), label, &metric.name, unit);
            let (_, samples) = families
                .entry(series.name().to_owned())
                .or_insert_with(|| (metric.help.to_string(), String::new()));
            let _ = writeln!(samples, "{series} {}", value_text(*value));
        }
    }
    let mut text = String::new();
    for (name, (help, samples)) in families {
        let help = help_text(&help);
        let _ = write!(text, "# HELP {name} {help}\n# TYPE {name} gauge\n{samples}");
    }
    for Counter { name, help, counts } in counters {
        let family = if form == Form::OpenMetrics { "" } else { "_total" };
        let _ =
            write!(text, "# HELP rrd_{name}{family} {help}\n# TYPE rrd_{name}{family} counter\n");
        for (labels, count) in counts {
            let series = SeriesName::new(format!("rrd_{name}_total"), labels.iter().cloned());
            let _ = writeln!(text, "{series} {count}");
        }
    }
    if form == Form::OpenMetrics {
        text.push_str("# EOF\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use rrd_core::{Step, Timestamp};

    use super::*;
    use crate::group::{Kind, Metric, Unit};
    use crate::source::host::{DISK, LOAD};

    fn catalog() -> Catalog {
        let mut catalog = Catalog::default();
        let (at, step) = (Timestamp::from_seconds(1000), Step::from_seconds(1).unwrap());
        let mut values = vec![f64::NAN; DISK.metrics.len()];
        values[0] = 4096.0;
        catalog.put(at, step, &DISK, "a\"b", &values);
        catalog.label("disk", "a\"b", "sda");
        catalog.put(at, step, &LOAD, "", &[0.5, f64::NAN, f64::NAN, f64::NAN, f64::NAN, f64::NAN]);
        catalog
    }

    #[test]
    fn values_have_help_type_and_labels_and_unknown_ones_are_left_out() {
        assert_eq!(
            metrics(&catalog(), &[], Form::Prometheus, 1001),
            "# HELP rrd_disk_read_bytes_per_second read\n# TYPE rrd_disk_read_bytes_per_second gauge\n\
            rrd_disk_read_bytes_per_second{device=\"sda\",name=\"a\\\"b\"} 4096\n\
            # HELP rrd_load_load1 running or waiting tasks, one-minute average\n# TYPE rrd_load_load1 gauge\n\
            rrd_load_load1 0.5\n"
        );
    }

    #[test]
    fn what_is_gone_is_not_shown_as_it_was() {
        assert_eq!(metrics(&catalog(), &[], Form::OpenMetrics, 1011), "# EOF\n");
    }

    #[test]
    fn counts_have_the_names_that_each_format_asks_for() {
        let counters = [Counter::new("page_requests", "answered", 7)];
        let text = |form| metrics(&Catalog::default(), &counters, form, 0);
        assert_eq!(
            text(Form::Prometheus),
            "# HELP rrd_page_requests_total answered\n# TYPE rrd_page_requests_total counter\n\
             rrd_page_requests_total 7\n"
        );
        assert_eq!(
            text(Form::OpenMetrics),
            "# HELP rrd_page_requests answered\n# TYPE rrd_page_requests counter\n\
             rrd_page_requests_total 7\n# EOF\n"
        );
    }

    #[test]
    fn counts_of_several_things_have_their_labels_each() {
        let name = |name: &str| ("name", name.to_owned());
        let counts =
            vec![(vec![name("a\"b")], 7), (vec![name("c"), ("status", "500".to_owned())], 8)];
        let counters = [Counter { name: "x", help: "things", counts }];
        assert_eq!(
            metrics(&Catalog::default(), &counters, Form::Prometheus, 0),
            "# HELP rrd_x_total things\n# TYPE rrd_x_total counter\n\
             rrd_x_total{name=\"a\\\"b\"} 7\nrrd_x_total{name=\"c\",status=\"500\"} 8\n"
        );
    }

    #[test]
    fn metrics_of_programs_that_are_written_alike_are_distinguished_by_a_label() {
        let written_alike = ["a-b", "a_b"].map(|name| Metric::new(name, Unit::Any, ""));
        let kind =
            Kind { metrics: written_alike.to_vec().into(), ..Kind::new("collectd", "", &[]) };
        let mut catalog = Catalog::default();
        let (at, step) = (Timestamp::from_seconds(1000), Step::from_seconds(1).unwrap());
        catalog.put(at, step, &kind, "x", &[1.0, 2.0]);
        let text = metrics(&catalog, &[], Form::Prometheus, 1001);
        assert!(text.contains("rrd_collectd_a_b{metric=\"a-b\",name=\"x\"} 1\n"), "{text}");
        assert!(text.contains("rrd_collectd_a_b{name=\"x\"} 2\n"), "{text}");
    }
}
