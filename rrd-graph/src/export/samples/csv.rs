//! Samples as comma-separated values.

use std::fmt::Write as _;

use rrd_core::Timestamp;

use super::format::Format;
use crate::export::SeriesName;
use crate::export::prometheus_text::value_text;

/// `"NAME","LABELS",SECONDS,VALUE`, after a line with the names of the columns.
#[derive(Debug, Default)]
pub(super) struct Csv {
    /// What precedes the time in a line.
    series: String,
}

impl Format for Csv {
    fn begin(&self) -> &'static str {
        "name,labels,time,value\n"
    }

    fn series(&mut self, series: &SeriesName, _: &str, _: &mut String) {
        let written = series.to_string();
        let labels = written.strip_prefix(series.name()).unwrap_or_default();
        let labels = labels.trim_start_matches('{').strip_suffix('}').unwrap_or_default();
        self.series = format!("{},\"{}\",", series.name(), labels.replace('"', "\"\""));
    }

    fn samples(&self, samples: &[(Timestamp, f64)], text: &mut String) {
        for (time, value) in samples {
            let _ = writeln!(text, "{}{},{}", self.series, time.seconds(), value_text(*value));
        }
    }
}
