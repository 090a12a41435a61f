//! Queries: rows and heads with all acknowledged samples, names, counts.

use std::iter;
use std::path::{Path, PathBuf};

use super::entry::{Entry, State};
use super::{Store, StoreError, own_files};
use crate::consolidation::ConsolidationFunction;
use crate::database::{Fault, OpenError, RrdReader, Snapshot, read_state};
use crate::disk::OpenMode;
use crate::fetch::{FetchRequest, Joined, NoSelection, Selection, Series, select};
use crate::format::Head;
use crate::number::length_to_u64;
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
            let mut state = entry.state();
            let select = |head: &Head| select(head, request).map(Some);
            if state.unwritten.count > 0
                && let Some(rows) =
                    self.read_unwritten(&entry, &mut state, request.function(), select)?
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
            let mut state = entry.state();
            if state.unwritten.count > 0 {
                let select = |head: &Head| {
                    Ok(Some(select(head, request)?).filter(|found| is_small(found, head)))
                };
                return self.read_unwritten(&entry, &mut state, request.function(), select);
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
            let mut state = entry.state();
            if state.unwritten.count > 0 {
                let loaded = state.load(&entry, self.files.context(), &self.log)?;
                return Ok(loaded.snapshot.head.clone());
            }
        }
        Ok(self.reader(name)?.head().clone())
    }

    /// Everything that `info` prints, with all acknowledged samples. `filename` is what the caller
    /// calls the file.
    pub fn info(&self, name: impl AsRef<Path>, filename: &str) -> Result<Info, StoreError> {
        let name = name.as_ref();
        if let Some(entry) = self.current(name) {
            let mut state = entry.state();
            if state.unwritten.count > 0 {
                let Snapshot { head, geometry, .. } =
                    &state.load(&entry, self.files.context(), &self.log)?.snapshot;
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
            return Ok(loaded.snapshot.head.live.last_update);
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

    /// The file itself, as [`RrdReader::open`] opens it: without the samples that are not written to
    /// it yet.
    pub fn reader(&self, name: impl AsRef<Path>) -> Result<RrdReader, StoreError> {
        let name = self.name(name.as_ref())?;
        let reader = RrdReader::open_on(&*self.files.context().disk, &name);
        reader.map_err(|error| StoreError::opening(&name, error))
    }

    /// The next block of a joined read.
    fn block(&self, name: &Path, joined: &Joined) -> Result<Option<Series>, StoreError> {
        if let Some(entry) = self.current(name) {
            let mut state = entry.state();
            if state.unwritten.count > 0 {
                let select = |head: &Head| joined.rows(head);
                return self.read_unwritten(&entry, &mut state, joined.function(), select);
            }
        }
        Ok(self.reader(name)?.block(joined)?)
    }

    /// The selected rows of a file that lacks samples; `None` if none were selected.
    fn read_unwritten(
        &self,
        entry: &Entry,
        state: &mut State,
        function: ConsolidationFunction,
        select: impl Fn(&Head) -> Result<Option<Selection>, NoSelection>,
    ) -> Result<Option<Series>, StoreError> {
        const ATTEMPTS: usize = 8;
        let path = entry.path();
        let mut series = Series::default();
        let mut head = Vec::new();
        for _ in 0..ATTEMPTS {
            let loaded = state.load(entry, self.files.context(), &self.log)?;
            let open = |source| OpenError::Open { path: path.to_owned(), source };
            let file = self.files.context().disk.open(path, OpenMode::Read).map_err(open)?;
            let is_ours = file.look().is_ok_and(|look| look.identity == entry.identity);
            let snapshot = &loaded.snapshot;
            let mut same = || {
                let current = snapshot.is_current(&*file, &mut head);
                current.map_err(|source| OpenError::Read { path: path.to_owned(), source })
            };
            let rows = Some(&loaded.rows);
            let read = |series: &mut Series| {
                let selection = select(&snapshot.head)?;
                if let Some(selection) = &selection {
                    read_state(&*file, snapshot, rows, selection, series.values_mut())?;
                }
                Ok(selection)
            };
            let result = if is_ours && same()? {
                let found = read(&mut series);
                let busy = file.is_locked_elsewhere();
                same()?.then_some(found).filter(|_| !busy)
            } else {
                None
            };
            match result {
                Some(found) => {
                    let found = found.map_err(|fault: Fault| fault.at(path, function))?;
                    return Ok(found.map(|selection| {
                        series.describe(&selection, &snapshot.head.schema);
                        series
                    }));
                }
                // Another program is writing to the file.
                None => state.reload(self.files.context()),
            }
        }
        Err(entry.locked())
    }
}
