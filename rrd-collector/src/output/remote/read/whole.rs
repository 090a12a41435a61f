//! An answer in one message, which is compressed while it grows: only one series at a time is in
//! memory as it will be read.

use hyper::body::Bytes;
use prost::encoding::{encode_varint, message};
use snap::raw::{Encoder, max_compress_len};
use thiserror::Error;

use super::super::wire::v1::{Label, Sample};

/// Limit on the bytes of the message.
pub(super) const MAX_MESSAGE: usize = 64 << 20;
/// Bytes that are compressed at a time. Snappy looks for repetitions within as many.
const PART: usize = 64 << 10;
/// Bytes of the longest length that can be written before the compressed message.
const LONGEST: usize = 5;

/// A `ReadResponse` in the block format of Snappy.
pub(super) struct Whole {
    /// Limit on the bytes of the message.
    most: usize,
    /// Room for the length, and what is compressed.
    body: Vec<u8>,
    /// Bytes of the message so far.
    length: usize,
    /// What is to be compressed next.
    part: Vec<u8>,
    encoder: Encoder,
    /// The series that is being written, and whether it has samples.
    series: Vec<u8>,
    has_samples: bool,
}

/// Too many samples for one message.
#[derive(Debug, PartialEq, Eq, Error)]
#[error("the answer is longer than {most} bytes: ask for chunks, or for less")]
pub struct TooLong {
    /// The limit.
    most: usize,
}

/// The place of the length of a result, which is known once it is complete.
pub(super) struct OpenResult {
    place: usize,
    begin: usize,
}

impl Whole {
    /// An empty message that may have `most` bytes.
    pub(super) fn new(most: usize) -> Self {
        let (part, series, encoder) = (Vec::new(), Vec::new(), Encoder::new());
        let body = vec![0; LONGEST];
        Self { most, body, length: 0, part, encoder, series, has_samples: false }
    }

    /// Begins the result of the next query.
    pub(super) fn begin_result(&mut self) -> OpenResult {
        self.compress();
        // Field 1 and its length, as six bytes that are not compressed.
        self.body.extend([5 << 2, 0x0a]);
        let place = self.body.len();
        self.body.extend([0; LONGEST]);
        self.length += 1 + LONGEST;
        OpenResult { place, begin: self.length }
    }

    /// Begins a series.
    pub(super) fn begin_series(&mut self, labels: &[Label]) {
        self.series.clear();
        self.has_samples = false;
        for label in labels {
            message::encode(1, label, &mut self.series);
        }
    }

    /// Adds samples to the series.
    ///
    /// # Errors
    ///
    /// [`TooLong`]: the message would be longer than its limit.
    pub(super) fn add(&mut self, samples: &[Sample]) -> Result<(), TooLong> {
        self.has_samples |= !samples.is_empty();
        for sample in samples {
            message::encode(2, sample, &mut self.series);
        }
        let length = self.length + self.part.len() + self.series.len();
        let most = self.most;
        if length > most { Err(TooLong { most }) } else { Ok(()) }
    }

    /// Ends the series. Without samples it is only sent if `is_wanted` all the same.
    pub(super) fn end_series(&mut self, is_wanted: bool) {
        if !self.has_samples && !is_wanted {
            return;
        }
        let series = std::mem::take(&mut self.series);
        self.part.push(0x0a);
        encode_varint(series.len() as u64, &mut self.part);
        for bytes in series.chunks(PART) {
            self.part.extend(bytes);
            if self.part.len() >= PART {
                self.compress();
            }
        }
        self.series = series;
    }

    /// Ends the result.
    pub(super) fn end_result(&mut self, result: &OpenResult) {
        self.compress();
        let mut length = self.length - result.begin;
        // All bytes of the room are used: each but the last says that another one follows.
        for (index, byte) in self.body.iter_mut().skip(result.place).take(LONGEST).enumerate() {
            let [low, ..] = (length & 0x7f).to_le_bytes();
            *byte = if index + 1 < LONGEST { low | 0x80 } else { low };
            length >>= 7;
        }
    }

