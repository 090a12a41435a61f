//! What a text format of samples is, and what several of them share.

use rrd_core::Timestamp;

use crate::export::SeriesName;

/// How samples become text.
pub(super) trait Format {
    /// What precedes all samples.
    fn begin(&self) -> &'static str {
        ""
    }

    /// What follows all samples.
    fn end(&self) -> &'static str {
        ""
    }

    /// Whether it can express infinity.
    fn has_infinity(&self) -> bool {
        true
    }

    /// Begins the samples of a series.
    fn series(&mut self, series: &SeriesName, help: &str, text: &mut String);

    /// Appends at least one sample of the series.
    fn samples(&self, samples: &[(Timestamp, f64)], text: &mut String);
}

/// Labels as a JSON object.
pub(super) fn json_labels<'a>(labels: impl IntoIterator<Item = &'a (String, String)>) -> String {
    let json = |text: &str| serde_json::Value::from(text).to_string();
    let labels = labels.into_iter().map(|(name, value)| format!("{}:{}", json(name), json(value)));
    format!("{{{}}}", labels.collect::<Vec<_>>().join(","))
}
