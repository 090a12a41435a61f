//! Reads the rows of the series that queries mean, and writes the answer.

use std::iter;

use hyper::body::Bytes;
use rrd_core::Series;
use thiserror::Error;
use tokio::sync::mpsc::{Receiver, channel};
use tokio::sync::oneshot;
use tokio::task::yield_now;

use super::super::wire::v1::Sample;
use super::plan::Purpose;
use super::request::{Form, ReadQueries, ReadQuery, RequestError};
use super::sampling::Sampling;
use super::search::{Found, Sources, sampling};
use super::settings::ReadSettings;
use super::stream::{Cut, Gone, Stream};
use super::whole::{MAX_MESSAGE, TooLong, Whole};

/// Frames that wait for the client.
const MAX_WAITING: usize = 2;

/// An answer.
#[derive(Debug)]
pub enum ReadAnswer {
    /// All samples, compressed.
    Samples(Bytes),
    /// The frames, as they are made. The last one may say that the answer is not complete.
    Chunks(Receiver<Result<Bytes, Cut>>),
}

/// Why there is no answer.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The request cannot be answered.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// It asks for too much.
    #[error(
        "query asks for {samples} samples, at most {most}: ask for a shorter time, a longer step \
         or fewer series"
    )]
    ManySamples {
        /// The samples that it asks for.
        samples: u64,
        /// The limit.
        most: u64,
    },
    /// The answer does not fit into one message.
    #[error(transparent)]
    Long(#[from] TooLong),
    /// Too many queries are waiting.
    #[error("too many queries at the same time: ask again in a second")]
    Busy,
    /// There is no thread to answer it.
    #[error("the answer failed")]
    Failed,
}

/// Where the answer goes, or why there is none.
pub(super) type Reply = oneshot::Sender<Result<ReadAnswer, ReadError>>;

/// Answers the request in this body. Other tasks of the thread have their turn between any two
/// blocks of rows.
pub(super) async fn answer(sources: &Sources, settings: ReadSettings, body: &[u8], reply: Reply) {
    let queries = match prepare(sources, settings, body).await {
        Ok(queries) => queries,
        Err(error) => return drop(reply.send(Err(error))),
    };
    let reading = Reading { sources, settings, count: 0 };
    match queries.form {
        Form::Samples => reading.write_message(queries.queries, reply).await,
        Form::Chunks => {
            let (sender, frames) = channel(MAX_WAITING);
            if reply.send(Ok(ReadAnswer::Chunks(frames))).is_ok() {
                reading.write_frames(queries.queries, Stream::new(sender)).await;
            }
        }
    }
}

/// What will be read.
struct Prepared {
    form: Form,
    queries: Vec<(ReadQuery, Vec<Found>)>,
}

/// Finds the series of all queries, before any row is read.
async fn prepare(
    sources: &Sources,
    settings: ReadSettings,
    body: &[u8],
) -> Result<Prepared, ReadError> {
    let ReadQueries { form, queries } = ReadQueries::read(body)?;
    let mut prepared = Vec::new();
    let mut samples: u64 = 0;
    for query in queries {
        let found = sources.search(&query, settings.densify).await;
        if query.plan.purpose() != Purpose::Labels {
            samples = found.iter().fold(samples, |sum, found| sum.saturating_add(found.most));
        }
        check(samples, settings.max_samples)?;
        prepared.push((query, found));
    }
    Ok(Prepared { form, queries: prepared })
}

fn check(samples: u64, most: u64) -> Result<(), ReadError> {
    if samples > most { Err(ReadError::ManySamples { samples, most }) } else { Ok(()) }
}

/// The rows that are read for a request.
struct Reading<'a> {
    sources: &'a Sources,
    settings: ReadSettings,
    /// The samples so far.
    count: u64,
}

impl Reading<'_> {
    async fn write_message(mut self, queries: Vec<(ReadQuery, Vec<Found>)>, reply: Reply) {
        let mut message = Whole::new(MAX_MESSAGE);
        for (query, found) in queries {
            let result = message.begin_result();
            for series in found {
                message.begin_series(&series.labels);
                for samples in self.samples(&query, &series) {
                    let added = self.count(&samples).and_then(|()| Ok(message.add(&samples)?));
                    if let Err(error) = added {
                        return drop(reply.send(Err(error)));
                    }
                    yield_now().await;
                    if reply.is_closed() {
                        return;
                    }
                }
                message.end_series(query.plan.purpose() == Purpose::Labels);
            }
            message.end_result(&result);
        }
        drop(reply.send(Ok(ReadAnswer::Samples(message.end()))));
    }

    async fn write_frames(mut self, queries: Vec<(ReadQuery, Vec<Found>)>, mut frames: Stream) {
        for (number, (query, found)) in (0..).zip(queries) {
            for series in found {
                frames.begin_series(number, series.labels.clone());
                for samples in self.samples(&query, &series) {
                    if let Err(error) = self.count(&samples) {
                        return frames.cut(error.to_string()).await;
                    }
                    if let Err(Gone) = frames.add(&samples).await {
                        return;
                    }
                    yield_now().await;
                }
                let is_wanted = query.plan.purpose() == Purpose::Labels;
                if let Err(Gone) = frames.end_series(is_wanted).await {
                    return;
                }
            }
        }
    }

    fn count(&mut self, samples: &[Sample]) -> Result<(), ReadError> {
        self.count = self.count.saturating_add(samples.len() as u64);
        check(self.count, self.settings.max_samples)
    }
}

impl<'a> Reading<'a> {
    /// The samples of a series, block by block. They end early if its file cannot be read, which is
    /// reported.
    fn samples<'s>(
        &self,
        query: &ReadQuery,
        series: &'s Found,
    ) -> impl Iterator<Item = Vec<Sample>> + use<'a, 's> {
        let sources = self.sources;
        let mut sampling = sampling(query, self.settings.densify);
        let is_wanted = query.plan.purpose() != Purpose::Labels;
        let collection = sources.collections.get(series.collection).filter(|_| is_wanted);
        let rows = collection.map(|from| from.archives().joined(&series.path, &series.request));
        let (rows, error) = match rows.transpose() {
            Ok(rows) => (rows, None),
            Err(error) => (None, Some(error)),
        };
        let mut blocks = error.map(Err).into_iter().chain(rows.into_iter().flatten());
        iter::from_fn(move || {
            let outcome = match blocks.next() {
                Some(Ok(block)) => return Some(samples_of(&block, &series.source, &mut sampling)),
                Some(Err(error)) => Err(error),
                None => Ok(()),
            };
            sources.note(&series.path, &outcome);
            None
        })
    }
}

/// The samples of a data source in a block of rows.
fn samples_of(block: &Series, source: &str, sampling: &mut Sampling) -> Vec<Sample> {
    let mut samples = Vec::new();
    let column = block.names().iter().position(|name| name == source);
    for (end, row) in block.kept_rows() {
        if let Some(value) = column.and_then(|column| row.get(column)) {
            sampling.row(end.seconds(), block.step().seconds(), *value, &mut samples);
        }
    }
    samples
}

#[cfg(test)]
mod tests;
