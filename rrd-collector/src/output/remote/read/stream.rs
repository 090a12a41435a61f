//! An answer in frames with chunks, sent while the rows are read.

use hyper::body::Bytes;
use prost::Message;
use tokio::sync::mpsc::Sender;

use super::super::wire::v1::{Chunk, ChunkedReadResponse, ChunkedSeries, Label, Sample};
use super::super::wire::{frame, xor_chunk};

/// Limit on the bytes of a frame, as in Prometheus.
const MAX_FRAME: usize = 1 << 20;
/// Samples of a chunk, as in Prometheus.
const SAMPLES: usize = 120;
/// Bytes of the tag and the length of a label or chunk, and more than those.
const OVERHEAD: usize = 16;

/// Why an answer ends before it is complete.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Cut(pub(super) String);

/// Frames on their way to a client.
pub(super) struct Stream {
    frames: Sender<Result<Bytes, Cut>>,
    /// The number of the query.
    query: i64,
    labels: Vec<Label>,
    /// Samples that make no chunk yet.
    samples: Vec<Sample>,
    /// Chunks that make no frame yet, and their bytes.
    chunks: Vec<Chunk>,
    bytes: usize,
}

/// The client has left.
#[derive(Debug)]
pub(super) struct Gone;

impl Stream {
    /// No frames yet.
    pub(super) fn new(frames: Sender<Result<Bytes, Cut>>) -> Self {
        let (labels, samples, chunks) = Default::default();
        Self { frames, query: 0, labels, samples, chunks, bytes: 0 }
    }

    /// Begins a series of this query.
    pub(super) fn begin_series(&mut self, query: i64, labels: Vec<Label>) {
        (self.query, self.labels) = (query, labels);
    }

    /// Adds samples to the series.
    pub(super) async fn add(&mut self, samples: &[Sample]) -> Result<(), Gone> {
        for sample in samples {
            self.samples.push(*sample);
            if self.samples.len() == SAMPLES {
                self.end_chunk().await?;
            }
        }
        Ok(())
    }

    /// Ends the series. Without samples it is only sent if `is_wanted` all the same.
    pub(super) async fn end_series(&mut self, is_wanted: bool) -> Result<(), Gone> {
        self.end_chunk().await?;
        if self.chunks.is_empty() && !is_wanted { Ok(()) } else { self.send().await }
    }

    /// Ends the answer before it is complete.
    pub(super) async fn cut(self, reason: String) {
        let _ = self.frames.send(Err(Cut(reason))).await;
    }

    async fn end_chunk(&mut self) -> Result<(), Gone> {
        let chunk = xor_chunk(&self.samples);
        self.samples.clear();
        let Some(chunk) = chunk else { return Ok(()) };
        let bytes = chunk.encoded_len() + OVERHEAD;
        let labels: usize = self.labels.iter().map(|label| label.encoded_len() + OVERHEAD).sum();
        if !self.chunks.is_empty() && labels + self.bytes + bytes > MAX_FRAME {
            self.send().await?;
        }
        self.bytes += bytes;
        self.chunks.push(chunk);
        Ok(())
    }

    /// Sends a frame; waits while two others have not been taken.
    async fn send(&mut self) -> Result<(), Gone> {
        let chunks = std::mem::take(&mut self.chunks);
        self.bytes = 0;
        let chunked_series = vec![ChunkedSeries { labels: self.labels.clone(), chunks }];
        let message = ChunkedReadResponse { chunked_series, query_index: self.query };
        self.frames.send(Ok(frame(&message).into())).await.map_err(|_| Gone)
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::mpsc::{Receiver, channel};

    use super::*;

    fn labels() -> Vec<Label> {
        vec![Label { name: "__name__".to_owned(), value: "m".to_owned() }]
    }

    fn samples(count: u32) -> Vec<Sample> {
        let mut state = 1_u64;
        let sample = |number: u32| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            Sample { value: f64::from_bits(state >> 2), timestamp: i64::from(number) * 1000 }
        };
        (0..count).map(sample).collect()
    }

    async fn received(mut frames: Receiver<Result<Bytes, Cut>>) -> Vec<Result<Bytes, Cut>> {
        let mut received = Vec::new();
        while let Some(frame) = frames.recv().await {
            received.push(frame);
        }
        received
    }

    #[tokio::test(flavor = "current_thread")]
    async fn a_series_has_chunks_of_120_samples_in_frames_of_a_mebibyte() {
        let (sender, frames) = channel(2);
        let samples = samples(150_050);
        let all = async {
            let mut stream = Stream::new(sender);
            stream.begin_series(3, labels());
            for block in samples.chunks(4096) {
                stream.add(block).await.unwrap();
            }
            stream.end_series(false).await.unwrap();
        };
        let ((), frames) = tokio::join!(all, received(frames));
        let frames: Vec<Bytes> = frames.into_iter().collect::<Result<_, _>>().unwrap();
        let lengths: Vec<usize> = frames.iter().map(Bytes::len).collect();
        let [first, last] = *lengths else { panic!("two frames: {lengths:?}") };
        assert!(first <= MAX_FRAME && first > MAX_FRAME * 98 / 100 && last < first, "{lengths:?}");
        let all: Vec<Chunk> = samples.chunks(120).filter_map(xor_chunk).collect();
        assert_eq!(all.len(), 1251);
        let message = |bytes: &Bytes| {
            let mut rest = &**bytes;
            let length = prost::decode_length_delimiter(&mut rest).unwrap();
            assert_eq!(rest.len(), 4 + length);
            let message = ChunkedReadResponse::decode(&rest[4..]).unwrap();
            let [series] = &*message.chunked_series else { panic!("one series") };
            assert_eq!((message.query_index, &series.labels), (3, &labels()));
            series.chunks.clone()
        };
        assert_eq!(frames.iter().flat_map(message).collect::<Vec<_>>(), all);
    }

    #[tokio::test(flavor = "current_thread")]
    async fn a_client_that_leaves_ends_the_answer() {
        let (sender, frames) = channel(2);
        let mut stream = Stream::new(sender);
        for _ in 0..2 {
            stream.begin_series(0, labels());
            stream.add(&samples(10)).await.unwrap();
            stream.end_series(false).await.unwrap();
        }
        // Two frames wait, and a third one waits for the client.
        stream.begin_series(0, labels());
        stream.add(&samples(10)).await.unwrap();
        let third = stream.end_series(false);
        let leave = async {
            tokio::task::yield_now().await;
            drop(frames);
        };
        let (outcome, ()) = tokio::join!(third, leave);
        assert!(outcome.is_err());
    }

    #[tokio::test(flavor = "current_thread")]
    async fn an_answer_that_is_cut_says_so_at_its_end() {
        let (sender, frames) = channel(2);
        let mut stream = Stream::new(sender);
        stream.begin_series(0, labels());
        stream.end_series(true).await.unwrap();
        stream.begin_series(0, labels());
        stream.end_series(false).await.unwrap();
        stream.cut("too much".to_owned()).await;
        let frames = received(frames).await;
        assert_eq!(frames.len(), 2);
        assert_eq!(frames[1].as_ref().unwrap_err().to_string(), "too much");
    }
}
