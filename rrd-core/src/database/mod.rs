//! One database file: created, opened, read. Wires the storage to the pure parts. Writing lives in `write`, reading a
//! consistent state in `snapshot`, what can go wrong in `error`.

mod error;
mod new;
mod reader;
mod snapshot;

use std::fmt;
use std::path::{Path, PathBuf};

use crate::fetch::{FetchRequest, Series, SeriesSpan};
use crate::format::Head;
use crate::schema::Schema;
use crate::storage::{Access, Disk, DiskFile, OsDisk};
use crate::time::Timestamp;

use snapshot::Snapshot;

pub use error::{CreateError, FetchError, OpenError};
pub use new::CreateOptions;
pub(crate) use new::write_file;
pub use reader::RrdReader;

/// A database opened for writing.
///
/// Only files of the native layout can be written. A handle keeps no lock between its calls: other programs, RRDtool
/// included, may write the same file.
///
/// ```
/// use rrd_core::{Heartbeat, Rrd, Schema, Step, Timestamp};
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("load.rrd");
/// let schema = Schema::builder(Step::from_seconds(10).unwrap())
///     .gauge("load", Heartbeat(30))
///     .average(0.5, 1, 360)
///     .build()?;
/// let rrd = Rrd::create(&path, &schema, Timestamp::from_seconds(1_000_000_000))?;
/// assert_eq!(rrd.last_update().seconds(), 1_000_000_000);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Rrd {
    file: Box<dyn DiskFile>,
    path: PathBuf,
    snapshot: Snapshot,
    buffer: Vec<u8>,
}

impl Rrd {
    /// Makes a database whose first update comes after `start`. A file of the name is replaced; see [`CreateOptions`]
    /// for other ways.
    ///
    /// # Errors
    ///
    /// The folder takes no new file, or the disk is full. Then nothing is left behind and an older file is as it was.
    pub fn create(
        path: impl AsRef<Path>,
        schema: &Schema,
        start: Timestamp,
    ) -> Result<Self, CreateError> {
        Self::create_with(path, schema, start, CreateOptions::default())
    }

    /// Makes a database in the way that `options` say.
    ///
    /// ```
    /// use rrd_core::{CreateError, CreateOptions, Heartbeat, Overwrite, Rrd, Schema, Step, Timestamp};
    ///
    /// let folder = tempfile::tempdir()?;
    /// let path = folder.path().join("load.rrd");
    /// let schema = Schema::builder(Step::from_seconds(10).unwrap())
    ///     .gauge("load", Heartbeat(30))
    ///     .average(0.5, 1, 360)
    ///     .build()?;
    /// let start = Timestamp::from_seconds(1_000_000_000);
    /// let mut options = CreateOptions::default();
    /// options.overwrite = Overwrite::No;
    /// Rrd::create_with(&path, &schema, start, options)?;
    /// let again = Rrd::create_with(&path, &schema, start, options);
    /// assert!(matches!(again, Err(CreateError::Exists { .. })));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn create_with(
        path: impl AsRef<Path>,
        schema: &Schema,
        start: Timestamp,
        options: CreateOptions,
    ) -> Result<Self, CreateError> {
        let path = path.as_ref();
        new::create(&OsDisk, path, schema, start, options)?;
        Ok(Self::open_on(&OsDisk, path)?)
    }

    /// Opens a file for reading and writing.
    ///
    /// # Errors
    ///
    /// As [`RrdReader::open`]; and a file of another machine's layout is refused.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        Self::open_on(&OsDisk, path.as_ref())
    }

    pub(crate) fn open_on(disk: &dyn Disk, path: &Path) -> Result<Self, OpenError> {
        let file = disk
            .open(path, Access::Write)
            .map_err(|source| OpenError::Open { path: path.to_owned(), source })?;
        let snapshot = Snapshot::load(&*file).map_err(|error| error.at(path))?;
        let layout = snapshot.geometry.layout;
        if !layout.is_native() {
            return Err(OpenError::ForeignLayout { path: path.to_owned(), layout });
        }
        Ok(Self { file, path: path.to_owned(), snapshot, buffer: Vec::new() })
    }

    /// Everything the file held before its rows when this handle last looked.
    pub fn head(&self) -> &Head {
        &self.snapshot.head
    }

    /// The shape of the database.
    pub fn schema(&self) -> &Schema {
        &self.snapshot.head.schema
    }

    /// The moment of the last update when this handle last looked.
    pub fn last_update(&self) -> Timestamp {
        self.snapshot.head.live.last_update
    }

    /// Where the file was opened.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The rows of the archive that suits the request best, as the file is now.
    ///
    /// # Errors
    ///
    /// As [`RrdReader::fetch`].
    pub fn fetch(&mut self, request: &FetchRequest) -> Result<Series, FetchError> {
        let mut values = Vec::new();
        let span = self.fetch_into(request, &mut values)?;
        Ok(Series::new(span, self.schema(), values))
    }

    /// Like [`fetch`](Self::fetch), into memory of the caller, which is cleared first. Allocates nothing once the memory
    /// is large enough.
    pub fn fetch_into(
        &mut self,
        request: &FetchRequest,
        values: &mut Vec<f64>,
    ) -> Result<SeriesSpan, FetchError> {
        let Self { file, path, snapshot, buffer } = self;
        reader::fetch(&**file, path, snapshot, buffer, request, values)
    }
}

impl fmt::Debug for Rrd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rrd").field("path", &self.path).finish_non_exhaustive()
    }
}
