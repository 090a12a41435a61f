//! The JSON lines that `VictoriaMetrics` takes at `/api/v1/import`.

use std::fmt::Write as _;

use rrd_core::Timestamp;

use super::format::{Format, json_labels};
use crate::export::SeriesName;

/// `{"metric":{LABELS},"values":[VALUE...],"timestamps":[MILLISECONDS...]}` for each block of
/// samples.
#[derive(Debug, Default)]
pub(super) struct VictoriaMetrics {
    /// What precedes the first value in a line.
    series: String,
}

impl Format for VictoriaMetrics {
    fn has_infinity(&self) -> bool {
        false
    }

    fn series(&mut self, series: &SeriesName, _: &str, _: &mut String) {
        let name = ("__name__".to_owned(), series.name().to_owned());
        let metric = json_labels(std::iter::once(&name).chain(series.labels()));
        self.series = format!("{{\"metric\":{metric},\"values\":[");
    }

    fn samples(&self, samples: &[(Timestamp, f64)], text: &mut String) {
        text.push_str(&self.series);
        for (place, (_, value)) in samples.iter().enumerate() {
            let _ = write!(text, "{}{value}", if place == 0 { "" } else { "," });
        }
        text.push_str("],\"timestamps\":[");
        for (place, (time, _)) in samples.iter().enumerate() {
            let time = i128::from(time.seconds()) * 1000;
            let _ = write!(text, "{}{time}", if place == 0 { "" } else { "," });
        }
        text.push_str("]}\n");
    }
}
