//! The messages of version 2 of remote write, which have each text only once.

use std::collections::HashMap;

use prost::Message;

use super::v1::{self, WriteRequest};

/// The type of values that go up and down; ours all do.
const GAUGE: i32 = 2;

/// Samples to be stored.
#[derive(Clone, PartialEq, Message)]
pub struct Request {
    /// The texts that the series refer to. The first one is empty.
    #[prost(string, repeated, tag = "4")]
    pub symbols: Vec<String>,
    /// The series, each with its samples.
    #[prost(message, repeated, tag = "5")]
    pub timeseries: Vec<TimeSeries>,
}

/// A series and samples of it, in the order of their times.
#[derive(Clone, PartialEq, Message)]
pub struct TimeSeries {
    /// Its labels, sorted by name: the index of a name, that of its value, the next name, ...
    #[prost(uint32, repeated, tag = "1")]
    pub labels_refs: Vec<u32>,
    /// The samples.
    #[prost(message, repeated, tag = "2")]
    pub samples: Vec<Sample>,
    /// What the series is.
    #[prost(message, optional, tag = "5")]
    pub metadata: Option<Metadata>,
}

/// A value at a time.
#[derive(Clone, Copy, PartialEq, Message)]
pub struct Sample {
    /// The value.
    #[prost(double, tag = "1")]
    pub value: f64,
    /// Milliseconds since 1970.
    #[prost(int64, tag = "2")]
    pub timestamp: i64,
    /// When a counter began, in milliseconds since 1970; 0 for other types.
    #[prost(int64, tag = "3")]
    pub start_timestamp: i64,
}

/// What a series is.
#[derive(Clone, Copy, PartialEq, Eq, Message)]
pub struct Metadata {
    /// Its type: 1 for a counter, 2 for a gauge.
    #[prost(int32, tag = "1")]
    pub r#type: i32,
    /// The index of a sentence for people.
    #[prost(uint32, tag = "3")]
    pub help_ref: u32,
    /// The index of the unit.
    #[prost(uint32, tag = "4")]
    pub unit_ref: u32,
}

impl From<&WriteRequest> for Request {
    /// The same samples, all of gauges.
    fn from(request: &WriteRequest) -> Self {
        let mut symbols = Symbols::default();
        let gauge = Metadata { r#type: GAUGE, help_ref: symbols.index(""), unit_ref: 0 };
        let mut timeseries = Vec::with_capacity(request.timeseries.len());
        for series in &request.timeseries {
            let texts = series.labels.iter().flat_map(|label| [&label.name, &label.value]);
            let labels_refs = texts.map(|text| symbols.index(text)).collect();
            let sample = |sample: &v1::Sample| Sample {
                value: sample.value,
                timestamp: sample.timestamp,
                start_timestamp: 0,
            };
            let samples = series.samples.iter().map(sample).collect();
            timeseries.push(TimeSeries { labels_refs, samples, metadata: Some(gauge) });
        }
        Self { symbols: symbols.texts, timeseries }
    }
}

/// Texts, each once, in the order in which they came.
#[derive(Default)]
struct Symbols<'a> {
    texts: Vec<String>,
    indexes: HashMap<&'a str, u32>,
}

impl<'a> Symbols<'a> {
    fn index(&mut self, text: &'a str) -> u32 {
        let next = u32::try_from(self.texts.len()).expect("a message has far fewer texts");
        *self.indexes.entry(text).or_insert_with(|| {
            self.texts.push(text.to_owned());
            next
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::remote::wire::v1::Label;

    /// Two series with a sample each, recorded from another encoder.
    const TWO_SERIES: &str = "220022085f5f6e616d655f5f220c7272645f76325f746f74616c2208696e7374616e6365220a686f7374313a3733303022036a6f6222037272642206412068656c7022077365636f6e647322067272645f76322a290a060102030405061217090000000000001c401080d095ffbc3118a0fb91ffbc312a060801180720082a1e0a0601090304050612100900000000000020401080d095ffbc312a020802";
    const TIME: i64 = 1_700_000_000_000;

    #[test]
    fn a_request_has_the_bytes_of_another_encoder() {
        let symbols = [
            "",
            "__name__",
            "rrd_v2_total",
            "instance",
            "host1:7300",
            "job",
            "rrd",
            "A help",
            "seconds",
            "rrd_v2",
        ];
        let counter = TimeSeries {
            labels_refs: vec![1, 2, 3, 4, 5, 6],
            samples: vec![Sample { value: 7.0, timestamp: TIME, start_timestamp: TIME - 60_000 }],
            metadata: Some(Metadata { r#type: 1, help_ref: 7, unit_ref: 8 }),
        };
        let gauge = TimeSeries {
            labels_refs: vec![1, 9, 3, 4, 5, 6],
            samples: vec![Sample { value: 8.0, timestamp: TIME, start_timestamp: 0 }],
            metadata: Some(Metadata { r#type: GAUGE, help_ref: 0, unit_ref: 0 }),
        };
        let request = Request {
            symbols: symbols.map(str::to_owned).to_vec(),
            timeseries: vec![counter, gauge],
        };
        let bytes: Vec<String> =
            request.encode_to_vec().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(bytes.concat(), TWO_SERIES);
    }

    #[test]
    fn a_message_of_version_one_becomes_one_with_each_text_once() {
        let series = |labels: &[(&str, &str)], value| v1::TimeSeries {
            labels: labels
                .iter()
                .map(|(name, value)| Label { name: (*name).to_owned(), value: (*value).to_owned() })
                .collect(),
            samples: vec![v1::Sample { value, timestamp: TIME }],
        };
        let request = Request::from(&WriteRequest {
            timeseries: vec![
                series(&[("__name__", "a"), ("job", "rrd")], 1.0),
                series(&[("__name__", "b"), ("job", "a")], 2.0),
            ],
        });
        assert_eq!(request.symbols, ["", "__name__", "a", "job", "rrd", "b"]);
        let refs: Vec<&[u32]> =
            request.timeseries.iter().map(|series| &*series.labels_refs).collect();
        assert_eq!(refs, [[1, 2, 3, 4], [1, 5, 3, 2]]);
        let first = &request.timeseries[0];
        assert_eq!(first.metadata, Some(Metadata { r#type: 2, help_ref: 0, unit_ref: 0 }));
        assert_eq!(first.samples, [Sample { value: 1.0, timestamp: TIME, start_timestamp: 0 }]);
    }
}
