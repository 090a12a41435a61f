//! `export`: what the data folder holds, as text that other engines import, under the names of
//! `/metrics`. The folder may be one that a daemon writes to.

use std::collections::HashMap;
use std::io::{self, Write};

use rrd_core::{TimeZone, Timestamp};
use rrd_graph::export::{
    Described, HistoryError, HistoryRequest, RequestError, SampleFormat, Watcher, WriteError,
};
use thiserror::Error;

use crate::config::Config;
use crate::fault::chain;
use crate::group::NamesFileError;
use crate::output::names::{SeriesNames, host_labels};
use crate::source::kinds;
use crate::store::archives::{ArchiveError, Archives};

/// Why the history is not exported, or not all of it.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The request is not possible.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// The groups cannot be listed.
    #[error(transparent)]
    Archives(#[from] ArchiveError),
    /// What series are called cannot be read.
    #[error(transparent)]
    Names(#[from] NamesFileError),
    /// A file cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// Standard output cannot be written.
    #[error("writing standard output")]
    Output(#[source] io::Error),
    /// There is nothing to export.
    #[error("no archives in {0}")]
    Nothing(String),
    /// Some files were left out.
    #[error("{failed} of {files} archives were not exported, or not all of their rows")]
    NotAll {
        /// The number of these.
        failed: usize,
        /// The number of files.
        files: usize,
    },
}

/// Where an export goes and what it says meanwhile.
pub struct Streams<'a> {
    /// Standard output.
    pub out: &'a mut dyn Write,
    /// Standard error.
    pub errors: &'a mut dyn Write,
    /// Whether standard error is a terminal, which shows the progress.
    pub has_terminal: bool,
}

/// Exports all archives of the data folder at `now`.
///
/// # Errors
///
/// [`ExportError`]. All that could be read is exported even if some archives could not.
pub fn export(
    config: &Config,
    format: SampleFormat,
    request: &HistoryRequest,
    now: Timestamp,
    streams: Streams<'_>,
) -> Result<(), ExportError> {
    let texts = request.files()?;
    let mut history = request.history(format, now, &TimeZone::system())?;
    let Streams { out, errors, has_terminal } = streams;
    let has_progress = has_terminal && texts.is_some();
    let mut shown = Shown { errors, failed: 0, has_progress, percent: None };
    let names = SeriesNames::read(&config.data)?;
    let host = host_labels(&config.host_name);
    let help = explanations();
    let groups = Archives::Folder(config.data.clone()).groups()?;
    if groups.is_empty() {
        return Err(ExportError::Nothing(config.data.display().to_string()));
    }
    for group in &groups {
        let describe = |source: &str| {
            let name = request.labelled(names.of(group, source)).with(host.iter().cloned());
            let help = help.get(&(group.kind(), source)).copied().unwrap_or_default();
            Some(Described { name, help: help.to_owned() })
        };
        let file = config.data.join(group.file_name());
        if let Err(error) = history.add(&file, request.functions(), describe) {
            shown.failed(&error);
        }
    }
    let name = config.host_name.as_str();
    let written = match texts {
        None => {
            let written = history.write(out, &mut shown).and_then(|written| {
                out.flush()?;
                Ok(written)
            });
            written.map_err(ExportError::Output)?
        }
        Some(texts) => history.write_files(texts, name, &mut shown)?,
    };
    shown.clear();
    // If the stream is closed, nobody can read it.
    drop(shown.errors.write_all(written.report(format, texts, name).as_bytes()));
    match shown.failed {
        0 => Ok(()),
        failed => Err(ExportError::NotAll { failed, files: groups.len() }),
    }
}

/// What metrics mean, by their kinds and names, as far as that is known in advance.
fn explanations() -> HashMap<(&'static str, &'static str), &'static str> {
    let metrics = kinds().flat_map(|kind| {
        kind.metrics.iter().map(|metric| ((&*kind.name, &*metric.name), &*metric.help))
    });
    metrics.collect()
}

/// Shows what happens on standard error.
struct Shown<'a> {
    errors: &'a mut dyn Write,
    failed: usize,
    has_progress: bool,
    /// What a line of the terminal shows.
    percent: Option<usize>,
}

impl Shown<'_> {
    /// Makes room for another line.
    fn clear(&mut self) {
        if self.percent.take().is_some() {
            drop(write!(self.errors, "\r\x1b[K"));
        }
    }
}

impl Watcher for Shown<'_> {
    fn failed(&mut self, error: &HistoryError) {
        self.clear();
        self.failed += 1;
        drop(writeln!(self.errors, "rrd-collector: {}", chain(error)));
    }

    fn progress(&mut self, done: usize, all: usize) {
        let percent = done * 100 / all.max(1);
        if self.has_progress && self.percent != Some(percent) {
            self.percent = Some(percent);
            drop(write!(self.errors, "\r{percent} % written"));
        }
    }
}
