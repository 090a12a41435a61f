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
