//! A JSON object for each sample, one a line.

use std::fmt::Write as _;

use rrd_core::Timestamp;

use super::format::{Format, json_labels};
use crate::export::SeriesName;

/// `{"name":NAME,"labels":{LABELS},"time":SECONDS,"value":VALUE}`
#[derive(Debug, Default)]
pub(super) struct JsonLines {
    /// What precedes the time in a line.
    series: String,
}

impl Format for JsonLines {
    fn has_infinity(&self) -> bool {
        false
    }

    fn series(&mut self, series: &SeriesName, _: &str, _: &mut String) {
        let labels = json_labels(series.labels());
        self.series = format!("{{\"name\":\"{}\",\"labels\":{labels},\"time\":", series.name());
    }

    fn samples(&self, samples: &[(Timestamp, f64)], text: &mut String) {
        for (time, value) in samples {
            let _ = writeln!(text, "{}{},\"value\":{value}}}", self.series, time.seconds());
        }
    }
}
