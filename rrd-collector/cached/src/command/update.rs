//! `UPDATE`: values into the journal of the store, from where they reach their file.

use std::sync::atomic::Ordering;

use rrd_core::{
    Backlog, Sample, SampleError, StoreBatchError, StoreError, StoreFile, Timestamp, UpdateError,
};

use super::failure::failure;
use super::file;
use crate::grammar::{Answer, Value, Verb, Words, typed_seconds};
use crate::names;
use crate::server::Server;

/// So many values of a line are applied together.
const MOST: usize = 256;

/// Buffers with more than this stay with no connection.
const KEPT: usize = 16;

/// Samples of a line, whose memory is used again for the next.
#[derive(Debug, Default)]
pub(crate) struct Samples {
    samples: Vec<Sample>,
    count: usize,
}

impl Samples {
    /// Adds the sample of a value.
    #[inline]
    fn push(&mut self, value: &Value<'_>) {
        if self.count == self.samples.len() {
            self.samples.push(Sample { at: Timestamp::default(), readings: Vec::new() });
        }
        if let Some(sample) = self.samples.get_mut(self.count) {
            value.read_into(sample);
            self.count += 1;
        }
    }

    fn filled(&self) -> &[Sample] {
        self.samples.get(..self.count).unwrap_or_default()
    }

    /// Keeps only what the lines of most clients need.
    fn shrink(&mut self) {
        let large = |sample: &Sample| sample.readings.capacity() > KEPT;
        if self.samples.len() > KEPT || self.samples.iter().any(large) {
            *self = Self::default();
        }
    }
}

/// Accepts the values of a line: they survive a kill when this returns. Returns how many.
///
/// A value that the file cannot take costs only itself, while one that is not later than the last
/// one ends the line, as it does for rrdcached.
///
/// # Errors
///
/// The answer for the first value that was refused; others of the line may have been accepted.
pub(crate) fn update(
    server: &Server,
    mut words: Words<'_>,
    samples: &mut Samples,
) -> Result<u64, Answer> {
    let name = words.next().ok_or_else(|| Answer::usage(Verb::Update))?;
    server.statistics.updates_received.fetch_add(1, Ordering::Relaxed);
    let used = if server.permits(&name) {
        server.store.file_used_lately(names::path(&name))
    } else {
        None
    };
    let file = match used {
        Some(file) => file,
        None => file::open(server, &name)?,
    };
    let mut line = Line { server, name: &name, file, accepted: 0, fault: None };
    let end = line.run(words, samples);
    samples.shrink();
    let Line { accepted, fault, .. } = line;
    match fault.or(end) {
        Some(answer) => Err(answer),
        None if accepted == 0 => Err(Answer::failure("No values updated.")),
        None => Ok(accepted),
    }
}

/// A line at work.
struct Line<'a> {
    server: &'a Server,
    name: &'a [u8],
    file: StoreFile,
    accepted: u64,
    /// The answer for the first value that was skipped.
    fault: Option<Answer>,
}

impl Line<'_> {
    /// Applies the values; returns why the line ended before all were looked at.
    fn run(&mut self, mut words: Words<'_>, samples: &mut Samples) -> Option<Answer> {
        loop {
            samples.count = 0;
            let (begin, mut end) = (words.clone(), None);
            let mut is_last = true;
            for text in words.by_ref() {
                let Some(value) = Value::parse(&text) else {
                    let text = [b"Cannot find timestamp in '", &*text, b"'!"].concat();
                    end = Some(Answer::failure(text));
                    break;
                };
                samples.push(&value);
                if samples.count == MOST {
                    is_last = false;
                    break;
                }
            }
            if let Some(answer) = self.apply(samples.filled(), &begin) {
                return Some(answer);
            }
            if end.is_some() {
                self.count_refused();
            }
            if is_last {
                return end;
            }
        }
    }

    /// Applies samples, whose texts are `words`; returns why the line ends before their end.
    fn apply(&mut self, samples: &[Sample], words: &Words<'_>) -> Option<Answer> {
        let mut done = 0;
        while let Some(rest) = samples.get(done..).filter(|rest| !rest.is_empty()) {
            let StoreBatchError { applied, backlog, source, .. } =
                match self.server.store.update_file(&self.file, rest) {
                    Ok(backlog) => {
                        self.accept(rest.len(), backlog);
                        return None;
                    }
                    Err(error) => error,
                };
            if applied > 0 {
                self.accept(applied, backlog);
            }
            done += applied + 1;
            self.count_refused();
            let text = words.clone().nth(done - 1).unwrap_or_default();
            let value = Value::parse(&text)?;
            match self.explain(&value, *source) {
                Refusal::Value(answer) => drop(self.fault.get_or_insert(answer)),
                Refusal::Line(answer) => return Some(answer),
            }
        }
        None
    }

    fn accept(&mut self, count: usize, backlog: Backlog) {
        self.accepted += u64::try_from(count).unwrap_or(u64::MAX);
        self.server.write_back.note(&self.file, backlog);
    }

    fn count_refused(&self) {
        self.server.statistics.updates_failed.fetch_add(1, Ordering::Relaxed);
    }

    fn explain(&self, value: &Value<'_>, error: StoreError) -> Refusal {
        let path = || self.server.path_of(self.name);
        let readings = |text: String| {
            Refusal::Value(Answer::failure(format!("RRD Error: {}: {text}", path().display())))
        };
        match error {
            StoreError::Update(UpdateError::Sample {
                source: SampleError::Past { last_update, .. },
                ..
            }) => {
                let (time, last) = (value.seconds(), typed_seconds(last_update));
                let text = format!(
                    "illegal attempt to update using time {time:.6} when last update time is \
                     {last:.6} (minimum one second step)"
                );
                self.server.past_log.warn(|| format!("{}: {text}", path().display()));
                Refusal::Line(Answer::failure(text))
            }
            StoreError::Update(UpdateError::Sample {
                source: SampleError::Readings { expected, found, .. },
                ..
            }) => match value.after(expected) {
                Some(rest) => readings(format!(
                    "found extra data on update argument: {}",
                    String::from_utf8_lossy(rest)
                )),
                None => readings(format!(
                    "expected {expected} data source readings (got {found}) from {}",
                    String::from_utf8_lossy(value.time)
                )),
            },
            error @ (StoreError::Update(UpdateError::Sample { .. })
            | StoreError::TooLong { .. }) => Refusal::Value(failure(self.server, &path(), error)),
            error => Refusal::Line(file::cannot_update(self.server, &path(), error)),
        }
    }
}

/// What a refused value costs, with the answer.
enum Refusal {
    /// Itself.
    Value(Answer),
    /// The rest of the line.
    Line(Answer),
}
