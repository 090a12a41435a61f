//! Where samples are kept: one database a group, created when its first sample comes.

use std::borrow::Cow;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use rrd_core::{
    CreateOptions, DataSource, Reading, Reshape, Rrd, Sample, Schema, SchemaError, Step, Store,
    StoreError, Timestamp, TuneFileError, Tuning,
};
use thiserror::Error;

use crate::group::names::file_name;
use crate::group::retention::Retention;
use crate::group::{Kind, Metric};

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

    /// Brings everything that was written into the files, and names those that refused, each with the reason.
    fn flush(&mut self) -> Vec<(String, SinkError)>;
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
    /// The database lacks data sources of the samples and cannot be given them.
    #[error("{}: cannot be widened", path.display())]
    Widen {
        /// The file.
        path: PathBuf,
        /// What stands against it.
        source: Box<TuneFileError>,
    },
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
    /// Where each data source finds its value in those of the group; nowhere if it is not sampled any more.
    places: Vec<Option<usize>>,
    /// The metrics, where they are not known at compile time.
    described: Option<Vec<Metric>>,
}

impl Known {
    /// Whether the metrics of the group are still those that the places were found for. Only programs change theirs.
    fn is_of(&self, kind: &Kind) -> bool {
        match (&self.described, &kind.metrics) {
            (Some(before), Cow::Owned(now)) => before == now,
            _ => true,
        }
    }
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
        let places = match self.store.head(&name) {
            Ok(head) => {
                let schema = self.widened(&name, head.schema, &wanted)?;
                let metrics = names(&wanted);
                let place = |name: &&str| metrics.iter().position(|metric| metric == name);
                names(&schema).iter().map(place).collect()
            }
            Err(error) if error.is_not_found() => {
                let step = i64::try_from(step.seconds()).unwrap_or(i64::MAX);
                let start = Timestamp::from_seconds(at.seconds().saturating_sub(step));
                self.store.create(&name, &wanted, start, CreateOptions::new())?;
                (0..wanted.sources().len()).map(Some).collect()
            }
            Err(error) => return Err(error.into()),
        };
        let described = match &kind.metrics {
            Cow::Owned(metrics) => Some(metrics.clone()),
            Cow::Borrowed(_) => None,
        };
        Ok(Known { name, sample: Sample { at, readings: Vec::new() }, places, described })
    }

    /// The schema of a database after it got the data sources that the group has and it has not. A database that has none of
    /// the group's is another thing and is left alone.
    fn widened(&self, name: &str, found: Schema, wanted: &Schema) -> Result<Schema, SinkError> {
        let path = self.store.folder().join(name);
        let has = |source: &&DataSource| names(&found).contains(&source.name.as_str());
        if !wanted.sources().iter().any(|source| has(&source)) {
            return Err(SinkError::OtherShape { path, found: names(&found).join(" ") });
        }
        let mut reshape = Reshape::new();
        for source in wanted.sources().iter().filter(|source| !has(source)) {
            reshape = reshape.add_source(source.clone());
        }
        if reshape.is_empty() {
            return Ok(found);
        }
        // The store must not write what it remembers over the new file.
        self.store.flush(name)?;
        self.store.forget(name)?;
        let mut rrd = Rrd::open(&path).map_err(StoreError::Open)?;
        let tuned = Tuning::new().reshape(reshape).apply(&mut rrd);
        tuned.map_err(|source| SinkError::Widen { path, source: Box::new(source) })?;
        Ok(rrd.schema().clone())
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
        let is_known = |instances: &HashMap<String, Known>| {
            instances.get(instance).is_some_and(|known| known.is_of(kind))
        };
        if !self.kinds.get(&*kind.name).is_some_and(is_known) {
            let known = self.prepare(at, step, kind, instance)?;
            let instances = self.kinds.entry(kind.name.to_string()).or_default();
            instances.insert(instance.to_owned(), known);
        }
        let known = self.kinds.get_mut(&*kind.name).and_then(|known| known.get_mut(instance));
        let Some(Known { name, sample, places, .. }) = known else { return Ok(()) };
        let value = |place: &Option<usize>| place.and_then(|place| values.get(place));
        sample.at = at;
        sample.readings.clear();
        sample.readings.extend(
            places.iter().map(|place| Reading::Number(value(place).copied().unwrap_or(f64::NAN))),
        );
        if let Err(error) = self.store.update(name, sample) {
            // The next sample looks anew: the file may have been removed or replaced.
            if let Some(known) = self.kinds.get_mut(&*kind.name) {
                known.remove(instance);
            }
            return Err(error.into());
        }
        Ok(())
    }

    fn flush(&mut self) -> Vec<(String, SinkError)> {
        let failed = self.store.flush_all().failed;
        failed.into_iter().map(|(name, error)| (name, error.into())).collect()
    }
}

