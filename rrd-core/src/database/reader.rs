//! Reads a database of any layout, without locks and without writing.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::head_bytes::LoadError;
use super::snapshot::{Known, Snapshot, Touched, consistently};
use super::{Access, FetchError, OpenError, ReadOptions};
use crate::commit::PendingRows;
use crate::consolidation::ConsolidationFunction;
use crate::disk::{self, Disk, DiskFile, OsDisk};
use crate::fetch::{FetchRequest, NoSelection, Selection, Series, read_rows, select};
use crate::format::{Head, Layout};
use crate::number::{length_to_u64, to_index};
use crate::schema::Schema;
use crate::time::Timestamp;

/// A database opened for reading: any layout that RRDtool ever wrote on any machine.
///
/// A reader neither locks the file nor delays writers. Every read is consistent: the state before
/// or after an update, never in between. Readers can be shared between threads.
///
/// ```
/// use rrd_core::{Heartbeat, Rrd, RrdReader, Schema, Step, Timestamp};
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("load.rrd");
/// let schema = Schema::builder(Step::from_seconds(10).unwrap())
///     .gauge("load", Heartbeat::from_seconds(30))
///     .average(0.5, 1, 360)
///     .build()?;
/// Rrd::create(&path, &schema, Timestamp::from_seconds(1_000_000_000))?;
///
/// let reader = RrdReader::open(&path)?;
/// assert_eq!(reader.schema().archives(), schema.archives());
/// assert_eq!(reader.last_update().seconds(), 1_000_000_000);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct RrdReader {
    pub(super) file: Box<dyn DiskFile>,
    pub(super) path: PathBuf,
    snapshot: Snapshot,
    access: Access,
    /// What the last read saw, for the next one.
    seen: Mutex<Option<Box<Seen>>>,
}

/// The state of a file as a read saw it, and a buffer for its head.
pub(super) struct Seen {
    pub(super) snapshot: Snapshot,
    pub(super) buffer: Vec<u8>,
}

