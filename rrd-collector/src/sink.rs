//! Where samples are kept: one database a group, created when its first sample comes.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::PathBuf;

use rrd_core::{
    CreateError, OpenError, Reading, Rrd, Sample, SchemaError, Step, Timestamp, UpdateError,
};
use thiserror::Error;

use crate::plan::{Retention, file_name};
use crate::probe::Kind;

/// A place for samples.
pub trait Sink: Send {
    /// Keeps the values of a group at a moment.
    ///
    /// # Errors
    ///
    /// [`SinkError`]; the sample is lost, other groups are not touched.
    fn write(
        &mut self,
        at: Timestamp,
        step: Step,
        kind: &Kind,
        instance: &str,
        values: &[f64],
    ) -> Result<(), SinkError>;

    /// Brings everything that was written into the files.
    ///
    /// # Errors
    ///
    /// [`SinkError`] for the first file that refused.
    fn flush(&mut self) -> Result<(), SinkError>;
}

/// Why a sample could not be kept.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SinkError {
    /// The folder of the file could not be made.
    #[error("{}: cannot be made", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The kind makes no database.
    #[error(transparent)]
    Schema(#[from] SchemaError),
    /// The database could not be created.
    #[error(transparent)]
    Create(#[from] CreateError),
    /// The database could not be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The database has other data sources than the samples.
    #[error("{}: has other values than are sampled now ({found}); move it away to begin anew", path.display())]
    OtherShape {
        /// The file.
        path: PathBuf,
        /// The names of its data sources.
        found: String,
    },
    /// The database took no sample.
    #[error(transparent)]
    Update(#[from] UpdateError),
}

/// Databases below a folder, kept open. A sample that was taken is in its file when `write` returns.
pub struct Archives {
    folder: PathBuf,
    retention: Retention,
    kinds: HashMap<String, HashMap<String, Archive>>,
}

/// One open database, and the sample that is filled again and again.
struct Archive {
    database: Rrd,
    sample: Sample,
}

impl Archives {
    /// Databases below this folder; files that are not there are made to this retention.
    pub fn new(folder: PathBuf, retention: Retention) -> Self {
        Self { folder, retention, kinds: HashMap::new() }
    }

    fn open(
        &self,
        at: Timestamp,
        step: Step,
        kind: &Kind,
        instance: &str,
    ) -> Result<Archive, SinkError> {
        let path = self.folder.join(file_name(&kind.name, instance));
        let wanted = self.retention.schema(kind, step)?;
        let database = match Rrd::open(&path) {
            Ok(database) => {
                let names = |schema: &rrd_core::Schema| {
                    let sources = schema.sources().iter();
                    sources.map(|source| source.name.as_str().to_owned()).collect::<Vec<_>>()
                };
                let found = names(database.schema());
                if found != names(&wanted) {
                    return Err(SinkError::OtherShape { path, found: found.join(" ") });
                }
                database
            }
            Err(OpenError::Open { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                if let Some(folder) = path.parent() {
                    fs::create_dir_all(folder)
                        .map_err(|source| SinkError::Folder { path: folder.to_owned(), source })?;
                }
                let step = i64::try_from(step.seconds()).unwrap_or(i64::MAX);
                let start = Timestamp::from_seconds(at.seconds().saturating_sub(step));
                Rrd::create(&path, &wanted, start)?
            }
            Err(error) => return Err(error.into()),
        };
        Ok(Archive { database, sample: Sample { at, readings: Vec::new() } })
    }
}

impl Sink for Archives {
    fn write(
        &mut self,
        at: Timestamp,
        step: Step,
        kind: &Kind,
        instance: &str,
        values: &[f64],
    ) -> Result<(), SinkError> {
        let known = self.kinds.get(&*kind.name).is_some_and(|known| known.contains_key(instance));
        if !known {
            let archive = self.open(at, step, kind, instance)?;
            let instances = self.kinds.entry(kind.name.to_string()).or_default();
            instances.insert(instance.to_owned(), archive);
        }
        let archive = self.kinds.get_mut(&*kind.name).and_then(|known| known.get_mut(instance));
        let Some(Archive { database, sample }) = archive else { return Ok(()) };
        sample.at = at;
        sample.readings.clear();
        sample.readings.extend(values.iter().copied().map(Reading::Number));
        if let Err(error) = database.update(sample) {
            // The next sample opens the file anew: it may have been replaced, or the disk may be well again.
            if let Some(known) = self.kinds.get_mut(&*kind.name) {
                known.remove(instance);
            }
            return Err(error.into());
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), SinkError> {
        Ok(())
    }
}