#[cfg(test)]
mod tests {
    use rrd_core::{ConsolidationFunction, FetchRequest, RrdReader, StoreOptions, TimeRange};

    use super::*;
    use crate::group::Unit;
    use crate::source::host::LOAD;

    fn sink(folder: &std::path::Path) -> StoreSink {
        let store = Store::open(folder, StoreOptions::default()).unwrap();
        StoreSink::new(Arc::new(store), Retention::default())
    }

    fn second_step() -> Step {
        Step::from_seconds(1).unwrap()
    }

    #[test]
    fn what_was_written_is_in_the_file_after_a_flush() {
        let folder = tempfile::tempdir().unwrap();
        let mut sink = sink(folder.path());
        let at = Timestamp::from_seconds(1_700_000_000);
        sink.write(at, second_step(), &LOAD, "", &[0.5, 0.25, 0.125, 1.0, 100.0, 0.125]).unwrap();
        assert!(sink.flush().is_empty());
        let reader = RrdReader::open(folder.path().join("load.rrd")).unwrap();
        assert_eq!(reader.last_update(), at);
    }

    #[test]
    fn a_group_that_gains_and_loses_values_keeps_its_file() {
        let kind = |names: &[&'static str]| {
            let metrics: Vec<Metric> =
                names.iter().map(|name| Metric::new(name, Unit::Any, "")).collect();
            Kind { metrics: metrics.into(), ..Kind::new("munin", "", &[]) }
        };
        let folder = tempfile::tempdir().unwrap();
        let at = |second: i64| Timestamp::from_seconds(1_700_000_000 + second);
        let mut first = sink(folder.path());
        for second in 0..3 {
            first.write(at(second), second_step(), &kind(&["a", "b"]), "df", &[1.0, 2.0]).unwrap();
        }
        let wider = kind(&["c", "b"]);
        for second in 3..6 {
            first.write(at(second), second_step(), &wider, "df", &[3.0, 2.0]).unwrap();
        }
        assert!(first.flush().is_empty());
        let reader = RrdReader::open(folder.path().join("munin/df.rrd")).unwrap();
        let series = reader.fetch(&FetchRequest::new(
            ConsolidationFunction::Average,
            TimeRange::from_seconds(1_700_000_000, 1_700_000_005),
        ));
        let series = series.unwrap();
        assert_eq!(series.names(), ["a", "b", "c"]);
        let rows: Vec<String> = series.rows().map(|(_, row)| format!("{row:?}")).collect();
        assert_eq!(rows[0], "[1.0, 2.0, NaN]");
        assert_eq!(rows[4], "[NaN, 2.0, 3.0]");
    }

    #[test]
    fn a_file_with_other_values_is_left_alone_and_told() {
        let folder = tempfile::tempdir().unwrap();
        let at = Timestamp::from_seconds(1_700_000_000);
        let schema = Schema::builder(second_step())
            .gauge("old", rrd_core::Heartbeat::from_seconds(5))
            .average(0.5, 1, 10);
        rrd_core::Rrd::create(folder.path().join("load.rrd"), &schema.build().unwrap(), at)
            .unwrap();
        let error = sink(folder.path())
            .write(Timestamp::from_seconds(1_700_000_001), second_step(), &LOAD, "", &[0.0; 6])
            .unwrap_err();
        assert!(matches!(error, SinkError::OtherShape { found, .. } if found == "old"));
    }
}
