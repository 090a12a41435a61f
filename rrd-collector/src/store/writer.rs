//! Writes samples to the store: one database per group, created with its first sample.

mod room;
mod watch;

use std::borrow::Cow;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rrd_core::{
    CreateOptions, DataSource, Reading, Reshape, Rrd, Sample, SampleError, Schema, SchemaError,
    Step, Store, StoreError, Timestamp, TuneFileError, Tuning, UpdateError,
};
use thiserror::Error;

use self::watch::Watch;
use super::ahead::AheadFiles;
use super::budget::{DataFiles, FileLimits, NoRoom};
use super::data_folder::{DataFolder, DataFolderError};
use super::old_files::{Decision, OldFileError, OldFiles};
use super::withdraw::SharedAhead;
use crate::group::retention::{Retention, file_size};
use crate::group::{FullNames, GroupId, GroupKey, Kind, Metric, NamesFileError};
use crate::schedule::{Now, clock};

/// The values of a group at a time.
#[derive(Clone, Copy, Debug)]
pub struct GroupSample<'a> {
    /// The time of the sample.
    pub at: Timestamp,
    /// The time on the monotonic clock at which it is stored.
    pub clock: Duration,
    /// The interval.
    pub step: Step,
    /// The kind of the group.
    pub kind: &'a Kind,
    /// The instance of the group, empty if there is only one.
    pub instance: &'a str,
    /// One value per metric of the kind.
    pub values: &'a [f64],
    /// When they came.
    pub sent: Sent,
}

/// Whether somebody has just sent or measured the values of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// Yes: the group is in use.
    Now,
    /// No, they are those of earlier samples.
    Before,
}

/// Writes the samples of groups.
pub trait GroupWriter: Send {
    /// Begins a round of samples.
    ///
    /// # Errors
    ///
    /// [`DataFolderError`]: no sample can be stored at present.
    fn begin_round(&mut self) -> Result<(), DataFolderError> {
        Ok(())
    }

