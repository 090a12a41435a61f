//! `OpenMetrics`, of which `promtool tsdb create-blocks-from openmetrics` makes blocks.

use std::fmt::Write as _;

use rrd_core::Timestamp;

use super::format::Format;
use crate::export::SeriesName;
use crate::export::prometheus_text::{label_value, value_text};

/// `NAME{LABELS} VALUE SECONDS`, in families with a head each, and an end.
#[derive(Debug, Default)]
pub(super) struct OpenMetrics {
    /// The family of the series.
    family: String,
    /// What precedes the value in a line.
    series: String,
}

impl Format for OpenMetrics {
    fn end(&self) -> &'static str {
        "# EOF\n"
    }

    fn series(&mut self, series: &SeriesName, help: &str, text: &mut String) {
        if self.family != series.name() {
            series.name().clone_into(&mut self.family);
            if !help.is_empty() {
                let _ = writeln!(text, "# HELP {} {}", self.family, label_value(help));
            }
            let _ = writeln!(text, "# TYPE {} gauge", self.family);
        }
        self.series = series.to_string();
    }

    fn samples(&self, samples: &[(Timestamp, f64)], text: &mut String) {
        for (time, value) in samples {
            let seconds = time.seconds();
            if value.is_finite() {
                let _ = writeln!(text, "{} {value} {seconds}", self.series);
            } else {
                let _ = writeln!(text, "{} {} {seconds}", self.series, value_text(*value));
            }
        }
    }
}
