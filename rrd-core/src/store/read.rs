//! Queries: rows and heads with all acknowledged samples, names, counts.

use std::io;
use std::iter;
use std::path::{Path, PathBuf};
use std::sync::MutexGuard;

use super::entry::{Entry, State};
use super::images::complete;
use super::next_state::NextState;
use super::record::BatchPosition;
use super::{Store, StoreError, own_files};
use crate::consolidation::ConsolidationFunction;
use crate::database::{
    Fault, Known, OpenError, RrdReader, Snapshot, Touched, consistently, read_state,
};
use crate::disk::{DiskFile, OpenMode};
use crate::fetch::{FetchRequest, Joined, NoSelection, Selection, Series, select};
use crate::format::Head;
use crate::number::length_to_u64;
use crate::sample::Sample;
use crate::text::Info;
use crate::time::Timestamp;

impl Store {
    /// The rows of the archive that suits the request best, including those not in the file yet.
    pub fn fetch(
        &self,
        name: impl AsRef<Path>,
        request: &FetchRequest,
    ) -> Result<Series, StoreError> {
        let name = name.as_ref();
        if let Some(entry) = self.current(name) {
            let state = entry.state();
            let select = |head: &Head| select(head, request).map(Some);
            if state.unwritten.count > 0
                && let Some(rows) =
                    self.read_unwritten(&entry, state, request.function(), select)?
            {
                return Ok(rows);
            }
        }
        Ok(self.reader(name)?.fetch(request)?)
    }

