//! The chart of a series: its name, its help, and the unit that its name ends in.
//!
//! Source: "Metric and label naming" of the Prometheus documentation.

use rrd_graph::PaletteColor;
use rrd_graph::description::SeriesDescription;

use super::kinds::PROMETHEUS;
use crate::group::{GroupChart, page_style};

/// The chart of all series of this name.
pub(super) fn chart(metric: &str, help: Option<&str>, is_counter: bool) -> GroupChart {
    let mut chart = page_style(metric);
    help.unwrap_or_default().clone_into(&mut chart.about);
    let name = metric.strip_suffix("_total").unwrap_or(metric);
    let ending = name.rsplit('_').next().unwrap_or(name);
    let (unit, factor) = match (ending, is_counter) {
        ("bytes", false) => ("B", 1.0),
        ("bytes", true) => ("B/s", 1.0),
        ("seconds", false) => ("s", 1.0),
        // Seconds per second are a share, but of how many things is not known.
        ("seconds", true) => ("", 1.0),
        ("ratio", false) => ("%", 100.0),
        ("celsius", false) => ("°C", 1.0),
        ("volts", false) => ("V", 1.0),
        ("amperes", false) => ("A", 1.0),
        ("watts", false) => ("W", 1.0),
        ("hertz", false) => ("Hz", 1.0),
        (_, true) => ("/s", 1.0),
        (_, false) => ("", 1.0),
    };
    unit.clone_into(&mut chart.unit);
    chart.binary = unit == "B";
    if is_counter {
        chart.lower = Some(0.0);
    }
    let mut series = SeriesDescription::of("value".to_owned());
    series.color = Some(PaletteColor::nth(0).into());
    series.factor = factor;
    series.envelope = true;
    chart.series = vec![series];
    let name = PROMETHEUS.name.to_string();
    GroupChart { name: name.clone(), kind: name, description: chart }
}