    /// Stores a sample of the round.
    ///
    /// # Errors
    ///
    /// [`WriteError`]; the sample is lost, other groups are not affected.
    fn write(&mut self, group: GroupSample<'_>) -> Result<(), WriteError>;

    /// Writes all pending samples to the files, and returns the files that failed with the reasons.
    ///
    /// # Errors
    ///
    /// [`DataFolderError`]: no sample can be stored at present.
    fn flush(&mut self) -> Result<Vec<(String, WriteError)>, DataFolderError>;

    /// The samples of a round were stored. If rounds are synced, waits until they survive a power
    /// loss, and returns whether they do.
    fn end_round(&mut self) -> Option<Result<(), WriteError>> {
        None
    }

    /// Sets the limits on files.
    fn limit(&mut self, _limits: FileLimits) {}

    /// Removes the files that may not stay longer; called every few minutes, during a round.
    fn tidy(&mut self) {}

    /// Forgets a group that its source will not sample any more. Its file stays while there is
    /// room.
    fn forget(&mut self, _group: &GroupId) {}

    /// The groups whose files were removed since the last call.
    fn take_removed(&mut self) -> Vec<GroupId> {
        Vec::new()
    }
}

/// Why a sample could not be stored.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum WriteError {
    /// Every file that may be in the data folder is in use.
    #[error(transparent)]
    NoRoom(#[from] NoRoom),
    /// The kind is not a valid database.
    #[error(transparent)]
    Schema(#[from] SchemaError),
    /// There is no store at present.
    #[error(transparent)]
    DataFolder(#[from] DataFolderError),
    /// The store refused the sample.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The full name of a group cannot be kept.
    #[error(transparent)]
    FullNames(#[from] NamesFileError),
    /// The file of an earlier version cannot be taken over.
    #[error(transparent)]
    OldFile(#[from] Box<OldFileError>),
    /// The database lacks data sources of the samples, and they cannot be added.
    #[error("{}: cannot be widened", path.display())]
    Widen {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: Box<TuneFileError>,
    },
    /// The database has other data sources than the samples.
    #[error("{}: contains other values than are sampled now ({found}): move it away to start again", path.display())]
    OtherShape {
        /// The file.
        path: PathBuf,
        /// The names of its data sources.
        found: String,
    },
}

/// The store of the daemon. A sample survives `kill -9` when `write` returns, and is in its file
/// after the next `flush`.
pub struct StoreWriter {
    data: Arc<DataFolder>,
    /// The store during a round.
    store: Option<Arc<Store>>,
    /// How often the data folder was opened when the groups were looked at.
    opened: u64,
    retention: Retention,
    groups: HashMap<GroupId, KnownGroup>,
    /// `names.json`, read when a name has to be shortened for the first time.
    full_names: Option<FullNames>,
    old_files: OldFiles,
    ahead: SharedAhead,
    clock: fn() -> Now,
    sync_rounds: bool,
    limits: FileLimits,
    watch: Watch,
    /// The files of the data folder, read before the first sample.
    files: Option<DataFiles>,
    /// The kinds that had no room for a new file, when, and why.
    refused: HashMap<String, (i64, NoRoom)>,
    removed: Removed,
}

/// Files that were removed to make room.
#[derive(Default)]
struct Removed {
    /// Their groups that were sampled in this run, until they are taken.
    groups: Vec<GroupId>,
    /// Their number, and the last one, until they are logged.
    count: u64,
    last: String,
}

/// A group whose database exists, and a reused sample.
struct KnownGroup {
    name: String,
    sample: Sample,
    /// When it was sampled, in seconds of watching.
    seen: i64,
    /// For each data source the index of its value in the group; `None` if it is no longer sampled.
    places: Vec<Option<usize>>,
    /// The metrics, unless they are known at compile time.
    described: Option<Vec<Metric>>,
}

impl KnownGroup {
    /// Whether the metrics of the group are still those for which the indices were computed. Only
    /// metrics of programs change.
    fn is_of(&self, kind: &Kind) -> bool {
        match (&self.described, &kind.metrics) {
            (Some(before), Cow::Owned(now)) => before == now,
            _ => true,
        }
    }
}

impl StoreWriter {
    /// Databases in this folder; missing ones are created with this retention.
    pub fn new(data: Arc<DataFolder>, retention: Retention) -> Self {
        Self::with_clock(data, retention, clock::now)
    }

    fn with_clock(data: Arc<DataFolder>, retention: Retention, clock: fn() -> Now) -> Self {
        Self {
            data,
            store: None,
            opened: 0,
            retention,
            groups: HashMap::new(),
            full_names: None,
            old_files: OldFiles::default(),
            ahead: SharedAhead::new(clock()),
            clock,
            sync_rounds: false,
            limits: FileLimits::default(),
            watch: Watch::default(),
            files: None,
            refused: HashMap::new(),
            removed: Removed::default(),
        }
    }

    /// The files that hold samples of the future. Nothing is stored in them.
    pub(crate) fn ahead(&self) -> SharedAhead {
        self.ahead.clone()
    }

    /// The end of each round waits until its samples survive a power loss.
    #[must_use]
    pub fn sync_rounds(self) -> Self {
        Self { sync_rounds: true, ..self }
    }

    /// Makes sure that the group has its database; `None` while it is not clear whether it has one
    /// of an earlier version, or when to begin a new one, and while files are removed to make room
    /// for it.
    fn prepare(
        &mut self,
        store: &Store,
        at: Timestamp,
        step: Step,
        kind: &Kind,
        group: &GroupId,
    ) -> Result<Option<KnownGroup>, WriteError> {
        let name = group.file_name();
        let wanted = self.retention.schema(kind, step)?;
        if !self.make_room(store, &name, group.kind(), file_size(&wanted))? {
            return Ok(None);
        }
        if group.is_shortened() {
            // Before the file is there: nobody could tell later whose it is.
            self.full_names(store)?.keep(&name, group)?;
        }
        let is_used = |file: &str| self.groups.values().any(|known| known.name == file);
        let old_file = self.old_files.take_over(store, group, &name, is_used);
        match old_file.map_err(Box::new)? {
            Decision::Pending => return Ok(None),
            Decision::Made => {}
        }
        let places = match store.head(&name) {
            Ok(head) => {
                let schema = widened(store, &name, head.schema, &wanted)?;
                let metrics = names(&wanted);
                let place = |name: &&str| metrics.iter().position(|metric| metric == name);
                names(&schema).iter().map(place).collect()
            }
            Err(error) if error.is_not_found() => {
                if !self.ahead.lock().allows_new_files() {
                    return Ok(None);
                }
                let step = i64::try_from(step.seconds()).unwrap_or(i64::MAX);
                let start = Timestamp::from_seconds(at.seconds().saturating_sub(step));
                store.create(&name, &wanted, start, CreateOptions::new())?;
                (0..wanted.sources().len()).map(Some).collect()
            }
            Err(error) => return Err(error.into()),
        };
        let described = match &kind.metrics {
            Cow::Owned(metrics) => Some(metrics.clone()),
            Cow::Borrowed(_) => None,
        };
        self.note_file(store, &name, step, at);
        let (sample, seen) = (Sample { at, readings: Vec::new() }, self.watch.seconds());
        Ok(Some(KnownGroup { name, sample, seen, places, described }))
    }

    fn full_names(&mut self, store: &Store) -> Result<&mut FullNames, NamesFileError> {
        let full_names = match self.full_names.take() {
            Some(names) => names,
            None => FullNames::read(store.folder())?,
        };
        Ok(self.full_names.insert(full_names))
    }
}

/// The schema of a database after adding the data sources that the group has and the database
/// lacks. A database without any of the group's data sources is something else and is left
/// alone.
fn widened(
    store: &Store,
    name: &str,
    found: Schema,
    wanted: &Schema,
) -> Result<Schema, WriteError> {
    let path = store.folder().join(name);
    let has = |source: &&DataSource| names(&found).contains(&source.name.as_str());
    if !wanted.sources().iter().any(|source| has(&source)) {
        return Err(WriteError::OtherShape { path, found: names(&found).join(" ") });
    }
    let mut reshape = Reshape::new();
    for source in wanted.sources().iter().filter(|source| !has(source)) {
        reshape = reshape.add_source(source.clone());
    }
    if reshape.is_empty() {
        return Ok(found);
    }
    // The store must not write its cached state over the new file.
    store.flush(name)?;
    store.forget(name)?;
    let mut rrd = Rrd::open(&path).map_err(StoreError::Open)?;
    let tuned = Tuning::new().reshape(reshape).apply(&mut rrd);
    tuned.map_err(|source| WriteError::Widen { path, source: Box::new(source) })?;
    Ok(rrd.schema().clone())
}

fn names(schema: &Schema) -> Vec<&str> {
    schema.sources().iter().map(|source| source.name.as_str()).collect()
}

/// Whether a file refused a sample because the clock is or was wrong, which is reported elsewhere.
fn is_of_a_wrong_clock(error: &StoreError, name: &str, ahead: &mut AheadFiles, now: Now) -> bool {
    let StoreError::Update(UpdateError::Sample { source, .. }) = error else { return false };
    match source {
        SampleError::Past { last_update, .. } => ahead.refused(name, *last_update, now),
        // It was taken before the clock was set back.
        SampleError::Future(_) => ahead.was_just_set(now),
        _ => false,
    }
}

impl StoreWriter {
    fn store_sample(&mut self, group: GroupSample<'_>) -> Result<(), WriteError> {
        let GroupSample { at, clock, step, kind, instance, values, sent } = group;
        self.watch.advance(clock, step);
        let key: &dyn GroupKey = &(&*kind.name, instance);
        if self.store.is_none() {
            self.begin_round()?;
        }
        let Some(store) = self.store.clone() else { return Ok(()) };
        if !self.groups.get(key).is_some_and(|known| known.is_of(kind)) {
            let group = GroupId::of(kind, instance);
            let Some(known) = self.prepare(&store, at, step, kind, &group)? else { return Ok(()) };
            self.groups.insert(group, known);
        }
        let known = self.groups.get_mut(key);
        let Some(KnownGroup { name, sample, seen, places, .. }) = known else { return Ok(()) };
        if sent == Sent::Now {
            *seen = self.watch.seconds();
        }
        let value = |place: &Option<usize>| place.and_then(|place| values.get(place));
        sample.at = at;
        sample.readings.clear();
        sample.readings.extend(
            places.iter().map(|place| Reading::Number(value(place).copied().unwrap_or(f64::NAN))),
        );
        let mut ahead = self.ahead.lock();
        if ahead.holds_back(name, at) {
            return Ok(());
        }
        if let Err(error) = store.update(&*name, sample) {
            if is_of_a_wrong_clock(&error, name, &mut ahead, (self.clock)()) {
                return Ok(());
            }
            // The next sample looks again: the file may have been removed or replaced.
            self.groups.remove(key);
            return Err(error.into());
        }
        Ok(())
    }
}

impl GroupWriter for StoreWriter {
    fn begin_round(&mut self) -> Result<(), DataFolderError> {
        let (store, opened) = self.data.store()?;
        if std::mem::replace(&mut self.opened, opened) != opened {
            self.groups.clear();
            (self.full_names, self.old_files) = (None, OldFiles::default());
            self.files = None;
            self.refused.clear();
        }
        self.store = Some(store);
        Ok(())
    }

    fn write(&mut self, group: GroupSample<'_>) -> Result<(), WriteError> {
        let outcome = self.store_sample(group);
        // If the folder is gone, that is the reason.
        outcome.map_err(|error| self.data.store().err().map_or(error, Into::into))
    }

    fn flush(&mut self) -> Result<Vec<(String, WriteError)>, DataFolderError> {
        let (store, _) = self.data.store()?;
        let failed = store.flush_all().failed.into_iter();
        Ok(failed.map(|(name, error)| (name.display().to_string(), error.into())).collect())
    }

    fn end_round(&mut self) -> Option<Result<(), WriteError>> {
        let store = self.store.take()?;
        self.data.note_written(self.opened);
        self.sync_rounds.then(|| Ok(store.sync()?))
    }

    fn limit(&mut self, limits: FileLimits) {
        self.limits = limits;
        self.refused.clear();
    }

    fn tidy(&mut self) {
        if let Some(store) = self.store.clone() {
            self.remove_overdue(&store);
        }
    }

    fn forget(&mut self, group: &GroupId) {
        self.forget_group(group);
    }

    fn take_removed(&mut self) -> Vec<GroupId> {
        std::mem::take(&mut self.removed.groups)
    }
}

#[cfg(test)]
mod tests;