impl RrdReader {
    /// Opens a file.
    ///
    /// # Errors
    ///
    /// The file cannot be opened, is too short, is not a database, or a field is invalid; the error
    /// then contains field, value and offset.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        Self::open_with(path, ReadOptions::default())
    }

    /// Opens a file with options.
    pub fn open_with(path: impl AsRef<Path>, options: ReadOptions) -> Result<Self, OpenError> {
        let mut reader = Self::open_on(&OsDisk, path.as_ref())?;
        if options.access == Access::Mapped
            && reader.layout().is_native()
            && reader.file.map_reads(reader.snapshot.length)
        {
            reader.access = Access::Mapped;
        }
        Ok(reader)
    }

    pub(crate) fn open_on(disk: &dyn Disk, path: &Path) -> Result<Self, OpenError> {
        let file = disk
            .open(path, disk::OpenMode::Read)
            .map_err(|source| OpenError::Open { path: path.to_owned(), source })?;
        let snapshot = Snapshot::load(&*file).map_err(|error| error.at(path))?;
        let (access, seen) = (Access::Position, Mutex::default());
        Ok(Self { file, path: path.to_owned(), snapshot, access, seen })
    }

    /// Everything in the file before its rows, as of opening it.
    pub fn head(&self) -> &Head {
        &self.snapshot.head
    }

    /// The structure of the database.
    pub fn schema(&self) -> &Schema {
        &self.snapshot.head.schema
    }

    /// The time of the last update, as of opening the file.
    pub fn last_update(&self) -> Timestamp {
        self.snapshot.head.live.last_update
    }

    /// The layout of the file.
    pub fn layout(&self) -> Layout {
        self.snapshot.geometry.layout
    }

    /// How the file is read: by position unless something else was asked for and is possible.
    pub fn access(&self) -> Access {
        self.access
    }

    /// Number of bytes before the first row.
    pub fn header_size(&self) -> u64 {
        length_to_u64(self.snapshot.geometry.rows())
    }

    /// Number of bytes of other programs that follow the last row.
    pub(crate) fn foreign_bytes(&self) -> u64 {
        if self.layout().is_native() {
            self.snapshot.tail.foreign_bytes()
        } else {
            self.snapshot.tail.file_length() - self.snapshot.length
        }
    }

    /// Whether a killed writer left an unfinished change, which this reader sees as completed.
    pub(crate) fn sees_unfinished_change(&self) -> bool {
        !self.snapshot.is_plain()
    }

    /// The path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The rows of the archive that suits the request best, in the current state of the file.
    ///
    /// # Errors
    ///
    /// No archive has the requested function; the time range has more than a billion rows; the file
    /// can no longer be read.
    pub fn fetch(&self, request: &FetchRequest) -> Result<Series, FetchError> {
        let mut series = Series::default();
        self.fetch_into(request, &mut series)?;
        Ok(series)
    }

    /// Opens a file, reads rows as [`fetch`](Self::fetch), and closes the file: the same as both,
    /// but the head is read twice instead of three times.
    ///
    /// # Errors
    ///
    /// Those of [`open`](Self::open) and [`fetch`](Self::fetch).
    ///
    /// ```
    /// use std::time::Duration;
    /// use rrd_core::{ConsolidationFunction, FetchRequest, Rrd, RrdReader, Sample, Schema};
    /// use rrd_core::{TimeRange, Timestamp};
    ///
    /// let folder = tempfile::tempdir()?;
    /// let path = folder.path().join("load.rrd");
    /// let step = Duration::from_secs(10);
    /// let schema = Schema::builder(step).gauge("load", 3 * step).average(0.5, 1, 360).build()?;
    /// let start = Timestamp::from_seconds(1_000_000_000);
    /// Rrd::create(&path, &schema, start)?.update(&Sample::new(start + step, [0.25]))?;
    /// let range = TimeRange::new(start, start);
    /// let request = FetchRequest::new(ConsolidationFunction::Average, range);
    /// assert_eq!(RrdReader::fetch_file(&path, &request)?.kept(), [0.25]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn fetch_file(
        path: impl AsRef<Path>,
        request: &FetchRequest,
    ) -> Result<Series, FetchError> {
        Self::fetch_on(&OsDisk, path.as_ref(), request)
    }

    pub(super) fn fetch_on(
        disk: &dyn Disk,
        path: &Path,
        request: &FetchRequest,
    ) -> Result<Series, FetchError> {
        let file = disk
            .open(path, disk::OpenMode::Read)
            .map_err(|source| OpenError::Open { path: path.to_owned(), source })?;
        let mut snapshot = Snapshot::guess(&*file).map_err(|error| error.at(path))?;
        let (mut buffer, mut series) = (Vec::new(), Series::default());
        fetch(&*file, path, &mut snapshot, &mut buffer, request, &mut series)?;
        Ok(series)
    }

    /// Like [`fetch`](Self::fetch), but replaces the rows in `series`. Does not allocate once its
    /// buffers are large enough, unless the file was written since. After an error the rows are
    /// meaningless.
    pub fn fetch_into(
        &self,
        request: &FetchRequest,
        series: &mut Series,
    ) -> Result<(), FetchError> {
        self.read(|Seen { snapshot, buffer }| {
            fetch(&*self.file, &self.path, snapshot, buffer, request, series)
        })
    }

    /// Runs `read` with what the last read saw, in the same memory. Other threads do not wait: they
    /// begin with the state as of opening.
    pub(super) fn read<T>(&self, read: impl FnOnce(&mut Seen) -> T) -> T {
        let seen = || self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let last = seen().take();
        let as_opened = || Box::new(Seen { snapshot: self.snapshot.clone(), buffer: Vec::new() });
        let mut now = last.unwrap_or_else(as_opened);
        let result = read(&mut now);
        *seen() = Some(now);
        result
    }

    /// Copies rows of an archive in file order, from `row` on: the length of `values` is a multiple
    /// of a row.
    ///
    /// Returns the number of rows copied: fewer than requested at the end of the archive.
    ///
    /// # Errors
    ///
    /// The file can no longer be read.
    pub fn read_rows(
        &self,
        archive: usize,
        row: u64,
        values: &mut [f64],
    ) -> Result<usize, FetchError> {
        let width = self.schema().sources().len();
        let Some(definition) = self.schema().archives().get(archive) else { return Ok(0) };
        let rest = to_index(definition.rows.saturating_sub(row));
        let count = rest.unwrap_or(usize::MAX).min(values.len() / width);
        let values = values.get_mut(..count * width).unwrap_or_default();
        let places = self.snapshot.places();
        let read = self.file.check_map();
        read.and_then(|()| places.read_rows(&*self.file, archive, row, values))
            .map_err(|source| FetchError::Read { path: self.path.clone(), source })?;
        Ok(count)
    }

    /// A consistent read of the head and all rows, in file order; `None` if the rows have more
    /// values than `limit`.
    pub(crate) fn read_whole(&self, limit: usize) -> Result<Option<(Head, Vec<f64>)>, FetchError> {
        let (mut snapshot, mut buffer) = (self.snapshot.clone(), Vec::new());
        let head = Known::Stale;
        let result = consistently(&*self.file, &mut snapshot, &mut buffer, head, |state| {
            let schema = &state.head.schema;
            let rows: u64 = schema.archives().iter().map(|archive| archive.rows).sum();
            let count = rows.saturating_mul(length_to_u64(schema.sources().len()));
            let Some(count) = to_index(count).filter(|count| *count <= limit) else {
                return Ok((None, Touched::All));
            };
            let mut values = vec![0.0; count];
            // The rows of all archives are contiguous.
            state.places().read_rows(&*self.file, 0, 0, &mut values).map_err(LoadError::Read)?;
            Ok((Some((state.head.clone(), values)), Touched::All))
        });
        result.map_err(|fault: LoadError| fault.at(&self.path).into())
    }
}

