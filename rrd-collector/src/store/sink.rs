//! Stores samples: one database per group, created with its first sample.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use rrd_core::{
    CreateOptions, DataSource, Reading, Reshape, Rrd, Sample, Schema, SchemaError, Step, Store,
    StoreError, Timestamp, TuneFileError, Tuning,
};
use thiserror::Error;

use crate::group::retention::Retention;
use crate::group::{FullNames, FullNamesError, GroupId, GroupKey, Kind, Metric, old_file_name};

/// A destination for samples.
pub trait Sink: Send {
    /// Stores the values of a group at a time.
    ///
    /// # Errors
    ///
    /// [`SinkError`]; the sample is lost, other groups are not affected.
    fn write(
        &mut self,
        at: Timestamp,
        step: Step,
        kind: &Kind,
        instance: &str,
        values: &[f64],
    ) -> Result<(), SinkError>;

    /// Writes all pending samples to the files, and returns the files that failed with the reasons.
    fn flush(&mut self) -> Vec<(String, SinkError)>;
}

/// Why a sample could not be stored.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SinkError {
    /// The kind is not a valid database.
    #[error(transparent)]
    Schema(#[from] SchemaError),
    /// The store refused the sample.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The full name of a group cannot be kept.
    #[error(transparent)]
    FullNames(#[from] FullNamesError),
    /// The file of an earlier version cannot be taken over.
    #[error("cannot rename {} to {}", path.display(), to.display())]
    Rename {
        /// The file.
        path: PathBuf,
        /// Its new name.
        to: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The database lacks data sources of the samples, and they cannot be added.
    #[error("{}: cannot be widened", path.display())]
    Widen {
        /// The file.
        path: PathBuf,
        /// The reason.
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

/// The store of the daemon. A sample survives `kill -9` when `write` returns, and is in its file
/// after the next `flush`.
pub struct StoreSink {
    store: Arc<Store>,
    retention: Retention,
    groups: HashMap<GroupId, Known>,
    /// `names.json`, read when a name has to be shortened for the first time.
    full_names: Option<FullNames>,
    /// Which groups an earlier version may have kept in one file, by the name of that.
    claims: HashMap<String, Vec<GroupId>>,
}

/// A group whose database exists, and a reused sample.
struct Known {
    name: String,
    sample: Sample,
    /// For each data source the index of its value in the group; `None` if it is no longer sampled.
    places: Vec<Option<usize>>,
    /// The metrics, unless they are known at compile time.
    described: Option<Vec<Metric>>,
}

impl Known {
    /// Whether the metrics of the group are still those for which the indices were computed. Only
    /// metrics of programs change.
    fn is_of(&self, kind: &Kind) -> bool {
        match (&self.described, &kind.metrics) {
            (Some(before), Cow::Owned(now)) => before == now,
            _ => true,
        }
    }
}

impl StoreSink {
    /// Databases of this store; missing ones are created with this retention.
    pub fn new(store: Arc<Store>, retention: Retention) -> Self {
        let (groups, claims) = (HashMap::new(), HashMap::new());
        Self { store, retention, groups, full_names: None, claims }
    }

    /// Makes sure that the group has its database; `None` while it is not clear whether it has one
    /// of an earlier version.
    fn prepare(
        &mut self,
        at: Timestamp,
        step: Step,
        kind: &Kind,
        group: &GroupId,
    ) -> Result<Option<Known>, SinkError> {
        let name = group.file_name();
        if group.is_shortened() {
            // Before the file is there: nobody could tell later whose it is.
            let full_names = match self.full_names.take() {
                Some(names) => names,
                None => FullNames::read(self.store.folder())?,
            };
            self.full_names.insert(full_names).keep(&name, group)?;
        }
        if !self.take_over(group, &name)? {
            return Ok(None);
        }
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
        let sample = Sample { at, readings: Vec::new() };
        Ok(Some(Known { name, sample, places, described }))
    }

    /// Gives the group the file that an earlier version kept it in, if that had another name and no
    /// other group was in it.
    ///
    /// Whether one was is known when every group of a source has been there once. So the first
    /// sample after a change of version decides nothing, and `false` is returned.
    fn take_over(&mut self, group: &GroupId, name: &str) -> Result<bool, SinkError> {
        let Some(old) = old_file_name(group) else { return Ok(true) };
        let folder = self.store.folder();
        let (from, to) = (folder.join(&old), folder.join(name));
        if to.exists() || !from.exists() {
            return Ok(true);
        }
        let claims = self.claims.entry(old.clone()).or_default();
        if !claims.contains(group) {
            claims.push(group.clone());
            return Ok(false);
        }
        let is_of_another = claims.len() > 1 || self.groups.values().any(|known| known.name == old);
        if is_of_another {
            // Each of them comes here, and the first one reports it.
            if claims.first() == Some(group) {
                log::warn!(
                    "{old} may have samples of several groups, {group} among them: left as it is, \
                     each of them begins a file of its own"
                );
            }
        } else {
            self.store.flush(&old)?;
            self.store.forget(&old)?;
            std::fs::rename(&from, &to).map_err(|source| SinkError::Rename {
                path: from,
                to,
                source,
            })?;
            log::info!("{old} is renamed to {name}");
        }
        Ok(true)
    }

    /// The schema of a database after adding the data sources that the group has and the database
    /// lacks. A database without any of the group's data sources is something else and is left
    /// alone.
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
        // The store must not write its cached state over the new file.
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
        let key: &dyn GroupKey = &(&*kind.name, instance);
        if !self.groups.get(key).is_some_and(|known| known.is_of(kind)) {
            let group = GroupId::of(kind, instance);
            let Some(known) = self.prepare(at, step, kind, &group)? else { return Ok(()) };
            self.groups.insert(group, known);
        }
        let known = self.groups.get_mut(key);
        let Some(Known { name, sample, places, .. }) = known else { return Ok(()) };
        let value = |place: &Option<usize>| place.and_then(|place| values.get(place));
        sample.at = at;
        sample.readings.clear();
        sample.readings.extend(
            places.iter().map(|place| Reading::Number(value(place).copied().unwrap_or(f64::NAN))),
        );
        if let Err(error) = self.store.update(name, sample) {
            // The next sample looks again: the file may have been removed or replaced.
            self.groups.remove(key);
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

    use std::fs;

    use super::*;
    use crate::group::Unit;
    use crate::source::host::LOAD;
    use crate::source::textfile::TEXTFILE;

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

    /// Instances whose names agree in their first 240 bytes.
    fn long_names() -> [String; 2] {
        ["a", "b"].map(|end| format!("{}{end}", "x".repeat(260)))
    }

    fn write_at(sink: &mut StoreSink, instance: &str, second: i64, value: f64) {
        let at = Timestamp::from_seconds(1_700_000_000 + second);
        sink.write(at, second_step(), &TEXTFILE, instance, &[value]).unwrap();
    }

    /// The newest values of the databases of text files, by their names.
    fn stored_values(folder: &std::path::Path) -> Vec<(String, f64)> {
        let stored = crate::store::archives::stored(folder, "textfile").unwrap();
        let newest = |path| {
            let reader = RrdReader::open(path).unwrap();
            let end = reader.last_update();
            let range = TimeRange { start: Timestamp::from_seconds(end.seconds() - 1), end };
            let request = FetchRequest::new(ConsolidationFunction::Average, range);
            reader.fetch(&request).unwrap().values()[0]
        };
        stored.into_iter().map(|(id, path)| (id.instance().to_owned(), newest(path))).collect()
    }

    #[test]
    fn two_instances_whose_names_agree_in_their_first_240_bytes_have_two_files() {
        let folder = tempfile::tempdir().unwrap();
        let [one, other] = long_names();
        for _start in 0..2 {
            let mut sink = sink(folder.path());
            let begin = sink.store.list().unwrap().len();
            for second in 0..3 {
                let second = second + 3 * i64::try_from(begin).unwrap();
                write_at(&mut sink, &one, second, 1.0);
                write_at(&mut sink, &other, second, 2.0);
            }
            assert!(sink.flush().is_empty());
        }
        // Their full names are in `names.json`.
        assert_eq!(stored_values(folder.path()), [(one, 1.0), (other, 2.0)]);
    }

    #[test]
    fn without_its_full_name_a_file_is_not_made() {
        let folder = tempfile::tempdir().unwrap();
        let mut sink = sink(folder.path());
        let at = Timestamp::from_seconds(1_700_000_000);
        fs::create_dir(folder.path().join(".names.json.new")).unwrap();
        let error = sink.write(at, second_step(), &TEXTFILE, &long_names()[0], &[1.0]).unwrap_err();
        assert!(matches!(error, SinkError::FullNames(FullNamesError::Write { .. })), "{error}");
        assert_eq!(sink.store.list().unwrap(), [""; 0]);
        // Short names need no such file.
        write_at(&mut sink, "short", 0, 1.0);
        assert_eq!(sink.store.list().unwrap(), ["textfile/short.rrd"]);
    }

    /// A folder as an earlier version left it, with one file under the cut name of both.
    fn cut_name(folder: &std::path::Path) -> PathBuf {
        let mut earlier = sink(folder);
        write_at(&mut earlier, "x", -9, 7.0);
        assert!(earlier.flush().is_empty());
        let cut = folder.join(format!("textfile/{}.rrd", "x".repeat(240)));
        fs::rename(folder.join("textfile/x.rrd"), &cut).unwrap();
        cut
    }

    #[test]
    fn a_file_of_a_cut_name_is_taken_over_by_the_only_group_that_can_be_in_it() {
        let folder = tempfile::tempdir().unwrap();
        let cut = cut_name(folder.path());
        let [one, _] = long_names();
        let mut sink = sink(folder.path());
        for second in 0..3 {
            write_at(&mut sink, &one, second, 1.0);
        }
        assert!(sink.flush().is_empty() && !cut.exists());
        let path = folder.path().join(GroupId::of(&TEXTFILE, &one).file_name());
        let moment = Timestamp::from_seconds;
        let range = TimeRange { start: moment(1_699_999_989), end: moment(1_700_000_002) };
        let request = FetchRequest::new(ConsolidationFunction::Average, range);
        let series = RrdReader::open(path).unwrap().fetch(&request).unwrap();
        let values = series.values();
        assert!(values.contains(&7.0) && values.contains(&1.0), "{values:?}");
    }

    #[test]
    fn a_file_of_a_cut_name_is_left_alone_where_several_groups_can_be_in_it() {
        let folder = tempfile::tempdir().unwrap();
        let cut = cut_name(folder.path());
        let [one, other] = long_names();
        let mut both = sink(folder.path());
        for second in 0..3 {
            write_at(&mut both, &one, second, 1.0);
            write_at(&mut both, &other, second, 2.0);
        }
        assert!(both.flush().is_empty() && cut.exists());
        let values = stored_values(folder.path());
        assert_eq!(values, [("x".repeat(240), 7.0), (one, 1.0), (other, 2.0)]);
        // A group whose whole name it is keeps its file.
        let folder = tempfile::tempdir().unwrap();
        let cut = cut_name(folder.path());
        let [one, _] = long_names();
        let mut with_owner = sink(folder.path());
        for second in 0..3 {
            write_at(&mut with_owner, &one, second, 1.0);
            write_at(&mut with_owner, &"x".repeat(240), second, 2.0);
        }
        assert!(with_owner.flush().is_empty() && cut.exists());
        assert_eq!(stored_values(folder.path()), [("x".repeat(240), 2.0), (one, 1.0)]);
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
