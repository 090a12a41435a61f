//! The messages of version 1: what is written, what is asked for, and the answers.

use prost::Message;

/// The value that ends a series: a NaN that means "no longer there".
pub const STALE: f64 = f64::from_bits(0x7ff0_0000_0000_0002);

/// Samples to be stored.
#[derive(Clone, PartialEq, Message)]
pub struct WriteRequest {
    /// The series, each with its samples.
    #[prost(message, repeated, tag = "1")]
    pub timeseries: Vec<TimeSeries>,
}

/// A series and samples of it, in the order of their times.
#[derive(Clone, PartialEq, Message)]
pub struct TimeSeries {
    /// Its labels, sorted by name; `__name__` is one of them.
    #[prost(message, repeated, tag = "1")]
    pub labels: Vec<Label>,
    /// The samples.
    #[prost(message, repeated, tag = "2")]
    pub samples: Vec<Sample>,
}

/// A label.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Message)]
pub struct Label {
    /// Its name.
    #[prost(string, tag = "1")]
    pub name: String,
    /// Its value, not empty.
    #[prost(string, tag = "2")]
    pub value: String,
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
}

/// Queries of a reader.
#[derive(Clone, PartialEq, Message)]
pub struct ReadRequest {
    /// The queries; the answer has a result for each.
    #[prost(message, repeated, tag = "1")]
    pub queries: Vec<Query>,
    /// The forms of answers that the reader takes, the best first: 0 for samples, 1 for chunks.
    #[prost(int32, repeated, tag = "2")]
    pub accepted_response_types: Vec<i32>,
}

/// A query for the samples of some series.
#[derive(Clone, PartialEq, Message)]
pub struct Query {
    /// The first millisecond.
    #[prost(int64, tag = "1")]
    pub start_timestamp_ms: i64,
    /// The last millisecond.
    #[prost(int64, tag = "2")]
    pub end_timestamp_ms: i64,
    /// What the labels of the series must be.
    #[prost(message, repeated, tag = "3")]
    pub matchers: Vec<LabelMatcher>,
    /// What the samples are for.
    #[prost(message, optional, tag = "4")]
    pub hints: Option<ReadHints>,
}

/// A condition on a label.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct LabelMatcher {
    /// 0: equal, 1: not equal, 2: the expression matches, 3: it does not.
    #[prost(int32, tag = "1")]
    pub r#type: i32,
    /// The label.
    #[prost(string, tag = "2")]
    pub name: String,
    /// The value or expression.
    #[prost(string, tag = "3")]
    pub value: String,
}

/// What the samples of a query are for.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct ReadHints {
    /// The step of the evaluation.
    #[prost(int64, tag = "1")]
    pub step_ms: i64,
    /// The function that is applied.
    #[prost(string, tag = "2")]
    pub func: String,
    /// The first millisecond of the evaluation.
    #[prost(int64, tag = "3")]
    pub start_ms: i64,
    /// The last millisecond.
    #[prost(int64, tag = "4")]
    pub end_ms: i64,
    /// The labels of an aggregation.
    #[prost(string, repeated, tag = "5")]
    pub grouping: Vec<String>,
    /// Whether these labels are kept, or all others.
    #[prost(bool, tag = "6")]
    pub by: bool,
    /// The length of a range selector.
    #[prost(int64, tag = "7")]
    pub range_ms: i64,
}

/// The answer with samples.
#[derive(Clone, PartialEq, Message)]
pub struct ReadResponse {
    /// One result for each query.
    #[prost(message, repeated, tag = "1")]
    pub results: Vec<QueryResult>,
}

/// The result of a query.
#[derive(Clone, PartialEq, Message)]
pub struct QueryResult {
    /// The series, sorted by their labels.
    #[prost(message, repeated, tag = "1")]
    pub timeseries: Vec<TimeSeries>,
}

/// A part of an answer with chunks.
#[derive(Clone, PartialEq, Message)]
pub struct ChunkedReadResponse {
    /// Series, or parts of them.
    #[prost(message, repeated, tag = "1")]
    pub chunked_series: Vec<ChunkedSeries>,
    /// The query that they answer.
    #[prost(int64, tag = "2")]
    pub query_index: i64,
}

/// A series and chunks of it.
#[derive(Clone, PartialEq, Message)]
pub struct ChunkedSeries {
    /// Its labels, sorted by name.
    #[prost(message, repeated, tag = "1")]
    pub labels: Vec<Label>,
    /// The chunks, in the order of their times.
    #[prost(message, repeated, tag = "2")]
    pub chunks: Vec<Chunk>,
}

/// Samples in compressed form.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct Chunk {
    /// The time of the first sample.
    #[prost(int64, tag = "1")]
    pub min_time_ms: i64,
    /// That of the last.
    #[prost(int64, tag = "2")]
    pub max_time_ms: i64,
    /// The form of `data`: 1 for XOR.
    #[prost(int32, tag = "3")]
    pub r#type: i32,
    /// The samples.
    #[prost(bytes = "vec", tag = "4")]
    pub data: Vec<u8>,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two series with a sample each, recorded from another encoder.
    const TWO_SERIES: &str = "0a710a210a085f5f6e616d655f5f12157272645f6370755f7365636f6e64735f746f74616c0a080a036370751201300a160a08696e7374616e6365120a686f7374313a373330300a0a0a036a6f6212037272640a0c0a046d6f6465120475736572121009000000000000f83f1080d095ffbc310a4d0a150a085f5f6e616d655f5f12097272645f6c6f6164310a160a08696e7374616e6365120a686f7374313a373330300a0a0a036a6f621203727264121009000000000000d03f1080d095ffbc31";

    fn series(labels: &[(&str, &str)], value: f64) -> TimeSeries {
        let label = |(name, value): &(&str, &str)| Label {
            name: (*name).to_owned(),
            value: (*value).to_owned(),
        };
        let samples = vec![Sample { value, timestamp: 1_700_000_000_000 }];
        TimeSeries { labels: labels.iter().map(label).collect(), samples }
    }

    #[test]
    fn a_request_has_the_bytes_of_another_encoder() {
        let host = [("instance", "host1:7300"), ("job", "rrd")];
        let cpu = [
            ("__name__", "rrd_cpu_seconds_total"),
            ("cpu", "0"),
            host[0],
            host[1],
            ("mode", "user"),
        ];
        let load = [("__name__", "rrd_load1"), host[0], host[1]];
        let request = WriteRequest { timeseries: vec![series(&cpu, 1.5), series(&load, 0.25)] };
        let bytes: Vec<String> =
            request.encode_to_vec().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(bytes.concat(), TWO_SERIES);
    }
}