    /// The compressed message.
    pub(super) fn end(mut self) -> Bytes {
        self.compress();
        let mut length = Vec::new();
        encode_varint(self.length as u64, &mut length);
        let begin = LONGEST - length.len();
        self.body.splice(begin..LONGEST, length);
        Bytes::from(self.body).slice(begin..)
    }

    /// Compresses what is there. Blocks after one another are a block, but for their lengths.
    fn compress(&mut self) {
        if self.part.is_empty() {
            return;
        }
        let mut length = Vec::new();
        encode_varint(self.part.len() as u64, &mut length);
        let before = self.body.len();
        self.body.resize(before + max_compress_len(self.part.len()), 0);
        let written = self.encoder.compress(&self.part, &mut self.body[before..]);
        let written = written.expect("there is room for what is compressed");
        self.body.truncate(before + written);
        self.body.drain(before..before + length.len());
        self.length += self.part.len();
        self.part.clear();
    }
}

#[cfg(test)]
mod tests {
    use prost::Message;

    use super::super::super::wire::decompress;
    use super::super::super::wire::v1::{QueryResult, ReadResponse, TimeSeries};
    use super::*;

    fn label(name: &str, value: &str) -> Label {
        Label { name: name.to_owned(), value: value.to_owned() }
    }

    #[test]
    fn a_message_that_is_compressed_in_parts_is_the_same_message() {
        // Values that cannot be compressed, in series of which some are longer than a part.
        let mut state = 1_u64;
        let mut sample = |timestamp| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            Sample { value: f64::from_bits(state >> 2), timestamp }
        };
        let mut series = |name: &str, samples: i64| TimeSeries {
            labels: vec![label("__name__", name), label("job", "rrd")],
            samples: (0..samples).map(&mut sample).collect(),
        };
        let all = [
            vec![series("a", 1), series("b", 20_000), series("c", 3)],
            vec![],
            vec![series("d", 9000)],
        ];
        let mut whole = Whole::new(MAX_MESSAGE);
        for result in &all {
            let open = whole.begin_result();
            for series in result {
                whole.begin_series(&series.labels);
                series.samples.chunks(4096).for_each(|samples| whole.add(samples).unwrap());
                whole.end_series(false);
            }
            whole.end_result(&open);
        }
        let body = whole.end();
        let read = ReadResponse::decode(&*decompress(&body, MAX_MESSAGE).unwrap()).unwrap();
        let expected = all.map(|timeseries| QueryResult { timeseries });
        assert_eq!(read.results, expected);
    }

    #[test]
    fn a_series_without_samples_is_only_there_if_its_labels_are_wanted() {
        let mut whole = Whole::new(MAX_MESSAGE);
        let open = whole.begin_result();
        for (name, is_wanted) in [("a", false), ("b", true)] {
            whole.begin_series(&[label("__name__", name)]);
            whole.end_series(is_wanted);
        }
        whole.end_result(&open);
        let read = ReadResponse::decode(&*decompress(&whole.end(), 100).unwrap()).unwrap();
        let [series] = &*read.results[0].timeseries else { panic!("one series") };
        assert_eq!(series.labels, [label("__name__", "b")]);
        let nothing = Whole::new(MAX_MESSAGE).end();
        assert_eq!(decompress(&nothing, 0), Ok(Vec::new()));
    }

    #[test]
    fn a_message_that_becomes_too_long_is_refused() {
        let mut whole = Whole::new(1000);
        let _ = whole.begin_result();
        whole.begin_series(&[label("__name__", "a")]);
        let samples = [Sample { value: 0.1, timestamp: 1_700_000_000_000 }; 50];
        assert_eq!(whole.add(&samples), Ok(()));
        assert_eq!(
            whole.add(&samples).unwrap_err().to_string(),
            "the answer is longer than 1000 bytes: ask for chunks, or for less"
        );
    }
}