    /// As [`fetch`](Self::fetch), but only if the archive has at most `limit` values in the range:
    /// otherwise `None`. For threads that others wait for.
    ///
    /// ```
    /// use std::time::Duration;
    /// use rrd_core::{
    ///     ConsolidationFunction, FetchRequest, Schema, Store, StoreOptions, TimeRange, Timestamp,
    /// };
    ///
    /// let folder = tempfile::tempdir()?;
    /// let store = Store::open(folder.path(), StoreOptions::default())?;
    /// let step = Duration::from_secs(10);
    /// let schema = Schema::builder(step).gauge("load", 3 * step).average(0.5, 1, 360).build()?;
    /// let start = Timestamp::from_seconds(1_000_000_000);
    /// store.open_or_create("load.rrd", &schema, start)?;
    ///
    /// let all = TimeRange::new(Timestamp::default(), start);
    /// let request = FetchRequest::new(ConsolidationFunction::Average, all);
    /// assert!(store.fetch_at_most("load.rrd", &request, 100)?.is_none());
    /// assert!(store.fetch_at_most("load.rrd", &request, 1000)?.is_some());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn fetch_at_most(
        &self,
        name: impl AsRef<Path>,
        request: &FetchRequest,
        limit: usize,
    ) -> Result<Option<Series>, StoreError> {
        let name = name.as_ref();
        let is_small = |selection: &Selection, head: &Head| {
            selection.kept.saturating_mul(head.schema.sources().len()) <= limit
        };
        if let Some(entry) = self.current(name) {
            let state = entry.state();
            if state.unwritten.count > 0 {
                let select = |head: &Head| {
                    Ok(Some(select(head, request)?).filter(|found| is_small(found, head)))
                };
                return self.read_unwritten(&entry, state, request.function(), select);
            }
        }
        let reader = self.reader(name)?;
        if is_small(&reader.select(request)?, reader.head()) {
            Ok(Some(reader.fetch(request)?))
        } else {
            Ok(None)
        }
    }

    /// The rows of a time range from all archives of a function, in order and by blocks, including
    /// those not in the file yet. See [`RrdReader::joined`].
    ///
    /// Each block shows the samples that were acknowledged by the time when it is read. No update
    /// waits between two blocks.
    ///
    /// ```
    /// use std::time::Duration;
    /// use rrd_core::{
    ///     ConsolidationFunction, FetchRequest, Sample, Schema, Store, StoreOptions, TimeRange,
    ///     Timestamp,
    /// };
    ///
    /// let folder = tempfile::tempdir()?;
    /// let store = Store::open(folder.path(), StoreOptions::default())?;
    /// let step = Duration::from_secs(10);
    /// let schema = Schema::builder(step).gauge("load", 3 * step).average(0.5, 1, 360).build()?;
    /// let start = Timestamp::from_seconds(1_000_000_000);
    /// store.open_or_create("load.rrd", &schema, start)?;
    /// store.update("load.rrd", &Sample::new(start + step, [0.25]))?;
    /// store.update("load.rrd", &Sample::new(start + 2 * step, [0.75]))?;
    ///
    /// let range = TimeRange::new(start, Timestamp::MAX);
    /// let request = FetchRequest::new(ConsolidationFunction::Average, range);
    /// let mut values = Vec::new();
    /// for block in store.joined("load.rrd", &request)? {
    ///     values.extend_from_slice(block?.kept());
    /// }
    /// assert_eq!(values, [0.25, 0.75]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// No archive has the function, or the file cannot be opened or read. The iterator ends after
    /// an error.
    pub fn joined<'a, N: AsRef<Path>>(
        &'a self,
        name: N,
        request: &FetchRequest,
    ) -> Result<impl Iterator<Item = Result<Series, StoreError>> + use<'a, N>, StoreError> {
        let (name, mut joined) = (self.name(name.as_ref())?, Joined::new(request));
        let mut blocks = iter::from_fn(move || joined.next(|at| self.block(&name, at)));
        // The first one shows whether there are any.
        let first = blocks.next().transpose()?;
        Ok(first.map(Ok).into_iter().chain(blocks))
    }

    /// Everything except the rows, with all acknowledged samples.
    pub fn head(&self, name: impl AsRef<Path>) -> Result<Head, StoreError> {
        let name = name.as_ref();
        if let Some(entry) = self.current(name) {
            let state = entry.state();
            if state.unwritten.count > 0 {
                return Ok(self.unwritten_head(&entry, state)?.head);
            }
        }
        Ok(self.reader(name)?.head().clone())
    }

    /// Everything that `info` prints, with all acknowledged samples. `filename` is what the caller
    /// calls the file.
    pub fn info(&self, name: impl AsRef<Path>, filename: &str) -> Result<Info, StoreError> {
        let name = name.as_ref();
        if let Some(entry) = self.current(name) {
            let state = entry.state();
            if state.unwritten.count > 0 {
                let Snapshot { head, geometry, .. } = &self.unwritten_head(&entry, state)?;
                return Ok(Info::new(filename, head, length_to_u64(geometry.rows())));
            }
        }
        Ok(Info::of(&self.reader(name)?, filename))
    }

    /// The time of the last acknowledged sample.
    pub fn last_update(&self, name: impl AsRef<Path>) -> Result<Timestamp, StoreError> {
        let name = name.as_ref();
        if let Some(entry) = self.current(name)
            && let Some(loaded) = &entry.state().loaded
        {
            return Ok(loaded.open.last_update);
        }
        Ok(self.head(name)?.live.last_update)
    }

    /// Number of acknowledged samples that are not in the file yet.
    pub fn unwritten(&self, name: impl AsRef<Path>) -> u64 {
        self.files.located(name.as_ref()).map_or(0, |entry| entry.state().unwritten.count)
    }

    /// The names of all databases in the folder and its subfolders, sorted: files that end in
    /// `.rrd` and are not hidden. Symbolic links to folders are not followed, and the folder of the
    /// store's own files is left out.
    pub fn list(&self) -> Result<Vec<String>, StoreError> {
        let mut names = Vec::new();
        let mut folders = vec![PathBuf::new()];
        while let Some(below) = folders.pop() {
            let folder = self.folder.join(&below);
            let fault = |source| StoreError::Folder { folder: folder.clone(), source };
            for item in std::fs::read_dir(&folder).map_err(fault)? {
                let item = item.map_err(fault)?;
                let Ok(name) = item.file_name().into_string() else { continue };
                let kind = item.file_type().map_err(fault)?;
                if kind.is_dir() && name == own_files::FOLDER {
                    continue;
                }
                if kind.is_dir() {
                    folders.push(below.join(name));
                } else if Path::new(&name).extension().is_some_and(|ending| ending == "rrd")
                    && !name.starts_with('.')
                {
                    names.extend(below.join(name).into_os_string().into_string());
                }
            }
        }
        names.sort();
        Ok(names)
    }

    /// The file itself, as [`RrdReader::open`] opens it: without the samples that are not written
    /// to it yet.
    pub fn reader(&self, name: impl AsRef<Path>) -> Result<RrdReader, StoreError> {
        let name = self.name(name.as_ref())?;
        let reader = RrdReader::open_on(&*self.files.context().disk, &name);
        reader.map_err(|error| StoreError::opening(&name, error))
    }

    /// The next block of a joined read.
    fn block(&self, name: &Path, joined: &Joined) -> Result<Option<Series>, StoreError> {
        if let Some(entry) = self.current(name) {
            let state = entry.state();
            if state.unwritten.count > 0 {
                let select = |head: &Head| joined.rows(head);
                return self.read_unwritten(&entry, state, joined.function(), select);
            }
        }
        Ok(self.reader(name)?.block(joined)?)
    }

    /// The head of a file that lacks samples, with them.
    fn unwritten_head(
        &self,
        entry: &Entry,
        state: MutexGuard<'_, State>,
    ) -> Result<Snapshot, StoreError> {
        let samples = self.samples_to_read(entry, &state)?;
        drop(state);
        let (file, snapshot) = self.look_at(entry)?;
        let next = self.next_state(&*file, snapshot, &samples);
        Ok(next.map_err(|source| entry.cannot_read(source))?.snapshot)
    }

    /// The selected rows of a file that lacks samples; `None` if none were selected. Updates of the
    /// file go on meanwhile.
    fn read_unwritten(
        &self,
        entry: &Entry,
        state: MutexGuard<'_, State>,
        function: ConsolidationFunction,
        select: impl Fn(&Head) -> Result<Option<Selection>, NoSelection>,
    ) -> Result<Option<Series>, StoreError> {
        let samples = self.samples_to_read(entry, &state)?;
        drop(state);
        let (file, mut snapshot) = self.look_at(entry)?;
        let mut series = Series::default();
        let mut buffer = Vec::new();
        let read = consistently(&*file, &mut snapshot, &mut buffer, Known::Guessed, |snapshot| {
            let next = self.next_state(&*file, snapshot.clone(), &samples).map_err(Fault::Rows)?;
            let Some(selection) = select(&next.snapshot.head)? else {
                return Ok((None, Touched::All));
            };
            let values = series.values_mut();
            let touched = read_state(&*file, &next.snapshot, Some(&next.rows), &selection, values)?;
            Ok((Some((selection, next.snapshot.head.schema)), touched))
        });
        let read: Result<_, Fault> = read;
        let found = read.map_err(|fault| fault.at(entry.path(), function))?;
        Ok(found.map(|(selection, schema)| {
            series.describe(&selection, &schema);
            series
        }))
    }

    /// The samples that a file lacks, which is first made readable if a write was broken off.
    fn samples_to_read(
        &self,
        entry: &Entry,
        state: &State,
    ) -> Result<Vec<(Sample, BatchPosition)>, StoreError> {
        let context = self.files.context();
        if let Some(image) = &state.interrupted {
            complete(&*context.disk, entry.path(), Some(entry.identity), image, context.locking)?;
        }
        Ok(state.unwritten_samples(&self.log))
    }

    /// Opens a file and reads its head.
    fn look_at(&self, entry: &Entry) -> Result<(Box<dyn DiskFile>, Snapshot), StoreError> {
        let path = entry.path();
        let open = |source| OpenError::Open { path: path.to_owned(), source };
        let file = self.files.context().disk.open(path, OpenMode::Read).map_err(open)?;
        let look = file.look().map_err(|source| entry.cannot_read(source))?;
        if look.identity != entry.identity {
            return Err(StoreError::Replaced { name: path.to_owned(), samples: 0 });
        }
        let snapshot = Snapshot::load(&*file).map_err(|error| error.at(path))?;
        Ok((file, snapshot))
    }

    /// The state of a file with samples that it lacks.
    fn next_state(
        &self,
        file: &dyn DiskFile,
        snapshot: Snapshot,
        samples: &[(Sample, BatchPosition)],
    ) -> io::Result<NextState> {
        let mut next = NextState::new(snapshot);
        next.catch_up(file, &self.files.context().clock, samples)?;
        Ok(next)
    }
}
