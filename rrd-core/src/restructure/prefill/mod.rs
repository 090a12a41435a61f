//! A new database filled from others: rows of any length from rows of any length (`filling`), the
//! computation of one row (`row`), and the sources of values (`donor`).

mod donor;
mod filling;
mod row;

use std::io;
use std::path::{Path, PathBuf};

use crate::database::{
    CreateError, CreateOptions, FetchError, OpenError, REPLACING, Rrd, RrdReader, write_file,
};
use crate::disk::{Disk, OsDisk, Replacing, Streams};
use crate::format::Head;
use crate::schema::Definition;
use crate::time::Timestamp;

use donor::Donor;
use filling::Filling;

/// Limit on the values of one donor in memory: 1 GiB.
const MAX_DONOR: usize = 1 << 27;

/// Databases from which a new one is filled, the most trusted first.
///
/// ```
/// use rrd_core::{CreateOptions, FetchRequest, ConsolidationFunction, Heartbeat, Prefill, Rrd};
/// use rrd_core::{Sample, Schema, SchemaText, Step, TimeRange, Timestamp};
///
/// let folder = tempfile::tempdir()?;
/// let (old, new) = (folder.path().join("old.rrd"), folder.path().join("new.rrd"));
/// let schema = Schema::builder(Step::from_seconds(10).unwrap())
///     .gauge("load", Heartbeat::from_seconds(20))
///     .average(0.5, 1, 100)
///     .build()?;
/// let mut database = Rrd::create(&old, &schema, Timestamp::from_seconds(1_000_000_000))?;
/// for second in (1_000_000_010..=1_000_000_060).step_by(10) {
///     database.update(&Sample::new(Timestamp::from_seconds(second), [f64::from((second % 30) as u32)]))?;
/// }
///
/// let mut text = SchemaText::new(Step::from_seconds(30).unwrap(), "new.rrd");
/// text.argument("DS:cpu=load:GAUGE:60:U:U")?;
/// text.argument("RRA:AVERAGE:0.5:1:10")?;
/// let mut prefill = Prefill::new();
/// prefill.add(&old)?;
/// let mut filled = prefill.create(&new, &text.finish()?, None, CreateOptions::default())?;
///
/// let range = TimeRange::from_seconds(1_000_000_020, 1_000_000_049);
/// let request = FetchRequest::new(ConsolidationFunction::Average, range);
/// assert_eq!(filled.fetch(&request)?.kept(), [10.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Prefill {
    donors: Vec<Donor>,
}

/// Why a database cannot be a donor.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DonorError {
    /// The file cannot be looked up.
    #[error("cannot look at the source '{}'", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// It is a folder or a device.
    #[error("the source '{}' is not a regular file", path.display())]
    NotAFile {
        /// The file.
        path: PathBuf,
    },
    /// It is no database.
    #[error("cannot use the source '{}'", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: OpenError,
    },
    /// Its rows cannot be read.
    #[error(transparent)]
    Read(#[from] FetchError),
    /// It holds more values than are taken into memory.
    #[error(
        "the source '{}' holds more than {MAX_DONOR} values: resize its archives first",
        path.display()
    )]
    TooLarge {
        /// The file.
        path: PathBuf,
    },
}

impl Prefill {
    /// No donors yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a database in its current state after those already added.
    ///
    /// # Errors
    ///
    /// [`DonorError`] if it cannot be read or is too large.
    pub fn add(&mut self, path: impl AsRef<Path>) -> Result<(), DonorError> {
        let path = path.as_ref();
        let owned = || path.to_owned();
        let kind =
            path.metadata().map_err(|source| DonorError::Missing { path: owned(), source })?;
        if !kind.is_file() {
            return Err(DonorError::NotAFile { path: owned() });
        }
        let reader =
            RrdReader::open(path).map_err(|source| DonorError::Open { path: owned(), source })?;
        self.add_reader(&reader)
    }

    /// Adds a database that is open, in its current state, after those already added.
    ///
    /// # Errors
    ///
    /// [`DonorError`] if it cannot be read or is too large.
    pub fn add_reader(&mut self, reader: &RrdReader) -> Result<(), DonorError> {
        let too_large = || DonorError::TooLarge { path: reader.path().to_owned() };
        let (head, values) = reader.read_whole(MAX_DONOR)?.ok_or_else(too_large)?;
        self.donors.push(Donor::new(head, values));
        Ok(())
    }

    /// The latest update of all donors; `None` if there are none.
    pub fn last_update(&self) -> Option<Timestamp> {
        self.donors.iter().map(|donor| donor.head.live.last_update).max()
    }

    /// Creates a database with the values of the donors. It begins at `start`, or where the donors
    /// end if `start` is `None`.
    ///
    /// A data source takes the values of the source with the same name in every donor, or of the
    /// origin given in the definition. For each row the finest suitable archive of the first donor
    /// is used; the others fill the gaps.
    ///
    /// # Errors
    ///
    /// [`CreateError`] as [`Rrd::create_with`].
    pub fn create(
        &self,
        path: impl AsRef<Path>,
        definition: &Definition,
        start: Option<Timestamp>,
        options: CreateOptions,
    ) -> Result<Rrd, CreateError> {
        let path = path.as_ref();
        self.write(&OsDisk, path, definition, start, options)?;
        Ok(Rrd::open(path)?)
    }

    /// Writes the file of [`create`](Self::create).
    pub(crate) fn write(
        &self,
        disk: &dyn Disk,
        path: &Path,
        definition: &Definition,
        start: Option<Timestamp>,
        options: CreateOptions,
    ) -> Result<(), CreateError> {
        let start = start.or(self.last_update()).unwrap_or_default();
        let filling = Filling::new(&self.donors, definition, start);
        let version =
            options.version.unwrap_or(definition.version).max(definition.schema.version());
        let head = Head { version, schema: definition.schema.clone(), live: filling.live_head() };
        let mut next = (0, 0);
        let replacing = Replacing { streams: Streams::Refused, ..REPLACING };
        write_file(disk, path, &head, options, replacing, |archive, values| {
            if next.0 != archive {
                next = (archive, 0);
            }
            for row in values.chunks_exact_mut(definition.schema.sources().len()) {
                filling.row(archive, next.1, row);
                next.1 += 1;
            }
            Ok(())
        })
        .map(drop)
    }
}
