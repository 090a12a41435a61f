//! The name and labels of one series by what it measures.

use rrd_graph::export::SeriesName;

use crate::group::Unit;
use crate::process::HostName;

/// A unit at the end of a name, in base units as the conventions require; empty for plain numbers.
pub(crate) const fn unit_name(unit: Unit) -> &'static str {
    match unit {
        Unit::Share => "ratio",
        Unit::Cores => "cores",
        Unit::Bytes => "bytes",
        Unit::BytesPerSecond => "bytes_per_second",
        Unit::PerSecond => "per_second",
        Unit::Seconds | Unit::SignedSeconds => "seconds",
        Unit::Celsius => "celsius",
        Unit::Hertz => "hertz",
        Unit::Volts => "volts",
        Unit::Watts => "watts",
        Unit::RevolutionsPerMinute => "rpm",
        Unit::Count | Unit::Any => "",
    }
}

/// The name of a metric of a kind of group: `rrd_disk_read_bytes_per_second`. The unit occurs only
/// once.
fn metric_name(group: &str, metric: &str, unit: &str) -> String {
    let first = unit.split('_').next().unwrap_or("");
    let metric = match metric.strip_suffix(first) {
        Some(rest) if !first.is_empty() => rest.trim_end_matches('_'),
        _ => metric,
    };
    let mut name = "rrd".to_owned();
    for part in [group, metric, unit] {
        if !part.is_empty() {
            name.push('_');
            name.extend(part.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }));
        }
    }
    name
}

/// What the metric of a group is called. The label `name` is the instance, since Prometheus itself
/// calls the host `instance`; `device` is what people call it. `metric` distinguishes metrics whose
/// names become equal outside. `unit` is a [`unit_name`].
pub(crate) fn series_name(
    kind: &str,
    instance: &str,
    label: Option<&str>,
    metric: &str,
    unit: &str,
) -> SeriesName {
    let is_written_alike = metric.contains(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let labels = [
        ("name", instance),
        ("device", label.unwrap_or_default()),
        ("metric", if is_written_alike { metric } else { "" }),
    ];
    SeriesName::new(metric_name(kind, metric, unit), labels)
}

/// The labels of a host, which its series have on other hosts: its name, and `rrd`.
pub(crate) fn host_labels(host: &HostName) -> [(String, String); 2] {
    let label = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    [label("instance", host.as_str()), label("job", "rrd")]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn no_two_metrics_have_one_name() {
        let mut names = BTreeMap::new();
        for kind in crate::source::kinds() {
            for metric in kind.metrics.iter() {
                let name = metric_name(&kind.name, &metric.name, unit_name(metric.unit));
                let id = (kind.name.clone(), metric.name.clone());
                assert_eq!(names.insert(name, id), None, "{}.{}", kind.name, metric.name);
            }
        }
    }

    #[test]
    fn units_occur_once() {
        for (group, metric, unit, name) in [
            ("apache", "probe_seconds", Unit::Seconds, "rrd_apache_probe_seconds"),
            ("memory", "used", Unit::Bytes, "rrd_memory_used_bytes"),
            ("cpu", "steal", Unit::Share, "rrd_cpu_steal_ratio"),
            ("apache", "bytes", Unit::BytesPerSecond, "rrd_apache_bytes_per_second"),
        ] {
            assert_eq!(metric_name(group, metric, unit_name(unit)), name);
        }
    }
}