impl fmt::Debug for RrdReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RrdReader").field("path", &self.path).finish_non_exhaustive()
    }
}

/// Up to this many values are read before anybody looks whether the head is still the known one:
/// the look afterwards is needed anyway.
const SHORT: usize = 8 << 10;

/// Why rows could not be read, without the path.
pub(crate) enum Fault {
    Load(LoadError),
    NoSelection(NoSelection),
    Rows(std::io::Error),
    Changed,
}

impl From<NoSelection> for Fault {
    fn from(fault: NoSelection) -> Self {
        Self::NoSelection(fault)
    }
}

impl From<LoadError> for Fault {
    fn from(error: LoadError) -> Self {
        Self::Load(error)
    }
}

/// Fetches from a file whose head was `snapshot`; afterwards `snapshot` is the state to which the
/// rows belong.
pub(super) fn fetch(
    file: &dyn DiskFile,
    path: &Path,
    snapshot: &mut Snapshot,
    buffer: &mut Vec<u8>,
    request: &FetchRequest,
    series: &mut Series,
) -> Result<(), FetchError> {
    let width = snapshot.geometry.sources;
    let is_short = |selection: &Selection| selection.kept.saturating_mul(width) <= SHORT;
    let mut first = select(&snapshot.head, request).ok().filter(is_short);
    let head = if first.is_some() { Known::Guessed } else { Known::Stale };
    let result = consistently(file, snapshot, buffer, head, |state| {
        let selection = first.take().map_or_else(|| select(&state.head, request), Ok)?;
        let touched = read_state(file, state, None, &selection, series.values_mut())?;
        Ok((selection, touched))
    });
    let selection = result.map_err(|fault: Fault| fault.at(path, request.function()))?;
    series.describe(&selection, &snapshot.head.schema);
    Ok(())
}

impl Fault {
    pub(crate) fn at(self, path: &Path, function: ConsolidationFunction) -> FetchError {
        match self {
            Self::Load(error) => error.at(path).into(),
            Self::NoSelection(NoSelection::NoArchive) => FetchError::NoArchive { function },
            Self::NoSelection(NoSelection::TooMany { rows }) => FetchError::TooManyRows { rows },
            Self::Rows(source) => FetchError::Read { path: path.to_owned(), source },
            Self::Changed => FetchError::Changed { path: path.to_owned() },
        }
    }
}

/// Reads the selected rows of one state of a file; the rows in `pending` replace those in the file.
pub(crate) fn read_state(
    file: &dyn DiskFile,
    state: &Snapshot,
    pending: Option<&PendingRows>,
    selection: &Selection,
    values: &mut Vec<f64>,
) -> Result<Touched, Fault> {
    let Selection { archive, older, .. } = *selection;
    let definition = state.head.schema.archives().get(archive);
    let current = state.head.live.current_rows.get(archive);
    let (Some(definition), Some(current)) = (definition, current) else {
        return Err(Fault::NoSelection(NoSelection::NoArchive));
    };
    let width = state.geometry.sources;
    read_rows(selection, definition.rows, *current, width, values, |row, run| {
        state.places().read_rows(file, archive, row, run)?;
        if let Some(pending) = pending {
            pending.overlay(archive, row, run);
        }
        Ok(())
    })
    .map_err(Fault::Rows)?;
    Ok(Touched::Rows { archive, oldest: older })
}
