//! Where samples are kept: one database a group, created when its first sample comes.

use std::collections::HashMap;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use rrd_core::{
    CreateOptions, OpenError, Overwrite, Reading, Sample, Schema, SchemaError, Step, Store,
    StoreError, Timestamp,
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
    /// The kind makes no database.
    #[error(transparent)]
    Schema(#[from] SchemaError),
    /// The store refused.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The database has other data sources than the samples.
    #[error("{}: has other values than are sampled now ({found}); move it away to begin anew", path.display())]
    OtherShape {
        /// The file.
        path: PathBuf,
        /// The names of its data sources.
        found: String,
    },
}

/// The store of the daemon. A sample survives `kill -9` when `write` returns, and is in its file after the next `flush`.
pub struct StoreSink {
    store: Arc<Store>,
    retention: Retention,
    kinds: HashMap<String, HashMap<String, Known>>,
}

/// A group whose database is there, and the sample that is filled again and again.
struct Known {
    name: String,
    sample: Sample,
}

impl StoreSink {
    /// Databases of this store; those that are not there are made to this retention.
    pub fn new(store: Arc<Store>, retention: Retention) -> Self {
        Self { store, retention, kinds: HashMap::new() }
    }

    /// Makes sure that the group has its database.
    fn prepare(
        &self,
        at: Timestamp,
        step: Step,
        kind: &Kind,
        instance: &str,
    ) -> Result<Known, SinkError> {
        let file = file_name(&kind.name, instance);
        let name = file.to_string_lossy().into_owned();
        let wanted = self.retention.schema(kind, step)?;
        match self.store.head(&name) {
            Ok(head) => {
                let found = names(&head.schema);
                if found != names(&wanted) {
                    let path = self.store.folder().join(file);
                    return Err(SinkError::OtherShape { path, found: found.join(" ") });
                }
            }
            Err(StoreError::Open(OpenError::Open { source, .. }))
                if source.kind() == io::ErrorKind::NotFound =>
            {
                let step = i64::try_from(step.seconds()).unwrap_or(i64::MAX);
                let start = Timestamp::from_seconds(at.seconds().saturating_sub(step));
                let mut options = CreateOptions::default();
                options.overwrite = Overwrite::No;
                self.store.create(&name, &wanted, start, options)?;
            }
            Err(error) => return Err(error.into()),
        }
        Ok(Known { name, sample: Sample { at, readings: Vec::new() } })
    }
}

fn names(schema: &Schema) -> Vec<&str> {
    schema.sources().iter().map(|source| source.name.as_str()).collect()
}

impl Sink for StoreSink {
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
            let known = self.prepare(at, step, kind, instance)?;
            let instances = self.kinds.entry(kind.name.to_string()).or_default();
            instances.insert(instance.to_owned(), known);
        }
        let known = self.kinds.get_mut(&*kind.name).and_then(|known| known.get_mut(instance));
        let Some(Known { name, sample }) = known else { return Ok(()) };
        sample.at = at;
        sample.readings.clear();
        sample.readings.extend(values.iter().copied().map(Reading::Number));
        if let Err(error) = self.store.update(name, sample) {
            // The next sample looks anew: the file may have been removed or replaced.
            if let Some(known) = self.kinds.get_mut(&*kind.name) {
                known.remove(instance);
            }
            return Err(error.into());
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), SinkError> {
        match self.store.flush_all().failed.into_iter().next() {
            Some((_, error)) => Err(error.into()),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use rrd_core::{RrdReader, StoreOptions};

    use super::*;
    use crate::probe::LOAD;

    fn sink(folder: &std::path::Path) -> StoreSink {
        let store = Store::open(folder, StoreOptions::default()).unwrap();
        StoreSink::new(Arc::new(store), Retention::default())
    }

    fn second() -> Step {
        Step::from_seconds(1).unwrap()
    }

    #[test]
    fn what_was_written_is_in_the_file_after_a_flush() {
        let folder = tempfile::tempdir().unwrap();
        let mut sink = sink(folder.path());
        let at = Timestamp::from_seconds(1_700_000_000);
        sink.write(at, second(), &LOAD, "", &[0.5, 0.25, 0.125, 1.0, 100.0]).unwrap();
        sink.flush().unwrap();
        let reader = RrdReader::open(folder.path().join("load.rrd")).unwrap();
        assert_eq!(reader.last_update(), at);
    }

    #[test]
    fn a_file_with_other_values_is_left_alone_and_told() {
        let folder = tempfile::tempdir().unwrap();
        let at = Timestamp::from_seconds(1_700_000_000);
        let schema =
            Schema::builder(second()).gauge("old", rrd_core::Heartbeat(5)).average(0.5, 1, 10);
        rrd_core::Rrd::create(folder.path().join("load.rrd"), &schema.build().unwrap(), at)
            .unwrap();
        let error = sink(folder.path())
            .write(Timestamp::from_seconds(1_700_000_001), second(), &LOAD, "", &[0.0; 5])
            .unwrap_err();
        assert!(matches!(error, SinkError::OtherShape { found, .. } if found == "old"));
    }
}
